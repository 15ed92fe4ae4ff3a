"""Who fits whom, and why: for stored profiles, for one that is not stored, and for one pair."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from matcher.results import MatchList
from profiles.accounts import Role
from profiles.errors import InputError, NotFoundError
from profiles.model import Amount, Country, Kind, Language, Line, Profile, ProfileId, Side, Topic
from web.api.blueprint import ONLOOKERS, SIDES
from web.api.errors import Refused
from web.api.operations import Reply, operation
from web.api.profiles import read_profile
from web.api.scope import event_of, others_of, own_id, profile_of
from web.api.values import AnyKind, AnyTrack, Body, Query
from web.pages.views import service, stored

TAG = "Matches"
TOP = Annotated[int, Field(ge=1, le=200, description="how many")]


class QuoteRecord(BaseModel):
    """Two statements that speak to each other, word for word."""

    asker: Side
    ask: str
    ask_field: str
    give: str
    give_field: str


class PartRecord(BaseModel):
    """One part of a score; the parts add up to it.

    Attributes:
        state: how a rule stands, `yes`, `no` or `unknown`; empty for parts that are measured.
    """

    code: str
    points: float
    most: float
    state: str
    terms: tuple[str, ...]
    quotes: tuple[QuoteRecord, ...]


class Gains(BaseModel):
    """How well the other side answers what each side seeks, from 0 to 1."""

    startup: float
    partner: float


class MatchRecord(BaseModel):
    """A startup and a partner with their fit, from 0 to 100: relative to this directory, no probability."""

    rank: int
    startup: str
    partner: str
    kind: Kind
    name: str
    name_ko: str
    startup_name: str
    startup_name_ko: str
    score: float
    probability: float | None
    confidence: float
    track: Topic | None
    gains: Gains
    parts: tuple[PartRecord, ...]


class MatchesRecord(BaseModel):
    """The best of the other side, best first.

    Attributes:
        candidates: how many were ranked.
        promising: false where no partner of the directory is near to what the startup does.
        fit_cost: points of mean score given up for difference and shared attention.
    """

    id: str
    side: Side
    kind: Kind | None
    track: Topic | None
    candidates: int
    promising: bool
    fit_cost: float
    matches: tuple[MatchRecord, ...]


class Obstacle(BaseModel):
    """A part with the points that are missing in it."""

    code: str
    state: str
    missing: float


class Change(BaseModel):
    """A change to the startup's profile, with the score and the place the pair would have then."""

    field: str
    value: str
    quote: str
    score: float
    rank: int
    gain: float


class WhyNotRecord(BaseModel):
    """Why a pair fits, what holds it back, and what would change it.

    Attributes:
        forbidden: one of the two avoids the other: no score matters then.
    """

    match: MatchRecord
    forbidden: bool
    obstacles: tuple[Obstacle, ...]
    changes: tuple[Change, ...]


class MatchQuery(Query):
    """Which matches."""

    top: TOP = 10
    kind: Annotated[Kind | None, Field(description="only partners of this kind")] = None
    track: AnyTrack = None
    diversity: Annotated[
        float,
        Field(ge=0, le=1, allow_inf_nan=False, description="0: best by score; to 1: partners that differ"),
    ] = 0.0
    spread: Annotated[bool, Field(description="no partner in too many startups' lists")] = False
    event: Annotated[ProfileId | None, Field(description="only those who take part in this event")] = None


@operation(
    "GET",
    "/profiles/{profile_id}/matches",
    tag=TAG,
    may=ONLOOKERS | SIDES,
    query=MatchQuery,
    gives={200: MatchesRecord},
)
def list_matches(profile_id: str, query: MatchQuery) -> Reply:
    """The best partners of a startup, or the best startups of a partner.

    A startup or partner sees those who take part in the events it takes part in. `diversity` and `spread` are
    for lists of startups, without an event.
    """
    profile = profile_of(profile_id)
    if query.event is None and own_id() is None:
        found = service().match(
            profile.id,
            top=query.top,
            kind=query.kind,
            track=query.track,
            diversity=query.diversity,
            spread=query.spread,
        )
        return Reply(MatchesRecord.model_validate(found.to_dict()))
    if query.diversity or query.spread:
        reason = "lists that differ or share attention are made of the whole directory"
        raise InputError(reason, field="diversity" if query.diversity else "spread")
    return Reply(MatchesRecord.model_validate(_among(profile, query).to_dict()))


def _among(profile: Profile, query: MatchQuery) -> MatchList:
    """The best of those of an event, or of all events of whoever asks."""
    if own_id() is not None:
        others = set(others_of(query.event))
    else:
        event = event_of(query.event or "")
        store = service().store
        store.attendee(event.id, profile.id)
        others = {each.profile_id for each in store.attendees(event.id, side=profile.side.other)}
    if query.kind is not None:
        known = service().store.get_many(list(others))
        others = {each for each in others if each in known and known[each].kind is query.kind}
    ranked = [each for each, _score in service().among(profile.id, others, track=query.track)]
    places = {each: place for place, each in enumerate(ranked[: query.top], start=1)}
    matches = service().pairs(profile.id, places, track=query.track)
    return MatchList(profile, tuple(matches), len(ranked), query.kind, query.track)


Text = Annotated[str, StringConstraints(max_length=20_000)]
Lines = Annotated[tuple[Line, ...], Field(max_length=50)]


class Unstored(Body):
    """A startup that is kept nowhere: the fields of a profile that it is matched by."""

    name: Annotated[str, StringConstraints(max_length=200)] = ""
    about: Text = ""
    seeks: Lines = ()
    offers: Lines = ()
    topics: tuple[Topic, ...] = ()
    areas: Lines = ()
    technologies: Lines = ()
    stage: Annotated[str, StringConstraints(max_length=100)] | None = None
    country: Country | None = None
    markets: tuple[Country, ...] = ()
    languages: tuple[Language, ...] = ()
    raising_usd: Amount | None = None


class MatchRequest(Body):
    """A startup that is not stored, and which matches it wants."""

    profile: Unstored
    top: Annotated[int, Field(ge=1, le=200)] = 10
    kind: AnyKind = None
    track: AnyTrack = None
    diversity: Annotated[float, Field(ge=0, le=1)] = 0.0


@operation(
    "POST",
    "/matches",
    tag=TAG,
    may=ONLOOKERS,
    body=MatchRequest,
    gives={200: MatchesRecord},
    asks_only=True,
    example={"profile": {"about": "심전도 신호로 부정맥을 찾아내는 인공지능을 개발한다."}, "top": 3},
)
def match_unstored(body: MatchRequest) -> Reply:
    """The best partners for a startup that is not stored.

    Nothing is kept, so that tokens that only read may ask too.
    """
    said = body.profile.model_dump(exclude_defaults=True)
    if not any(said.get(name) for name in ("about", "seeks", "offers")):
        raise Refused(
            422, "invalid", "describe the startup, or say what it seeks or offers", field="profile.about"
        )
    # A random id: it must not be that of a stored profile, nor one that somebody avoids.
    record: dict[str, Any] = {"id": uuid.uuid4().hex, "side": Side.STARTUP, "kind": Kind.STARTUP, **said}
    record["name"] = record.get("name") or "(no name)"
    profile = read_profile(Profile.model_validate(record), within="profile")
    found = service().match_profile(
        profile, top=body.top, kind=body.kind, track=body.track, diversity=body.diversity
    )
    return Reply(MatchesRecord.model_validate(found.to_dict()))


class PairQuery(Query):
    """Which pair."""

    startup: Annotated[ProfileId, Field(description="id of a startup")]
    partner: Annotated[ProfileId, Field(description="id of a partner")]
    track: AnyTrack = None


@operation(
    "GET",
    "/pairs",
    tag=TAG,
    may=ONLOOKERS | {Role.STARTUP},
    query=PairQuery,
    gives={200: WhyNotRecord},
    refuses=(404,),
)
def get_pair(query: PairQuery) -> Reply:
    """Why a startup and a partner fit, what holds them back, and what would change it.

    A startup may ask about itself and those who take part in its events.
    """
    if own_id() is not None:
        if query.startup != own_id():
            raise NotFoundError(query.startup)
        if query.partner not in others_of(None):
            raise NotFoundError(query.partner)
    startup, partner = stored(query.startup), stored(query.partner)
    for profile, side in ((startup, Side.STARTUP), (partner, Side.PARTNER)):
        if profile.side is not side:
            raise InputError(f"{profile.id!r} is a {profile.side.value}", field=side.value)
    found = service().why_not(startup.id, partner.id, query.track)
    return Reply(WhyNotRecord.model_validate(found.to_dict()))
