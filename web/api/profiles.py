"""Profiles: listed, read, written, removed."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from flask import url_for
from pydantic import Field, StringConstraints

from profiles.errors import ConflictError
from profiles.importers import parse_file
from profiles.model import Profile
from profiles.store import Narrowed
from web.access import me, store
from web.api.blueprint import ONLOOKERS, ORGANISER, SIDES, changed
from web.api.errors import Refused
from web.api.operations import Reply, operation
from web.api.paging import Listed, PageQuery, listed
from web.api.scope import profile_of
from web.api.values import AnyKind, AnySide, Words
from web.pages.views import read_query
from web.participant import edits

TAG = "Profiles"

_HIDDEN = ("avoid", "source", "other")
_ORGANISERS_ALONE = ("kind", *_HIDDEN)
"""Fields that a startup's or partner's own form does not have either."""

EXAMPLE = {
    "id": "kr-hearttone",
    "side": "startup",
    "kind": "startup",
    "name": "HeartTone",
    "name_ko": "하트톤",
    "about": "심전도 신호로 부정맥을 찾아내는 인공지능을 개발한다.",
    "seeks": ["A hospital in the United States for a clinical trial"],
    "topics": ["clinical"],
    "country": "KR",
    "markets": ["US"],
    "languages": ["ko", "en"],
}


class ProfileQuery(PageQuery):
    """Which profiles."""

    q: Annotated[Words, Field(description="words that all stand in the profile")] = ""
    side: AnySide = None
    kind: AnyKind = None
    country: Annotated[
        Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] | None,
        Field(description="where it is, ISO 3166 alpha-2"),
    ] = None


class ProfileList(Listed[Profile]):
    """Profiles by name."""


@operation(
    "GET",
    "/profiles",
    tag=TAG,
    may=ONLOOKERS,
    query=ProfileQuery,
    gives={200: ProfileList},
    headers=("Link",),
)
def list_profiles(query: ProfileQuery) -> Reply:
    """Profiles by name."""
    found = store().search(
        read_query(query.q),
        side=query.side,
        kind=query.kind,
        narrowed=Narrowed(country=query.country),
        page=query.page,
        size=query.per_page,
    )
    return listed(ProfileList, found.profiles if found.number == query.page else (), found.total, query)


@operation("GET", "/profiles/{profile_id}", tag=TAG, may=ONLOOKERS | SIDES, gives={200: Profile})
def get_profile(profile_id: str) -> Reply:
    """One profile. A startup or partner sees its own, without what is the organiser's alone."""
    return Reply(_seen(profile_of(profile_id)))


@operation(
    "PUT",
    "/profiles/{profile_id}",
    tag=TAG,
    may=ORGANISER | SIDES,
    body=Profile,
    gives={200: Profile, 201: Profile},
    headers=("Location",),
    refuses=(409,),
    example=EXAMPLE,
)
def put_profile(profile_id: str, body: Profile) -> Reply:
    """Add a profile, or put another in its place.

    The whole record, its id included; what is left out is empty afterwards. It is read as an import reads it:
    texts are tidied, names of places and languages checked. A startup or partner may change its own; `kind`,
    `avoid`, `source` and `other` are the organiser's alone.
    """
    before = store().get_many([profile_id]).get(profile_id)
    if me().side is not None:
        before = profile_of(profile_id)
        body = body.model_copy(update={name: getattr(before, name) for name in _ORGANISERS_ALONE})
    profile = read_profile(body)
    if profile.id != profile_id:
        raise Refused(422, "invalid", f"the address is that of {profile_id!r}", field="id")
    if before is not None and before.side is not profile.side:
        raise Refused(422, "invalid", f"this is a {before.side.value}, and stays one", field="side")
    store().save_profile(profile, was=before.content_hash() if before is not None else None)
    changed(profile_id, **(edits.detail(before, profile) if before is not None else {}))
    address = url_for("api.get_profile", profile_id=profile_id)
    return Reply(_seen(profile), 201 if before is None else 200, {"Location": address})


@operation("DELETE", "/profiles/{profile_id}", tag=TAG, may=ORGANISER, gives={204: None}, refuses=(409,))
def delete_profile(profile_id: str) -> Reply:
    """Remove a profile that takes part in no event; accounts that speak for it are shut."""
    profile = store().get(profile_id)
    events = store().consultations(profile_id=profile_id)
    if events:
        names = ", ".join(event.id for event in events)
        raise ConflictError(f"it takes part in {names}: remove it from the attendees first")
    store().remove_profile(profile_id, was=profile.content_hash())
    changed(profile_id)
    return Reply(status=204)


def _seen(profile: Profile) -> Profile:
    """A profile without what its owner does not see."""
    if me().side is None:
        return profile
    empty = {name: Profile.model_fields[name].get_default(call_default_factory=True) for name in _HIDDEN}
    return profile.model_copy(update=empty)


def read_profile(written: Profile, within: str = "") -> Profile:
    """A record as an import would keep it.

    Args:
        within: the field of the body it stands in.

    Raises:
        Refused: a field says something that an import refuses.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "profile.jsonl"
        path.write_text(json.dumps(written.record(), ensure_ascii=False), encoding="utf-8")
        found = parse_file(path)
    if found.rejections:
        first = found.rejections[0]
        field = ".".join(filter(None, (within, first.field)))
        raise Refused(422, "invalid", first.reason, field=field or None)
    return found.profiles[0]
