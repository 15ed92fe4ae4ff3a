"""The cells of one row -> its fields, each read on its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from profiles.importers import values as cells
from profiles.importers.headers import IGNORED, Column
from profiles.importers.money import Reading, read_money
from profiles.importers.places import read_country, read_language, read_markets
from profiles.importers.results import Limits
from profiles.importers.synonyms import TICKET
from profiles.importers.text import clean, clean_line, shown
from profiles.importers.vocabulary import is_other, read_stage, read_stages, read_topics, values
from profiles.model import LIST_FIELDS, Side, Topic

Cell = str | tuple[str, ...] | dict[str, str]
"""Text; or, from JSON, a list of texts; or the ``other`` of a JSON record."""

Problem = tuple[str, str, str]
"""Field, value, reason."""


@dataclass(frozen=True)
class Record:
    """A row with its columns; ``problems`` were found while reading it (a JSON object in a text field)."""

    row: int
    cells: Sequence[tuple[Column, Cell]]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Context:
    """What is the same for all rows of a sheet.

    Attributes:
        side: the caller's, taken where a row names none.
        sheet_side: what the sheet's name says; weaker than a partner's kind.
        rates: units of a currency for one US dollar.
        limits: of cells.
        keep_ids: False where the ids only count rows, so that ids are made from names.
    """

    side: Side | None
    sheet_side: Side | None
    rates: Mapping[str, float]
    limits: Limits
    keep_ids: bool = True


def cell_as_text(cell: Cell) -> str:
    """A cell for a rejected file: list entries joined by "; "."""
    if isinstance(cell, str):
        return cell
    return "; ".join(cell if isinstance(cell, tuple) else (f"{name}: {text}" for name, text in cell.items()))


def _reported(name: str) -> str:
    """The field to name in a message: a ticket in one column is none of the format's."""
    return "ticket_max_usd" if name == TICKET else name


def cell_entries(cell: Cell) -> Sequence[str]:
    """The entries of a JSON cell."""
    return cell if isinstance(cell, tuple) else (cell_as_text(cell),)


def split_stages(text: str) -> list[str]:
    """Entries of a list of stages. "Phase 1/2" is one between two, not a list of "Phase 1" and "2"."""
    found: list[str] = []
    for entry in cells.split_entries(text):
        for part in re.split(r"[,，、·ㆍ|]", entry):
            ends = re.split(r"[/／]", part)
            between = any(end.strip()[:1].isdigit() and len(end.strip()) < 4 for end in ends[1:])
            found += [part] if between else ends
    return [line for part in found if (line := clean_line(part))]


class Draft:
    """One row being read: ``found`` holds its fields; a field with a problem is left out."""

    def __init__(self, record: Record, context: Context) -> None:
        self.record, self.context = record, context
        self.found: dict[str, Any] = {}
        # Left out by ``read``: the cells say why already.
        self.unreadable = {name for name, _, _ in record.problems}
        self.problems: list[Problem] = [(_reported(n), v, reason) for n, v, reason in record.problems]
        self.notes: list[tuple[str, str]] = []
        self.by_field: dict[str, list[tuple[Column, Cell]]] = {}

    def read(self) -> None:
        """Read every field that can be read on its own."""
        longest = self.context.limits.cell_chars
        for column, cell in self.record.cells:
            if column.field == IGNORED:
                continue
            if len(cell if isinstance(cell, str) else "".join(cell)) > longest:
                self.problem(column.field, cell, f"longer than {longest:,} characters: shorten it")
                continue
            self.by_field.setdefault(column.field, []).append((column, cell))
        for name, reader in _READERS.items():
            if name in self.by_field and name not in self.unreadable:
                reader(self, name)

    # -- taking cells ------------------------------------------------------------------------------

    def problem(self, name: str, value: Cell, reason: str) -> None:
        """Remember what is wrong with a field."""
        self.problems.append((_reported(name), shown(cell_as_text(value), 200), reason))

    def broken(self, name: str) -> bool:
        """Whether a field has a problem."""
        return any(name == problem[0] for problem in self.problems)

    def note(self, name: str, text: str) -> None:
        """Remember something changed or guessed."""
        self.notes.append((name, text))

    def one(self, name: str, *, codes: bool = False) -> tuple[Column, str] | None:
        """The first cell of a field that says something."""
        for column, cell in self.by_field.get(name, ()):
            text = clean(cell_as_text(cell))
            if text and not cells.says_nothing(text, codes=codes):
                return column, text
        return None

    def choices(self, name: str, split: Callable[[str], list[str]], *, codes: bool = False) -> list[str]:
        """The entries of all columns of a list field; the entries of a JSON list are not split."""
        entries: list[str] = []
        for _, cell in self.by_field.get(name, ()):
            parts = (
                split(cell) if isinstance(cell, str) else [clean_line(part) for part in cell_entries(cell)]
            )
            entries += [part for part in parts if not cells.says_nothing(part, codes=codes)]
        return list(dict.fromkeys(entries))

    # -- fields ------------------------------------------------------------------------------------

    def line(self, name: str) -> None:
        """A text on one line; of a name, "-" is the only way to say that there is none."""
        for _, cell in self.by_field[name]:
            text = clean_line(cell_as_text(cell))
            meant = text.strip("-–— .") if name in ("id", "name", "name_ko") else text
            if meant and not (name not in ("id", "name", "name_ko") and cells.says_nothing(text)):
                self.found[name] = text
                return

    def about(self, name: str) -> None:
        if taken := self.one(name):
            self.found[name] = taken[1]

    def website(self, name: str) -> None:
        if taken := self.one(name):
            text = clean_line(taken[1])
            if cells.bad_website(text):
                self.problem(name, text, "not a web address: write it as https://...")
            else:
                self.found[name] = text

    def email(self, name: str) -> None:
        if taken := self.one(name):
            self.found[name] = clean_line(taken[1])
            if not cells.looks_like_email(self.found[name]):
                self.note(name, f"{shown(taken[1])!r} does not look like an e-mail address; kept as written")

    def read_entries(self, name: str) -> None:
        self.found[name] = tuple(self.choices(name, cells.split_entries))

    def ids(self, name: str) -> None:
        self.found[name] = tuple(self.choices(name, cells.split_choices))

    def topics(self, name: str) -> None:
        found: list[Topic] = []
        for entry in self.choices(name, cells.split_choices):
            topics, guessed = read_topics(entry)
            if topics:
                found += topics
                if guessed:
                    self.note(name, f"{shown(entry)!r} was read as {', '.join(topics)}")
            elif is_other(entry):
                self.note(name, f"{shown(entry)!r} was left out")
            else:
                self.problem(name, entry, f"not a known topic: use {values(Topic)}")
        self.found[name] = tuple(dict.fromkeys(found))

    def stages(self, name: str) -> None:
        found = [stage for entry in self.choices(name, split_stages) for stage in read_stages(entry)]
        self.found[name] = tuple(dict.fromkeys(found))

    def markets(self, name: str) -> None:
        found: list[str] = []
        for entry in self.choices(name, cells.split_choices, codes=True):
            codes, guessed = read_markets(entry)
            if codes is None:
                self.problem(name, entry, "not a known country: write its name or its two-letter code")
                continue
            found += codes
            if guessed:
                read = ", ".join(codes) if codes else "any country"
                self.note(name, f"{shown(entry)!r} was read as {read}")
        self.found[name] = tuple(dict.fromkeys(found))

    def languages(self, name: str) -> None:
        found: list[str] = []
        for entry in self.choices(name, cells.split_choices):
            code = read_language(entry)
            if code is None:
                self.problem(name, entry, "not a known language: write its name or its two-letter code")
            else:
                found.append(code)
        self.found[name] = tuple(dict.fromkeys(found))

    def stage(self, name: str) -> None:
        if taken := self.one(name):
            self.found[name] = read_stage(clean_line(taken[1]))

    def country(self, name: str) -> None:
        taken = self.one(name, codes=True)
        if not taken:
            return
        code, guessed = read_country(clean_line(taken[1]))
        if code is None:
            self.problem(name, taken[1], "not a known country: write its name or its two-letter code")
            return
        self.found[name] = code
        if guessed:
            self.note(name, f"{shown(taken[1])!r} was read as {code}")

    def count(self, name: str) -> None:
        taken = self.one(name)
        if not taken or cells.is_undecided(taken[1]):
            return
        number = cells.read_count(taken[1])
        if number is None:
            self.problem(name, taken[1], "not a whole number: write digits only, such as 12")
        else:
            self.found[name] = number

    def money(self, name: str) -> None:
        for column, cell in self.by_field[name]:
            text = clean_line(cell_as_text(cell))
            if not text:
                continue
            if cells.says_nothing(text) or cells.is_undecided(text):
                self.note(name, f"{shown(text)!r} states no amount; left empty")
                continue
            reading = read_money(text, column.unit, self.context.rates)
            if reading is None:
                self.problem(
                    name,
                    text,
                    "not a readable amount: write it as 1500000, USD 1.5M or 20억원",
                )
            else:
                self._take_amount(name, text, reading)
            return

    def _take_amount(self, name: str, text: str, reading: Reading) -> None:
        low, high = reading.low, reading.high
        if name == TICKET:
            # Columns of their own, read before, win over the range.
            for end, amount in (("ticket_min_usd", low), ("ticket_max_usd", high)):
                if amount is not None:
                    self.found.setdefault(end, amount)
            if low == high:
                self.note("ticket_max_usd", f"{shown(text)!r} is one amount; taken as smallest and largest")
        else:
            amounts = [low, high] if name == "ticket_min_usd" else [high, low]
            self.found[name] = next(amount for amount in amounts if amount is not None)
            if low != high and None not in (low, high):
                end = "smaller" if name == "ticket_min_usd" else "larger"
                self.note(name, f"{shown(text)!r} is a range; its {end} end was taken")
        if reading.note:
            ends = " to ".join(f"{end:,.2f}" for end in dict.fromkeys((low, high)) if end is not None)
            self.note(_reported(name), f"{shown(text)!r} is {ends} US dollars, {reading.note}")


_READERS: dict[str, Callable[[Draft, str], None]] = {
    **dict.fromkeys(("id", "name", "name_ko", "city", "source"), Draft.line),
    **dict.fromkeys(LIST_FIELDS, Draft.read_entries),
    **dict.fromkeys(("raising_usd", "ticket_min_usd", "ticket_max_usd", TICKET), Draft.money),
    "about": Draft.about,
    "website": Draft.website,
    "contact_email": Draft.email,
    "avoid": Draft.ids,
    "topics": Draft.topics,
    "stages": Draft.stages,
    "markets": Draft.markets,
    "languages": Draft.languages,
    "stage": Draft.stage,
    "country": Draft.country,
    "past_deals": Draft.count,
}
