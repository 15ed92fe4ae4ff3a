"""What the pages say of a search for a timetable: how far it is, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from profiles.event import Conflict, Edit, Event
from profiles.job_store import Job, JobState
from web import schedule_words, timetable_words
from web.access import store
from web.organiser.showing import Shown
from web.render.timetable import words


def running(job: Job) -> dict[str, Any]:
    """What is shown of a search that runs."""
    told = job.progress.get("stages", {})
    return {
        "job": job,
        "elapsed": int((datetime.now(UTC) - job.created_at).total_seconds()),
        "stages": [
            (name, *map(_number, told[name]), timetable_words.gap(*told[name]))
            for name in timetable_words.in_order(told)
        ],
    }


def _number(value: float | None) -> str:
    return "–" if value is None else words.number(value)


@dataclass(frozen=True)
class Outcome:
    """What came of the last search, where that is no timetable.

    Attributes:
        error: why it failed, in a sentence.
        conflicts: rules and people that cannot hold together, each with what would release it.
        ways: what would help, cheapest first.
    """

    error: str = ""
    conflicts: tuple[tuple[str, str], ...] = ()
    ways: tuple[str, ...] = ()


def outcome(job: Job | None, shown: Shown | None) -> Outcome | None:
    """What is to be said of the last search; None where its timetable says all, or a later one is there."""
    if job is None or not job.state.is_over or job.finished_at is None:
        return None
    if shown is not None and shown.is_newest and shown.version.created_at > job.finished_at:
        return None
    if job.state is JobState.FAILED:
        return Outcome(error=timetable_words.job_error(str(job.result.get("error", ""))))
    if job.result.get("status") != "infeasible":
        return None
    asked = Event.model_validate(job.request["event"])
    profiles = store().get_many([person.id for person in asked.participants])
    asked = timetable_words.named(asked, profiles)
    conflicts = [Conflict.model_validate(each) for each in job.result["conflicts"]]
    ways = [[Edit.model_validate(edit) for edit in way] for way in job.result["releases"]]
    return Outcome(
        conflicts=tuple(
            (schedule_words.member(asked, each), schedule_words.release(asked, each)) for each in conflicts
        ),
        ways=tuple(schedule_words.changes(asked, edits) for edits in ways),
    )
