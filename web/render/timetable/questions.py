"""Questions worth asking in a meeting; each rests on what the profiles say or leave open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from matcher.fit import TRACK_RECORD
from matcher.results import Match, Part
from matcher.texts import clean
from matcher.whynot import WhyNot
from profiles.model import Kind, Profile, Side
from web import phrases
from web.phrases import gettext as _

MOST = 6
"""How many questions are given for a meeting."""

_TAKES_STAGES = (Kind.INVESTOR, Kind.INCUBATOR)


@dataclass(frozen=True)
class Question:
    """What to ask the other side, and what it rests on."""

    text: str
    basis: str


def questions(
    viewer: Profile | None,
    other: Profile,
    found: WhyNot | None,
    wants: Collection[str] = (),
    before: Collection[str] = (),
) -> list[Question]:
    """What ``viewer`` may ask ``other``, what matters most first.

    Args:
        viewer: who asks; None where it has no profile.
        found: the pair as it is scored, where both have one.
        wants: wants of ``other`` to which none of its meetings quotes an answer.
        before: what the viewer is to ask others already; of several questions of a sort, a new one is taken.
    """
    asked: list[Iterable[Question]] = [_one(_open_wants(other, wants), before)]
    if found is not None and viewer is not None:
        asked.insert(0, _one(_own_wants(viewer, other, found.match), before))
        asked.append(_against(viewer.side, found.match))
        asked.append(_one(_offers(viewer, other, found), before))
    asked.append(_missing(other, viewer))
    return list(islice(chain.from_iterable(asked), MOST))


def unanswered(profile: Profile, matches: Collection[Match]) -> list[str]:
    """Wants of ``profile`` that none of ``matches`` quotes with an answer; empty without any match."""
    if not matches:
        return []
    answered = {quote.ask for match in matches for quote in match.quotes if quote.asker is profile.side}
    return [want for want in map(clean, profile.seeks) if want not in answered]


def _one(asked: Iterable[Question], before: Collection[str]) -> list[Question]:
    """The first that was asked least often."""
    counts = Counter(before)
    return sorted(asked, key=lambda question: counts[question.text])[:1]


def _own_wants(viewer: Profile, other: Profile, match: Match) -> Iterator[Question]:
    for want in unanswered(viewer, [match]):
        yield Question(
            _("Could you help us with “{want}”, or do you know somebody who could?", want=want),
            _("You seek this; no statement of {other} is quoted in answer to it.", other=phrases.name(other)),
        )


def _open_wants(other: Profile, wants: Collection[str]) -> Iterator[Question]:
    for want in wants:
        yield Question(
            _("You seek “{want}”. What would a good answer look like?", want=want),
            _(
                "{other} seeks this; in none of its meetings here is a statement quoted in answer to it.",
                other=phrases.name(other),
            ),
        )


def _against(side: Side, match: Match) -> Iterator[Question]:
    """Facts that both state and that do not go together."""
    texts = {
        "stage": (
            _("Would you also take a startup at our stage?"),
            _("When do you expect to reach a stage that we take?"),
        ),
        "ticket": (
            _("Would a round of our size be possible for you all the same?"),
            _("Could the amount you raise be changed or split?"),
        ),
        "markets": (
            _("Can you also help in the markets we want to enter?"),
            _("Would you also consider the markets we work in?"),
        ),
        "topics": (
            _("What would you like to talk about today?"),
            _("What would you like to talk about today?"),
        ),
    }
    for part in match.parts:
        if part.code in texts and part.state == "no" and _is_asked(part, match):
            yield Question(texts[part.code][side is Side.PARTNER], phrases.part_sentence(part, match))


def _is_asked(part: Part, match: Match) -> bool:
    """Within a track everybody came for that topic."""
    return part.code != "topics" or match.track is None


def _offers(viewer: Profile, other: Profile, found: WhyNot) -> Iterator[Question]:
    """What the partner offers and the startup does not ask for: asking for it would raise the score."""
    name = phrases.name(other)
    for change in found.changes:
        if change.field != "seeks":
            continue
        if viewer.side is Side.STARTUP:
            yield Question(
                _("You offer “{offer}”. What would we need for it?", offer=change.quote),
                _("{other} offers this, and your profile does not ask for it.", other=name),
            )
        else:
            yield Question(
                _("We offer “{offer}”. Would this be of use to you?", offer=change.quote),
                _("You offer this, and the profile of {other} does not ask for it.", other=name),
            )


def _missing(other: Profile, viewer: Profile | None) -> Iterator[Question]:
    """Facts that ``other`` leaves open and that matter to such a meeting."""
    asker = viewer.kind if viewer else None
    startup, kind = other.side is Side.STARTUP, other.kind
    asked = (
        ("seeks", not other.seeks, _("What do you seek from this meeting?")),
        ("stage", startup and not other.stage, _("What stage are you at?")),
        (
            "raising_usd",
            startup and asker is Kind.INVESTOR and other.raising_usd is None,
            _("How much are you raising?"),
        ),
        ("markets", startup and not other.markets, _("Which markets do you want to enter?")),
        ("history", startup and not other.history, _("What have you achieved so far?")),
        ("stages", kind in _TAKES_STAGES and not other.stages, _("At what stage do you take startups?")),
        (
            "ticket_min_usd",
            kind is Kind.INVESTOR and other.ticket_min_usd is None and other.ticket_max_usd is None,
            _("How much do you invest in a startup, at least and at most?"),
        ),
        (
            "past_deals",
            kind in TRACK_RECORD and other.past_deals is None,
            _("How many projects of this sort have you done?"),
        ),
        ("offers", not other.offers, _("What could you give us?")),
    )
    for field, open_, text in asked:
        if open_:
            said = _("Not stated in the profile: {field}.", field=phrases.field_name(field))
            yield Question(text, said)
