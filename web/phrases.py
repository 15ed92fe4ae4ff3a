"""Codes -> sentences, in Korean and English: one catalogue for pages, command line and reports.

Works without Flask: ``with use_language("ko"): kind_name(Kind.HOSPITAL)``. What is said of a score as a whole
is in ``verdicts``.
"""

from __future__ import annotations

from babel.numbers import format_compact_currency, format_decimal

from matcher.results import Match, Part, Quote
from profiles.model import Kind, Profile, Side, Topic
from web.languages import (
    LANGUAGES,
    N_,
    TRANSLATIONS,
    Name,
    gettext,
    language,
    locale,
    ngettext,
    use_language,
)

# The language is asked for where sentences are, too.
__all__ = ["LANGUAGES", "N_", "TRANSLATIONS", "Name", "gettext", "language", "ngettext", "use_language"]

_ = gettext

_KINDS: dict[Kind, tuple[str, str]] = {
    Kind.STARTUP: (N_("Startup"), N_("Startups")),
    Kind.HOSPITAL: (N_("Hospital"), N_("Hospitals")),
    Kind.PHARMA: (N_("Pharmaceutical company"), N_("Pharmaceutical companies")),
    Kind.INCUBATOR: (N_("Incubator"), N_("Incubators")),
    Kind.LAW_FIRM: (N_("Law firm"), N_("Law firms")),
    Kind.INVESTOR: (N_("Investor"), N_("Investors")),
    Kind.RESEARCH: (N_("University or institute"), N_("Universities and institutes")),
    Kind.CORPORATE: (N_("Technology or supply company"), N_("Technology and supply companies")),
    Kind.CONSULTANCY: (N_("Consultancy"), N_("Consultancies")),
    Kind.AGENCY: (N_("Public agency"), N_("Public agencies")),
}
_SIDES = {
    Side.STARTUP: (N_("Startup"), N_("Startups")),
    Side.PARTNER: (N_("Partner"), N_("Partners")),
}
_TOPICS = {
    Topic.INVESTMENT: N_("Investment"),
    Topic.MARKET_ENTRY: N_("Market entry"),
    Topic.IP: N_("Intellectual property"),
    Topic.CLINICAL: N_("Clinical trials"),
    Topic.DATA: N_("Data"),
    Topic.SUPPLY: N_("Supply"),
    Topic.RESEARCH: N_("Joint research"),
    Topic.REGULATORY: N_("Regulatory approval"),
}
_STAGES = {
    "idea": N_("Idea"),
    "discovery": N_("Discovery"),
    "preclinical": N_("Preclinical"),
    "phase1": N_("Phase 1"),
    "phase2": N_("Phase 2"),
    "phase3": N_("Phase 3"),
    "phase4": N_("Phase 4"),
    "approved": N_("Approved"),
    "marketed": N_("On the market"),
    "pre_seed": N_("Pre-seed"),
    "seed": N_("Seed"),
    "pre_series_a": N_("Pre-series A"),
    "series_a": N_("Series A"),
    "series_b": N_("Series B"),
    "series_c": N_("Series C"),
    "series_d": N_("Series D"),
    "growth": N_("Growth"),
    "pre_ipo": N_("Pre-IPO"),
    "ipo": N_("Listed"),
}
STAGES = tuple(_STAGES)
_FIELDS = {
    "id": N_("Id"),
    "side": N_("Side"),
    "kind": N_("Kind"),
    "name": N_("Name"),
    "name_ko": N_("Korean name"),
    "about": N_("About"),
    "seeks": N_("Seeks"),
    "offers": N_("Offers"),
    "topics": N_("Topics"),
    "areas": N_("Areas"),
    "technologies": N_("Technologies"),
    "history": N_("Track record"),
    "past_deals": N_("Past engagements"),
    "stage": N_("Stage"),
    "stages": N_("Stages taken"),
    "country": N_("Country"),
    "city": N_("City"),
    "markets": N_("Markets"),
    "languages": N_("Languages"),
    "raising_usd": N_("Raising"),
    "ticket_min_usd": N_("Smallest investment"),
    "ticket_max_usd": N_("Largest investment"),
    "avoid": N_("Not to be matched with"),
    "website": N_("Website"),
    "contact_email": N_("E-mail"),
    "source": N_("Source"),
}
_PARTS: dict[str, tuple[str, str]] = {
    "wants": (
        N_("What the startup seeks"),
        N_(
            "The want of the startup that this partner answers best, by meaning, compared with all partners. "
            "Where the startup names no wants, all that it says counts together."
        ),
    ),
    "returns": (
        N_("What the partner seeks"),
        N_("How much better this startup answers the partner's wants than startups usually do, by meaning."),
    ),
    "mutual": (
        N_("Gain on both sides"),
        N_("The harmonic mean of the two parts above: where only one side gains, it gives little."),
    ),
    "themes": (N_("Themes"), N_("All statements of one profile against all of the other, on average.")),
    "overview": (
        N_("The two descriptions"),
        N_("What both say of themselves under “About”, compared by meaning; the average where one is brief."),
    ),
    "words": (
        N_("Shared words"),
        N_(
            "Words that both profiles use; rare ones count for more. Korean words are also read by their "
            "meaning and their sound in English, as in “폐암 = lung cancer”."
        ),
    ),
    "common": (N_("Common fields"), N_("Areas and technologies that both profiles name.")),
    "experience": (
        N_("Past engagements"),
        N_(
            "How many deals, trials and projects the partner has done. Counts for hospitals and, less, for "
            "pharmaceutical companies; every other partner gets the average."
        ),
    ),
    "topics": (N_("Topics"), N_("What both came to talk about.")),
    "markets": (N_("Markets"), N_("Whether the partner works where the startup wants to go.")),
    "languages": (N_("Languages"), N_("Whether the two share a language for the meeting.")),
    "stage": (N_("Stage"), N_("Whether the partner takes startups of this stage.")),
    "ticket": (N_("Investment size"), N_("Whether the amount raised fits the partner's cheques.")),
}
PART_ORDER = tuple(_PARTS)
"""Part codes in the order they are shown: statements first, then words, record and rules."""

_STATES = {"yes": N_("Fits"), "no": N_("Does not fit"), "unknown": N_("Not stated")}

_RULES: dict[str, dict[str, str]] = {
    "common": {
        "yes": N_("Both name: {terms}."),
        "no": N_("They name no area or technology in the same words."),
        "unknown": N_("One of the two names no areas or technologies."),
    },
    "topics": {
        "yes": N_("Both want to talk about: {terms}."),
        "no": N_("They name no common topic."),
        "unknown": N_("One of the two names no topics."),
    },
    "markets": {
        "yes": N_("{partner} works where {startup} wants to go: {terms}."),
        "no": N_("{startup} wants to enter {wanted}; {partner} works in {served}."),
        "unknown": N_("One of the two names no markets."),
    },
    "languages": {
        "yes": N_("Both speak: {terms}."),
        "no": N_("{startup} speaks {spoken}; {partner} speaks {heard}: the meeting needs an interpreter."),
        "unknown": N_("One of the two names no languages."),
    },
    "stage": {
        "yes": N_("{startup} is at {stage}, which {partner} takes."),
        "no": N_("{startup} is at {stage}; {partner} takes {stages}."),
        "unknown": N_("The startup's stage, or the stages the partner takes, are not stated."),
    },
    "ticket": {
        "yes": N_("{startup} raises {raising}; {partner} invests {ticket}: these go together."),
        "no": N_("{startup} raises {raising}; {partner} invests {ticket}: these do not go together."),
        "unknown": N_("The amount raised, or the size of the partner's investments, is not stated."),
    },
}


_TRACK_TOPIC = {
    "yes": N_("{partner} names this topic: {topic}."),
    "no": N_("{partner} names other topics than {topic}."),
    "unknown": N_("{partner} names no topics."),
}
"""What the rule for topics says within a track, where it asks the partner alone."""


def kind_name(kind: Kind | str, *, many: bool = False) -> str:
    """A kind's name, "병원" or "Hospital"; with ``many`` as a heading over several: "Hospitals"."""
    return _(_KINDS[Kind(kind)][many])


def side_name(side: Side | str, *, many: bool = False) -> str:
    """A side's name, "협력 파트너" or "Partner"; with ``many`` as a heading over several."""
    return _(_SIDES[Side(side)][many])


def topic_name(topic: Topic | str) -> str:
    """The name of a topic; a code that is none is given back."""
    return _(_TOPICS[Topic(topic)]) if topic in _TOPICS else str(topic)


def stage_name(stage: str) -> str:
    """A stage's name; one that the format does not know is shown as it was written."""
    return _(_STAGES[stage]) if stage in _STAGES else stage


def field_name(field: str) -> str:
    """A profile field's name; a column of one's own is shown as it was written."""
    return _(_FIELDS[field]) if field in _FIELDS else field


def country_name(code: str) -> str:
    """A country by its alpha-2 code, as CLDR names it."""
    return str(locale(language()).territories.get(code, code))


def language_name(code: str) -> str:
    """A language by its ISO 639-1 code, as CLDR names it."""
    return str(locale(language()).languages.get(code, code))


def state_name(state: str) -> str:
    """How a rule stands, for ``yes``, ``no`` and ``unknown``."""
    return _(_STATES[state])


def part_name(code: str) -> str:
    """The name of a part of the score."""
    return _(_PARTS[code][0]) if code in _PARTS else code


def part_help(code: str) -> str:
    """One line on what a part measures."""
    return _(_PARTS[code][1]) if code in _PARTS else ""


def term_name(code: str, term: str) -> str:
    """One of the ``terms`` of the part ``code``, ready to show."""
    names = {"markets": country_name, "languages": language_name, "topics": topic_name, "stage": stage_name}
    return names[code](term) if code in names else term


def terms_of(part: Part, match: Match) -> str:
    """The terms of a part as shown: within a track its topic alone was asked for."""
    if part.code == "topics" and match.track and part.state == "yes":
        return topic_name(match.track)
    return terms_text(part)


def terms_text(part: Part) -> str:
    """All terms of a part as one list: "the United States and Japan"."""
    return listed([term_name(part.code, term) for term in part.terms])


def listed(items: list[str]) -> str:
    """Items as a list; commas alone go with entries of all languages, which "and" does not."""
    return ", ".join(items)


def part_sentence(part: Part, match: Match) -> str:
    """What a part says about this pair, in one sentence; the statements themselves are ``part.quotes``."""
    values: dict[str, object] = {
        "startup": name(match.startup),
        "partner": name(match.partner),
        "terms": terms_text(part),
    }
    if part.code == "topics" and match.track and part.state:
        return _(_TRACK_TOPIC[part.state], **values, topic=Name(topic_name(match.track)))
    if part.code in _RULES and part.state:
        return _(_RULES[part.code][part.state], **values, **_facts(match.startup, match.partner))
    if part.code == "experience":
        return experience(match.partner)
    if part.code == "words":
        return _("In both profiles: {terms}.", **values) if part.terms else _("No words in common.")
    return _on_wants(part, match, values) or part_help(part.code)


def _on_wants(part: Part, match: Match, values: dict[str, object]) -> str:
    if part.code == "wants" and part.quotes:
        return _("What {startup} seeks, and what comes closest in the profile of {partner}.", **values)
    if part.code == "returns" and part.quotes:
        return _("What {partner} seeks, and what comes closest in the profile of {startup}.", **values)
    if part.code in ("returns", "mutual") and not match.partner.seeks:
        return _("{partner} names no wants, so that the average is counted.", **values)
    return ""


def experience(partner: Profile) -> str:
    """How many engagements a partner has had."""
    if partner.past_deals is None:
        return _("Not stated, so that the average is counted.")
    return ngettext("{number} past engagement.", "{number} past engagements.", partner.past_deals)


def _facts(startup: Profile, partner: Profile) -> dict[str, object]:
    """What the rules compared, as both profiles state it, so that a reader can check the verdict."""
    served = partner.markets or ((partner.country,) if partner.country else ())
    return {
        "wanted": listed([country_name(code) for code in startup.markets]),
        "served": listed([country_name(code) for code in served]),
        "spoken": listed([language_name(code) for code in startup.languages]),
        "heard": listed([language_name(code) for code in partner.languages]),
        "stage": stage_name(startup.stage or ""),
        "stages": listed([stage_name(stage) for stage in partner.stages]),
        "raising": money(startup.raising_usd or 0),
        "ticket": ticket(partner) or "",
    }


def ticket(partner: Profile) -> str | None:
    """The size of a partner's investments: "US$1M to US$5M"; None where it does not say."""
    low, high = partner.ticket_min_usd, partner.ticket_max_usd
    if low is not None and high is not None:
        return _("{low} to {high}", low=money(low), high=money(high))
    if low is not None:
        return _("from {low}", low=money(low))
    if high is not None:
        return _("up to {high}", high=money(high))
    return None


def name(profile: Profile) -> Name:
    """The organisation's name for the reader of the language in use."""
    return Name(profile.label(language()))


def asker(quote: Quote, match: Match) -> Profile:
    """Whose statement stands in ``quote.ask``."""
    return match.startup if quote.asker is Side.STARTUP else match.partner


def giver(quote: Quote, match: Match) -> Profile:
    """Whose statement stands in ``quote.give``."""
    return match.partner if quote.asker is Side.STARTUP else match.startup


def money(usd: float) -> str:
    """An amount of US dollars as one reads it: "US$2.5M", "US$250만"."""
    text = format_compact_currency(usd, "USD", locale=language(), fraction_digits=1)
    return text if text.startswith("US") else f"US{text}"


def score(value: float) -> str:
    """A score from 0 to 100, with one decimal."""
    return format_decimal(value, "0.0", locale=language())


def points(value: float) -> str:
    """Points of a part, as exactly as they were added up."""
    return format_decimal(value, "0.00", locale=language())


def precise(value: float) -> str:
    """A measurement, with three decimals."""
    return format_decimal(value, "0.000", locale=language())


def number(value: int) -> str:
    """A count with thousands separators."""
    return format_decimal(value, locale=language())


def text_language(text: str) -> str:
    """The language a free text is written in, for its ``lang`` attribute: "ko" if it holds Hangul."""
    return "ko" if any("가" <= c <= "힣" or "ㄱ" <= c <= "ㆎ" for c in text) else "en"
