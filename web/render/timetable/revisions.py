"""What calendars were told before, so that a change reaches them: ``calendar.json`` in the folder.

A calendar knows a meeting by its UID and takes a change only with a higher SEQUENCE (RFC 5545, 3.8.7.4). The
UID is made of the event and the pair, so a meeting that moves is the same meeting; a meeting that is gone
stays known as cancelled.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from profiles.errors import InputError
from profiles.model import Topic
from web.render.timetable.rows import Entry, Timetable

FILE = "calendar.json"

_UIDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:roundtable:meeting")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Details(_Record):
    """What of a meeting a calendar has to hear of when it changes."""

    start: datetime
    end: datetime
    timezone: str
    table: str
    track: Topic | None
    interpreter: str | None

    def digest(self) -> str:
        """SHA-256: equal for equal details."""
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class Revision(_Record):
    """A meeting as calendars were told of it last.

    Attributes:
        names: of startup and partner, for when one of them has left the event.
        details: when and where; of a cancelled meeting as it was.
        content: hash of ``details``.
        sequence: how often the meeting has changed.
        changed: when it did last, in UTC.
        former: interpreters who helped it once and do not now: their calendars are told so.
    """

    uid: str
    startup: str
    partner: str
    names: tuple[str, str]
    details: Details
    content: str
    sequence: int
    changed: datetime
    cancelled: bool = False
    former: tuple[str, ...] = ()


class Revisions(_Record):
    """All meetings that calendars know of one event."""

    event: str
    meetings: tuple[Revision, ...] = ()

    def to_json(self) -> bytes:
        """As it lies in the folder."""
        return (self.model_dump_json(indent=1) + "\n").encode()


def uid(event_id: str, startup_id: str, partner_id: str) -> str:
    """The same for a pair of an event, wherever and whenever it meets."""
    return str(uuid.uuid5(_UIDS, json.dumps([event_id, startup_id, partner_id])))


def read(path: Path, event_id: str) -> Revisions:
    """What was told before; nothing where the file is missing.

    Raises:
        InputError: the file is damaged, or of another event.
    """
    try:
        found = Revisions.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Revisions(event=event_id)
    except ValidationError as cause:
        raise InputError(
            "is damaged: bring back a copy, or choose another folder, where all meetings count as new",
            file=str(path),
        ) from cause
    if found.event != event_id:
        raise InputError(
            f"the folder has the timetable of the event {found.event!r}: choose another one for {event_id!r}",
            file=str(path),
        )
    return found


def revised(before: Revisions, timetable: Timetable, now: datetime, language: str) -> Revisions:
    """What calendars are to be told now: every meeting, and those that are gone.

    Args:
        now: when something that differs from ``before`` changed, with a time zone.
        language: of the names.
    """
    known = {revision.uid: revision for revision in before.meetings}
    event = timetable.event.event
    found: dict[str, Revision] = {}
    for entry in timetable.entries:
        name = uid(event.id, *entry.key)
        found[name] = _of_entry(entry, name, event.timezone, known, now, language)
    for name, revision in known.items():
        if name not in found:
            found[name] = revision if revision.cancelled else _cancelled(revision, now)
    return Revisions(event=event.id, meetings=tuple(found.values()))


def _of_entry(
    entry: Entry, name: str, timezone: str, known: Mapping[str, Revision], now: datetime, language: str
) -> Revision:
    details = Details(
        start=entry.slot.start,
        end=entry.slot.end,
        timezone=timezone,
        table=entry.table.id,
        track=entry.track,
        interpreter=entry.interpreter.id if entry.interpreter else None,
    )
    names = (entry.startup.label(language), entry.partner.label(language))
    content, last = details.digest(), known.get(name)
    if last is not None and last.content == content and not last.cancelled:
        return last.model_copy(update={"names": names})
    helped = {*last.former, last.details.interpreter} if last else set()
    return Revision(
        uid=name,
        startup=entry.startup.id,
        partner=entry.partner.id,
        names=names,
        details=details,
        content=content,
        sequence=last.sequence + 1 if last else 0,
        changed=now,
        former=tuple(sorted(who for who in helped if who is not None and who != details.interpreter)),
    )


def _cancelled(revision: Revision, now: datetime) -> Revision:
    return revision.model_copy(update={"cancelled": True, "sequence": revision.sequence + 1, "changed": now})
