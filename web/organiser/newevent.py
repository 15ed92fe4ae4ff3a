"""A new event: from a few words, after an earlier one, or from a DAY.json file. Works without Flask."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Collection
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from profiles.consultation_store import plan_record
from profiles.consultations import RESERVED_IDS, Consultation
from profiles.dayplan import DayPlan
from profiles.errors import InputError
from profiles.model import Side
from web.organiser.faults import faults_of, listed_faults
from web.organiser.planform import Form
from web.phrases import gettext as _
from web.phrases import language

FIELDS = ("name", "id", "timezone", "date", "start", "end", "slot_minutes", "tables", "copy_of")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def first_draft(today: datetime.date) -> dict[str, str]:
    """What the form holds at first: a day in two months."""
    return {
        "name": "",
        "id": "",
        "timezone": "Asia/Seoul" if language() == "ko" else "America/New_York",
        "date": str(today + datetime.timedelta(days=60)),
        "start": "09:00",
        "end": "17:00",
        "slot_minutes": "20",
        "tables": "10",
        "copy_of": "",
    }


def read_new(form: Form) -> dict[str, str]:
    """What was typed."""
    return {name: form.get(name, "").strip() for name in FIELDS}


def made_new(
    draft: dict[str, str], known: Collection[str], earlier: Consultation | None
) -> tuple[Consultation | None, dict[str, str]]:
    """The event that the form describes; or None, and what is wrong by field.

    Args:
        known: ids that are taken.
        earlier: whose days' times, rooms, interpreters, tracks and rules the new one has, on its own date.
    """
    wrong = {}
    if not draft["name"]:
        wrong["name"] = _("Give it a name.")
    event_id = draft["id"] or free_id(id_of(draft["name"], draft["date"]), known)
    if problem := bad_id(event_id, known):
        wrong["id"] = problem
    record = _after(earlier, draft) if earlier else _plain(draft)
    record["event"] = {"id": event_id or "event", "name": draft["name"], "timezone": draft["timezone"]}
    plan = None
    try:
        plan = DayPlan.model_validate(record)
    except ValidationError as error:
        names = {"event.timezone", "days.0.date", "days.0.start", "days.0.end", "days.0.slot_minutes"}
        for name, text in faults_of(error, record, {*names, "rooms.0.tables"}).items():
            wrong.setdefault(name.rpartition(".")[2] if name in {*names, "rooms.0.tables"} else "", text)
    if wrong or plan is None:
        return None, wrong
    return Consultation(plan=plan, top=earlier.top) if earlier else Consultation(plan=plan), {}


def _plain(draft: dict[str, str]) -> dict[str, Any]:
    day: dict[str, Any] = {
        name: draft[name] for name in ("date", "start", "end", "slot_minutes") if draft[name]
    }
    if draft["start"] < "12:00" and draft["end"] > "13:00":
        day["pauses"] = [{"name": _("lunch"), "start": "12:00", "end": "13:00"}]
    tables = draft["tables"] or "1"
    return {
        "days": [day],
        "rooms": [
            {"name": _("Hall"), "tables": int(tables) if re.fullmatch("[0-9]{1,9}", tables) else tables}
        ],
        "interpreters": [],
        "defaults": {
            Side.STARTUP.value: {"min_meetings": 1, "languages": ["ko"]},
            Side.PARTNER.value: {"languages": ["en"]},
        },
    }


def _after(earlier: Consultation, draft: dict[str, str]) -> dict[str, Any]:
    """The earlier plan, all its dates moved so that the first day is the new date."""
    record: dict[str, Any] = plan_record(earlier.plan.model_dump(mode="json"))
    try:
        shift = datetime.date.fromisoformat(draft["date"]) - earlier.plan.days[0].date
    except ValueError:
        record["days"][0]["date"] = draft["date"]
        return record
    moved: dict[str, Any] = _moved(record, shift)
    return moved


def _moved(record: Any, shift: datetime.timedelta) -> Any:
    if isinstance(record, dict):
        return {
            name: str(datetime.date.fromisoformat(value) + shift)
            if name == "date" and isinstance(value, str)
            else _moved(value, shift)
            for name, value in record.items()
        }
    return [_moved(each, shift) for each in record] if isinstance(record, list) else record


def id_of(name: str, date: str) -> str:
    """An id made of a name: its Latin letters and digits, else the date."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    words = re.sub("[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    if re.search("[a-z]", words):
        return words
    day = re.sub("[^0-9-]", "", date)
    return f"event-{day}".strip("-")


def free_id(wanted: str, known: Collection[str]) -> str:
    """``wanted``, with a number where it is taken."""
    tries = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(known) + 3))
    return next(each for each in tries if each not in known and each not in RESERVED_IDS)


def bad_id(event_id: str, known: Collection[str]) -> str:
    """Why an id cannot be taken; empty where it can. It stands in addresses and names of files."""
    if not _ID.fullmatch(event_id) or event_id in RESERVED_IDS:
        return _("Use up to 80 letters from a to z, digits, “-”, “_” and “.”, such as boston-2027.")
    if event_id in known:
        return _("There is an event with this id already: choose another one.")
    return ""


def read_day(content: bytes, known: Collection[str]) -> Consultation:
    """The event of a DAY.json file.

    Raises:
        InputError: what is wrong, in the reader's language, a fault a line.
    """
    try:
        record = from_json(content.decode("utf-8-sig"))
    except ValueError as cause:
        raise InputError(_("The file is no JSON: {reason}", reason=str(cause))) from cause
    try:
        plan = DayPlan.model_validate(record)
    except ValidationError as cause:
        raise InputError("\n".join(listed_faults(cause))) from cause
    if problem := bad_id(plan.event.id, known):
        raise InputError(f"event.id: {problem}")
    return Consultation(plan=plan)
