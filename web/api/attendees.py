"""Who takes part in an event, under which terms, when each can come, and the agenda it has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, Field

from profiles.consultations import Attendee, Consultation, OwnTerms
from profiles.dayplan import slots_of
from profiles.errors import UnknownError
from profiles.event import Slot
from profiles.model import Profile, ProfileId, Side, Topic
from web.access import store
from web.api.blueprint import EVERYBODY, ONLOOKERS, ORGANISER, SIDES, changed
from web.api.errors import Refused
from web.api.operations import Reply, operation
from web.api.paging import Listed, PageQuery, cut, listed
from web.api.scope import event_of, own_id, while_open
from web.api.values import AnySide, Body, Moment
from web.consulting import published

TAG = "Attendees"


class AttendeeQuery(PageQuery):
    """Which attendees."""

    side: AnySide = None


class AttendeeRecord(BaseModel):
    """Somebody who takes part.

    Attributes:
        name, name_ko: empty where the profile is no longer stored.
        terms: what holds for it in place of the event's terms; null: the event's.
        unavailable: ids of slots.
        checked_in_at: when it was seen at the door.
        absent_at: from when on it is known not to come.
    """

    profile_id: str
    side: Side
    name: str
    name_ko: str
    terms: OwnTerms
    unavailable: tuple[str, ...]
    checked_in_at: Moment | None
    absent_at: Moment | None


class AttendeeList(Listed[AttendeeRecord]):
    """Attendees, startups first, by id."""


class NewAttendees(Body):
    """Who is to take part: ids of stored profiles."""

    profiles: Annotated[tuple[ProfileId, ...], Field(min_length=1, max_length=10_000)]


class Added(BaseModel):
    """How many were added; who takes part already is not counted."""

    added: int


class Availability(Body):
    """When somebody cannot come: ids of slots."""

    unavailable: Annotated[tuple[ProfileId, ...], Field(max_length=10_000)]


class Settled(Availability):
    """What holds for an attendee."""

    terms: OwnTerms = OwnTerms()


class AgendaMeeting(BaseModel):
    """A meeting of an agenda, with whom, when and where."""

    startup: str
    partner: str
    name: str
    name_ko: str
    slot: Slot
    table: str
    track: Topic | None
    interpreter: str | None


class Agenda(BaseModel):
    """The meetings of one attendee in the published timetable, in the order of time.

    Attributes:
        version: the published version; null: none is published yet.
    """

    event_id: str
    profile_id: str
    timezone: str
    version: int | None
    published_at: Moment | None
    meetings: tuple[AgendaMeeting, ...]


@operation(
    "GET",
    "/events/{event_id}/attendees",
    tag=TAG,
    may=ONLOOKERS,
    query=AttendeeQuery,
    gives={200: AttendeeList},
    headers=("Link",),
)
def list_attendees(event_id: str, query: AttendeeQuery) -> Reply:
    """Who takes part in an event."""
    found = store().attendees(event_of(event_id).id, side=query.side)
    return listed(AttendeeList, _records(cut(found, query)), len(found), query)


@operation(
    "POST",
    "/events/{event_id}/attendees",
    tag=TAG,
    may=ORGANISER,
    body=NewAttendees,
    gives={200: Added},
    example={"profiles": ["kr-hearttone", "us-lakeside"]},
)
def add_attendees(event_id: str, body: NewAttendees) -> Reply:
    """Let stored profiles take part."""
    event = event_of(event_id)
    known = store().get_many(body.profiles)
    for place, each in enumerate(body.profiles):
        if each not in known:
            raise Refused(422, "invalid", f"no profile {each!r} is stored", field="profiles", row=place + 1)
    added = store().add_attendees(event.id, ((each, known[each].side) for each in body.profiles))
    changed(", ".join(body.profiles), added=added)
    return Reply(Added(added=added))


@operation(
    "GET",
    "/events/{event_id}/attendees/{profile_id}",
    tag=TAG,
    may=EVERYBODY,
    gives={200: AttendeeRecord},
)
def get_attendee(event_id: str, profile_id: str) -> Reply:
    """One attendee. A startup or partner sees itself."""
    _event, attendee = _attending(event_id, profile_id)
    return Reply(_records([attendee])[0])


@operation(
    "PUT",
    "/events/{event_id}/attendees/{profile_id}",
    tag=TAG,
    may=ORGANISER,
    body=Settled,
    gives={200: AttendeeRecord},
    example={"terms": {"max_meetings": 6}, "unavailable": ["d1-0900"]},
)
def put_attendee(event_id: str, profile_id: str, body: Settled) -> Reply:
    """Settle the terms of an attendee, and when it cannot come."""
    event, attendee = _attending(event_id, profile_id)
    return _saved(event, attendee.model_copy(update={"terms": body.terms}), body)


@operation(
    "PUT",
    "/events/{event_id}/attendees/{profile_id}/availability",
    tag=TAG,
    may=ORGANISER | SIDES,
    body=Availability,
    gives={200: AttendeeRecord},
    refuses=(409,),
    example={"unavailable": ["d1-0900", "d1-0920"]},
)
def put_availability(event_id: str, profile_id: str, body: Availability) -> Reply:
    """Say when an attendee cannot come. A startup or partner may, as long as wishes are open."""
    event, attendee = _attending(event_id, profile_id)
    while_open(event)
    return _saved(event, attendee, body)


@operation("DELETE", "/events/{event_id}/attendees/{profile_id}", tag=TAG, may=ORGANISER, gives={204: None})
def delete_attendee(event_id: str, profile_id: str) -> Reply:
    """Let an attendee no longer take part; its wishes go too."""
    event, attendee = _attending(event_id, profile_id)
    store().remove_attendees(event.id, [attendee.profile_id])
    changed(profile_id)
    return Reply(status=204)


@operation("GET", "/events/{event_id}/agenda/{profile_id}", tag=TAG, may=EVERYBODY, gives={200: Agenda})
def get_agenda(event_id: str, profile_id: str) -> Reply:
    """The published meetings of an attendee. A startup or partner sees its own."""
    event, attendee = _attending(event_id, profile_id)
    seen = published(store(), event)
    meetings: list[AgendaMeeting] = []
    if seen is not None:
        slots = {slot.id: slot for slot in seen.event.slots}
        mine = [each for each in seen.schedule.meetings if profile_id in each.key]
        names = store().get_many([who for each in mine for who in each.key])
        for each in sorted(mine, key=lambda each: slots[each.slot].start):
            other = names.get(each.partner if attendee.side is Side.STARTUP else each.startup)
            meetings.append(
                AgendaMeeting(**each.model_dump(exclude={"slot"}), **_names(other), slot=slots[each.slot])
            )
    return Reply(
        Agenda(
            event_id=event.id,
            profile_id=profile_id,
            timezone=event.plan.event.timezone,
            version=event.published,
            published_at=event.published_at,
            meetings=tuple(meetings),
        )
    )


def _attending(event_id: str, profile_id: str) -> tuple[Consultation, Attendee]:
    event = event_of(event_id)
    if own_id() not in (None, profile_id):
        raise UnknownError(f"{profile_id!r} does not take part in {event_id!r}")
    return event, store().attendee(event.id, profile_id)


def _saved(event: Consultation, attendee: Attendee, body: Availability) -> Reply:
    known = {slot.id for slot in slots_of(event.plan)}
    for place, each in enumerate(body.unavailable):
        if each not in known:
            raise Refused(
                422, "invalid", f"no slot {each!r} in this event", field="unavailable", row=place + 1
            )
    kept = attendee.model_copy(update={"unavailable": tuple(dict.fromkeys(body.unavailable))})
    store().save_attendee(kept)
    changed(attendee.profile_id)
    return Reply(_records([kept])[0])


def _records(found: Iterable[Attendee]) -> tuple[AttendeeRecord, ...]:
    people = list(found)
    known = store().get_many([each.profile_id for each in people])
    return tuple(
        AttendeeRecord(**each.model_dump(exclude={"event_id"}), **_names(known.get(each.profile_id)))
        for each in people
    )


def _names(profile: Profile | None) -> dict[str, str]:
    return {"name": profile.name if profile else "", "name_ko": profile.name_ko if profile else ""}
