"""What calendars of a kept event are told with a version, the same in files as in subscriptions."""

from __future__ import annotations

from datetime import UTC, datetime

from profiles.calendar_store import Told
from profiles.consultations import Consultation
from profiles.store import Store
from web.phrases import language
from web.render.timetable.revisions import Revisions, revised
from web.render.timetable.rows import Timetable


def told_with(store: Store, event: Consultation, version: int, timetable: Timetable) -> Revisions:
    """What calendars hear of a version. That of the published one is kept, so that each change counts on.

    Args:
        version: its number; ``timetable``: the same with the names people are called by.
    """
    is_published = version == event.published
    now = (event.published_at if is_published else None) or datetime.now(UTC)

    def change(before: Told | None) -> Told:
        last = Revisions.model_validate(before) if before is not None else Revisions(event=event.id)
        found = revised(last, timetable, now.replace(microsecond=0), language())
        return found.model_dump(mode="json")

    if is_published:
        told = store.tell(event.id, version, change)
    else:  # only looked at: calendars are told of it when it is published
        known = store.told(event.id)
        told = change(known[1] if known else None)
    return Revisions.model_validate(told)
