"""What is wrong with a day's plan, at the field where it is wrong, in the reader's language.

Of what pydantic and ``profiles.dayplan`` say, sentences that are not known here are shown as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from profiles.event import FieldError
from web import phrases
from web.phrases import N_
from web.phrases import gettext as _

_FIRST_FIELD = {"days": "end", "sessions": "start", "rooms": "name", "interpreters": "id"}
"""Where a fault of a whole row is shown."""

_TABLES = "tables of the rooms"


def faults_of(error: ValidationError, record: dict[str, Any], names: Collection[str]) -> dict[str, str]:
    """The first fault of each field, by the field's name; of a whole section, by the section's.

    Args:
        error: of validating ``record``.
        record: what was validated.
        names: of all fields there are.
    """
    found: dict[str, str] = {}
    for each in _details(error):
        found.setdefault(_field(each, record, names), sentence(each))
    return found


def listed_faults(error: ValidationError) -> list[str]:
    """All faults as lines that name their fields, for a file that has no form."""
    return [f"{'.'.join(_loc(each)) or '–'}: {sentence(each)}" for each in _details(error)]


def _details(error: ValidationError) -> list[ErrorDetails]:
    """Its details, but for names of tables being no number: what is wrong with them is told besides."""
    return [each for each in error.errors(include_url=False) if each["loc"][-2:] != ("tables", "int")]


def _loc(error: ErrorDetails) -> list[str]:
    loc = [str(part) for part in error["loc"]]
    inner = error.get("ctx", {}).get("error")
    return [*loc, *inner.field.split(".")] if isinstance(inner, FieldError) else loc


def _field(error: ErrorDetails, record: dict[str, Any], names: Collection[str]) -> str:
    loc = _loc(error)
    if loc[0] == _TABLES:
        loc = ["rooms", str(_room_of(int(loc[1]), record)), "names"]
    if loc[0] == "rooms" and loc[2:3] == ["tables"] and len(loc) > 3:  # within their names
        loc = [*loc[:2], "names"]
    return next(name for name in _candidates(loc) if name in names or "." not in name)


def _candidates(loc: list[str]) -> Iterator[str]:
    while loc:
        yield ".".join(loc)
        if len(loc) > 1 and loc[-1].isdigit() and loc[-2] in _FIRST_FIELD:
            yield ".".join([*loc, _FIRST_FIELD[loc[-2]]])
        loc = loc[:-1]
    yield ""


def _room_of(place: int, record: dict[str, Any]) -> int:
    """The room whose tables include the one at ``place`` of all."""
    for number, room in enumerate(record["rooms"]):
        tables = room.get("tables", 1)
        place -= tables if isinstance(tables, int) else len(tables)
        if place < 0:
            return number
    return 0


# -- sentences -----------------------------------------------------------------------------------

_BY_TYPE = {
    "missing": N_("Fill this in."),
    "string_too_short": N_("Fill this in."),
    "int_parsing": N_("Write a whole number."),
    "int_type": N_("Write a whole number."),
    "int_from_float": N_("Write a whole number."),
    "float_parsing": N_("Write a number."),
    "float_type": N_("Write a number."),
    "finite_number": N_("Write a number."),
    "greater_than_equal": N_("At least {ge}."),
    "less_than_equal": N_("At most {le}."),
    "string_too_long": N_("At most {max_length} characters."),
}
_TOO_FEW = {
    "days": N_("An event needs a day: add one."),
    "rooms": N_("An event needs a room: add one."),
    "tracks": N_("Choose at least one track."),
    "languages": N_("Name the two languages, or more."),
}
_REASONS: tuple[tuple[str, str], ...] = (
    (r"not after start", N_("The end has to come after the start.")),
    (r"larger than max_meetings", N_("At least must not be more than at most.")),
    (r"no slot fits between start and end", N_("No meeting fits between start and end, outside the pauses.")),
    (r"overlaps ['\"](?P<name>.*)['\"]", N_("Overlaps “{name}”: sessions follow each other.")),
    (r"not after (?P<date>[0-9-]+): put days in order", N_("There is a day on {date} already.")),
    (r"['\"](?P<name>.*)['\"] is there already", N_("“{name}” is there already: choose another name.")),
    (r"(?P<date>[0-9-]+) is none of the event's days", N_("{date} is none of the event's days.")),
    (
        r"(?P<track>\w+) is no track of the event: add it to tracks",
        N_("{track} is no track of the event: tick it above, or untick it here."),
    ),
    (
        r"none takes the track (?P<track>\w+): add it to a room, or leave it out",
        N_("No room takes the track {track}: tick it in a room, or untick it above."),
    ),
    (
        r"no time zone ['\"](?P<zone>.*)['\"]: write one like Asia/Seoul",
        N_("There is no time zone “{zone}”."),
    ),
    (r".* cannot be read: write it like 2027-05-11", N_("Write the date like 2027-05-11.")),
    (r".* cannot be read: write it like 09:00", N_("Write the time like 09:00.")),
    (
        r"give their number, from 1 to 1000, or a list of their names",
        N_("Give the number of tables, from 1 to 1,000, or their names."),
    ),
)
_SHOWN: dict[str, Callable[[str], str]] = {"track": phrases.topic_name}


def sentence(error: ErrorDetails) -> str:
    """One fault as a sentence."""
    context: dict[str, Any] = error.get("ctx", {})
    if error["type"] == "too_short":
        name = next((str(part) for part in reversed(error["loc"]) if part in _TOO_FEW), "")
        return _(_TOO_FEW[name]) if name else error["msg"]
    if error["type"] == "string_pattern_mismatch":
        return _("“{value}” is not known: write languages like Korean, English.", value=error["input"])
    if error["type"] in _BY_TYPE:
        values = {name: _number(context[name]) for name in ("ge", "le", "max_length") if name in context}
        return _(_BY_TYPE[error["type"]], **values)
    inner = context.get("error")
    reason = inner.reason if isinstance(inner, FieldError) else str(inner or error["msg"])
    for pattern, text in _REASONS:
        if found := re.fullmatch(pattern, reason, re.DOTALL):
            return _(
                text, **{name: _SHOWN.get(name, str)(value) for name, value in found.groupdict().items()}
            )
    return reason


def _number(value: float) -> str:
    return phrases.number(int(value)) if value == int(value) else str(value)
