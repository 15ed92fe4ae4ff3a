"""A score's parts with their evidence: the statements, words and facts that it was computed from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import numpy as np

from matcher import rules
from matcher.bilingual import Term, Unknown, read_korean
from matcher.directory import Directory, Reading
from matcher.fit import Row, asks_of, gives_of
from matcher.index.lexical import LexicalIndex
from matcher.results import Part, Quote
from matcher.texts import whole
from matcher.weights import MEASURED, PARTS, RETURNS, WANTS, WORDS
from profiles.importers.text import has_hangul
from profiles.model import Profile, Side

QUOTES = 2
TERMS = 6

# Words that hold an English sentence together, besides those that the tokenizer drops, and what contractions
# leave when they are cut apart. Rare as they may be among the partners, they are no reason to meet; nor is
# "who", though it may have been written WHO.
_FUNCTION_WORDS = frozenset({
    "i", "me", "my", "myself", "we", "us", "our", "ours", "ourselves", "you", "your", "yours", "yourself",
    "yourselves", "he", "him", "his", "himself", "she", "her", "hers", "herself", "its", "itself", "them",
    "theirs", "themselves", "one", "ones", "oneself", "who", "whom", "whose", "which", "what", "when",
    "where", "why", "how", "those", "all", "any", "anyone", "anything", "both", "each", "either", "else",
    "enough", "every", "everyone", "everything", "few", "fewer", "less", "least", "many", "more", "most",
    "much", "neither", "nobody", "none", "nothing", "other", "others", "another", "own", "same",
    "several", "some", "someone", "something", "various", "nor", "so", "than", "because", "while",
    "whereas", "although", "though", "unless", "until", "whether", "about", "above", "across", "after",
    "against", "along", "among", "around", "before", "behind", "below", "beneath", "beside", "besides",
    "between", "beyond", "despite", "down", "during", "except", "from", "inside", "near", "off", "onto",
    "out", "outside", "over", "per", "since", "through", "throughout", "toward", "towards", "under", "up",
    "upon", "via", "within", "without", "am", "were", "been", "being", "do", "does", "did", "doing",
    "done", "have", "has", "had", "having", "can", "could", "may", "might", "must", "shall", "should",
    "would", "cannot", "let", "lets", "yes", "also", "too", "very", "just", "only", "even", "ever",
    "never", "always", "often", "again", "already", "still", "yet", "now", "here", "however", "therefore",
    "thus", "hence", "rather", "quite", "almost", "otherwise", "moreover", "together", "etc", "s", "ll",
    "re", "ve",
})  # fmt: skip


def parts_of(
    directory: Directory, startup: Reading, partner: Reading, row: Row, position: int
) -> tuple[Part, ...]:
    """The parts of one pair's score, with their evidence.

    Args:
        directory: what ``row`` was scored over.
        startup, partner: both sides.
        row: the startup's scores.
        position: the partner's place in it.
    """
    quotes = {
        WANTS: best_quotes(Side.STARTUP, startup, partner, row.asks, row.by_ask[:, position]),
        RETURNS: best_quotes(Side.PARTNER, partner, startup, asks_of(partner)),
    }
    terms = {
        WORDS: shared_words(startup.profile, partner.profile, directory.partners.words),
        **shared_facts(startup.profile, partner.profile),
    }
    found = []
    for column, code in enumerate(PARTS):
        found.append(
            Part(
                code,
                float(row.points[position, column]),
                float(row.most[column]),
                "" if code in MEASURED else str(row.states[code][position]),
                terms.get(code, ()),
                quotes.get(code, ()),
            )
        )
    return tuple(found)


def best_quotes(
    side: Side, asker: Reading, giver: Reading, wants: np.ndarray, strength: np.ndarray | None = None
) -> tuple[Quote, ...]:
    """The asker's best answered statements, each beside the answer nearest to it; no statement twice.

    Args:
        side: the asker's. A partner is quoted with named wants only, a startup without any with what it says.
        asker, giver: both sides.
        wants: (k,) which of the asker's statements are asked.
        strength: for each of the asker's asks how well the giver answers it; by default the cosine of the
            nearest answer, which is what the score of ``returns`` rests on.
    """
    if side is Side.PARTNER and not asker.profile.seeks:
        return ()
    asks, gives = np.flatnonzero(wants), np.flatnonzero(gives_of(giver))
    cosines = asker.vectors[asks] @ giver.vectors[gives].T
    order = np.argsort(-(cosines.max(axis=1) if strength is None else strength), kind="stable")
    quotes: list[Quote] = []
    for i in order[: min(QUOTES, len(gives))]:
        j = int(np.argmax(cosines[i]))
        ask, give = asker.statements[asks[i]], giver.statements[gives[j]]
        quotes.append(Quote(side, ask.text, ask.field, give.text, give.field))
        cosines[:, j] = -np.inf
    return tuple(quotes)


def shared_words(startup: Profile, partner: Profile, index: LexicalIndex) -> tuple[str, ...]:
    """The words both use, the rarest among the partners first, as the partner writes them.

    A Korean word of the startup that the partner says in English stands beside it: ``폐암 = lung cancer``.
    English function words are left out.
    """
    theirs: dict[str, str] = {}
    for term, word in index.tokenizer.pairs(whole(partner)):
        if word not in _FUNCTION_WORDS:
            theirs.setdefault(term, word)
    ours = index.question(whole(startup)).written
    rarity = index.term_weights(
        term for term, word in ours.items() if term in theirs and word not in _FUNCTION_WORDS
    )
    common = sorted((term for term in rarity if rarity[term] > 1.0), key=lambda term: (-rarity[term], term))
    text = " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", whole(partner)).casefold()))
    shown: dict[str, list[str]] = {}
    for term in common:
        if has_hangul(ours[term]) and ours[term] == theirs[term] and not has_hangul(term):
            continue  # the same Korean word on both sides: its syllables tell it
        # What one Korean word means may take several English ones: they are shown together.
        key = ours[term] if has_hangul(ours[term]) and not has_hangul(theirs[term]) else theirs[term]
        if theirs[term] not in shown.setdefault(key, []):
            shown[key].append(theirs[term])
    place = {theirs[term]: at for at, term in enumerate(ours) if term in theirs}  # as the term list has them
    return tuple(
        key if key in words else f"{key} = {_as_said(sorted(words, key=lambda w: place[w]), text)}"
        for key, words in shown.items()
        if key in words or _is_said(key, theirs, index)
    )[:TERMS]


def _is_said(korean: str, theirs: Mapping[str, str], index: LexicalIndex) -> bool:
    """Whether more than half of an English form of a Korean word is there: ``cancer`` alone is no 폐암."""
    for item in read_korean(korean):
        for form in (form for meaning in item.meanings for form in meaning) if isinstance(item, Term) else ():
            terms = {term for term, _ in index.tokenizer.foreign(form)}
            if 2 * len(terms & theirs.keys()) > len(terms):
                return True
        if isinstance(item, Unknown):  # known by its sound, as a whole
            return True
    return False


def _as_said(words: list[str], text: str) -> str:
    """Words as one phrase where they stand so in ``text``; else one by one: each is a meaning of its own."""
    phrase = " ".join(words)
    return phrase if phrase in text else ", ".join(words)


def shared_facts(startup: Profile, partner: Profile) -> dict[str, tuple[str, ...]]:
    """What both name, by rule part."""
    ours, theirs = rules.names(startup), rules.names(partner)
    markets = rules.reachable(partner)
    return {
        "common": tuple(rules.shared_names(ours, theirs))[:TERMS],
        "topics": tuple(topic.value for topic in startup.topics if topic in partner.topics),
        "markets": tuple(market for market in startup.markets if market in markets),
        "languages": tuple(tongue for tongue in startup.languages if tongue in partner.languages),
        "stage": (startup.stage,)
        if startup.stage and rules.stage_state(startup, partner) == rules.YES
        else (),
    }
