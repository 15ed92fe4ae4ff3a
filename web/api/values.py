"""How values are written in queries and bodies: one way each, the one that the document names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from profiles.model import Kind, Side, Topic


class Query(BaseModel):
    """What stands behind the question mark of an address; a name that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Body(BaseModel):
    """What is sent, or given back; a field that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _matching(pattern: str, what: str) -> Any:
    def read(value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(pattern, value):
            raise ValueError(f"{value[:80]!r} cannot be read: write {what}")
        return value

    return BeforeValidator(read)


Whole = Annotated[int, _matching(r"[0-9]{1,9}", "a whole number")]
"""A number in a query."""

Share = Annotated[
    float,
    Field(ge=0, le=1, allow_inf_nan=False),
    _matching(r"[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?", "a number from 0 to 1"),
]
"""A number from 0 to 1 in a query."""

Switch = Annotated[bool, _matching("true|false", "true or false")]
"""Yes or no in a query."""


def _moment(value: Any) -> Any:
    pattern = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise ValueError("write a moment with its offset from UTC, like 2027-05-01T18:00:00+09:00")
    try:
        found = datetime.fromisoformat(value.upper())
    except ValueError as cause:
        raise ValueError("there is no such date or time") from cause
    if not 1970 <= found.year < 3000:
        raise ValueError("write a year from 1970 to 2999")
    return found.astimezone(UTC)


Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A moment in a body, with its offset; kept in UTC."""

Words = Annotated[str, StringConstraints(max_length=200)]
"""What is searched for."""

AnyKind = Annotated[Kind | None, Field(description="only organisations of this kind")]
AnySide = Annotated[Side | None, Field(description="only this side")]
AnyTrack = Annotated[Topic | None, Field(description="what the meeting is about")]
