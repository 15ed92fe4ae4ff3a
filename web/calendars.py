"""The calendar of somebody in a kept event, told the same way to letters and to subscriptions.

A calendar takes a change only with a higher SEQUENCE. So the versions that were published are gone through
in their order, each meeting counting how often it changed from one to the next.
"""

from __future__ import annotations

from profiles.store import Store
from web import phrases
from web.render.timetable import revisions
from web.render.timetable.calendars import PARTICIPANT, Calendars
from web.render.timetable.rows import Timetable


def calendar_of(store: Store, event_id: str, version: int, profile_id: str) -> bytes:
    """The meetings of a participant as of a published version (RFC 5545), in the language in use.

    Raises:
        InputError: there is no such version.
    """
    told = {notice.version for notice in store.notices(event_id) if notice.version < version}
    known = revisions.Revisions(event=event_id)
    for number in (*sorted(told), version):
        kept = store.timetable(event_id, number)
        people = [person.id for person in kept.event.participants]
        shown = Timetable.of(kept.event, kept.schedule, store.get_many(people))
        known = revisions.revised(known, shown, kept.version.created_at, phrases.language())
    return Calendars(shown, known).of((PARTICIPANT, profile_id))
