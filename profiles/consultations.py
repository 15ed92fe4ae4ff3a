"""A consultation day as it is prepared and held: the nouns. Frozen and validated, without any storage.

The frame is the ``DayPlan``; people take part as attendees, say whom they want to meet (choices), and note
what came of it. ``matcher.schedule.assemble`` makes the ``Event`` of it that timetables are made for.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from profiles.dayplan import DayPlan
from profiles.event import Count, Id, Record
from profiles.importers.wishes import Answer
from profiles.model import Language, Side, Topic

Text = Annotated[str, StringConstraints(max_length=5_000)]

OWN_TERMS = ("min_meetings", "max_meetings", "max_consecutive", "representatives", "languages", "priority")
"""The fields of ``OwnTerms``, in the order in which they are shown."""

RESERVED_IDS = frozenset({"new", "profile", "upload"})
"""What no event may be called: the addresses of pages beside those of events."""


class By(StrEnum):
    """Who says something of a pair."""

    STARTUP = "startup"
    PARTNER = "partner"
    ORGANISER = "organiser"

    @classmethod
    def of(cls, side: Side) -> By:
        return cls(side.value)


class Consultation(Record):
    """A day, or several in a row, with all that is settled before anybody comes.

    Attributes:
        plan: days, rooms, interpreters, tracks, terms of both sides; its event has the id.
        top: pairs by fit that each startup brings to the event.
        wishes_until: when choices and availability of the sides close (UTC); None: they stay open.
        published: the version of the timetable that attendees see; None: none yet.
        revision: counts changes of this record; whoever saves says which one was loaded.
    """

    plan: DayPlan
    top: Annotated[int, Field(ge=1, le=200)] = 15
    wishes_until: datetime | None = None
    published: int | None = None
    published_at: datetime | None = None
    revision: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.plan.event.id

    @property
    def name(self) -> str:
        return self.plan.event.name or self.plan.event.id

    def is_open(self, now: datetime) -> bool:
        """Whether the sides may still say what they want."""
        return self.wishes_until is None or now < self.wishes_until


class OwnTerms(Record):
    """What holds for one attendee in place of the day's terms; None: the day's."""

    min_meetings: Count | None = None
    max_meetings: Count | None = None
    max_consecutive: Annotated[int, Field(ge=1)] | None = None
    representatives: Annotated[int, Field(ge=1, le=50)] | None = None
    languages: tuple[Language, ...] | None = None
    priority: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None

    def said(self) -> dict[str, Any]:
        """The fields that are given."""
        return {name: value for name, value in self if value is not None}


class Attendee(Record):
    """Somebody who takes part.

    Attributes:
        unavailable: ids of slots of the day; one that the day no longer has counts for nothing.
        checked_in_at: when it was seen at the door (UTC).
        absent_at: from when on it is known not to come (UTC).
    """

    event_id: Id
    profile_id: Id
    side: Side
    terms: OwnTerms = OwnTerms()
    unavailable: tuple[Id, ...] = ()
    checked_in_at: datetime | None = None
    absent_at: datetime | None = None


class Choice(Record):
    """What one side, or the organiser, says of a meeting of two.

    Attributes:
        answer: ``never``, ``maybe`` or ``wanted`` of a side; the organiser may also say ``must`` and
            ``confirmed``; None for a comment alone.
        track: what it should be about.
        slot, table: where a confirmed meeting is.
        comment: for those who run the day, and for whoever said it.
    """

    event_id: Id
    startup: Id
    partner: Id
    by: By
    answer: Answer | None = None
    track: Topic | None = None
    slot: Id | None = None
    table: Id | None = None
    comment: Text = ""
    updated_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Both ids."""
        return self.startup, self.partner

    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return self.answer is None and not self.comment


class Came(StrEnum):
    """What came of a meeting that was held."""

    NOTHING = "nothing"
    FOLLOW_UP = "follow_up"
    AGREEMENT = "agreement"


class Note(Record):
    """What came of a meeting, as one side or the organiser puts it.

    Attributes:
        held: whether it took place; None: not said.
        result: what came of it; None: not said yet.
        amount_usd: of an agreement, where it has one.
        text: what is to be remembered, for whoever wrote it and those who run the day.
    """

    event_id: Id
    startup: Id
    partner: Id
    by: By
    held: bool | None = None
    result: Came | None = None
    amount_usd: Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)] | None = None
    text: Text = ""
    updated_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Both ids."""
        return self.startup, self.partner
