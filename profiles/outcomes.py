"""What came of a match: the noun. Frozen, validated, without any storage."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from profiles.model import ProfileId

WORST_RANK = 1_000_000
"""A place below this one is a slip of the pen."""


class Result(StrEnum):
    """How far a startup and a partner got with each other. Each says that this happened, no more.

    shown: the partner stood in the list that the startup was shown.
    declined: one of the two said no, to a meeting or to going on after it.
    accepted: both said yes to a meeting.
    met: the meeting took place.
    follow_up: they went on after the meeting: met again, sent data, began to negotiate.
    agreement: they signed something: a contract, a memorandum, an investment.
    """

    SHOWN = "shown"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    MET = "met"
    FOLLOW_UP = "follow_up"
    AGREEMENT = "agreement"


class Outcome(BaseModel):
    """One thing that happened between a startup and a partner on one day.

    A pair has as many outcomes as things happened: shown, then accepted, then met.

    Attributes:
        startup: id of a profile, which may have been removed since.
        partner: the same.
        outcome: what happened.
        date: the day it happened.
        rank: place, from 1, at which the partner stood in the list the startup was shown; None: not known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    startup: ProfileId
    partner: ProfileId
    outcome: Result
    date: datetime.date
    rank: Annotated[int, Field(ge=1, le=WORST_RANK)] | None = None
