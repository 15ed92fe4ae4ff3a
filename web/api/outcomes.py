"""What came of meetings: notes of an event, their sum, and the outcomes that the ranking learns from."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, StringConstraints

from matcher.outcome_summary import Sum, summed_by
from profiles.consultations import By, Came, Consultation, Note
from profiles.errors import ConflictError
from profiles.event import Slot
from profiles.model import ProfileId, Side, Topic
from profiles.outcomes import Outcome
from web.access import me, store
from web.api.blueprint import EVERYBODY, ONLOOKERS, ORGANISER, SIDES, changed
from web.api.errors import Refused
from web.api.operations import Reply, operation
from web.api.paging import Listed, PageQuery, cut, listed
from web.api.scope import event_of, own_id, pair_of, speak_as
from web.api.values import Body, Moment
from web.consulting import published
from web.noting import LARGEST, TEXT_LENGTH
from web.organiser.board import Board

TAG = "Outcomes"


class NoteQuery(PageQuery):
    """Which notes."""

    profile: Annotated[ProfileId | None, Field(description="only of meetings of this startup or partner")] = (
        None
    )
    by: Annotated[By | None, Field(description="only what this side says")] = None


class NoteRecord(BaseModel):
    """What came of a meeting, as one side or the organiser puts it.

    Attributes:
        held: whether it took place; null: not said.
        result: `nothing`, `follow_up` or `agreement`; null: not said yet.
        amount_usd: of an agreement, where it has one.
    """

    startup: str
    partner: str
    by: By
    held: bool | None
    result: Came | None
    amount_usd: float | None
    text: str
    updated_at: Moment | None


class NoteList(Listed[NoteRecord]):
    """Notes by startup and partner."""


class Noted(Body):
    """What came of a meeting. Only one that was held has a result, only an agreement an amount."""

    held: bool | None = None
    result: Came | None = None
    amount_usd: Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)] | None = None
    text: Annotated[str, StringConstraints(max_length=TEXT_LENGTH)] = ""


class Steps(BaseModel):
    """How far meetings got. What reached a step has passed all before it.

    Attributes:
        open: those of which it is not agreed whether they took place.
        follow_up: those held that were followed up or led to an agreement.
        amount_usd: of the agreements that state one.
    """

    planned: int
    held: int
    not_held: int
    open: int
    follow_up: int
    agreement: int
    amount_usd: float


class TrackSteps(Steps):
    """The same of the meetings about one topic; null: about none."""

    track: Topic | None


class Summary(Steps):
    """What came of the meetings of an event, in all and by track."""

    tracks: tuple[TrackSteps, ...]


class OutcomeList(Listed[Outcome]):
    """Outcomes by date, startup, partner and outcome."""


class Outcomes(Body):
    """Things that happened between startups and partners."""

    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1, max_length=10_000)]


class Recorded(BaseModel):
    """How many outcomes were not known before."""

    added: int


@operation(
    "GET",
    "/events/{event_id}/outcomes",
    tag=TAG,
    may=EVERYBODY,
    query=NoteQuery,
    gives={200: NoteList},
    headers=("Link",),
)
def list_notes(event_id: str, query: NoteQuery) -> Reply:
    """What came of the meetings of an event. A startup or partner sees what it has noted itself."""
    event = event_of(event_id)
    found = [
        _record(each)
        for each in store().notes(event.id, profile_id=own_id() or query.profile)
        if _is_seen(each) and query.by in (None, each.by) and query.profile in (None, *each.key)
    ]
    return listed(NoteList, cut(found, query), len(found), query)


@operation(
    "PUT",
    "/events/{event_id}/outcomes/{startup}/{partner}/{by}",
    tag=TAG,
    may=ORGANISER | SIDES,
    body=Noted,
    gives={200: NoteRecord},
    refuses=(409,),
    example={"held": True, "result": "follow_up", "text": "They send data in June."},
)
def put_note(event_id: str, startup: str, partner: str, by: str, body: Noted) -> Reply:
    """Note what came of a meeting, in place of what was noted before.

    A startup or partner notes its own meetings, from their beginning on.
    """
    event = pair_of(event_id, startup, partner)
    speaker = speak_as(by)
    body = _checked(body)
    slot = _slot_of(event, startup, partner)
    if me().side is not None:
        begins = None if slot is None else slot.start.replace(tzinfo=ZoneInfo(event.plan.event.timezone))
        if begins is None or datetime.now(UTC) < begins:
            raise ConflictError("this meeting has not begun yet")
    day: date = slot.start.date() if slot is not None else event.plan.days[0].date
    note = Note(event_id=event.id, startup=startup, partner=partner, by=speaker, **body.model_dump())
    store().keep_note(note, day)
    changed(f"{startup} {partner}", by=by, held=note.held, result=note.result.value if note.result else None)
    kept = store().notes(event.id, profile_id=startup, by=speaker)
    return Reply(_record(next(each for each in kept if each.key == note.key)))


@operation("GET", "/events/{event_id}/summary", tag=TAG, may=ONLOOKERS, gives={200: Summary})
def get_summary(event_id: str) -> Reply:
    """How far the meetings of an event got: in all, and by track.

    Those of the published timetable count, else of the newest, and those that were held all the same.
    """
    board = Board.of(event_of(event_id), datetime.now(UTC))
    tracks = summed_by((line.meant for line in board.lines), lambda each: each.track)
    return Reply(
        Summary(
            **_steps(board.sum),
            tracks=tuple(
                TrackSteps(track=track, **_steps(tracks[track]))
                for track in (*Topic, None)
                if track in tracks
            ),
        )
    )


@operation(
    "GET", "/outcomes", tag=TAG, may=ONLOOKERS, query=PageQuery, gives={200: OutcomeList}, headers=("Link",)
)
def list_outcomes(query: PageQuery) -> Reply:
    """What happened between startups and partners at all: what the ranking learns from."""
    found = store().outcomes()
    return listed(OutcomeList, cut(found, query), len(found), query)


@operation(
    "POST",
    "/outcomes",
    tag=TAG,
    may=ORGANISER,
    body=Outcomes,
    gives={200: Recorded},
    example={
        "outcomes": [
            {"startup": "kr-hearttone", "partner": "us-lakeside", "outcome": "met", "date": "2027-05-11"}
        ]
    },
)
def add_outcomes(body: Outcomes) -> Reply:
    """Record outcomes, all at once. One that is known stays as it is, with the better rank of the two."""
    ids = [who for each in body.outcomes for who in (each.startup, each.partner)]
    known = store().get_many(ids)
    for place, each in enumerate(body.outcomes):
        for who, side in ((each.startup, Side.STARTUP), (each.partner, Side.PARTNER)):
            if who not in known or known[who].side is not side:
                raise Refused(
                    422, "invalid", f"no {side.value} {who!r} is stored", field=side.value, row=place + 1
                )
    added = store().record_outcomes(body.outcomes)
    changed("outcomes", added=added)
    return Reply(Recorded(added=added))


def _checked(body: Noted) -> Noted:
    """What is noted; a result says that the meeting was held, where nothing else is said."""
    if body.amount_usd is not None and body.result is not Came.AGREEMENT:
        raise Refused(422, "invalid", "only an agreement has an amount", field="amount_usd")
    if body.result is None:
        return body
    if body.held is False:
        raise Refused(422, "invalid", "a meeting that was not held has no result", field="result")
    return body.model_copy(update={"held": True})


def _slot_of(event: Consultation, startup: str, partner: str) -> Slot | None:
    """When the two meet, as published; None: they do not."""
    shown = published(store(), event)
    if shown is None:
        return None
    slots = {slot.id: slot for slot in shown.event.slots}
    return next(
        (slots[each.slot] for each in shown.schedule.meetings if each.key == (startup, partner)), None
    )


def _steps(found: Sum) -> dict[str, Any]:
    return {**asdict(found), "open": found.open}


def _is_seen(note: Note) -> bool:
    """A side sees what it has noted itself."""
    side = me().side
    return side is None or note.by is By.of(side)


def _record(note: Note) -> NoteRecord:
    return NoteRecord(**note.model_dump(exclude={"event_id"}))
