"""The nouns: who an organisation is and what it wants. Frozen, validated, without any storage."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator


class Side(StrEnum):
    """Who looks, and who is looked for; both are matched both ways."""

    STARTUP = "startup"
    PARTNER = "partner"

    @property
    def other(self) -> Side:
        return Side.PARTNER if self is Side.STARTUP else Side.STARTUP


class Kind(StrEnum):
    """What sort of organisation it is."""

    STARTUP = "startup"
    HOSPITAL = "hospital"
    PHARMA = "pharma"
    INCUBATOR = "incubator"
    LAW_FIRM = "law_firm"
    INVESTOR = "investor"
    RESEARCH = "research"
    CORPORATE = "corporate"
    CONSULTANCY = "consultancy"
    AGENCY = "agency"


PARTNER_KINDS = tuple(kind for kind in Kind if kind is not Kind.STARTUP)


class Topic(StrEnum):
    """The sessions and services a meeting can be about."""

    INVESTMENT = "investment"
    MARKET_ENTRY = "market_entry"
    IP = "ip"
    CLINICAL = "clinical"
    DATA = "data"
    SUPPLY = "supply"
    RESEARCH = "research"
    REGULATORY = "regulatory"


LIST_FIELDS = ("seeks", "offers", "areas", "technologies", "history")
"""The list fields whose entries are free text: what is matched, quoted and embedded."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
ProfileId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Profile(BaseModel):
    """One organisation on one side, as written in FORMATS.md section 1.

    Amounts are US dollars. ``country`` and ``markets`` are ISO 3166 alpha-2, ``languages`` ISO 639-1.
    ``other`` keeps columns of a spreadsheet that the format does not know, as they were written;
    nothing is matched on them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: ProfileId
    side: Side
    kind: Kind
    name: str = ""
    name_ko: str = ""
    about: str = ""
    seeks: tuple[Line, ...] = ()
    offers: tuple[Line, ...] = ()
    topics: tuple[Topic, ...] = ()
    areas: tuple[Line, ...] = ()
    technologies: tuple[Line, ...] = ()
    history: tuple[Line, ...] = ()
    past_deals: Annotated[int, Field(ge=0)] | None = None
    stage: str | None = None
    stages: tuple[Line, ...] = ()
    country: Country | None = None
    city: str | None = None
    markets: tuple[Country, ...] = ()
    languages: tuple[Language, ...] = ()
    raising_usd: Amount | None = None
    ticket_min_usd: Amount | None = None
    ticket_max_usd: Amount | None = None
    avoid: tuple[ProfileId, ...] = ()
    website: str | None = None
    contact_email: str | None = None
    source: str | None = None
    other: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        if not (self.name.strip() or self.name_ko.strip()):
            raise ValueError("name: give a name, in English (name) or Korean (name_ko)")
        if (self.kind is Kind.STARTUP) != (self.side is Side.STARTUP):
            raise ValueError(f"kind: {self.kind.value} does not go with side {self.side.value}")
        low, high = self.ticket_min_usd, self.ticket_max_usd
        if low is not None and high is not None and low > high:
            raise ValueError("ticket_min_usd: larger than ticket_max_usd")
        return self

    def label(self, language: str = "en") -> str:
        """The name to show to a reader of ``language`` ("ko" or "en")."""
        first, second = (self.name_ko, self.name) if language == "ko" else (self.name, self.name_ko)
        return first.strip() or second.strip()

    def record(self) -> dict[str, Any]:
        """The profile as a JSON-ready dict; fields that say nothing are left out."""
        dumped = self.model_dump(mode="json")
        return {name: value for name, value in dumped.items() if value not in (None, "", [], {})}

    def content_hash(self) -> str:
        """SHA-256 over the record: equal for equal content, whatever the order of the fields."""
        text = json.dumps(self.record(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
