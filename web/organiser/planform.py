"""A day's set-up as a form: texts under the names of the plan's fields, ``days.0.pauses.1.start``.

Nothing is lost between a form and its answer: a ``Draft`` holds what was typed, right or wrong, and is turned
into a ``Consultation`` or into faults at the fields. Works without Flask.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from profiles.consultations import OWN_TERMS, Consultation
from profiles.dayplan import DayPlan
from profiles.importers.places import read_language
from profiles.importers.values import split_choices
from profiles.model import Side
from web import phrases
from web.organiser.faults import faults_of
from web.phrases import gettext as _
from web.times import known_zone

Draft = dict[str, Any]
"""What was typed: texts, lists of ticked values, and lists of drafts for rows."""


Form = MultiDict[str, str]


@dataclass(frozen=True)
class Rows:
    """Rows of a section: the texts and ticked lists of each, and the rows within it."""

    texts: tuple[str, ...]
    ticked: tuple[str, ...] = ()
    inner: Mapping[str, Rows] = field(default_factory=dict)


_SPANS = Rows(("date", "start", "end"))
_STRETCHES = Rows(("name", "start", "end"))
SECTIONS: Mapping[str, Rows] = {
    "days": Rows(
        ("date", "start", "end", "slot_minutes", "gap_minutes"),
        inner={"pauses": _STRETCHES, "sessions": _STRETCHES},
    ),
    "rooms": Rows(("name", "tables", "names"), ("tracks",), {"closed": _SPANS}),
    "interpreters": Rows(("id", "languages"), inner={"unavailable": _SPANS}),
}
_EVENT = ("name", "timezone", "max_break_difference")
_WHERE = re.compile(
    r"(days|rooms|interpreters)(?:\.([0-9]{1,4})\.(pauses|sessions|closed|unavailable))?(?:\.([0-9]{1,4}))?"
)


# -- reading -------------------------------------------------------------------------------------


def read_draft(form: Form) -> Draft:
    """What a form holds; rows without anything in them are left out where they would mean nothing."""
    names = list(form)
    return {
        "event": {name: form.get(f"event.{name}", "").strip() for name in _EVENT},
        "tracks": _ticked(form, "tracks"),
        "top": form.get("top", "").strip(),
        "wishes_until": form.get("wishes_until", "").strip(),
        **{section: _rows(form, names, section, rows) for section, rows in SECTIONS.items()},
        "defaults": {
            side.value: {term: form.get(f"defaults.{side.value}.{term}", "").strip() for term in OWN_TERMS}
            for side in Side
        },
    }


def _rows(form: Form, names: Sequence[str], prefix: str, rows: Rows) -> list[Draft]:
    pattern = re.compile(re.escape(prefix) + r"\.([0-9]{1,4})\.")
    places = sorted({int(found[1]) for name in names if (found := pattern.match(name))})
    return [
        {
            **{text: _typed(form, f"{prefix}.{at}.{text}") for text in rows.texts},
            **{ticked: _ticked(form, f"{prefix}.{at}.{ticked}") for ticked in rows.ticked},
            **{
                name: _rows(form, names, f"{prefix}.{at}.{name}", inner) for name, inner in rows.inner.items()
            },
        }
        for at in places
    ]


def _typed(form: Form, name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n").strip()


def _ticked(form: Form, name: str) -> list[str]:
    return [value for value in form.getlist(name) if value]


def draft_of(consultation: Consultation) -> Draft:
    """What the form of a stored day holds."""
    plan = consultation.plan
    until = consultation.wishes_until
    return {
        "event": {name: _text(getattr(plan.event, name)) for name in _EVENT},
        "tracks": [track.value for track in plan.tracks],
        "top": str(consultation.top),
        "wishes_until": f"{until.astimezone(ZoneInfo(plan.event.timezone)):%Y-%m-%dT%H:%M}" if until else "",
        "days": [
            {
                **{name: _text(getattr(day, name)) for name in SECTIONS["days"].texts},
                "pauses": [_texts(pause, _STRETCHES) for pause in day.pauses],
                "sessions": [_texts(session, _STRETCHES) for session in day.sessions],
            }
            for day in plan.days
        ],
        "rooms": [
            {
                "name": room.name,
                "tables": _text(room.tables) if isinstance(room.tables, int) else "",
                "names": "" if isinstance(room.tables, int) else "\n".join(room.tables),
                "tracks": [track.value for track in room.tracks],
                "closed": [_texts(span, _SPANS) for span in room.closed],
            }
            for room in plan.rooms
        ],
        "interpreters": [
            {
                "id": helper.id,
                "languages": languages_text(helper.languages),
                "unavailable": [_texts(span, _SPANS) for span in helper.unavailable],
            }
            for helper in plan.interpreters
        ],
        "defaults": {side.value: terms_draft(plan.defaults.of(side)) for side in Side},
    }


def terms_draft(terms: Any) -> Draft:
    """The texts of terms: a day's or an attendee's own."""
    return {
        name: languages_text(value or ()) if name == "languages" else _text(value)
        for name in OWN_TERMS
        for value in [getattr(terms, name)]
    }


def languages_text(codes: Sequence[str]) -> str:
    """Languages as people write them: "한국어, 영어"."""
    return ", ".join(phrases.language_name(code) for code in codes)


def read_languages(text: str) -> list[str]:
    """Their codes; what is no language is left as it was written."""
    return [read_language(each) or each for each in split_choices(text)]


def _texts(record: Any, rows: Rows) -> Draft:
    return {name: _text(getattr(record, name)) for name in rows.texts}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    return f"{value:g}" if isinstance(value, float) else str(value)


# -- rows that come and go -----------------------------------------------------------------------


def add_row(draft: Draft, where: str) -> str:
    """Add a row, filled as it most likely will be; gives back the name of its first field, or "" for none."""
    found = _WHERE.fullmatch(where)
    if not found or found[4]:
        return ""
    section, at, inner = found[1], found[2], found[3]
    if inner is None:
        rows = draft[section]
        rows.append(_new_row(draft, section))
        return f"{section}.{len(rows) - 1}.{SECTIONS[section].texts[0]}"
    if int(at) >= len(draft[section]) or inner not in SECTIONS[section].inner:
        return ""
    rows, texts = draft[section][int(at)][inner], SECTIONS[section].inner[inner].texts
    rows.append(dict.fromkeys(texts, ""))
    return f"{where}.{len(rows) - 1}.{texts[0]}"


def remove_row(draft: Draft, where: str) -> None:
    """Take a row away; one that is not there is none to take away."""
    found = _WHERE.fullmatch(where)
    if not found or not found[4]:
        return
    rows = draft[found[1]]
    if found[3]:
        outer = int(found[2])
        if outer >= len(rows):
            return
        rows = rows[outer].get(found[3], [])
    if int(found[4]) < len(rows):
        del rows[int(found[4])]


def _new_row(draft: Draft, section: str) -> Draft:
    rows = draft[section]
    if section == "days":
        last = rows[-1] if rows else _FIRST_DAY
        return {**last, "date": _next_date(last["date"]), **{name: _copies(last[name]) for name in _IN_DAY}}
    if section == "rooms":
        number = _free_number(rows, "name", lambda number: _("Room {number}", number=number))
        return {
            "name": _("Room {number}", number=number),
            "tables": "4",
            "names": "",
            "tracks": [],
            "closed": [],
        }
    number = _free_number(rows, "id", "interpreter-{}".format)
    spoken = rows[-1]["languages"] if rows else languages_text(("ko", "en"))
    return {"id": f"interpreter-{number}", "languages": spoken, "unavailable": []}


_IN_DAY = ("pauses", "sessions")
_FIRST_DAY: Draft = {
    "date": "",
    "start": "09:00",
    "end": "17:00",
    "slot_minutes": "20",
    "gap_minutes": "0",
    "pauses": [],
    "sessions": [
        {"name": "am", "start": "00:00", "end": "12:00"},
        {"name": "pm", "start": "12:00", "end": "23:59"},
    ],
}


def _copies(rows: Sequence[Draft]) -> list[Draft]:
    return [dict(row) for row in rows]


def _next_date(text: str) -> str:
    try:
        return str(datetime.date.fromisoformat(text) + datetime.timedelta(days=1))
    except (ValueError, OverflowError):
        return ""


def _free_number(rows: Sequence[Draft], name: str, called: Any) -> int:
    taken = {row[name] for row in rows}
    return next(number for number in range(1, len(rows) + 2) if called(number) not in taken)


# -- into a day ----------------------------------------------------------------------------------


def record_of(draft: Draft, event_id: str) -> dict[str, Any]:
    """The plan as DAY.json has it, not yet validated: fields without text are left to their defaults."""
    return {
        "event": {"id": event_id, **_said(draft["event"], _EVENT)},
        "tracks": list(draft["tracks"]),
        "days": [
            {
                **_said(day, SECTIONS["days"].texts),
                **{name: [_said(row, _STRETCHES.texts) for row in day[name]] for name in _IN_DAY},
            }
            for day in draft["days"]
        ],
        "rooms": [
            {
                **_said(room, ("name",)),
                "tracks": list(room["tracks"]),
                "tables": _tables(room),
                "closed": [_said(span, _SPANS.texts) for span in room["closed"]],
            }
            for room in draft["rooms"]
        ],
        "interpreters": [
            {
                **_said(helper, ("id",)),
                "languages": read_languages(helper["languages"]),
                "unavailable": [_said(span, _SPANS.texts) for span in helper["unavailable"]],
            }
            for helper in draft["interpreters"]
        ],
        "defaults": {side: terms_record(terms) for side, terms in draft["defaults"].items()},
    }


def terms_record(terms: Draft) -> dict[str, Any]:
    """Terms as a record, not yet validated; what is not said is left out."""
    said: dict[str, Any] = _said(terms, OWN_TERMS)
    if "languages" in said:
        said["languages"] = read_languages(said["languages"])
    return said


def _said(texts: Draft, names: Sequence[str]) -> dict[str, Any]:
    return {name: texts[name] for name in names if texts[name]}


def _tables(room: Draft) -> Any:
    names = [line.strip() for line in room["names"].splitlines() if line.strip()]
    text = room["tables"] or "1"
    return names or (int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text)


def tidied(draft: Draft) -> Draft:
    """Without rows that say nothing, and with its days in order, as far as their dates are written."""
    for section, rows in SECTIONS.items():
        for row in draft[section]:
            for name in rows.inner:
                row[name] = [each for each in row[name] if any(each.values())]
    if all(day["date"] for day in draft["days"]):
        draft["days"].sort(key=lambda day: day["date"])
    return draft


def settle(draft: Draft, before: Consultation) -> tuple[Consultation | None, dict[str, str]]:
    """The day that a tidied draft makes of ``before``; or None, and what is wrong by the field's name."""
    record = record_of(draft, before.id)
    wrong: dict[str, str] = {}
    until = _moment(draft, wrong)
    plan = None
    try:
        plan = DayPlan.model_validate(record)
    except ValidationError as error:
        wrong |= {
            name: text
            for name, text in faults_of(error, record, names_of(draft)).items()
            if name not in wrong
        }
    values: dict[str, Any] = {"top": draft["top"]} if draft["top"] else {}
    try:
        made = Consultation(
            plan=plan or before.plan,
            wishes_until=until,
            revision=before.revision,
            **values,
        )
    except ValidationError as error:
        wrong |= faults_of(error, record, names_of(draft))
        return None, wrong
    return (None if wrong else made), wrong


def _moment(draft: Draft, wrong: dict[str, str]) -> datetime.datetime | None:
    """When wishes close, of local time in the event's zone."""
    text, zone = draft["wishes_until"], known_zone(draft["event"]["timezone"])
    if not text or zone is None:
        return None
    try:
        local = datetime.datetime.strptime(text[:16], "%Y-%m-%dT%H:%M")
        return local.replace(tzinfo=zone).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        wrong["wishes_until"] = _("Write a day and a time, such as 2027-05-01T18:00.")
        return None


def names_of(draft: Draft, prefix: str = "") -> dict[str, str]:
    """The names of all fields with what is in them, as one text each."""
    found: dict[str, str] = {}
    for name, value in draft.items():
        full = f"{prefix}{name}"
        if isinstance(value, dict):
            found |= names_of(value, f"{full}.")
        elif isinstance(value, list) and name not in ("tracks",):
            for at, row in enumerate(value):
                found |= names_of(row, f"{full}.{at}.")
        else:
            found[full] = ", ".join(sorted(value)) if isinstance(value, list) else value
    return found
