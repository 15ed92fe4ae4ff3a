"""Days and times of an event as people write them, in Korean and English."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from profiles.dayplan import NOON, Span
from profiles.event import Slot
from profiles.importers.outcome_words import read_date
from profiles.importers.text import fold, key, shown
from profiles.importers.values import split_choices

Ends = tuple[datetime.time | None, datetime.time | None]
"""From and to, None for the beginning and the end of the day."""

_MONTH_DAY = re.compile(r"(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[.일]?(?:\s*\([^()]{1,10}\))?")
_NTH_DAY = re.compile(
    r"(?:day|d)?\s*(\d{1,2})(?:st|nd|rd|th)?\s*(?:day|일\s?차|일째)?|제?\s*(\d{1,2})\s*일\s?차"
)
_CLOCK = re.compile(
    r"(오전|오후|[ap]\.?m\.?)?\s*(\d{1,2})(\s*[:시](?:\s*(\d{1,2})(?::00|\s*분)?|\s*(반))?)?\s*([ap]\.?m\.?)?"
)
_DASH = re.compile(r"\s*(?:~|∼|〜|–|—|-|부터|\bto\b|\buntil\b|까지)\s*")
_NAMED: dict[Ends, str] = {
    (None, NOON): "오전 | 오전만 | 오전 중 | am | morning | in the morning",
    (NOON, None): "오후 | 오후만 | 오후 중 | pm | afternoon | in the afternoon",
    (None, None): "종일 | 하루 종일 | 전일 | 전체 | 모두 | all day | all | full day | whole day",
}
_HALVES = {key(word): ends for ends, words in _NAMED.items() for word in words.split("|")}


def days_of(slots: Sequence[Slot]) -> list[datetime.date]:
    """The days on which slots begin, in order."""
    return [day for day, _ in groupby(sorted(slot.start.date() for slot in slots))]


def read_day(text: str, days: Sequence[datetime.date]) -> datetime.date | None:
    """The day of the event that ``text`` names, None where it names none of them.

    Read are full dates (see ``read_date``), the month and day alone, and the place among the days: "Day 2",
    "2일차", "d2".
    """
    folded = fold(text[:100])
    date, _ = read_date(text)
    if date is None and (found := _MONTH_DAY.fullmatch(folded)):
        date = next((day for day in days if (day.month, day.day) == (int(found[1]), int(found[2]))), None)
    if date is None and not folded.isdigit() and (found := _NTH_DAY.fullmatch(folded)):
        place = int(found[1] or found[2])
        return days[place - 1] if 1 <= place <= len(days) else None
    return date if date in days else None


def read_time(text: str) -> datetime.time | None:
    """A time such as 9:00, 09:00:00, 14시 30분, 오후 2시 반 or 2pm; None where it is none."""
    clock = _Clock.read(text)
    return None if clock is None or clock.bare else clock.time(clock.half)


@dataclass(frozen=True)
class _Clock:
    """A time as written.

    Attributes:
        half: "am", "pm" or "".
        bare: nothing but a number, which may be no time at all.
    """

    half: str
    hour: int
    minute: int
    bare: bool

    @classmethod
    def read(cls, text: str) -> _Clock | None:
        found = _CLOCK.fullmatch(fold(text[:100]))
        if not found:
            return None
        named = found[1] or found[6] or ""
        half = ("pm" if named == "오후" or named.startswith("p") else "am") if named else ""
        minute = 30 if found[5] else int(found[4] or 0)
        return cls(half, int(found[2]), minute, not (named or found[3]))

    def time(self, half: str) -> datetime.time | None:
        """The time of day in this half ("": in the 24 hours); None where there is none."""
        hour = self.hour
        if half and hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        if hour > 23 or self.minute > 59 or (half == "am" and hour > 11):
            return None
        return datetime.time(hour, self.minute)


def read_hours(text: str) -> Ends | None:
    """From and to, None for an open end: 10:00-12:00, 오후 2시~4시, 14:00~, ~11:00, 오전, all day.

    A half of the day that one end names holds for both where they are in order so. None: no such stretch.
    """
    if key(text) in _HALVES:
        return _HALVES[key(text)]
    parts = [part.strip() for part in _DASH.split(fold(text[:100]))]
    if len(parts) == 3 and not parts[2]:  # 10시부터 12시까지
        parts.pop()
    if len(parts) != 2:
        return None
    first, last = (_Clock.read(part) for part in parts)
    if first is None or last is None:
        open_end = read_time(parts[0]) if last is None and not parts[1] else None
        open_start = read_time(parts[1]) if first is None and not parts[0] else None
        return (open_end, open_start) if open_end or open_start else None
    if first.bare and last.bare:
        return None
    for halves in ((first.half or last.half, last.half or first.half), (first.half, last.half)):
        start, end = first.time(halves[0]), last.time(halves[1])
        if start is not None and end is not None and start < end:
            return start, end
    return None


def read_spans(text: str, date: datetime.date | None) -> list[Span] | str:
    """The stretches of time that a cell names, between commas and the like; or the part that is none.

    Args:
        text: the cell; empty for the whole day.
        date: the day (None: every day).
    """
    spans: list[Span] = []
    for part in split_choices(text) or ["all"]:
        hours = read_hours(part)
        if hours is None:
            return shown(part, 40)
        spans.append(Span(date=date, start=hours[0], end=hours[1]))
    return spans


def find_slot(text: str, slots: Sequence[Slot], days: Sequence[datetime.date]) -> Slot | None:
    """The slot with this id, or that starts at this day and time; None where there is not exactly one.

    The day may be left away where only one day has a slot at that time.
    """
    for slot in slots:
        if slot.id == text:
            return slot
    folded = re.sub(r"(?<=\d)t(?=\d)", " ", fold(text[:100]))  # 2027-05-11T09:00
    for cut in (0, *(found.end() for found in re.finditer(r"[\s,]+", folded))):
        day = read_day(folded[:cut].strip(" ,"), days) if cut else None
        time = read_time(folded[cut:])
        if time is None or (cut and day is None):
            continue
        met = [slot for slot in slots if slot.start.time() == time and day in (None, slot.start.date())]
        if len(met) == 1:
            return met[0]
    return None
