"""Timetables: made in the background, kept as versions, taken from elsewhere, published."""

from __future__ import annotations

from typing import Annotated, Any

from flask import url_for
from pydantic import BaseModel, Field, StringConstraints

from matcher.schedule.check import check
from profiles.errors import ConflictError, InputError, UnknownError
from profiles.event import Event, Schedule
from profiles.job_store import SILENT, Job, JobState, StopAsked
from profiles.timetable_store import Timetable
from profiles.timetable_store import Version as Kept
from web import jobs
from web.access import me, settings, store
from web.api.blueprint import ONLOOKERS, ORGANISER, changed
from web.api.errors import Refused
from web.api.events import EventRecord, answer_of, event_now
from web.api.operations import Reply, operation
from web.api.paging import Listed, PageQuery, cut, listed
from web.api.scope import event_of
from web.api.values import Body, Moment, Query
from web.jobs import NOTHING_IN_TIME
from web.organiser.scheduling import LONGEST, Options, ask
from web.publication import publish as show_version

TAG = "Schedules"


class ScheduleRequest(Body):
    """How a timetable is to be made.

    Attributes:
        seconds: by then the search ends with the best it has.
        fair: put the startup that is worst off before the sum of all.
        keep: keep the newest version as far as possible.
        from_now: with `keep`: what has begun by now stays as it is.
    """

    seconds: Annotated[int, Field(ge=1, le=LONGEST)] = 60
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    fair: bool = False
    keep: bool = False
    from_now: bool = False


class StageSoFar(BaseModel):
    """How far a stage of the objective is."""

    value: float | None = None
    bound: float | None = None


class JobRecord(BaseModel):
    """Work in the background.

    Attributes:
        state: `waiting`, `running`, `done`, `failed` or `discarded`.
        stages: how far the search is, by stage, in the order of the objective.
        seconds: how long it has searched.
        status: of the timetable, once there is one: `optimal`, `feasible` or `infeasible`.
        version: the version that was kept.
        conflicts: why there is no timetable.
        error: why it failed.
    """

    number: int
    event_id: str
    kind: str
    state: JobState
    stages: dict[str, StageSoFar]
    seconds: float | None
    status: str | None
    version: int | None
    conflicts: tuple[dict[str, Any], ...]
    error: str | None
    created_at: Moment
    finished_at: Moment | None


class Stop(Body):
    """How to end early: with the best there is so far, or with nothing."""

    keep: bool = True


class VersionRecord(BaseModel):
    """A version of a timetable.

    Attributes:
        note: where it came from.
        published: whether attendees see this one.
    """

    version: int
    created_at: Moment
    note: str
    status: str
    meetings: int
    content_hash: str
    published: bool


class VersionList(Listed[VersionRecord]):
    """Versions, the newest first."""


class Upload(Body):
    """A timetable made elsewhere.

    Attributes:
        schedule: as `roundtable schedule` writes it.
        note: where it came from.
    """

    schedule: Schedule
    note: Annotated[str, StringConstraints(max_length=500)] = "uploaded"


class UploadQuery(Query):
    """How a timetable is taken."""

    force: Annotated[bool, Field(description="keep it in spite of its faults")] = False


class FaultRecord(BaseModel):
    """A breach of a rule."""

    rule: str
    who: tuple[str, ...]
    sentence: str


class Taken(VersionRecord):
    """The version that was kept, with its faults."""

    faults: tuple[FaultRecord, ...]


class Publish(Body):
    """Which version attendees see; null: none."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None


@operation(
    "POST",
    "/events/{event_id}/schedules",
    tag=TAG,
    may=ORGANISER,
    body=ScheduleRequest,
    gives={202: JobRecord},
    headers=("Location",),
    refuses=(409,),
    example={"seconds": 30},
)
def start_schedule(event_id: str, body: ScheduleRequest) -> Reply:
    """Start making a timetable. The job says how far it is; the result is kept as a version."""
    event = event_of(event_id)
    options = Options(body.seconds, body.seed, body.fair, body.keep, body.keep and body.from_now)
    try:
        asked = ask(event, options)
    except InputError as error:
        raise ConflictError(error.reason) from error
    job = jobs.start(store(), settings(), event.id, jobs.SCHEDULE, asked, me().number)
    changed(event.name, job=job.number, seconds=body.seconds, keep=asked["keep"])
    return _job(job, 202)


@operation("GET", "/jobs/{number}", tag=TAG, may=ONLOOKERS, gives={200: JobRecord}, headers=("Location",))
def get_job(number: int) -> Reply:
    """How far work in the background is."""
    store().bury_silent_jobs()
    return _job(store().job(number))


@operation(
    "POST",
    "/jobs/{number}/stop",
    tag=TAG,
    may=ORGANISER,
    body=Stop,
    gives={202: JobRecord},
    headers=("Location",),
    refuses=(409,),
    example={"keep": True},
)
def stop_job(number: int, body: Stop) -> Reply:
    """Ask work in the background to end early."""
    job = store().job(number)
    if job.state.is_over:
        raise ConflictError("this work is over already")
    store().ask_to_stop(number, StopAsked.KEEP if body.keep else StopAsked.DISCARD)
    changed(f"job {number}", event_id=job.event_id, keep=body.keep)
    return _job(store().job(number), 202)


@operation(
    "GET",
    "/events/{event_id}/versions",
    tag=TAG,
    may=ONLOOKERS,
    query=PageQuery,
    gives={200: VersionList},
    headers=("Link",),
)
def list_versions(event_id: str, query: PageQuery) -> Reply:
    """The timetables made for an event, the newest first."""
    event = event_of(event_id)
    found = [_version(each, event.published) for each in store().timetables(event.id)]
    return listed(VersionList, cut(found, query), len(found), query)


@operation("GET", "/events/{event_id}/versions/{version}", tag=TAG, may=ONLOOKERS, gives={200: Schedule})
def get_version(event_id: str, version: int) -> Reply:
    """A timetable, as `roundtable schedule` writes it."""
    return Reply(_kept(event_id, version).schedule)


@operation("GET", "/events/{event_id}/versions/{version}/event", tag=TAG, may=ONLOOKERS, gives={200: Event})
def get_version_event(event_id: str, version: int) -> Reply:
    """The event file that a timetable was made for."""
    return Reply(_kept(event_id, version).event)


@operation(
    "POST",
    "/events/{event_id}/versions",
    tag=TAG,
    may=ORGANISER,
    query=UploadQuery,
    body=Upload,
    gives={201: Taken},
    headers=("Location",),
    refuses=(409,),
)
def add_version(event_id: str, body: Upload, query: UploadQuery) -> Reply:
    """Keep a timetable that was made elsewhere.

    It is checked against the event as it is now. Where it breaks a rule, or states a value that it does not
    have, it is refused with all faults in `faults` beside `error`, unless `force` is asked for.
    """
    event = event_now(event_id)
    if body.schedule.status == "infeasible":
        raise Refused(422, "invalid", "this says that there is no timetable", field="schedule.status")
    faults = tuple(
        FaultRecord(rule=each.rule, who=each.who, sentence=each.sentence)
        for each in check(event, body.schedule).faults
    )
    # What is named and is not there cannot be shown on any page.
    strange = next((each for each in faults if each.rule == "unknown"), None)
    if strange or (faults and not query.force):
        raise Refused(
            422,
            "faults",
            (strange or faults[0]).sentence,
            field="schedule",
            more={"faults": [each.model_dump(mode="json") for each in faults]},
        )
    kept = store().keep_timetable(event, body.schedule, body.note)
    changed(f"{event_id} {kept.number}", version=kept.number, faults=len(faults))
    record = _version(kept, event_of(event_id).published)
    address = url_for("api.get_version", event_id=event_id, version=kept.number)
    return Reply(Taken(**record.model_dump(), faults=faults), 201, {"Location": address})


@operation(
    "POST",
    "/events/{event_id}/publish",
    tag=TAG,
    may=ORGANISER,
    body=Publish,
    gives={200: EventRecord},
    headers=("ETag", "Location"),
    example={"version": 1},
)
def publish(event_id: str, body: Publish) -> Reply:
    """Show a version of the timetable to the attendees, or none.

    Whom it concerns gets a notice, and a letter as a draft: no mail is sent.
    """
    event = event_of(event_id)
    if body.version is not None and body.version not in {
        each.number for each in store().timetables(event.id)
    }:
        raise Refused(422, "invalid", f"no version {body.version} of this event", field="version")
    if body.version is None:
        store().publish(event.id, None)
        changed(event.name, version=None)
    else:
        done = show_version(store(), event, body.version)
        changed(event.name, version=done.version, told=done.told, letters=done.letters)
    return answer_of(store().consultation(event.id))


def _kept(event_id: str, version: int) -> Timetable:
    event = event_of(event_id)
    try:
        return store().timetable(event.id, version)
    except InputError as error:
        raise UnknownError(f"no version {version} of the event {event_id!r}") from error


def _version(kept: Kept, published: int | None) -> VersionRecord:
    return VersionRecord(
        version=kept.number,
        created_at=kept.created_at,
        note=kept.note,
        status=kept.status,
        meetings=kept.meetings,
        content_hash=kept.content_hash,
        published=kept.number == published,
    )


def _job(job: Job, status: int = 200) -> Reply:
    progress, result = job.progress, job.result
    record = JobRecord(
        number=job.number,
        event_id=job.event_id,
        kind=job.kind,
        state=job.state,
        stages=progress.get("stages", {}),
        seconds=progress.get("seconds"),
        status=result.get("status"),
        version=result.get("version"),
        conflicts=tuple(result.get("conflicts", ())),
        error=_error(result.get("error")),
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
    return Reply(record, status, {"Location": url_for("api.get_job", number=job.number)})


def _error(text: str | None) -> str | None:
    """Why work failed, without what is for the server's log alone."""
    known = (None, NOTHING_IN_TIME, SILENT)
    return text if text in known else "it failed; whoever runs the server finds why in its log"
