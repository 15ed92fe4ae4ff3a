"""What each side, and the organiser, wants of a meeting of two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from profiles.consultations import By, Choice, Consultation
from profiles.dayplan import slots_of, tables_of
from profiles.errors import UnknownError
from profiles.event import Id
from profiles.importers.wishes import Answer
from profiles.model import ProfileId, Topic
from web.access import me, store
from web.api.blueprint import EVERYBODY, ORGANISER, SIDES, changed
from web.api.errors import Refused
from web.api.operations import Reply, operation
from web.api.paging import Listed, PageQuery, cut, listed
from web.api.scope import event_of, own_id, pair_of, speak_as, while_open
from web.api.values import Body, Moment

TAG = "Wishes"
BINDING = (Answer.MUST, Answer.CONFIRMED)


class WishQuery(PageQuery):
    """Which wishes."""

    profile: Annotated[
        ProfileId | None, Field(description="only of meetings with this startup or partner")
    ] = None
    by: Annotated[By | None, Field(description="only what this side says")] = None


class WishRecord(BaseModel):
    """What one side, or the organiser, says of a meeting of two.

    Attributes:
        answer: `never`, `maybe` or `wanted`; the organiser also says `must` and `confirmed`.
        track: what it should be about.
        slot, table: where a confirmed meeting is.
    """

    startup: str
    partner: str
    by: By
    answer: Answer | None
    track: Topic | None
    slot: str | None
    table: str | None
    comment: str
    updated_at: Moment | None


class WishList(Listed[WishRecord]):
    """Wishes by startup and partner."""


class Wanted(Body):
    """What is said. A side says `never`, `maybe` or `wanted`; `must` and `confirmed` are the organiser's."""

    answer: Literal["never", "maybe", "wanted", "must", "confirmed"] | None = None
    track: Topic | None = None
    slot: Id | None = None
    table: Id | None = None
    comment: Annotated[str, StringConstraints(max_length=5_000)] = ""


@operation(
    "GET",
    "/events/{event_id}/wishes",
    tag=TAG,
    may=EVERYBODY,
    query=WishQuery,
    gives={200: WishList},
    headers=("Link",),
)
def list_wishes(event_id: str, query: WishQuery) -> Reply:
    """What is said of meetings.

    A startup or partner sees what it says itself, who wants to meet it, and who declined when it asked.
    """
    event = event_of(event_id)
    seen = _seen(store().choices(event.id, profile_id=own_id() or query.profile))
    records = [
        _record(each) for each in seen if query.by in (None, each.by) and query.profile in (None, *each.key)
    ]
    return listed(WishList, cut(records, query), len(records), query)


@operation(
    "GET",
    "/events/{event_id}/wishes/{startup}/{partner}/{by}",
    tag=TAG,
    may=EVERYBODY,
    gives={200: WishRecord},
)
def get_wish(event_id: str, startup: str, partner: str, by: str) -> Reply:
    """What one side, or the organiser, says of a meeting."""
    event = pair_of(event_id, startup, partner)
    for each in _seen(store().choices(event.id, profile_id=own_id() or startup)):
        if each.key == (startup, partner) and each.by is By(by):
            return Reply(_record(each))
    raise UnknownError(f"{by} says nothing of {startup!r} and {partner!r}")


@operation(
    "PUT",
    "/events/{event_id}/wishes/{startup}/{partner}/{by}",
    tag=TAG,
    may=ORGANISER | SIDES,
    body=Wanted,
    gives={200: WishRecord},
    refuses=(409,),
    example={"answer": "wanted", "track": "investment", "comment": "before lunch, if possible"},
)
def put_wish(event_id: str, startup: str, partner: str, by: str, body: Wanted) -> Reply:
    """Say what one wants of a meeting, in place of what was said before.

    A startup or partner speaks for itself, as long as wishes are open; an organiser for all three.
    """
    event = pair_of(event_id, startup, partner)
    speaker = speak_as(by)
    while_open(event)
    said = body.model_dump(exclude_none=True)
    choice = Choice(event_id=event.id, startup=startup, partner=partner, by=speaker, **said)
    _check(choice, event)
    store().choose(choice)
    changed(f"{startup} {partner}", by=by, answer=body.answer)
    return _stored(event.id, startup, partner, speaker)


@operation(
    "DELETE",
    "/events/{event_id}/wishes/{startup}/{partner}/{by}",
    tag=TAG,
    may=ORGANISER | SIDES,
    gives={204: None},
    refuses=(409,),
)
def delete_wish(event_id: str, startup: str, partner: str, by: str) -> Reply:
    """Take back what was said of a meeting."""
    event = pair_of(event_id, startup, partner)
    speaker = speak_as(by)
    while_open(event)
    before = store().choose(Choice(event_id=event.id, startup=startup, partner=partner, by=speaker))
    if before is None:
        raise UnknownError(f"{by} says nothing of {startup!r} and {partner!r}")
    changed(f"{startup} {partner}", by=by)
    return Reply(status=204)


def _stored(event_id: str, startup: str, partner: str, by: By) -> Reply:
    """What was just said, as it is kept."""
    kept = store().choices(event_id, profile_id=startup, by=by)
    return Reply(_record(next(each for each in kept if each.partner == partner)))


def _check(choice: Choice, event: Consultation) -> None:
    """Refuse what cannot be said, or not of this event."""
    if choice.is_empty():
        raise Refused(422, "invalid", "say something; DELETE takes back what was said", field="answer")
    if choice.answer in BINDING and choice.by is not By.ORGANISER:
        raise Refused(422, "invalid", f"only the organiser says {choice.answer.value}", field="answer")
    placed = {"slot": choice.slot, "table": choice.table}
    for name, value in placed.items():
        if value is not None and choice.answer is not Answer.CONFIRMED:
            raise Refused(422, "invalid", "only a confirmed meeting has a place", field=name)
    if choice.answer is Answer.CONFIRMED and choice.slot is None:
        raise Refused(422, "invalid", "a confirmed meeting needs its slot", field="slot")
    known = {
        "slot": {slot.id for slot in slots_of(event.plan)},
        "table": {table.id for table in tables_of(event.plan)},
    }
    for name, value in placed.items():
        if value is not None and value not in known[name]:
            raise Refused(422, "invalid", f"no {name} {value!r} in this event", field=name)
    if choice.track is not None and choice.track not in event.plan.tracks:
        raise Refused(422, "invalid", f"{choice.track.value} is no track of this event", field="track")


def _seen(choices: Iterable[Choice]) -> list[Choice]:
    """Those of whoever asks that it may know of, as on its pages: its own, and what the other side wants.

    That the other does not want to meet is known only as the answer to a request.
    """
    found, side, mine = list(choices), me().side, own_id()
    if side is None or mine is None:
        return found
    own, theirs = By.of(side), By.of(side.other)
    asked = {each.key for each in found if each.by is own and each.answer is Answer.WANTED}

    def is_seen(each: Choice) -> bool:
        is_request = each.answer is Answer.WANTED
        is_answer = each.answer is Answer.NEVER and each.key in asked
        return mine in each.key and (each.by is own or (each.by is theirs and (is_request or is_answer)))

    return [each for each in found if is_seen(each)]


def _record(choice: Choice) -> WishRecord:
    side = me().side
    own = side is None or choice.by is By.of(side)
    kept = choice.model_dump(exclude={"event_id"})
    # A comment is for whoever wrote it and for those who run the day.
    return WishRecord(**kept if own else {**kept, "comment": ""})
