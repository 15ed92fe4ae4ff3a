"""A file of who is there when -> hours and terms of each, and what is wrong with each row. Writes nothing.

Columns: who (id or name) and, each where it is known, status (available, unavailable), date, time
(``10:00-12:00``, ``오전``) or from and to, slot; arrives, leaves; min_meetings, max_meetings,
max_consecutive, representatives, languages, priority.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from profiles.dayplan import Span
from profiles.event import Slot
from profiles.importers.listing import Columns, Draft, read_list
from profiles.importers.moments import days_of, find_slot, read_day, read_spans, read_time
from profiles.importers.people import People, several
from profiles.importers.places import read_language
from profiles.importers.results import Limits, Mended, Notice, Rejection
from profiles.importers.text import fold, key, shown
from profiles.importers.values import read_count, split_choices

COLUMNS = Columns(
    {
        "who": """
            who | who id | id | participant | participant id | name | organisation | organization
            | startup | startup id | startup name | partner | partner id | partner name | company
            | company name | 참가자 | 참가자 ID | 참가자명 | 참가 기업 | 참가 기업명 | 참가 기관
            | 참가 기관명 | 기업 | 기업 ID | 기업명 | 기관 | 기관 ID | 기관명 | 파트너 | 파트너 ID
            | 파트너명 | 스타트업 | 스타트업 ID | 스타트업명 | 회사 | 회사명 | 이름 | 성명
        """,
        "status": """
            status | availability | available | state | attendance | 참석 여부 | 참가 여부 | 가능 여부
            | 상담 가능 여부 | 참석 가능 여부 | 참석 | 가능 | 상태 | 구분
        """,
        "date": "date | day | 날짜 | 일자 | 참석일 | 참가일 | 상담일 | 요일",
        "time": """
            time | times | hours | time range | when | 시간 | 시간대 | 가능 시간 | 가능 시간대
            | 불가 시간 | 불가 시간대 | 상담 시간 | 참석 시간
        """,
        "from": "from | start | start time | begin | begins | 시작 | 시작 시간 | 시작 시각 | 부터",
        "to": "to | end | end time | until | ends | 종료 | 종료 시간 | 종료 시각 | 끝 | 까지",
        "slot": "slot | slots | slot id | 슬롯 | 슬롯 ID | 상담 슬롯",
        "arrives": """
            arrives | arrival | arrival time | arrives at | arrives late | comes late | 도착 | 도착 시간
            | 도착 시각 | 도착 예정 | 늦은 도착 | 지각
        """,
        "leaves": """
            leaves | departure | departure time | leaves at | leaves early | 출발 | 출발 시간 | 퇴장
            | 퇴장 시간 | 퇴실 | 이석 | 조기 퇴장 | 이른 출발 | 조퇴
        """,
        "min_meetings": """
            min_meetings | min meetings | minimum meetings | fewest meetings | at least | 최소 상담
            | 최소 상담 수 | 최소 상담 횟수 | 최소 미팅 | 최소 미팅 수 | 최소 면담 수
        """,
        "max_meetings": """
            max_meetings | max meetings | maximum meetings | most meetings | at most | capacity
            | 최대 상담 | 최대 상담 수 | 최대 상담 횟수 | 최대 상담 건수 | 최대 미팅 | 최대 미팅 수
            | 최대 면담 수 | 상담 가능 건수 | 상담 가능 횟수
        """,
        "max_consecutive": """
            max_consecutive | max consecutive | meetings in a row | in a row | consecutive | 연속 상담
            | 연속 상담 수 | 최대 연속 | 최대 연속 상담 | 최대 연속 상담 수 | 최대 연속 미팅
        """,
        "representatives": """
            representatives | representative count | delegates | people | number of people | headcount
            | team size | 대표자 수 | 상담 인원 | 참석 인원 | 참가 인원 | 인원 | 인원수 | 상담자 수
            | 담당자 수
        """,
        "languages": """
            languages | language | spoken languages | 언어 | 상담 언어 | 사용 언어 | 사용 가능 언어
            | 가능 언어 | 구사 언어
        """,
        "priority": "priority | weight | importance | 우선순위 | 우선도 | 중요도 | 가중치",
    },
    required=("who",),
)

_WORDS: dict[bool, str] = {
    True: """
        available | free | yes | y | o | v | 1 | true | can | attend | attends | attending | present
        | open | 가능 | 가능함 | 상담 가능 | 참석 | 참석함 | 참석 가능 | 참가 | 참가 가능 | 예 | 네 | ○
        | ◯ | 〇 | ✓ | ✔ | ☑
    """,
    False: """
        unavailable | not available | busy | no | n | x | false | cannot | away | absent | not attending
        | closed | 불가 | 불가능 | 불가함 | 상담 불가 | 참석 불가 | 참가 불가 | 불참 | 미참석 | 부재
        | 안 됨 | 아니오 | 아니요 | × | ✕ | ✗ | ✘
    """,
}
# Signs have no letters: they are compared as they are.
_STATUS = {key(word) or word.strip(): status for status, words in _WORDS.items() for word in words.split("|")}
_OF_PEOPLE = re.compile(r"\s*(?:명|인|people|persons?)$")
_NEITHER = "neither hours nor numbers: fill in a status, a time of arriving or leaving, or a number"


@dataclass(frozen=True)
class Attendance:
    """What is known of somebody's day.

    Attributes:
        who: id.
        available: only these hours, where any row names such.
        unavailable: not these hours.
        terms: fields of ``Participant`` that differ from the event's defaults.
        place: the file and row it stands in, to speak of it.
    """

    who: str
    available: tuple[Span, ...] = ()
    unavailable: tuple[Span, ...] = ()
    terms: Mapping[str, Any] = field(default_factory=dict)
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class ParsedAvailability:
    """A file as read: a row is in ``rows`` or in ``rejections``."""

    file: str
    rows: tuple[Attendance, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    notices: tuple[Notice, ...] = ()


def read_status(text: str) -> bool | None:
    """Whether a word or sign means available; None where it means neither that nor the opposite."""
    return _STATUS.get(key(text) or fold(text))


def parse_availability(
    path: Path,
    people: People,
    slots: Sequence[Slot],
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    mended: Mended | None = None,
) -> ParsedAvailability:
    """Read a JSONL, JSON, CSV, TSV or XLSX file of availability; nothing is written anywhere.

    Args:
        path: the file; what it is gets decided by its content.
        people: those who take part.
        slots: of the event.
        limits: see ``Limits``.
        mended: see ``read_list``.

    Raises:
        InputError: the file cannot be read at all, or has no table with the columns needed; one line.
    """
    name, rows, notices = read_list(Path(path), COLUMNS, limits, mended)
    found: list[Attendance] = []
    rejections: list[Rejection] = []
    for row in rows:
        draft = _Draft(row, people=people, slots=slots)
        attendance = draft.read(f"{name}, row {row.number}")
        if attendance is None:
            rejections += draft.rejections(name)
        else:
            found.append(attendance)
            notices += draft.notices()
    return ParsedAvailability(name, tuple(found), tuple(rejections), tuple(notices))


@dataclass
class _Draft(Draft):
    """One row being read."""

    people: People = field(kw_only=True)
    slots: Sequence[Slot] = field(kw_only=True)

    def read(self, place: str) -> Attendance | None:
        """What the row says, None where there are problems."""
        if self.problems:
            return None
        who, date = self._who(), self._date()
        hours, ends = self._hours(date), self._ends(date)
        terms = {name: found for name, read in _TERMS.items() if (found := read(self, name)) is not None}
        when = self._named("time", "from", "to", "slot") or (
            self._named("date") and not self._named("arrives", "leaves")
        )
        free = self._status(given=bool(when))
        if not (self.problems or ends or terms or free is not None):
            self.refuse("", "", _NEITHER)
        if free and hours and not self.problems:
            self._somewhere(hours)
        if self.problems:
            return None
        available = tuple(hours) if free else ()
        unavailable = (*(hours if free is False else ()), *ends)
        return Attendance(who, available, unavailable, terms, place)

    def _named(self, *names: str) -> str:
        return next((name for name in names if self.said(name)), "")

    def _who(self) -> str:
        text = self.said("who")
        met = self.people.called(text)
        if not text:
            self.refuse("who", "", "no who: write an id or a name")
        elif not met:
            reason = "takes part: correct it, import its profile, or choose it for the event"
            self.refuse("who", text, f"nobody called {shown(text, 40)!r} {reason}")
        elif len(met) > 1:
            self.refuse("who", text, several(met))
        return next(iter(met), "")

    def _status(self, *, given: bool) -> bool | None:
        text = self.said("status")
        found = read_status(text)
        if text and found is None:
            self.refuse("status", text, "not known: use available (가능) or unavailable (불가)")
        elif not text and given:
            self.refuse("status", "", "no status: write available (가능) or unavailable (불가)")
        return found

    def _date(self) -> datetime.date | None:
        text, days = self.said("date"), days_of(self.slots)
        found = read_day(text, days)
        if text and found is None:
            some = ", ".join(map(str, days[:3]))
            self.refuse("date", text, f"none of the event's days: write one like {some}")
        return found

    def _hours(self, date: datetime.date | None) -> list[Span]:
        """What the status holds for: slots, times, or whole days."""
        if text := self.said("slot"):
            return self._slots(text)
        if text := self.said("time"):
            spans = read_spans(text, date)
            if isinstance(spans, str):
                self.refuse("time", text, f"{spans!r} is no stretch of time: write it like 10:00-12:00")
                return []
            return spans
        start, end = self._time("from"), self._time("to")
        if start is not None and end is not None and end <= start:
            self.refuse("to", self.said("to"), "not after from: write both in 24 hours, such as 13:00")
            return []
        return [Span(date=date, start=start, end=end)]

    def _slots(self, text: str) -> list[Span]:
        days = days_of(self.slots)
        spans: list[Span] = []
        for part in split_choices(text):
            slot = find_slot(part, self.slots, days)
            if slot is None:
                reason = f"{shown(part, 40)!r} is no slot of the event: write ids like {self.slots[0].id}"
                self.refuse("slot", text, reason)
                return []
            spans.append(Span(date=slot.start.date(), start=slot.start.time(), end=slot.end.time()))
        return spans

    def _time(self, name: str) -> datetime.time | None:
        text = self.said(name)
        found = read_time(text)
        if text and found is None:
            self.refuse(name, text, "not a time: write it like 09:30")
        return found

    def _ends(self, date: datetime.date | None) -> list[Span]:
        """The hours before arriving and after leaving."""
        arrives, leaves = self._time("arrives"), self._time("leaves")
        days = days_of(self.slots)
        named = self._named("arrives", "leaves")
        if named and date is None and not self.said("date"):
            if len(days) > 1:
                self.refuse("date", "", f"no date: say on which day for {named}, such as {days[0]}")
                return []
            date = days[0]
        early = [Span(date=date, end=arrives)] if arrives is not None else []
        late = [Span(date=date, start=leaves)] if leaves is not None else []
        return early + late

    def _somewhere(self, hours: Sequence[Span]) -> None:
        """Somebody who is available at no slot would be shut out by a slip of the pen."""
        if not any(span.overlaps(slot) for span in hours for slot in self.slots):
            name = self._named("slot", "time", "from", "to")
            self.refuse(name, self.said(name), "the event has no slot then: correct the time")

    # -- terms -------------------------------------------------------------------------------------

    def count(self, name: str) -> int | None:
        """A whole number from 0 on."""
        text = self.said(name)
        found = read_count(_OF_PEOPLE.sub("", fold(text)))
        if text and found is None:
            self.refuse(name, text, "not a whole number: write digits only, such as 6")
        return found

    def positive(self, name: str) -> int | None:
        """A whole number from 1 on."""
        found = self.count(name)
        if found == 0:
            self.refuse(name, "0", "must be at least 1: correct it, or leave it empty")
        return found

    def priority(self, name: str) -> float | None:
        """A weight from 0 on."""
        text = self.said(name)
        try:
            found = float(fold(text)) if text else None
        except ValueError:
            found = -1.0
        if found is not None and not 0 <= found < float("inf"):
            self.refuse(name, text, "not a weight: write a number from 0 on, 1 for the ordinary one")
        return found

    def languages(self, name: str) -> tuple[str, ...] | None:
        """Codes of the languages."""
        codes: list[str] = []
        for entry in split_choices(self.said(name)):
            code = read_language(entry)
            if code is None:
                self.refuse(name, entry, "not a known language: write its name or its two-letter code")
            else:
                codes.append(code)
        return tuple(dict.fromkeys(codes)) or None


_TERMS: dict[str, Callable[[_Draft, str], Any]] = {
    "min_meetings": _Draft.count,
    "max_meetings": _Draft.count,
    "max_consecutive": _Draft.positive,
    "representatives": _Draft.positive,
    "languages": _Draft.languages,
    "priority": _Draft.priority,
}
