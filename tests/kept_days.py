"""Kept consultation days for tests: two startups and two partners of ``web_helpers.PROFILES``, six slots.

``kept_day(store)`` keeps the day; ``kept_timetable(store, "vaxo pharmo 1 T1", ...)`` a timetable of it, by
pair, slot counted from 1, and table.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from profiles.consultations import Consultation
from profiles.dayplan import DayPlan, slots_of
from profiles.event import Event, Schedule
from profiles.model import Side
from profiles.store import Store
from profiles.timetable_store import Timetable

STARTUPS, PARTNERS = ("vaxo", "brainy"), ("pharmo", "clinic")


LATER, PAST = date(2027, 5, 11), date(2024, 5, 14)


def plan(event_id: str = "day", name: str = "Partnering Day", on: date = LATER) -> DayPlan:
    """One morning in Seoul of six slots, two tables."""
    return DayPlan.model_validate(
        {
            "event": {"id": event_id, "name": name, "timezone": "Asia/Seoul"},
            "days": [{"date": on, "start": "09:00", "end": "11:00", "slot_minutes": 20}],
            "rooms": [{"name": "Hall", "tables": ["T1", "T2"]}],
            "tracks": ["supply", "clinical"],
        }
    )


def kept_day(
    store: Store,
    event_id: str = "day",
    *,
    startups: tuple[str, ...] = STARTUPS,
    partners: tuple[str, ...] = PARTNERS,
    name: str = "Partnering Day",
    on: date = LATER,
) -> Consultation:
    """A day that is kept, with these attendees."""
    kept = store.add_consultation(Consultation(plan=plan(event_id, name, on)))
    people = [(each, Side.STARTUP) for each in startups] + [(each, Side.PARTNER) for each in partners]
    store.add_attendees(event_id, people)
    return kept


def kept_timetable(store: Store, *meetings: str, event_id: str = "day", publish: bool = False) -> Timetable:
    """A timetable as the newest version; the event it is made for has all pairs of the attendees."""
    consultation = store.consultation(event_id)
    slots = slots_of(consultation.plan)
    people = store.attendees(event_id)
    sides = {side: [each.profile_id for each in people if each.side is side] for side in Side}
    names = {
        profile.id: profile.label() for profile in store.get_many([p.profile_id for p in people]).values()
    }
    fields: dict[str, Any] = {
        "event": consultation.plan.event,
        "slots": slots,
        "tables": [{"id": "T1"}, {"id": "T2"}],
        "participants": [
            {"id": each.profile_id, "side": each.side, "name": names.get(each.profile_id, each.profile_id)}
            for each in people
        ],
        "pairs": [
            {"startup": s, "partner": p, "track": "supply", "fit": 0.5, "state": "accepted"}
            for s in sides[Side.STARTUP]
            for p in sides[Side.PARTNER]
        ],
    }
    event = Event.model_validate(fields)
    found = []
    for each in meetings:
        startup, partner, slot, table = each.split()
        found.append(
            {
                "startup": startup,
                "partner": partner,
                "slot": slots[int(slot) - 1].id,
                "table": table,
                "track": "supply",
            }
        )
    schedule = Schedule.model_validate({"status": "feasible", "meetings": found})
    version = store.keep_timetable(event, schedule)
    if publish:
        store.publish(event_id, version.number)
    return Timetable(version, event, schedule)
