"""What is said of a score as a whole: how far to trust it, what each side gains, what would change it.

Works without Flask, as ``phrases`` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel.numbers import format_decimal, format_percent

from matcher.results import Match, MatchList, Quote
from matcher.weights import RETURNS, WANTS
from profiles.model import Profile, Side
from web import phrases
from web.phrases import gettext as _
from web.phrases import language

if TYPE_CHECKING:
    from matcher.whynot import Change, WhyNot

HIGH, MEDIUM = 0.8, 0.55
"""Confidence from which a score is called well founded, and half founded."""

DIALS = (0.0, 0.3, 0.6)
"""How far a list may be chosen for difference, as the pages offer it."""


def percent(share: float) -> str:
    """A share from 0 to 1 as whole per cent."""
    return format_percent(share, "#,##0%", locale=language())


def score_name() -> str:
    """What the number from 0 to 100 is called."""
    return _("Relative fit")


def score_note(*, calibrated: bool) -> str:
    """What the number is, in one sentence: with known outcomes there is a probability beside it."""
    if calibrated:
        return _(
            "The score, 0 to 100, is a relative fit within this directory. The probability of a fruitful "
            "meeting beside it is calibrated on known outcomes."
        )
    return _("The score, 0 to 100, is a relative fit within this directory, not a probability.")


def calibrated(found: MatchList) -> bool:
    """Whether a list comes with probabilities."""
    return any(match.probability is not None for match in found.matches)


def probability(match: Match) -> str:
    """“Probability of a fruitful meeting 34%”; empty where outcomes cannot say."""
    if match.probability is None:
        return ""
    return _("Probability of a fruitful meeting {share}", share=percent(match.probability))


def rank_text(match: Match) -> str:
    """A pair's place in the startup's list of all partners, however low."""
    if not match.rank:
        return _("not to be matched: one of the two asked for that")
    return _("number {rank} among the partners for this startup", rank=phrases.number(match.rank))


def confidence_level(match: Match) -> str:
    """``high``, ``medium`` or ``low``."""
    return "high" if match.confidence >= HIGH else "medium" if match.confidence >= MEDIUM else "low"


def confidence(match: Match) -> str:
    """“Confidence: high”."""
    return {
        "high": _("Confidence: high"),
        "medium": _("Confidence: medium"),
        "low": _("Confidence: low"),
    }[confidence_level(match)]


def confidence_detail(match: Match) -> str:
    """How much of the score rests on statements of both sides."""
    return _(
        "{share} of the points rest on something both sides state; the rest is not stated and counted as "
        "average.",
        share=percent(match.confidence),
    )


def system_name(code: str) -> str:
    """A way of ranking that is measured beside others; one that has no name here is shown by its code."""
    names = {
        "learned": _("Learned weights"),
        "shipped": _("Shipped weights"),
        "without": _("Weights without outcomes"),
        "in_use": _("Weights used before"),
        "random": _("Random order"),
        "popularity": _("Most past engagements"),
        "bm25": _("Shared words alone"),
        "dense": _("Themes alone"),
        "sum": _("Shared words and themes"),
    }
    return names.get(code, code)


# -- a list --------------------------------------------------------------------------------------


def no_good_partner() -> str:
    """The answer where nobody is near; the list is shown all the same."""
    return _("There is no good partner here.")


def no_good_partner_detail(name: str) -> str:
    """Why, and what the list is then."""
    return _(
        "Nobody in this directory is near to {name} in what they do. The list shows those who are least far "
        "away.",
        name=name,
    )


def fit_cost(found: MatchList) -> str:
    """What a list chosen for difference or shared attention gives up, in one sentence."""
    cost = format_decimal(found.fit_cost, "0.00", locale=language())
    return _(
        "This list gives up {points} points of mean fit. The numbers before the names are the ranks by fit "
        "alone.",
        points=cost,
    )


def dial_name(value: float) -> str:
    """How a list is chosen, for one of ``DIALS``."""
    return {0.0: _("By fit alone"), 0.3: _("Some difference"), 0.6: _("Much difference")}[value]


# -- what each side gains ------------------------------------------------------------------------


@dataclass(frozen=True)
class Gain:
    """What one side of a pair would gain.

    Attributes:
        profile: whose gain it is.
        share: 0 to 1 of the points there are for it; None where it names no wants, so that nothing is known.
        quotes: its wants with the other's answers, best first.
    """

    profile: Profile
    share: float | None
    quotes: tuple[Quote, ...]

    @property
    def title(self) -> str:
        """“What Pfizer gains”."""
        return _("What {name} would gain", name=phrases.name(self.profile))

    @property
    def figure(self) -> str:
        """“62 / 100”, or that no wants are stated."""
        if self.share is None:
            return _("names no wants")
        return f"{format_decimal(100 * self.share, '0', locale=language())} / 100"


def gains(match: Match) -> tuple[Gain, Gain]:
    """What the startup would gain, and what the partner would."""
    quotes = {part.code: part.quotes for part in match.parts}
    return (
        Gain(match.startup, _share(match, Side.STARTUP), quotes.get(WANTS, ())),
        Gain(match.partner, _share(match, Side.PARTNER), quotes.get(RETURNS, ())),
    )


def gain_note() -> str:
    """What the figures of gains are."""
    return _(
        "How well the other side answers what one seeks: of 100, an ordinary pair has about 20. Statements "
        "stand as their owners wrote them."
    )


def _share(match: Match, side: Side) -> float | None:
    profile, code = (match.startup, WANTS) if side is Side.STARTUP else (match.partner, RETURNS)
    stated = profile.seeks and any(part.code == code for part in match.parts)
    return match.gain(side) if stated else None


# -- what would change a score -------------------------------------------------------------------


def changes_note(found: WhyNot) -> str:
    """How the changes are to be read."""
    if not found.changes:
        return _("No single change to the startup's profile would raise this score.")
    return _(
        "Each change was made to a copy of the startup's profile and scored alone. Write into a profile only "
        "what is true."
    )


def new_rank(change: Change) -> str:
    """“, rank 3”; empty where the two are not to be matched."""
    return _(", rank {rank}", rank=phrases.number(change.rank)) if change.rank else ""


def change_name(change: Change) -> str:
    """What would be different in the startup's profile."""
    field = phrases.field_name(change.field)
    if change.field == "seeks":
        return _("Seeks: also what the partner offers")
    if change.field == "raising_usd":
        return _("{field}: {value}", field=field, value=phrases.money(float(change.value)))
    if change.field == "stage":
        return _("{field}: {value}", field=field, value=phrases.stage_name(change.value))
    names = {
        "markets": phrases.country_name,
        "languages": phrases.language_name,
        "topics": phrases.topic_name,
    }
    shown = names[change.field](change.value) if change.field in names else change.value
    return _("{field}: also {value}", field=field, value=shown)


@dataclass(frozen=True)
class Basis:
    """What of the partner's profile a change rests on: a field's name and what stands there."""

    field: str
    text: str


def change_basis(change: Change, partner: Profile) -> Basis:
    """The partner's own statement behind a change."""
    if change.field == "seeks":
        return Basis(phrases.field_name("offers"), change.quote)
    if change.field in ("areas", "technologies"):
        return Basis(phrases.field_name(change.field), change.quote)
    if change.field == "stage":
        stages = phrases.listed([phrases.stage_name(stage) for stage in partner.stages])
        return Basis(phrases.field_name("stages"), stages)
    if change.field == "raising_usd":
        return Basis(_("Invests"), phrases.ticket(partner) or "")
    if change.field == "markets" and not partner.markets:
        return Basis(phrases.field_name("country"), phrases.country_name(partner.country or ""))
    values = {
        "markets": [phrases.country_name(code) for code in partner.markets],
        "languages": [phrases.language_name(code) for code in partner.languages],
        "topics": [phrases.topic_name(topic) for topic in partner.topics],
    }
    return Basis(phrases.field_name(change.field), phrases.listed(values[change.field]))
