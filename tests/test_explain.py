"""The evidence beside a score: quoted as written, from the right side, and shared where it says so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_stores import MakeService, changed, services

from matcher import rules
from matcher.bilingual import Term, read_korean
from matcher.encoder import Encoder
from matcher.explain import QUOTES, TERMS, shared_words
from matcher.index.lexical import LexicalIndex, Tokenizer
from matcher.results import Match, Quote
from matcher.service import Service
from matcher.texts import whole
from profiles.model import LIST_FIELDS, Kind, Profile, Side
from profiles.store import Store

STARTUPS = ["kr-kaist", "kr-kakao-healthcare", "kr-medisapiens", "kr-eubiologics"]


@pytest.fixture(scope="module")
def matches(sample_service: Service) -> list[Match]:
    """The best of several startups and partners of the sample directory."""
    found = [match for one in STARTUPS for match in sample_service.match(one, top=12).matches]
    for partner in ("us-moderna", "us-sharp"):
        found += sample_service.match(partner, top=6).matches
    return found


def said(profile: Profile, field: str) -> tuple[str, ...]:
    """What a profile says in a field, as its owner wrote it."""
    value = getattr(profile, field)
    return (value,) if isinstance(value, str) else tuple(value)


def sides(match: Match, quote: Quote) -> tuple[Profile, Profile]:
    """Who asks in a quote, and who answers."""
    if quote.asker is Side.STARTUP:
        return match.startup, match.partner
    return match.partner, match.startup


def test_quotes_are_word_for_word_from_the_right_side(matches: list[Match]) -> None:
    counted = 0
    for match in matches:
        assert {part.code for part in match.parts if part.quotes} <= {"wants", "returns"}
        for code, asker in (("wants", Side.STARTUP), ("returns", Side.PARTNER)):
            for quote in match.part(code).quotes:
                assert quote.asker is asker
                asking, giving = sides(match, quote)
                assert quote.ask in said(asking, quote.ask_field)
                assert quote.give in said(giving, quote.give_field)
                assert quote.ask_field == "seeks"  # everyone here names wants
                assert quote.give_field in {"about", *LIST_FIELDS} - {"seeks"}
                counted += 1
    assert counted > 2 * len(matches)


def test_no_statement_is_quoted_twice(matches: list[Match]) -> None:
    for match in matches:
        for part in match.parts:
            asks, gives = [q.ask for q in part.quotes], [q.give for q in part.quotes]
            assert len(set(asks)) == len(asks) <= QUOTES
            assert len(set(gives)) == len(gives)
        everything = [(quote.ask, quote.give) for quote in match.quotes]
        assert len(set(everything)) == len(everything)
        assert set(everything) == {(q.ask, q.give) for part in match.parts for q in part.quotes}


def syllable_pairs(text: str) -> set[str]:
    return set(Tokenizer().terms(text))


def meant(text: str, korean: str) -> set[str]:
    """The words of every English form of a Korean word of a text."""
    items = [item for item in read_korean(text) if item.written == korean]
    forms = [
        form for item in items if isinstance(item, Term) for meaning in item.meanings for form in meaning
    ]
    return syllable_pairs(" ".join(forms))


def test_words_are_used_by_both_sides(matches: list[Match]) -> None:
    """An English word in some form; a Korean word but for its endings, so at least half of its pairs.

    A Korean word that the partner says in English stands in the startup's text as it is shown.
    """
    counted = translated = 0
    for match in matches:
        shown = match.part("words").terms
        assert len(set(shown)) == len(shown) <= TERMS
        theirs = unicodedata.normalize("NFKC", whole(match.partner)).casefold()
        startup = unicodedata.normalize("NFKC", whole(match.startup)).casefold()
        ours = syllable_pairs(startup)
        for entry in shown:
            korean, equals, english = entry.partition(" = ")
            own = meant(startup, korean) if equals else ours
            for word in re.findall(r"[^ ,]+", english if equals else korean):
                assert word in theirs
                terms = syllable_pairs(word)
                assert 2 * len(terms & own) >= len(terms), f"{word} is not a word of {match.startup.id}"
            if equals:
                assert korean in startup
                assert english in re.sub(r"\W+", " ", theirs) or ", " in english or " " not in english
                translated += 1
            counted += 1
    assert counted > len(matches)
    assert translated > len(matches) / 2


def about(profile_id: str, side: Side, text: str) -> Profile:
    kind = Kind.STARTUP if side is Side.STARTUP else Kind.HOSPITAL
    return Profile(id=profile_id, side=side, kind=kind, name=profile_id, about=text)


def test_function_words_are_not_shown_as_shared() -> None:
    """However rare among the partners: here no other partner has any of them."""
    empty = (
        "who what which we our your their they them you all more most can may has have had been being than "
        "its also other others such us who's you're"
    )
    startup = about("s", Side.STARTUP, f"{empty} CRM197 conjugates, 백신 WHO")
    partner = about("p", Side.PARTNER, f"{empty.upper()} conjugate of CRM197, 백신을 who")
    others = [about(f"o{n}", Side.PARTNER, f"sawmill number{n}") for n in range(20)]
    everyone = [whole(profile) for profile in (partner, *others)]
    index = LexicalIndex.build(range(21), everyone, [[(text, 1.0)] for text in everyone])
    assert index.term_weights(["who"])["who"] > 1.0
    assert set(shared_words(startup, partner, index)) == {"conjugate", "crm197", "백신을"}


def shown_words(ours: str, theirs: str) -> tuple[str, ...]:
    """What is shared by a startup and a partner among twenty others that say nothing of it."""
    everyone = [theirs, *(f"sawmill number{n}" for n in range(20))]
    index = LexicalIndex.build(range(21), everyone, [[(text, 1.0)] for text in everyone])
    return shared_words(about("s", Side.STARTUP, ours), about("p", Side.PARTNER, theirs), index)


def test_a_korean_word_stands_beside_its_english_one() -> None:
    assert shown_words("폐암을 진단한다", "Treats cancer of all kinds, and lung cancer first") == (
        "폐암 = lung cancer",
    )
    assert shown_words("비소세포 폐암", "Non-small cell lung cancer") == (
        "비소세포 폐암 = non small cell lung cancer",
    )
    assert shown_words("펨브롤리주맙", "Trials of pembrolizumab") == ("펨브롤리주맙 = pembrolizumab",)
    assert shown_words("폐암 치료", "폐암 환자, lung disease") == ("폐암",)  # said by both as it is


def test_a_part_of_a_phrase_is_not_what_the_korean_word_means() -> None:
    assert shown_words("임상시험심사위원회 자문", "Institutes of public health") == ()
    assert shown_words("폐암을 진단한다", "Treats cancer of the skin") == ()


def test_two_meanings_of_a_word_are_no_phrase() -> None:
    (shown,) = shown_words("교육", "Training of doctors, and the education of patients")
    assert shown in ("교육 = education, training", "교육 = training, education")


def test_facts_are_named_by_both_sides(matches: list[Match]) -> None:
    counted = dict.fromkeys(("common", "topics", "markets", "languages", "stage"), 0)
    for match in matches:
        startup, partner = match.startup, match.partner
        for code in counted:
            for term in match.part(code).terms:
                counted[code] += 1
                if code == "common":
                    assert term in (*partner.areas, *partner.technologies)
                    own = {name for name, written in rules.names(partner).items() if written == term}
                    assert own & rules.names(startup).keys()
                elif code == "markets":
                    assert term in startup.markets
                    assert term in (partner.markets or (partner.country,))
                elif code == "stage":
                    assert term == startup.stage
                    assert rules.fold(term) in {rules.fold(stage) for stage in partner.stages}
                else:
                    assert term in getattr(startup, code)
                    assert term in getattr(partner, code)
        for code in ("common", "topics", "markets", "languages"):
            part = match.part(code)
            assert bool(part.terms) == (part.state == "yes")
    assert all(counted.values()), counted


def test_the_answers_to_a_want_are_about_it(sample_service: Service) -> None:
    match = sample_service.explain("kr-eubiologics", "us-moderna")
    best = match.part("wants").quotes[0]
    assert "백신" in best.ask
    assert "accine" in best.give
    assert match.part("returns").quotes[0].asker is Side.PARTNER


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[Encoder]:
    with_vectors = Store.open(f"sqlite:///{tmp_path_factory.mktemp('vectors') / 'vectors.db'}")
    yield Encoder(with_vectors, cache_dir)
    with_vectors.close()


@pytest.fixture
def few(store: Store, encoder: Encoder, tmp_path: Path, few_profiles: list[Profile]) -> Service:
    store.apply(few_profiles)
    return Service(store, encoder, tmp_path / "index", print, lambda what, done, total: None)


def test_a_partner_without_wants_is_not_quoted_as_asking(few: Service) -> None:
    for startup in ("s-heart", "s-vaccine"):
        for partner in ("p-law", "p-bank"):
            match = few.explain(startup, partner)
            assert match.part("returns").quotes == ()
            assert {quote.asker for quote in match.quotes} == {Side.STARTUP}
        assert few.explain(startup, "p-hospital").part("returns").quotes != ()


def test_the_want_that_is_answered_best_is_quoted_first(few: Service) -> None:
    """Of the two wants of one startup, the hospital answers the trial and the law firm the patents."""
    trial, patents = few.store.get("s-heart").seeks
    hospital, law = few.explain("s-heart", "p-hospital"), few.explain("s-heart", "p-law")
    assert hospital.part("wants").quotes[0].ask == trial
    assert law.part("wants").quotes[0].ask == patents
    assert law.part("wants").quotes[0].give_field in ("about", "offers")
    electrocardiograms = hospital.part("returns").quotes[0]
    assert electrocardiograms.ask == "Artificial intelligence that reads electrocardiograms"
    assert few.store.get("s-heart").about == electrocardiograms.give or "부정맥" in electrocardiograms.give


def test_a_quote_goes_out_as_it_stands(few: Service) -> None:
    match = few.explain("s-vaccine", "p-vaccines")
    wants = match.part("wants")
    (given,) = [part for part in match.to_dict()["parts"] if part["code"] == "wants"]
    assert [(q["asker"], q["ask"], q["ask_field"], q["give"], q["give_field"]) for q in given["quotes"]] == [
        (q.asker.value, q.ask, q.ask_field, q.give, q.give_field) for q in wants.quotes
    ]
    assert wants.quotes[0].ask == "A vaccine maker that buys carrier proteins"
    assert "conjugate" in match.part("words").terms


# -- changing what it rests on -----------------------------------------------------------------


@pytest.fixture(scope="module")
def make(cache_dir: Path) -> Iterator[MakeService]:
    with services(cache_dir) as made:
        yield made


@pytest.mark.parametrize(
    ("startup", "partner"),
    [("kr-eubiologics", "us-moderna"), ("kr-jlk", "us-fish-richardson"), ("kr-vuno", "us-mgh")],
)
def test_without_what_is_quoted_the_points_are_fewer(
    sample_service: Service, sample_profiles: list[Profile], make: MakeService, startup: str, partner: str
) -> None:
    before = sample_service.explain(startup, partner)
    quote = before.part("wants").quotes[0]
    said = getattr(before.partner, quote.give_field)
    kept = "" if quote.give_field == "about" else [entry for entry in said if entry != quote.give]
    after = make(changed(sample_profiles, partner, **{quote.give_field: kept})).explain(startup, partner)
    assert after.part("wants").points < before.part("wants").points
    assert quote.give not in {each.give for part in after.parts for each in part.quotes}
    assert after.score < before.score


def test_a_shared_market_adds_what_the_part_has(
    sample_service: Service, sample_profiles: list[Profile], make: MakeService
) -> None:
    # Nothing else to take over from the partner, so that what the market is worth is among the changes told.
    profiles = changed(sample_profiles, "us-moderna", offers=[], areas=[], technologies=[])
    abroad = make(changed(profiles, "kr-eubiologics", markets=["JP"]))
    without = abroad.explain("kr-eubiologics", "us-moderna")
    changes = abroad.why_not("kr-eubiologics", "us-moderna").changes
    (told,) = [change for change in changes if (change.field, change.value) == ("markets", "US")]
    match = make(changed(profiles, "kr-eubiologics", markets=["JP", "US"])).explain(
        "kr-eubiologics", "us-moderna"
    )
    moved = {p.code: round(p.points - without.part(p.code).points, 2) for p in match.parts}
    assert moved.pop("markets") == told.gain == match.part("markets").most == 6.0
    assert not any(moved.values())
    assert match.score == told.score
    assert match.part("markets").terms == ("US",)
