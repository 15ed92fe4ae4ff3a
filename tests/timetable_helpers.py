"""What tests of timetables on the pages share: a small day, its timetable, waiting for a search."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from matcher.schedule.solve import solve
from matcher.service import Service
from profiles.consultations import By, Choice, Consultation
from profiles.dayplan import DayPlan
from profiles.event import Event
from profiles.importers.wishes import Answer
from profiles.job_store import Job
from profiles.model import Kind, Profile, Side
from profiles.store import Store
from profiles.timetable_store import Timetable
from web.consulting import built


def profile(profile_id: str, kind: Kind, **fields: object) -> Profile:
    side = Side.STARTUP if kind is Kind.STARTUP else Side.PARTNER
    return Profile.model_validate({"id": profile_id, "side": side, "kind": kind, **fields})


PROFILES = [
    profile(
        "s1",
        Kind.STARTUP,
        name="Heartsound",
        name_ko="하트사운드",
        seeks=["A heart hospital"],
        languages=["ko", "en"],
    ),
    profile("s2", Kind.STARTUP, name="Carrier Bio", seeks=["A vaccine maker"], languages=["en"]),
    profile("s3", Kind.STARTUP, name="Strokescan", seeks=["A stroke clinic"], languages=["ko"]),
    profile("p1", Kind.HOSPITAL, name="Lakeside Hospital", offers=["Clinical trials"], languages=["en"]),
    profile("p2", Kind.PHARMA, name="Conjugate Inc.", seeks=["Carrier protein"], languages=["en"]),
    profile("p3", Kind.LAW_FIRM, name="Harbor Law", offers=["Patents"], languages=["en", "ko"]),
]
NAMES = {each.id: each.name for each in PROFILES}


def plan(event_id: str, **more: Any) -> DayPlan:
    """A morning of six slots at two tables, with an interpreter."""
    return DayPlan.model_validate(
        {
            "event": {"id": event_id, "name": f"Day {event_id}", "timezone": "Asia/Seoul"},
            "days": [{"date": "2027-05-11", "start": "09:00", "end": "11:00", "slot_minutes": 20}],
            "rooms": [{"name": "T", "tables": 2}],
            "interpreters": [{"id": "i1", "languages": ["ko", "en"]}],
            **more,
        }
    )


def add_day(service: Service, event_id: str, **more: Any) -> Consultation:
    """A day that all of ``PROFILES`` take part in."""
    store = service.store
    kept = store.add_consultation(Consultation(plan=plan(event_id, **more)))
    store.add_attendees(event_id, [(each.id, each.side) for each in PROFILES])
    return kept


def say(store: Store, event_id: str, startup: str, partner: str, answer: Answer, **more: Any) -> None:
    """The organiser's word on a pair."""
    store.choose(
        Choice(event_id=event_id, startup=startup, partner=partner, by=By.ORGANISER, answer=answer, **more)
    )


def schedule_day(service: Service, event_id: str) -> Timetable:
    """The first version of a day's timetable."""
    event = built(service, event_id).event
    service.store.keep_timetable(event, solve(event, seconds=10), "scheduled")
    return service.store.timetable(event_id)


def large_event(event_id: str) -> Event:
    """One whose breaks are not settled within a minute."""
    chance = random.Random(1)
    start = datetime(2027, 5, 11, 9)
    startups, partners = ([f"{side}{n}" for n in range(40)] for side in "sp")
    return Event.model_validate(
        {
            "event": {"id": event_id},
            "slots": [
                {
                    "id": f"t{n}",
                    "start": start + timedelta(minutes=20 * n),
                    "end": start + timedelta(minutes=20 * n + 20),
                }
                for n in range(16)
            ],
            "tables": [{"id": f"T{n}"} for n in range(14)],
            "participants": [
                {
                    "id": who,
                    "side": side,
                    "unavailable": [f"t{n}" for n in range(16) if chance.random() < 0.3],
                    "max_meetings": 7,
                }
                for side, people in (("startup", startups), ("partner", partners))
                for who in people
            ],
            "pairs": [
                {"startup": one, "partner": other, "fit": round(chance.random(), 4)}
                for one in startups
                for other in chance.sample(partners, 12)
            ],
        }
    )


def wait_for(store: Store, number: int, good: Callable[[Job], bool], seconds: float = 60.0) -> Job:
    """The piece of work once it is as it should be."""
    end = time.monotonic() + seconds
    while not good(job := store.job(number)):
        assert time.monotonic() < end, f"still {job.state}: {job.progress}"
        time.sleep(0.1)
    return job


def is_over(job: Job) -> bool:
    return job.state.is_over
