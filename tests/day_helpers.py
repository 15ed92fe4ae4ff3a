"""A small event whose right answers are plain to see, for the tests of the day and of what comes of it.

Four slots of twenty minutes with a pause in the middle, two tables; three startups and three partners::

            T1                 T2
    09:00   Alpha – Pine       Beta – Quay
    09:20   Alpha – Quay
    10:00   Beta – Pine
    10:20

Gamma – Reed wait for a place, and so do Beta – Reed, who are worth more; Gamma – Quay never meet.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from web_helpers import partner, startup

from matcher.schedule.check import check
from profiles.consultations import Consultation
from profiles.dayplan import DayPlan, slots_of, tables_of
from profiles.event import Event, EventInfo, Meeting, Pair, Participant, Schedule, State, Unscheduled
from profiles.model import Kind, Topic
from profiles.store import Store

ZONE = "Asia/Seoul"

PROFILES = [
    startup("Alpha", "Reads heart scans.", name_ko="알파", topics=["investment"], languages=["ko", "en"]),
    startup("Beta", "Makes carrier proteins.", topics=["investment"], languages=["en"]),
    startup("Gamma", "Finds tumours in blood.", topics=["investment"], languages=["en"]),
    partner("Pine", Kind.INVESTOR, "Invests in devices.", topics=["investment"], languages=["en"]),
    partner("Quay", Kind.HOSPITAL, "A teaching hospital.", topics=["investment"], languages=["en"]),
    partner("Reed", Kind.LAW_FIRM, "Patents in life sciences.", topics=["investment"], languages=["en"]),
]

_PLAN = DayPlan.model_validate(
    {
        "event": {"id": "spring", "name": "Spring day", "timezone": ZONE},
        "days": [
            {
                "date": "2031-05-13",
                "start": "09:00",
                "end": "10:40",
                "slot_minutes": 20,
                "pauses": [{"start": "09:40", "end": "10:00"}],
            }
        ],
        "rooms": [{"name": "Hall", "tables": ["T1", "T2"]}],
        "tracks": ["investment"],
    }
)
SLOTS = {f"{slot.start:%H:%M}": slot.id for slot in slots_of(_PLAN)}

MEETINGS = (
    ("alpha", "pine", "09:00", "T1"),
    ("beta", "quay", "09:00", "T2"),
    ("alpha", "quay", "09:20", "T1"),
    ("beta", "pine", "10:00", "T1"),
)
WAITING = (("gamma", "reed", 0.5), ("beta", "reed", 0.8))


def event(event_id: str) -> Event:
    """What the timetable is made for."""
    return Event(
        event=EventInfo(id=event_id, name="Spring day", timezone=ZONE),
        slots=tuple(slots_of(_PLAN)),
        tables=tuple(tables_of(_PLAN)),
        participants=tuple(
            Participant(id=each.id, side=each.side, name=each.name, languages=each.languages)
            for each in PROFILES
        ),
        pairs=(
            *(
                Pair(startup=s, partner=p, track=Topic.INVESTMENT, fit=0.9)
                for s, p, _slot, _table in MEETINGS
            ),
            *(Pair(startup=s, partner=p, track=Topic.INVESTMENT, fit=fit) for s, p, fit in WAITING),
            Pair(startup="gamma", partner="quay", state=State.DECLINED),
        ),
    )


def schedule() -> Schedule:
    """The timetable."""
    return Schedule(
        status="feasible",
        meetings=tuple(
            Meeting(startup=s, partner=p, slot=SLOTS[at], table=table, track=Topic.INVESTMENT)
            for s, p, at, table in MEETINGS
        ),
        unscheduled=tuple(
            Unscheduled(startup=s, partner=p, reason="no room", code="no_room") for s, p, _fit in WAITING
        ),
    )


def add_event(store: Store, event_id: str, *, scheduled: bool = True) -> None:
    """An event in which everybody takes part; its version 1 is published."""
    info = _PLAN.event.model_copy(update={"id": event_id})
    store.add_consultation(Consultation(plan=_PLAN.model_copy(update={"event": info})))
    store.add_attendees(event_id, ((each.id, each.side) for each in PROFILES))
    if scheduled:
        assert check(event(event_id), schedule()).faults == ()
        store.publish(event_id, store.keep_timetable(event(event_id), schedule(), "by hand").number)


def local(clock: str) -> datetime:
    """A time of the day of the event, in UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2031, 5, 13, hour, minute, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def at(clock: str) -> str:
    """The same as an address says it."""
    return f"2031-05-13T{clock}"


def meetings(store: Store, event_id: str, number: int | None = None) -> set[tuple[str, str, str]]:
    """Who meets whom when in a version, the newest by default."""
    found = store.timetable(event_id, number)
    clock = {slot.id: f"{slot.start:%H:%M}" for slot in found.event.slots}
    return {(each.startup, each.partner, clock[each.slot]) for each in found.schedule.meetings}


PLANNED = {(startup, partner, at) for startup, partner, at, _table in MEETINGS}
