"""The organiser's form of a profile: all of its fields, as people write them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from profiles.errors import InputError
from profiles.importers.rows import make_id
from profiles.importers.text import clean, clean_line
from profiles.importers.values import split_choices
from profiles.model import PARTNER_KINDS, Kind, Profile, Side
from web.participant import reading
from web.phrases import gettext as _

SHARED = (
    "name",
    "name_ko",
    "about",
    "seeks",
    "offers",
    "topics",
    "areas",
    "technologies",
    "history",
    "past_deals",
    "stage",
    "stages",
    "country",
    "city",
    "markets",
    "languages",
    "raising_usd",
    "ticket_min_usd",
    "ticket_max_usd",
    "website",
    "contact_email",
)
"""Fields that are read as in the participants' own form."""
OWN = ("kind", "avoid", "source", "other")
"""Fields that only organisers see."""
FIELDS = (*SHARED, *OWN)
_NOT_OF = {
    Side.STARTUP: frozenset({"stages", "ticket_min_usd", "ticket_max_usd", "past_deals", "kind"}),
    Side.PARTNER: frozenset({"stage", "raising_usd"}),
}


def fields_of(side: Side, profile: Profile | None = None) -> list[str]:
    """The fields that the form of a side has; one that a profile fills all the same is shown too."""
    empty: tuple[Any, ...] = (None, "", (), {})
    return [
        name
        for name in FIELDS
        if name not in _NOT_OF[side]
        or (profile is not None and name != "kind" and getattr(profile, name) not in empty)
    ]


def texts_of(profile: Profile) -> dict[str, str]:
    """The form of a stored profile, filled in."""
    texts = {name: reading.written(profile, name) for name in SHARED}
    return {
        **texts,
        "kind": profile.kind.value,
        "avoid": "\n".join(profile.avoid),
        "source": profile.source or "",
        "other": "\n".join(f"{header}: {text}".replace("\n", " ") for header, text in profile.other.items()),
    }


def sent(form: Any) -> dict[str, str]:
    """The fields of a request. Ticks of one name come as one text."""
    texts = {name: form.get(name, "").replace("\r\n", "\n") for name in FIELDS if name in form}
    texts["topics"] = ",".join(each for each in form.getlist("topics") if each)
    return texts


def changed(
    profile: Profile, texts: Mapping[str, str], known: Collection[str]
) -> tuple[Profile, dict[str, str]]:
    """The profile with what was written, and what is wrong by field: then it is the profile as it was.

    Args:
        profile: as stored, or a new one.
        texts: by field.
        known: ids of stored profiles, for whom to avoid.
    """
    before = texts_of(profile)
    own: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in OWN:
        if name in texts and texts[name].strip() != before[name].strip():
            try:
                own[name] = _READERS[name](texts[name], profile, known)
            except InputError as error:
                errors[name] = error.reason
    shared = {name: texts[name] for name in SHARED if name in texts}
    if shared.get("stage") == profile.stage:
        del shared["stage"]
    after, wrong = reading.changed(profile, shared)
    errors.update(wrong)
    if errors:
        return profile, errors
    return Profile.model_validate({**after.model_dump(), **own}), {}


def blank(side: Side, kind: str) -> Profile:
    """A profile to begin with; its name and id are still to be given."""
    chosen = (
        Kind.STARTUP if side is Side.STARTUP else Kind(kind) if kind in PARTNER_KINDS else PARTNER_KINDS[0]
    )
    return Profile(id="-", side=side, kind=chosen, name="-")


def with_id(profile: Profile, text: str) -> Profile:
    """A new profile under the id that was given, or one made from its side and name.

    Raises:
        InputError: the id is too long.
    """
    given = clean_line(text)
    if len(given) > 200:
        raise InputError(_("At most {most} characters.", most=200), field="id")
    made = given or make_id(profile.side, profile.name or profile.name_ko)
    return profile.model_copy(update={"id": made})


def _kind(text: str, profile: Profile, _known: Collection[str]) -> Kind:
    allowed = (Kind.STARTUP,) if profile.side is Side.STARTUP else PARTNER_KINDS
    if text not in allowed:
        raise InputError(_("choose from the list"), field="kind")
    return Kind(text)


def _avoid(text: str, profile: Profile, known: Collection[str]) -> tuple[str, ...]:
    found: list[str] = []
    # An id may hold signs that divide lists elsewhere: a line that is an id means itself.
    for line in filter(None, map(clean_line, text.split("\n"))):
        found += [line] if line in known or line in profile.avoid else split_choices(line)
    for each in found:
        if each == profile.id:
            raise InputError(_("A profile cannot avoid itself."), field="avoid")
        if each not in known and each not in profile.avoid:
            raise InputError(_("No profile has the id “{id}”.", id=each[:80]), field="avoid")
    return tuple(dict.fromkeys(found))


def _source(text: str, _profile: Profile, _known: Collection[str]) -> str | None:
    return clean_line(text)[:2000] or None


def _other(text: str, _profile: Profile, _known: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, map(clean, text.split("\n"))):
        header, colon, value = line.partition(":")
        if not colon or not header.strip() or not value.strip():
            raise InputError(
                _("Write a column and its text a line, as in “{example}”.", example="Booth: A-12"),
                field="other",
            )
        found[header.strip()] = value.strip()
    return found


_READERS = {"kind": _kind, "avoid": _avoid, "source": _source, "other": _other}
