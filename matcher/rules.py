"""The parts of a fit that compare facts: what both name, where, in which language, at what stage and size."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matcher.texts import clean
from profiles.model import Kind, Profile, Topic

YES, NO, UNKNOWN = "yes", "no", "unknown"
_VALUE = {YES: 1.0, UNKNOWN: 0.5, NO: 0.0}


class Judgement(NamedTuple):
    """What a rule says of every partner: (P,) states and (P,) values from 0 to 1."""

    state: np.ndarray
    value: np.ndarray


TRADES: Mapping[Topic, frozenset[Kind]] = {
    Topic.INVESTMENT: frozenset({Kind.INVESTOR}),
    Topic.IP: frozenset({Kind.LAW_FIRM}),
    Topic.CLINICAL: frozenset({Kind.HOSPITAL}),
    Topic.REGULATORY: frozenset({Kind.CONSULTANCY}),
}
"""Tracks that are the trade of one kind of partner: a pharma company may invest, an investor does."""

BESIDE_TRADE = 0.6
"""What it is worth in such a track that a partner of another kind came for it."""

_BRACKETS = re.compile(r"[(\[（]([^)\]）]*)[)\]）]")


def names(profile: Profile) -> dict[str, str]:
    """What a profile names as its areas and technologies: folded for comparison -> as written.

    ``신생아 선별검사(newborn screening)`` is known under both names: Koreans add the English in brackets.
    """
    found: dict[str, str] = {}
    for entry in (*profile.areas, *profile.technologies):
        written = clean(entry)
        for name in (written, _BRACKETS.sub(" ", written), *_BRACKETS.findall(written)):
            if fold(name):
                found.setdefault(fold(name), written)
    return found


def fold(entry: str) -> str:
    """An entry without case and punctuation: ``AI (Imaging)`` equals ``ai imaging``."""
    return " ".join(re.findall(r"\w+", clean(entry).casefold()))


def shared_names(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """Their way of writing what both name, each once, in our order."""
    return list(dict.fromkeys(theirs[name] for name in ours if name in theirs))


def reachable(partner: Profile) -> frozenset[str]:
    """Markets a partner can take a startup to: those it names, or its own country."""
    return frozenset(partner.markets or ((partner.country,) if partner.country else ()))


@dataclass(frozen=True)
class PartnerFacts:
    """The partners' facts, folded once for many questions."""

    profiles: tuple[Profile, ...]
    names: tuple[Mapping[str, str], ...]
    markets: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, profiles: Sequence[Profile]) -> PartnerFacts:
        return cls(
            tuple(profiles),
            tuple(names(profile) for profile in profiles),
            tuple(reachable(profile) for profile in profiles),
        )

    def allowed(self, startup: Profile) -> np.ndarray:
        """(P,) False where either names the other under ``avoid``."""
        avoided = set(startup.avoid)
        return np.array(
            [p.id not in avoided and startup.id not in p.avoid for p in self.profiles], dtype=bool
        )


def judge(startup: Profile, partners: PartnerFacts, track: Topic | None = None) -> dict[str, Judgement]:
    """Every rule for one startup against all partners, by part code.

    In a ``track`` the rule for topics asks only whether the partner came for that one, and whether it is its
    trade.
    """
    own = names(startup)
    own_count = len(set(own.values()))
    topics, wanted, spoken = (
        frozenset(startup.topics if track is None else (track,)),
        frozenset(startup.markets),
        frozenset(startup.languages),
    )
    found: dict[str, list[tuple[str, float]]] = {
        part: [] for part in ("common", "topics", "markets", "languages", "stage", "ticket")
    }
    for profile, named, markets in zip(partners.profiles, partners.names, partners.markets, strict=True):
        found["common"].append(_share(own_count, len(named), len(shared_names(named, own))))
        both = topics.intersection(profile.topics)
        state, value = _share(len(topics), len(profile.topics), len(both))
        if track is not None and state == YES and profile.kind not in TRADES.get(track, {profile.kind}):
            value = BESIDE_TRADE
        found["topics"].append((state, value))
        found["markets"].append(_any(wanted, markets))
        found["languages"].append(_any(spoken, frozenset(profile.languages)))
        found["stage"].append(_plain(stage_state(startup, profile)))
        found["ticket"].append(_plain(ticket_state(startup, profile)))
    return {
        part: Judgement(
            np.array([state for state, _ in pairs], dtype=object),
            np.array([value for _, value in pairs], float),
        )
        for part, pairs in found.items()
    }


def _plain(state: str) -> tuple[str, float]:
    return state, _VALUE[state]


def _share(ours: int, theirs: int, both: int) -> tuple[str, float]:
    """How much of ours they cover. Nothing in common is weak evidence against: words differ."""
    if not ours or not theirs:
        return _plain(UNKNOWN)
    return (YES, 0.5 + 0.5 * both / ours) if both else (NO, 0.25)


def _any(ours: frozenset[str], theirs: frozenset[str]) -> tuple[str, float]:
    if not ours or not theirs:
        return _plain(UNKNOWN)
    return _plain(YES if ours & theirs else NO)


def stage_state(startup: Profile, partner: Profile) -> str:
    """Whether the partner takes startups of this stage."""
    if not startup.stage or not partner.stages:
        return UNKNOWN
    return YES if fold(startup.stage) in {fold(stage) for stage in partner.stages} else NO


def ticket_state(startup: Profile, partner: Profile) -> str:
    """Whether the amount raised can take a cheque of the investor's size: at least its smallest one."""
    if partner.kind is not Kind.INVESTOR or startup.raising_usd is None:
        return UNKNOWN
    if partner.ticket_min_usd is None and partner.ticket_max_usd is None:
        return UNKNOWN
    # A round may be shared by several investors, so an amount above the largest cheque is no obstacle
    # until it is so much larger that this investor would hardly count: ten cheques.
    low = partner.ticket_min_usd or 0.0
    high = 10 * partner.ticket_max_usd if partner.ticket_max_usd is not None else float("inf")
    return YES if low <= startup.raising_usd <= high else NO
