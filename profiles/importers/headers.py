"""Header cells -> profile fields, and finding the header row of a grid."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from profiles.errors import InputError
from profiles.importers.money import NO_UNIT, Unit, header_unit
from profiles.importers.readers import Grid, GridRow
from profiles.importers.rejected import REJECTED_COLUMNS, UNREADABLE, unescape
from profiles.importers.results import ROWS_ABOVE
from profiles.importers.synonyms import BY_KEY, SERIAL, TICKET
from profiles.importers.text import clean_line, fold, key, mend, shown
from profiles.model import Profile

MONEY_FIELDS = frozenset({"raising_usd", "ticket_min_usd", "ticket_max_usd", TICKET})
FIELDS = (*(name for name in Profile.model_fields if name != "other"), TICKET, "other")
"""What a column can be mapped to; "other" keeps it without meaning."""
IGNORED = ""
"""The field of a column that is not even kept."""
_NAMING = frozenset({"id", "name", "name_ko"})
_LONGEST_HEADER = 200
_BRACKETS = re.compile(r"[(\[{<【「『〈《][^()\[\]{}<>【】「」『』〈〉《》]*[)\]}>】」』〉》]")
_UNIT_TAIL = re.compile(
    r"(.+?)(?:in)?(?:usd|us|krw|eur|gbp|jpy|원화|백만|천만|만|억|천|millions?|thousands?|mn|달러|불|원|m|k)+$"
)


@dataclass(frozen=True)
class Column:
    """A column: its header as read (made unique in its sheet), the field it fills, its unit of money.

    ``own`` is False where the header is not the file's but made: for a column without one, or to be unique.
    """

    header: str
    field: str
    unit: Unit = NO_UNIT
    serial: bool = False
    own: bool = True


class ColumnMap:
    """The caller's own headers, which win over the table.

    Raises:
        InputError: a field that does not exist.
    """

    def __init__(self, columns: Mapping[str, str] | None, file: str) -> None:
        self._file = file
        self._by_key: dict[str, str] = {}
        self._written: dict[str, str] = {}
        self._met: set[str] = set()
        for header, field in (columns or {}).items():
            if field not in FIELDS:
                raise InputError(
                    f"{shown(str(header))!r} is mapped to {shown(str(field))!r}, which is no field; "
                    f"the fields are {', '.join(FIELDS)}",
                    file=file,
                )
            self._by_key[_own_key(header)] = field
            self._written[_own_key(header)] = header

    def find(self, header: str) -> str | None:
        """The field ``header`` is mapped to, None where it is not."""
        return self._by_key.get(_own_key(header)) if self._by_key else None

    def met(self, headers: Sequence[str]) -> None:
        """Take note that a sheet has these headers."""
        if self._by_key:
            self._met.update(map(_own_key, headers))

    def check(self, headers: Sequence[str]) -> None:
        """Raise where a mapped header stood in no sheet.

        Args:
            headers: all that were read, for the message.

        Raises:
            InputError: names the header and what there is.
        """
        for each, header in self._written.items():
            if each not in self._met:
                there = ", ".join(shown(name, 40) for name in dict.fromkeys(headers) if name) or "none"
                raise InputError(
                    f"there is no column {shown(header)!r} to map; the columns are {there}", file=self._file
                )


def _own_key(header: str) -> str:
    return key(header) or fold(header)


@lru_cache(maxsize=8192)
def recognise(header: str) -> str | None:
    """The field (or ``TICKET``) a header means, None where it means none that is known.

    Tried in this order: the whole header; without its brackets; without leading numbering; a money header
    without its unit; parts between line breaks or slashes, when they agree.
    """
    if len(header) > _LONGEST_HEADER:
        return None
    folded = fold(header)
    whole, bare = key(folded), key(_BRACKETS.sub(" ", folded))
    for candidate in (whole, bare, bare.lstrip("0123456789")):
        if candidate and (found := BY_KEY.get(candidate)):
            return found
    tail = _UNIT_TAIL.fullmatch(bare)
    if tail and (found := BY_KEY.get(tail[1])) in MONEY_FIELDS:
        return found
    parts = re.split(r"[\n\r]+|/|\|", _BRACKETS.sub(" ", header))
    if len(parts) > 1:
        met = {BY_KEY.get(key(part)) for part in parts if key(part)}
        if met == {"name", "name_ko"}:
            return "name_ko"
        if len(met) == 1:
            return met.pop()
    return None


def column(header: str, mapped: ColumnMap) -> Column:
    """What one header means, "other" where it is not known."""
    field = mapped.find(header)
    serial = field is None and key(header) in SERIAL
    field = field or recognise(header) or "other"
    return Column(header, field, header_unit(header) if field in MONEY_FIELDS else NO_UNIT, serial)


def find_header(grid: Grid, mapped: ColumnMap) -> tuple[int, list[Column]] | None:
    """Place of the header row in ``grid.rows`` and its columns, None where there is no such row.

    It is the one of the first ``ROWS_ABOVE`` rows with most known fields: two or more, name or id among them.
    """
    best, most = None, 1
    for place, row in enumerate(grid.rows):
        if row.number > ROWS_ABOVE:
            break
        known = known_fields(row, mapped)
        if len(known) > most and known & _NAMING:
            best, most = place, len(known)
    if best is None:
        return None
    return best, _columns(grid, best, mapped)


def known_fields(row: GridRow, mapped: ColumnMap) -> set[str]:
    """The different fields a row would give as a header."""
    fields = set()
    for cell in row.cells:
        text = unescape(cell)
        found = mapped.find(text) or recognise(text)
        if found:
            fields.add(found)
    return fields


def _columns(grid: Grid, place: int, mapped: ColumnMap) -> list[Column]:
    cells = [unescape(cell) for cell in grid.rows[place].cells]
    width = max(len(row.cells) for row in grid.rows[place:])
    cells += [""] * (width - len(cells))
    ours = tuple(map(key, cells[: len(REJECTED_COLUMNS)])) == REJECTED_COLUMNS
    mapped.met(cells)
    columns: list[Column] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        name = unique = mend(cell).strip() or f"column {letters(index + 1)}"
        count = 1
        while unique in taken:
            count += 1
            unique = f"{name} ({count})"
        taken.add(unique)
        if ours and (index < len(REJECTED_COLUMNS) or name == UNREADABLE):
            columns.append(Column(unique, IGNORED))
            continue
        found = column(cell, mapped) if clean_line(cell) else Column(unique, "other")
        own = unique == mend(cell).strip()
        columns.append(Column(unique, found.field, found.unit, found.serial, own))
    if any(each.field == "id" and not each.serial for each in columns):
        # Beside a real id a running number is only that.
        columns = [replace(each, field="other") if each.serial else each for each in columns]
    return columns


def letters(number: int) -> str:
    """1 -> "A", 27 -> "AA"."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
