"""Events: the frame of a consultation day, and the event that timetables are made for."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from flask import request, url_for
from pydantic import BaseModel, Field

from profiles.consultation_store import plan_record
from profiles.consultations import Consultation
from profiles.dayplan import DayPlan, slots_of
from profiles.errors import ConflictError, InputError
from profiles.event import Event, Slot
from web.access import store
from web.api.blueprint import EVERYBODY, ONLOOKERS, ORGANISER, changed
from web.api.errors import Refused
from web.api.operations import Reply, operation
from web.api.paging import Listed, PageQuery, cut, listed
from web.api.scope import event_of, own_id
from web.api.values import Body, Moment
from web.consulting import built
from web.pages.views import service

TAG = "Events"

EXAMPLE = {
    "plan": {
        "event": {"id": "boston-2027", "name": "Boston 2027", "timezone": "America/New_York"},
        "days": [{"date": "2027-05-11", "start": "09:00", "end": "12:00", "slot_minutes": 20}],
        "rooms": [{"name": "Harbour", "tables": 2}],
    },
    "top": 10,
    "wishes_until": "2027-05-01T18:00:00-04:00",
}


class EventSettings(Body):
    """An event as it is set up.

    Attributes:
        plan: a day file.
        top: pairs by fit that each startup brings.
        wishes_until: when wishes and availability of the sides close; null: they stay open.
    """

    plan: DayPlan
    top: Annotated[int, Field(ge=1, le=200)] = 15
    wishes_until: Moment | None = None


class EventRecord(EventSettings):
    """An event as it is kept.

    Attributes:
        published: the version of the timetable that attendees see.
        revision: counts changes; the ETag holds it.
    """

    id: str
    published: int | None
    published_at: Moment | None
    revision: int
    created_at: Moment | None
    updated_at: Moment | None


class EventSummary(BaseModel):
    """An event in a list.

    Attributes:
        open: whether the sides may still say what they want.
    """

    id: str
    name: str
    timezone: str
    first_day: datetime.date
    last_day: datetime.date
    wishes_until: Moment | None
    open: bool
    published: int | None
    published_at: Moment | None
    revision: int


class EventList(Listed[EventSummary]):
    """Events, the latest first."""


class SlotList(BaseModel):
    """The slots of an event, in its local time."""

    timezone: str
    slots: tuple[Slot, ...]


@operation(
    "GET", "/events", tag=TAG, may=EVERYBODY, query=PageQuery, gives={200: EventList}, headers=("Link",)
)
def list_events(query: PageQuery) -> Reply:
    """Events, the latest first. A startup or partner sees those it takes part in."""
    found = [_summary(each) for each in store().consultations(profile_id=own_id())]
    return listed(EventList, cut(found, query), len(found), query)


@operation(
    "POST",
    "/events",
    tag=TAG,
    may=ORGANISER,
    body=EventSettings,
    gives={201: EventRecord},
    headers=("ETag", "Location"),
    refuses=(409,),
    example=EXAMPLE,
)
def add_event(body: EventSettings) -> Reply:
    """Set an event up."""
    try:
        made = store().add_consultation(_consultation(body))
    except InputError as error:
        raise ConflictError(error.reason, field="plan.event.id") from error
    changed(made.name, event_id=made.id)
    return answer_of(made, 201)


@operation(
    "GET",
    "/events/{event_id}",
    tag=TAG,
    may=ONLOOKERS,
    gives={200: EventRecord},
    headers=("ETag", "Location"),
)
def get_event(event_id: str) -> Reply:
    """One event."""
    return answer_of(event_of(event_id))


@operation(
    "PUT",
    "/events/{event_id}",
    tag=TAG,
    may=ORGANISER,
    body=EventSettings,
    gives={200: EventRecord},
    headers=("ETag", "Location"),
    takes=("If-Match",),
    refuses=(409, 412),
    example=EXAMPLE,
)
def put_event(event_id: str, body: EventSettings) -> Reply:
    """Change an event's set-up.

    With If-Match nobody's change is lost: where somebody else changed the event since, the answer is 412.
    """
    before = _unchanged(event_id)
    if body.plan.event.id != before.id:
        raise Refused(422, "invalid", f"the address is that of {before.id!r}", field="plan.event.id")
    kept = store().save_consultation(_consultation(body).model_copy(update={"revision": before.revision}))
    changed(kept.name)
    return answer_of(kept)


@operation(
    "DELETE",
    "/events/{event_id}",
    tag=TAG,
    may=ORGANISER,
    gives={204: None},
    takes=("If-Match",),
    refuses=(412,),
)
def delete_event(event_id: str) -> Reply:
    """Remove an event with its attendees and wishes. Its timetables and what came of it stay."""
    before = _unchanged(event_id)
    store().remove_consultation(before.id)
    changed(before.name)
    return Reply(status=204)


@operation("GET", "/events/{event_id}/slots", tag=TAG, may=EVERYBODY, gives={200: SlotList})
def list_slots(event_id: str) -> Reply:
    """The slots of an event."""
    plan = event_of(event_id).plan
    return Reply(SlotList(timezone=plan.event.timezone, slots=slots_of(plan)))


@operation(
    "GET",
    "/events/{event_id}/event",
    tag=TAG,
    may=ONLOOKERS,
    gives={200: Event},
    refuses=(409,),
)
def get_solver_event(event_id: str) -> Reply:
    """The event file that timetables are made for: slots, tables, people, pairs by fit and wishes.

    It can be given to `roundtable schedule` as it is.
    """
    return Reply(event_now(event_id))


def event_now(event_id: str) -> Event:
    """The event as a timetable would be made for it now.

    Raises:
        UnknownError: there is no such event.
        ConflictError: a side has no attendees.
    """
    event_of(event_id)
    try:
        return built(service(), event_id).event
    except InputError as error:
        raise ConflictError(error.reason) from error


def _consultation(body: EventSettings) -> Consultation:
    return Consultation(plan=body.plan, top=body.top, wishes_until=body.wishes_until)


def _unchanged(event_id: str) -> Consultation:
    """The event, if it is still the one that If-Match names."""
    found = event_of(event_id)
    if "If-Match" in request.headers and not request.if_match.contains(str(found.revision)):
        raise Refused(412, "changed", "somebody else changed this event in the meantime: load it again")
    return found


def answer_of(event: Consultation, status: int = 200) -> Reply:
    """An event as it is kept, with its ETag."""
    headers = {
        "ETag": f'"{event.revision}"',
        "Location": url_for("api.get_event", event_id=event.id),
    }
    # Times of a plan are given as they are read, so that what is given can be sent back.
    plan = plan_record(event.plan.model_dump(mode="json"))
    content: dict[str, Any] = {**event.model_dump(mode="json"), "id": event.id, "plan": plan}
    return Reply(content, status, headers)


def _summary(event: Consultation) -> EventSummary:
    return EventSummary(
        id=event.id,
        name=event.name,
        timezone=event.plan.event.timezone,
        first_day=event.plan.days[0].date,
        last_day=event.plan.days[-1].date,
        wishes_until=event.wishes_until,
        open=event.is_open(datetime.datetime.now(datetime.UTC)),
        published=event.published,
        published_at=event.published_at,
        revision=event.revision,
    )
