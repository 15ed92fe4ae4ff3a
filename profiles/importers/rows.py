"""One row of cells -> a Profile, or what is wrong with it, field by field.

Here stands what depends on several fields: names, side and kind, the id; ``fields`` reads the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from profiles.importers.fields import Context, Draft, Problem, Record, cell_as_text, split_stages
from profiles.importers.sounds import slug
from profiles.importers.text import clean, clean_line, fold, has_hangul, key, shown
from profiles.importers.vocabulary import read_kind, read_side, read_stages, values
from profiles.model import PARTNER_KINDS, Kind, Profile, Side

LISTS = frozenset(name for name, info in Profile.model_fields.items() if "tuple" in str(info.annotation))
"""Fields that hold a list."""
_COMPANY = frozenset({Kind.CORPORATE, Kind.PHARMA})
"""Kinds that, said of a startup, name its industry only."""


@dataclass
class Outcome:
    """What came of a row: ``profile`` is None exactly when there are problems.

    ``sheet_side`` is the side where only the sheet's name told it.
    """

    profile: Profile | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    sheet_side: Side | None = None


def read_row(record: Record, context: Context) -> Outcome:
    """The profile in ``record``, or every problem with it; never both."""
    draft = Draft(record, context)
    draft.read()
    outcome = Outcome(problems=draft.problems, notes=draft.notes)
    if any(not name for name, _, _ in draft.problems):  # the whole row is unreadable
        return outcome
    _names(draft)
    outcome.sheet_side = _side_and_kind(draft)
    _stages_of_partner(draft)
    _other(draft)
    _identity(draft)
    if not draft.problems:
        try:
            outcome.profile = Profile(**draft.found)
        except ValidationError as error:
            outcome.problems += [_from_model(detail, draft.found) for detail in error.errors()]
    return outcome


def make_id(side: Side, name: str) -> str:
    """An id that is the same for the same side and name: a readable part and eight hexadecimal digits."""
    digest = hashlib.sha256(f"{side.value}\n{fold(name)}".encode()).hexdigest()[:8]
    return f"{slug(name) or side.value}-{digest}"


def _names(draft: Draft) -> None:
    name, korean = draft.found.get("name", ""), draft.found.get("name_ko", "")
    if name and not korean and has_hangul(name):
        draft.found["name"], draft.found["name_ko"] = "", name
    elif korean and not name and not has_hangul(korean):
        draft.found["name"], draft.found["name_ko"] = korean, ""
    if not (name or korean or draft.broken("name") or draft.broken("name_ko")):
        draft.problem("name", "", "no name: give one, in English (name) or Korean (name_ko)")


def _side_and_kind(draft: Draft) -> Side | None:
    """Settle both; gives the side back where the sheet's name alone told it."""
    context = draft.context
    side_text, kind_text = _said(draft, "side"), _said(draft, "kind")
    kind, guessed = read_kind(kind_text) if kind_text else (None, False)
    if kind and guessed:
        draft.note("kind", f"{shown(kind_text)!r} was read as {kind.value}")
    side = read_side(side_text) if side_text else None
    if side_text:
        as_kind = read_kind(side_text)[0]
        if key(side_text) == "기업" and (context.side is Side.PARTNER or kind in PARTNER_KINDS):
            # Beside hospitals and investors the word means a corporate partner, else a startup.
            side, kind = Side.PARTNER, kind or as_kind
        elif side is None and as_kind:
            # "구분" often tells hospitals from investors: that is a kind, and it implies the side.
            side = _side_of(as_kind)
            kind = kind if kind_text else as_kind
        elif side is None:
            draft.problem("side", side_text, "not a known side: use startup or partner")
            return None
    if draft.broken("side") or draft.broken("kind"):
        return None
    side = side or context.side
    by_sheet = None
    if side is None:
        guess = context.sheet_side
        if guess and (
            kind is None or guess is _side_of(kind) or (guess is Side.STARTUP and kind in _COMPANY)
        ):
            side = by_sheet = guess
        elif kind:
            side = _side_of(kind)
        elif kind_text:
            draft.problem("kind", kind_text, f"not a known kind: use {values(Kind)}")
            return None
        else:
            draft.problem("side", "", "no side: say startup or partner in a column, or for the whole file")
            return None
    draft.found["side"] = side
    _kind(draft, side, kind, kind_text)
    return by_sheet


def _said(draft: Draft, name: str) -> str:
    taken = draft.one(name)
    return clean_line(taken[1]) if taken else ""


def _kind(draft: Draft, side: Side, kind: Kind | None, text: str) -> None:
    if side is Side.STARTUP:
        if kind not in (None, Kind.STARTUP) and kind not in _COMPANY:
            draft.problem("kind", text, "a startup's kind is startup: change the side or the kind")
            return
        if text and kind is not Kind.STARTUP:
            draft.note("kind", f"{shown(text)!r} was kept aside: the kind of a startup is startup")
        draft.found["kind"] = Kind.STARTUP
    elif kind in PARTNER_KINDS:
        draft.found["kind"] = kind
    elif text:
        draft.problem("kind", text, f"not a known kind of partner: use {values(PARTNER_KINDS)}")
    else:
        draft.problem("kind", "", f"no kind: a partner needs one of {values(PARTNER_KINDS)}")


def _stages_of_partner(draft: Draft) -> None:
    # "투자단계" of an investor are the stages it takes.
    if draft.found.get("side") is not Side.PARTNER or "stage" not in draft.found:
        return
    del draft.found["stage"]
    if not draft.found.get("stages"):
        entries = draft.choices("stage", split_stages)
        draft.found["stages"] = tuple(dict.fromkeys(s for entry in entries for s in read_stages(entry)))


def _other(draft: Draft) -> None:
    """Everything said that no field holds, by its header."""
    other: dict[str, str] = {}

    def keep(header: str, text: str) -> None:
        if cleaned := clean(text):
            other.setdefault(clean_line(header), cleaned)

    for column, cell in draft.by_field.get("other", ()):
        for header, text in cell.items() if isinstance(cell, dict) else [(column.header, cell_as_text(cell))]:
            keep(header, text)
    for name, columns in draft.by_field.items():
        if name == "other" or name in LISTS or len(columns) < 2:
            continue
        said = [(column, text) for column, cell in columns if (text := clean_line(cell_as_text(cell)))]
        for column, text in said[1:]:
            if text != said[0][1]:
                keep(column.header, text)
    kind = draft.one("kind")
    if (
        draft.found.get("side") is Side.STARTUP
        and kind
        and read_kind(clean_line(kind[1]))[0] is not Kind.STARTUP
    ):
        keep(kind[0].header, kind[1])
    if not draft.context.keep_ids and (number := draft.one("id")):
        keep(number[0].header, number[1])
    draft.found["other"] = other


def _identity(draft: Draft) -> None:
    if not draft.context.keep_ids:
        draft.found.pop("id", None)
    if "id" in draft.found or draft.broken("id"):
        return
    side, name = draft.found.get("side"), draft.found.get("name") or draft.found.get("name_ko")
    if side and name:
        draft.found["id"] = make_id(side, name)
        draft.note("id", f"no id; made {draft.found['id']} from side and name")


def _side_of(kind: Kind) -> Side:
    return Side.STARTUP if kind is Kind.STARTUP else Side.PARTNER


def _from_model(detail: Mapping[str, Any], found: Mapping[str, Any]) -> Problem:
    """A problem that the model itself found; its own checks begin with "field: "."""
    message = str(detail["msg"]).removeprefix("Value error, ")
    location = detail["loc"]
    if location:
        name = str(location[0])
        value = found.get(name, "")
        if len(location) > 1 and isinstance(value, tuple) and isinstance(location[1], int):
            value = value[location[1]]
        if detail["type"] == "string_too_long":
            message = f"longer than {detail['ctx']['max_length']:,} characters: shorten it"
    else:
        name, _, message = message.partition(": ")
        value = found.get(name, "")
    return name, shown(str(value), 200), message[:1].lower() + message[1:]
