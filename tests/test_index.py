"""One contract for both indexes, and what each does beyond it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcher.index import Hit, Index
from matcher.index.dense import DenseIndex
from matcher.index.lexical import (
    BM25,
    PLAIN,
    SMOOTHED_EVERY,
    SMOOTHING,
    TRANSLATED,
    TYPICAL,
    LexicalIndex,
    Tokenizer,
)


def direction(degrees: float) -> np.ndarray:
    """A unit vector of the plane, the first axis being the question's."""
    turned = np.radians(degrees)
    return np.array([np.cos(turned), np.sin(turned)], np.float32)


# Number, text, vector: six profiles that answer "carrier protein vaccine" ever less. 20 and 40 are equal.
PROFILES = [
    (50, "Lawyers for every protein company and many more", direction(70)),
    (20, "carrier protein for makers of medicines", direction(40)),
    (90, "carrier protein vaccine", direction(5)),
    (40, "carrier protein for makers of medicines", direction(40)),
    (10, "A protein bar sold in every corner shop of every town far and wide, day and night", direction(85)),
    (70, "carrier protein, carrier protein, vaccine stabiliser and buffers", direction(20)),
]
ORDER = [90, 70, 20, 40, 50, 10]


@dataclass(frozen=True)
class Case:
    """One of the indexes over ``PROFILES``, with the question in its own form."""

    build: Callable[[list[tuple[int, str, np.ndarray]]], Index[Any]]
    load: Callable[[Path], Index[Any]]
    query: Any

    def index(self) -> Index[Any]:
        return self.build(PROFILES)


def dense(profiles: list[tuple[int, str, np.ndarray]]) -> DenseIndex:
    index = DenseIndex(2)
    index.add(
        np.array([number for number, _, _ in profiles], np.int64),
        np.array([vector for _, _, vector in profiles], np.float32).reshape(-1, 2),
    )
    return index


def of_texts(numbers: list[int], texts: list[str]) -> LexicalIndex:
    """Profiles that say one thing each."""
    return LexicalIndex.build(numbers, texts, [[(text, 1.0)] for text in texts])


def lexical(profiles: list[tuple[int, str, np.ndarray]]) -> LexicalIndex:
    return of_texts([number for number, _, _ in profiles], [words for _, words, _ in profiles])


@pytest.fixture(params=["dense", "lexical"])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "dense":
        return Case(dense, DenseIndex.load, direction(0))
    return Case(lexical, LexicalIndex.load, "Carrier proteins, vaccines")


def test_the_nearest_come_first_and_ties_go_by_number(case: Case) -> None:
    hits = case.index().search(case.query, 6)
    assert [hit.pk for hit in hits] == ORDER
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert scores[2] == scores[3]
    assert len(set(scores)) == 5


@pytest.mark.parametrize("k", [0, 1, 3, 4, 6, 7, 1_000])
def test_no_more_than_k_are_found(case: Case, k: int) -> None:
    assert [hit.pk for hit in case.index().search(case.query, k)] == ORDER[:k]


@pytest.mark.parametrize(
    ("allowed", "found"),
    [
        ({40, 20, 10}, [20, 40, 10]),
        ([10, 90], [90, 10]),
        ({90, 12_345}, [90]),
        ({12_345}, []),
        (set(), []),
    ],
)
def test_only_allowed_numbers_are_found(case: Case, allowed: set[int], found: list[int]) -> None:
    index = case.index()
    assert [hit.pk for hit in index.search(case.query, 6, allowed)] == found
    assert [hit.pk for hit in index.search(case.query, 1, allowed)] == found[:1]


def test_scores_stand_in_the_order_of_the_numbers(case: Case) -> None:
    index = case.index()
    assert index.pks.tolist() == [10, 20, 40, 50, 70, 90]
    scores = index.scores(case.query)
    assert scores.shape == (6,)
    by_number = dict(zip(index.pks.tolist(), scores.tolist(), strict=True))
    assert index.search(case.query, 6) == [Hit(number, by_number[number]) for number in ORDER]


def test_an_empty_index_finds_nothing(case: Case, tmp_path: Path) -> None:
    index = case.build([])
    index.save(tmp_path)
    for empty in (index, case.load(tmp_path)):
        assert empty.search(case.query, 5) == []
        assert empty.search(case.query, 5, {10}) == []
        assert empty.scores(case.query).shape == (0,)
        assert empty.pks.shape == (0,)


def test_what_is_loaded_answers_as_what_was_saved(case: Case, tmp_path: Path) -> None:
    index = case.index()
    index.save(tmp_path)
    loaded = case.load(tmp_path)
    assert loaded.pks.tolist() == index.pks.tolist()
    assert loaded.search(case.query, 6) == index.search(case.query, 6)
    assert loaded.search(case.query, 2, {40, 50, 10}) == index.search(case.query, 2, {40, 50, 10})
    np.testing.assert_array_equal(loaded.scores(case.query), index.scores(case.query))


def test_a_cut_file_does_not_load(case: Case, tmp_path: Path) -> None:
    case.index().save(tmp_path)
    largest = max((f for f in tmp_path.rglob("*") if f.is_file()), key=lambda file: file.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-40])
    with pytest.raises(Exception, match=r".+"):
        case.load(tmp_path)


# -- dense -------------------------------------------------------------------------------------


def test_vectors_are_held_under_their_numbers() -> None:
    index = dense(PROFILES)
    for number, _, vector in PROFILES:
        np.testing.assert_array_equal(index.vector(number), vector)


def test_cosines_are_right() -> None:
    wanted = np.cos(np.radians([85, 40, 40, 70, 20, 5]))
    np.testing.assert_allclose(dense(PROFILES).scores(direction(0)), wanted, atol=1e-6)
    matrix = dense(PROFILES).score_matrix(np.stack([direction(0), direction(90)]))
    np.testing.assert_allclose(matrix, [wanted, np.sqrt(1 - wanted**2)], atol=1e-6)


def test_removed_numbers_are_gone_and_added_ones_are_found() -> None:
    index = dense(PROFILES)
    index.remove(np.array([90, 20, 12_345]))
    assert index.pks.tolist() == [10, 40, 50, 70]
    assert [hit.pk for hit in index.search(direction(0), 9)] == [70, 40, 50, 10]
    index.add(np.array([30, 20]), np.stack([direction(1), direction(89)]))
    assert index.pks.tolist() == [10, 20, 30, 40, 50, 70]
    assert [hit.pk for hit in index.search(direction(0), 9)] == [30, 70, 40, 50, 10, 20]
    np.testing.assert_array_equal(index.vector(20), direction(89))
    fresh = np.cos(np.radians([85, 89, 1, 40, 70, 20]))
    np.testing.assert_allclose(index.scores(direction(0)), fresh, atol=1e-6)


def test_an_emptied_index_can_be_filled_again() -> None:
    index = dense(PROFILES)
    index.remove(index.pks)
    assert index.search(direction(0), 3) == []
    index.add(np.array([7]), direction(3)[None])
    assert [hit.pk for hit in index.search(direction(0), 3)] == [7]


# -- lexical -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bilingual() -> LexicalIndex:
    texts = {
        1: "대학병원에서 임상시험을 수행한다.",
        2: "미국 특허 업무를 대리하는 로펌이다.",
        3: "The hospital is running clinical trials of cardiac devices.",
        4: "A law firm that files patents.",
    }
    return of_texts(list(texts), list(texts.values()))


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("병원을 찾습니다", 1),
        ("병원과의 임상시험", 1),
        ("임상시험이", 1),
        ("로펌의 특허", 2),
        ("trial", 3),
        ("HOSPITALS", 3),
        ("run a trial", 3),
        ("patent", 4),
        ("filing", 4),
        ("Ｐａｔｅｎｔｓ", 4),  # full-width, as Korean input methods write it
    ],
)
def test_words_are_found_in_other_forms(bilingual: LexicalIndex, query: str, first: int) -> None:
    assert bilingual.search(query, 4)[0].pk == first


def test_what_shares_no_word_is_not_found(bilingual: LexicalIndex) -> None:
    assert bilingual.search("백신", 4) == []
    assert bilingual.search("vaccine", 4) == []
    assert bilingual.search("the of and", 4) == []
    assert bilingual.search("", 4) == []
    assert bilingual.search("?!", 4) == []
    assert not bilingual.scores("vaccine").any()


def test_bm25_is_right() -> None:
    """Against the Lucene formula by hand: two texts of 2 and 4 terms, "cell" in one of them."""
    index = of_texts([1, 2], ["cell therapy", "robots weld large ships"])
    idf = np.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    wanted = idf * 1 / (1 + 1.5 * (1 - 0.75 + 0.75 * 2 / 3))
    np.testing.assert_allclose(index.scores("cell"), [wanted, 0], rtol=1e-5)
    np.testing.assert_allclose(index.scores("cells cells"), [2 * wanted, 0], rtol=1e-5)


def test_coverage_says_how_far_the_index_can_see(bilingual: LexicalIndex) -> None:
    english = of_texts([1, 2], ["clinical trials in hospitals", "a law firm for patents"])
    assert english.coverage("hospital trials") == 1.0
    assert english.coverage("hospital vaccines") == 0.5
    assert english.coverage("임상시험을 병원에서") == TRANSLATED
    assert english.coverage("hospital 병원") == (1 + TRANSLATED) / 2
    assert english.coverage("백신 병원") == TRANSLATED / 2  # understood, but no word of these texts
    assert english.coverage("백신") == english.coverage("") == 0.0
    assert bilingual.coverage("병원에서") == 1.0


def test_without_translation_the_other_language_is_not_seen() -> None:
    english = of_texts([1, 2], ["clinical trials in hospitals", "a law firm for patents"])
    for text in ("임상시험을 할 병원", "미국 특허 출원"):
        blind, seeing = english.question(text, bilingual=False), english.question(text)
        assert (blind.weights, blind.coverage, blind.written) == ({}, 0.0, {})
        assert seeing.weights
        assert not english.scores(text, bilingual=False).any()
        assert english.scores(text).any()
    assert english.search("임상시험을 할 병원", 1)[0].pk == 1
    assert english.search("미국 특허 출원", 1)[0].pk == 2


def test_an_english_question_finds_the_korean_profile() -> None:
    korean = of_texts([1, 2], ["대학병원에서 임상시험을 수행한다.", "미국 특허 업무를 대리하는 로펌이다."])
    assert [hit.pk for hit in korean.search("hospital for clinical trials", 2)] == [1]
    assert [hit.pk for hit in korean.search("a patent law firm", 2)] == [2]


def test_the_forms_of_a_korean_word_share_one_asking() -> None:
    """질환 is a disease or an illness: who says both does not count twice what who says one has."""
    index = of_texts([1, 2, 3], ["a disease", "an illness", "a law firm"])
    weights = index.question("질환").weights
    assert weights == {"diseas": 0.5, "ill": 0.5}
    assert index.question("질환, 질환").weights == {"diseas": 1.0, "ill": 1.0}
    assert index.question("disease 질환").weights == {"diseas": 1.5, "ill": 0.5}


def test_a_name_in_hangul_finds_the_name_it_sounds_like() -> None:
    index = of_texts([1, 2], ["Partner of Zorvantide Labs", "A law firm in Boston"])
    assert [hit.pk for hit in index.search("조르반타이드를", 2)] == [1]
    assert index.question("조르반타이드").written == {"zorvantid": "조르반타이드"}


def test_letters_that_both_scripts_of_a_word_share_are_asked_once() -> None:
    index = of_texts([1], ["mRNA vaccine"])
    assert index.question("mRNA 백신").weights == {"mrna": 1.0, "vaccin": 1.0}
    assert Tokenizer().terms("mRNA 백신").count("mrna") == 1


def test_a_development_code_also_stands_for_its_company() -> None:
    index = of_texts([1, 2], ["Inventor of AZD9291", "Inventor of BMS9291"])
    assert index.question("AZD1222 trial").weights == {"azd#": 1.0}
    assert [hit.pk for hit in index.search("AZD1222", 2)] == [1]
    assert index.coverage("AZD1222") == 0.0  # the code itself is not known
    assert index.coverage("AZD9291") == 1.0


SPOKEN = [
    [("hospital trials of cardiac devices", 1.0), ("a hospital in Boston, a hospital", 0.3)],
    [("patents for cardiac devices", 1.0), ("law firm", 0.3), ("hospital trials of cardiac devices", 0.3)],
    [("vaccines and vaccine carriers", 1.0)],
    [("law firm", 1.0), ("A law firm in Boston files patents", 0.3)],
]
QUESTIONS = ["cardiac trials", "a hospital, a firm and a hospital", "vaccine patents in Boston", "unknown"]


def spoken_index(times: int = 1) -> LexicalIndex:
    profiles = SPOKEN * times
    texts = ["; ".join(text for text, _ in own) for own in profiles]
    return LexicalIndex.build(range(len(profiles)), texts, profiles)


@pytest.mark.parametrize("times", [1, 40])
@pytest.mark.parametrize("question", QUESTIONS)
def test_typical_is_the_complement_naive_bayes_of_scikit_learn(question: str, times: int) -> None:
    """Up to a constant, as only what a profile has above another counts."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
    from sklearn.naive_bayes import ComplementNB

    index = spoken_index(times)
    profiles = SPOKEN * times
    counter = CountVectorizer(analyzer=index.tokenizer.terms)
    texts = sorted({text for own in profiles for text, _ in own})
    tfidf = TfidfTransformer(sublinear_tf=True).fit(counter.fit_transform(texts))
    rows = [(text, weight, number) for number, own in enumerate(profiles) for text, weight in own]
    smoothing = max(SMOOTHING, len(profiles) / SMOOTHED_EVERY)
    model = ComplementNB(alpha=smoothing, norm=False).fit(
        tfidf.transform(counter.transform([text for text, _, _ in rows])),
        [number for _, _, number in rows],
        sample_weight=[weight for _, weight, _ in rows],
    )
    counts = np.asarray(counter.transform([question]).todense(), float)[0]
    asked = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0.0) * tfidf.idf_
    wanted = asked @ model.feature_log_prob_.T
    found = index.views(index.question(question))["typical"]
    np.testing.assert_allclose(found - found.mean(), wanted - wanted.mean(), atol=2e-6)
    assert (np.ptp(found) > 0) == (question != "unknown")


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_other_views_are_those_of_bm25s(question: str) -> None:
    import bm25s

    index = spoken_index()
    corpus = [index.tokenizer.terms("; ".join(text for text, _ in own)) for own in SPOKEN]
    found = index.views(index.question(question)) | {PLAIN: index.scores(question)}
    assert found.keys() == {*BM25, TYPICAL}
    for view, (k1, b) in BM25.items():
        engine = bm25s.BM25(method="lucene", k1=k1, b=b)
        engine.index(corpus, show_progress=False)
        terms = [term for term in index.tokenizer.terms(question) if index.knows(term)]
        wanted = engine.get_scores(terms) if terms else np.zeros(len(SPOKEN))
        np.testing.assert_allclose(found[view], wanted, rtol=1e-5, atol=1e-6)


def test_rarer_terms_weigh_more() -> None:
    index = of_texts([1, 2, 3, 4], ["cell therapy", "cell culture", "cell lines", "gene therapy"])
    weights = index.term_weights(index.tokenizer.terms("cell therapy gene unknown"))
    assert weights["gene"] > weights["therapi"] > weights["cell"] > 0
    assert set(weights) == {"gene", "therapi", "cell"}
    assert weights["therapi"] == pytest.approx(np.log(1 + (4 - 2 + 0.5) / (2 + 0.5)))


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("병원에서", ["병원", "원에", "에서", "hospit"]),
        ("암", ["암", "cancer"]),
        ("CRM197을", ["crm197", "crm#", "을"]),
        ("AI 기반 trials", ["ai", "trial", "기반"]),
        ("초기", ["초기", "earli", "stage", "earli"]),  # early stage, or just early
        ("The studies of the heart", ["studi", "heart"]),
        ("日本語", ["日本語"]),
        ("café", ["café"]),
        (unicodedata.normalize("NFD", "병원"), ["병원", "hospit"]),
        ("", []),
    ],
)
def test_terms(written: str, terms: list[str]) -> None:
    assert Tokenizer().terms(written) == terms
