"""The sample event: a made-up consultation day over the sample directory, scheduled and published.

Its wishes are made from the ranking, as nobody has been asked: each startup wants its best partners, and a
partner wants back whom its own list has near the top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matcher.schedule.solve import Report, solve
from matcher.service import Service
from profiles.consultations import By, Choice, Consultation
from profiles.dayplan import read_day_plan
from profiles.errors import UnknownError
from profiles.importers.wishes import Answer
from profiles.model import Side
from web.consulting import built
from web.settings import SAMPLE_DIRECTORY

_WANTED, _WANTED_BACK = 3, 5


@dataclass(frozen=True)
class SampleEvent:
    """The event as the demo leaves it.

    Attributes:
        is_new: whether this call made it.
    """

    consultation: Consultation
    meetings: int
    is_new: bool


def sample_event(
    service: Service, *, seconds: float, progress: Callable[[Report], None] | None = None
) -> SampleEvent:
    """Make the sample event where there is none yet; one that is there is left as it is.

    Args:
        seconds: the solver's time.
        progress: told of better timetables.
    """
    store, plan = service.store, read_day_plan(SAMPLE_DIRECTORY / "day.json")
    try:
        known = store.consultation(plan.event.id)
    except UnknownError:
        known = None
    if known is not None and known.published is not None:
        version = store.timetable(known.id, known.published).version
        return SampleEvent(known, version.meetings, is_new=False)
    if known is None:
        store.add_consultation(Consultation(plan=plan))
        directory = service.directory()
        store.add_attendees(
            plan.event.id, [(each.id, side) for side in Side for each in directory.side(side).profiles]
        )
        store.choose_all(_wishes(service, plan.event.id))
    event = built(service, plan.event.id).event
    schedule = solve(event, seconds=seconds, progress=progress)
    version = store.keep_timetable(event, schedule, "scheduled")
    return SampleEvent(store.publish(plan.event.id, version.number), version.meetings, is_new=True)


def _wishes(service: Service, event_id: str) -> list[Choice]:
    directory, scores = service.directory(), service.scores()
    startups, partners = (directory.side(side).profiles for side in Side)
    # Small sides and pairs that avoid each other: the last places may hold nobody.
    by_startup = np.argsort(-scores, axis=1, kind="stable")[:, :_WANTED]
    by_partner = np.argsort(-scores, axis=0, kind="stable")[:_WANTED_BACK].T
    wanted = {(int(row), int(at)) for row, best in enumerate(by_startup) for at in best}
    back = {(int(at), int(column)) for column, best in enumerate(by_partner) for at in best}
    said = [(key, By.STARTUP) for key in sorted(wanted)] + [
        (key, By.PARTNER) for key in sorted(wanted & back)
    ]
    return [
        Choice(
            event_id=event_id,
            startup=startups[row].id,
            partner=partners[column].id,
            by=by,
            answer=Answer.WANTED,
        )
        for (row, column), by in said
        if np.isfinite(scores[row, column])
    ]
