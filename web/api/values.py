"""How values are written in queries and bodies: one way each, the one that the document names."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from profiles.dayplan import FIRST_YEAR, LAST_YEAR
from profiles.event import FieldError
from profiles.model import Kind, Side, Topic

_FORMS = {
    int: (r"[0-9]{1,9}", "a whole number"),
    float: (r"[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?", "a number like 0.3"),
    bool: ("true|false", "true or false"),
}
"""How values that are no texts are written in a query."""


class Query(BaseModel):
    """What stands behind the question mark of an address; a name that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _one_way(cls, values: dict[str, str]) -> dict[str, str]:
        # pydantic would read 1_0, 1.0 and " 1" for 1, and "on" for true.
        for name, value in values.items():
            known = cls.model_fields.get(name)
            pattern, example = _FORMS.get(known.annotation if known else None, ("", ""))  # type: ignore[arg-type]
            if pattern and not re.fullmatch(pattern, value):
                raise FieldError(name, f"{value[:80]!r} cannot be read: write {example}")
        return values


class Body(BaseModel):
    """What is sent, or given back; a field that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"write a year from {FIRST_YEAR} to {LAST_YEAR}")
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
