"""Which texts of a profile are read, and how: its statements, and the whole for word search."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from profiles.model import LIST_FIELDS, Profile


@dataclass(frozen=True)
class Statement:
    """One entry of a profile: the unit that is compared and quoted."""

    field: str
    text: str


def clean(text: str) -> str:
    """NFC, without control characters and lone surrogates, white space folded.

    Decomposed Hangul is tokenised differently, NUL cuts a text, a lone surrogate cannot be encoded.
    """
    normal = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    if not normal.isprintable():  # the usual text is, and asking every character takes long
        normal = "".join(c if c.isprintable() else " " for c in normal)
    return " ".join(normal.split())


def statements(profile: Profile) -> list[Statement]:
    """The profile's statements in the order of its fields, each text once."""
    found: dict[str, Statement] = {}
    for field in ("about", *LIST_FIELDS):
        value = getattr(profile, field)
        for entry in (value,) if field == "about" else value:
            text = clean(entry)
            if text:
                found.setdefault(text, Statement(field, text))
    if not found:  # a profile that says nothing but its name is still someone
        name = clean(f"{profile.name} {profile.name_ko}")
        found[name] = Statement("name", name)
    return list(found.values())


def whole(profile: Profile) -> str:
    """Everything the profile says, in one text."""
    parts = [profile.about, *("; ".join(getattr(profile, field)) for field in LIST_FIELDS)]
    return clean(" ".join(part for part in parts if part)) or clean(f"{profile.name} {profile.name_ko}")
