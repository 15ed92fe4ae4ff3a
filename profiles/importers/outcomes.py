"""A file of what came of matches -> outcomes, and what is wrong with each row. Writes nothing."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from profiles.importers.listing import Draft, read_list
from profiles.importers.outcome_words import COLUMNS, KNOWN_WORDS, read_date, read_rank, read_result
from profiles.importers.people import People, several
from profiles.importers.results import Limits, Notice, Rejection
from profiles.importers.text import clean_line, shown
from profiles.importers.values import is_undecided
from profiles.model import Side
from profiles.outcomes import Outcome, Result


@dataclass(frozen=True)
class ParsedOutcomes:
    """A file as read: a row is in ``outcomes`` or in ``rejections``; rows that say the same are kept both."""

    file: str
    outcomes: tuple[Outcome, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    notices: tuple[Notice, ...] = ()


def parse_outcomes(
    path: Path,
    known: Mapping[str, Side],
    names: Mapping[str, Collection[str]] | None = None,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    today: datetime.date | None = None,
) -> ParsedOutcomes:
    """Read a JSONL, JSON, CSV, TSV or XLSX file of outcomes; nothing is written anywhere.

    Args:
        path: the file; what it is gets decided by its content.
        known: id of each stored profile -> its side.
        names: id -> names of that profile. A name stands for the id where one profile of the side bears it;
            case and spaces do not count.
        limits: see ``Limits``.
        today: the last day on which something can have happened; this computer's by default.

    Raises:
        InputError: the file cannot be read at all, or has no table with the columns needed; one line.
    """
    name, rows, notices = read_list(Path(path), COLUMNS, limits)
    directory = _Directory(known, names or {})
    today = today or datetime.date.today()
    outcomes: list[Outcome] = []
    rejections: list[Rejection] = []
    for row in rows:
        draft = _Draft(row, directory=directory, today=today)
        outcome = draft.read()
        if outcome:
            outcomes.append(outcome)
            notices += draft.notices()
        rejections += draft.rejections(name)
    return ParsedOutcomes(name, tuple(outcomes), tuple(rejections), tuple(notices))


class _Directory:
    """The stored profiles by what they are called."""

    def __init__(self, known: Mapping[str, Side], names: Mapping[str, Collection[str]]) -> None:
        self._people = People(known, names)

    def find(self, text: str, side: Side) -> tuple[str, str]:
        """The id that ``text`` means, and what to do where it means none ("": it does)."""
        named = self._people.called(text, side)
        if len(named) == 1:
            return next(iter(named)), ""
        if named:
            return "", several(named)
        if self._people.called(text, side.other):
            return "", f"{shown(text, 40)!r} is a {side.other.value}: put each side in its own column"
        return "", f"no {side.value} {shown(text, 40)!r} is stored: correct it, or import its profile first"


@dataclass
class _Draft(Draft):
    """One row being read."""

    directory: _Directory = field(kw_only=True)
    today: datetime.date = field(kw_only=True)

    def read(self) -> Outcome | None:
        """The outcome of the row, None where there are problems."""
        if self.problems:
            return None
        startup, partner = self._organisation(Side.STARTUP), self._organisation(Side.PARTNER)
        outcome, date, rank = self._result(), self._date(), self._rank()
        if self.problems or outcome is None or date is None:
            return None
        return Outcome(startup=startup, partner=partner, outcome=outcome, date=date, rank=rank)

    def _organisation(self, side: Side) -> str:
        text = clean_line(self.row.said.get(side.value, ""))
        if not text:
            self.refuse(side.value, text, f"no {side.value}: write its id or its name")
            return ""
        found, reason = self.directory.find(text, side)
        if reason:
            self.refuse(side.value, text, reason)
        return found

    def _result(self) -> Result | None:
        text = self.said("outcome")
        found = read_result(text)
        if not text:
            self.refuse("outcome", "", f"no outcome: use one of {KNOWN_WORDS}")
        elif found is None:
            self.refuse("outcome", text, f"not a known outcome: use one of {KNOWN_WORDS}")
        return found

    def _date(self) -> datetime.date | None:
        text = self.said("date")
        if not text or is_undecided(text):
            self.refuse("date", text, "no date: write the day it happened, such as 2023-04-28")
            return None
        found, guessed = read_date(text)
        if found is None:
            self.refuse("date", text, "not a date: write year, month and day, such as 2023-04-28")
        elif found > self.today:
            reason = f"{found} has not come yet: write the day it happened, or leave the row out until then"
            self.refuse("date", text, reason)
        elif guessed:
            self.note("date", f"{shown(text)!r} was read as {found}")
        return found

    def _rank(self) -> int | None:
        text = self.said("rank")
        found = read_rank(text)
        if text and found is None:
            reason = "not a place in a list: write a whole number from 1 on, or leave it empty"
            self.refuse("rank", text, reason)
        return found
