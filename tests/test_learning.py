"""Examples from histories without leaks, and points learned from questions with known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone

from matcher.directory import Directory, Reading, SideData, side_of, theme_vector
from matcher.examples import FOLDS, History, near_duplicates
from matcher.learning import (
    CANDIDATES,
    ConditionalLogit,
    Questions,
    chosen_strength,
    learn,
    learn_and_test,
    ndcg_rows,
)
from matcher.measures import ndcg
from matcher.past import past_questions
from matcher.texts import statements, whole
from matcher.weights import CONTENT, SHIPPED
from profiles.model import Profile
from profiles.store import Entry

SIZE = 16


def vector_of(text: str) -> np.ndarray:
    """A unit vector of the text's own, all near to each other: what an encoder gives, without one."""
    generator = np.random.default_rng(list(text.encode()))
    vector = 2.0 + generator.normal(size=SIZE).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector))


def reading(profile: Profile) -> Reading:
    spoken = tuple(statements(profile))
    vectors = np.stack([vector_of(statement.text) for statement in spoken])
    return Reading(profile, spoken, vectors, theme_vector(spoken, vectors))


def side(*profiles: Profile) -> SideData:
    entries = [Entry(number, profile.content_hash()) for number, profile in enumerate(profiles, start=1)]
    return side_of(entries, [reading(profile) for profile in profiles])


def partner(profile_id: str, history: list[str], **fields: object) -> Profile:
    known = {"id": profile_id, "side": "partner", "kind": "hospital", "name": profile_id, "history": history}
    return Profile.model_validate({**known, **fields})


WORDS = (
    "heart", "liver", "lung", "skin", "brain", "bone", "blood", "nerve",
    "muscle", "kidney", "eye", "ear", "tooth", "spine", "joint", "vein",
)  # fmt: skip


def trial(number: int) -> str:
    """Texts that share no more than two words in six."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    own = [f"x{letters[number % 26]}{letters[number // 26]}{part}" for part in "pqrs"]
    return f"{' '.join(own)} of {WORDS[number % 16]}"


PARTNERS = [
    partner(
        f"p{number:02}",
        [trial(number), trial(number + 20), trial(number + 40), trial(number + 60) + " phase I"],
        about=f"Hospital {number} in the north. " + "It treats many patients. " * 5,
        areas=[WORDS[number % 16], f"{trial(number + 20).split()[0]} disease"],
        technologies=[trial(number).split()[1]],
        past_deals=4 + number,
    )
    for number in range(20)
] + [
    partner("twin", [trial(60) + " phase II", trial(5)], areas=[WORDS[5]], past_deals=2),
    partner("repeats", [trial(90)], about=f"We did {trial(90)} last year.", offers=[trial(90), "Beds"]),
    partner("silent", [trial(95)]),
]


@pytest.fixture(scope="module")
def partners() -> SideData:
    return side(*PARTNERS)


@pytest.fixture(scope="module")
def history(partners: SideData) -> History:
    return History(partners)


# -- examples ----------------------------------------------------------------------------------


def test_rewordings_are_one_group_and_others_are_not() -> None:
    texts = [
        "Carbon nanotube sensor for rapid sepsis detection, phase I",
        "Milling of oat bran into flour",
        "Phase II: carbon nanotube sensor for rapid sepsis detection",
        "Rapid sepsis detection with a carbon nanotube sensor",
    ]
    groups = near_duplicates(texts)
    assert groups[0] == groups[2] == groups[3] != groups[1]
    assert len(set(near_duplicates(["?!", "..."]))) == 2
    assert len(near_duplicates([])) == 0


def test_a_group_is_in_one_fold_and_folds_are_even(history: History) -> None:
    fold_of: dict[int, set[int]] = {}
    for engagement in history.engagements:
        fold_of.setdefault(engagement.group, set()).add(engagement.fold)
    assert all(len(folds) == 1 for folds in fold_of.values())
    counts = np.bincount([next(iter(folds)) for folds in fold_of.values()])
    assert len(counts) == FOLDS
    assert counts.max() - counts.min() <= 1
    by_text = {engagement.text: engagement for engagement in history.engagements}
    assert by_text[trial(60) + " phase I"].group == by_text[trial(60) + " phase II"].group
    assert by_text[trial(5)].partners == (5, 20)


def test_what_is_hidden_stands_nowhere(partners: SideData, history: History) -> None:
    seen = 0
    for fold in range(FOLDS):
        reduced = history.without(fold)
        said = [whole(profile) for profile in reduced.side.profiles]
        for engagement in (one for one in history.engagements if one.fold == fold):
            seen += 1
            assert not any(engagement.text in text for text in said)
            for place in engagement.partners:
                if place not in reduced.places:
                    continue
                left = reduced.side.profiles[int(np.flatnonzero(reduced.places == place)[0])]
                for terms in engagement.terms.values():
                    assert not {*terms} & {*left.areas, *left.technologies}
        for engagement in (one for one in history.engagements if one.fold != fold):
            for place in engagement.partners:
                left = reduced.side.profiles[int(np.flatnonzero(reduced.places == place)[0])]
                assert engagement.text in left.history
    assert seen == len(history.engagements) == 83


def test_terms_go_with_the_engagement_that_has_their_words(history: History) -> None:
    by_text = {engagement.text: engagement for engagement in history.engagements}
    assert trial(3).split()[1] in by_text[trial(3)].terms["technologies"]
    owners = [text for text, one in by_text.items() if one.partners[0] == 3 and one.terms["areas"]]
    named = [term for text in owners for term in by_text[text].terms["areas"]]
    # Every entry is someone's, each only once.
    assert sorted(named) == sorted(PARTNERS[3].areas)


def test_deals_and_statements_left_are_less_by_what_is_hidden(history: History) -> None:
    for fold in range(FOLDS):
        reduced = history.without(fold)
        for place, data in zip(reduced.places, reduced.side.profiles, strict=True):
            before = PARTNERS[int(place)]
            if before.past_deals is not None:
                assert before.past_deals - (data.past_deals or 0) == len(before.history) - len(data.history)


def test_a_partner_that_says_nothing_else_is_not_there_to_be_found(history: History) -> None:
    (fold,) = {one.fold for one in history.engagements if one.text == trial(95)}
    assert 22 not in history.without(fold).places
    assert 22 in history.without((fold + 1) % FOLDS).places


def test_a_repetition_in_other_fields_is_hidden_too(history: History) -> None:
    (fold,) = {one.fold for one in history.engagements if one.text == trial(90)}
    left = history.without(fold)
    profile = left.side.profiles[int(np.flatnonzero(left.places == 21)[0])]
    assert (profile.about, profile.offers, profile.history) == ("", ("Beds",), ())


def test_the_question_says_what_the_engagement_says(history: History) -> None:
    engagement = next(one for one in history.engagements if one.text == trial(3))
    asked = history.question(engagement)
    assert asked.profile.about == trial(3)
    assert asked.profile.technologies == engagement.terms["technologies"]
    np.testing.assert_array_equal(asked.vectors[0], vector_of(trial(3)))


def test_past_questions_know_their_answers(partners: SideData, history: History) -> None:
    directory = Directory(side(), partners)
    asked = past_questions(directory, history, None, lambda done, total: None)
    questions = asked.questions
    # The silent partner's only engagement cannot be found again.
    assert len(questions) == 82
    assert (questions.relevance.sum(axis=1) >= 1).all()
    assert not (questions.relevance[~questions.candidates] > 0).any()
    assert set(asked.others) == {"bm25", "dense", "popularity", "sum"}
    sizes = {group: (questions.groups == group).sum() for group in questions.groups}
    np.testing.assert_allclose(questions.weights, [1 / sizes[group] for group in questions.groups])
    assert questions.base.tolist() == [SHIPPED.unnamed[part] for part in CONTENT]
    assert (questions.points <= questions.base * 2).all()


# -- the conditional logit ---------------------------------------------------------------------


def drawn(count: int, truth: np.ndarray, options: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features and choices of a conditional logit with known coefficients."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(count, options, len(truth)))
    noise = generator.gumbel(size=(count, options))
    chosen = (features @ truth + noise).argmax(axis=1)
    return features, np.eye(options)[chosen]


def test_known_coefficients_are_found_again() -> None:
    truth = np.array([1.5, 0.5, 0.0])
    features, chosen = drawn(6000, truth)
    found = ConditionalLogit(strength=1e-6).fit(features, chosen)
    np.testing.assert_allclose(found.coef_, truth, atol=0.06)
    np.testing.assert_allclose(found.predict(features[:1]), features[:1] @ found.coef_)


def test_without_data_the_prior_is_what_is_known() -> None:
    prior = np.array([0.7, 0.0, 2.0])
    empty = ConditionalLogit(prior=prior).fit(np.zeros((0, 4, 3)), np.zeros((0, 4)))
    np.testing.assert_allclose(empty.coef_, prior)
    features, chosen = drawn(50, np.array([0.0, 3.0, 0.0]))
    nothing_counts = ConditionalLogit(prior=prior).fit(features, chosen, np.zeros(50))
    np.testing.assert_allclose(nothing_counts.coef_, prior)
    firm = ConditionalLogit(prior=prior, strength=1e7).fit(features, chosen)
    np.testing.assert_allclose(firm.coef_, prior, atol=1e-3)
    loose = ConditionalLogit(prior=prior, strength=0.1).fit(features, chosen)
    assert loose.coef_[1] > 1.0


def test_coefficients_of_parts_are_never_negative_those_of_nuisances_may_be() -> None:
    truth = np.array([1.0, -1.0])
    features, chosen = drawn(2000, truth)
    assert ConditionalLogit(strength=0.01).fit(features, chosen).coef_[1] == 0.0
    freed = ConditionalLogit(strength=0.01, free=1).fit(features, chosen)
    assert freed.coef_.shape == freed.nuisance_.shape == (1,)
    assert freed.nuisance_[0] == pytest.approx(-1.0, abs=0.1)
    assert freed.coef_[0] == pytest.approx(1.0, abs=0.1)


def test_a_nuisance_takes_up_what_only_looks_like_fit() -> None:
    # The answer follows popularity alone; the part is half popularity.
    generator = np.random.default_rng(0)
    popularity, noise = generator.normal(size=(2, 3000, 8))
    features = np.stack([popularity + noise, popularity], axis=2)
    chosen = np.eye(8)[(popularity + generator.gumbel(size=(3000, 8))).argmax(axis=1)]
    fooled = ConditionalLogit(strength=0.01).fit(features[:, :, :1], chosen).coef_[0]
    told = ConditionalLogit(strength=0.01, free=1).fit(features, chosen).coef_[0]
    assert fooled > 0.3
    assert told < 0.08


def test_what_is_no_candidate_changes_nothing() -> None:
    features, chosen = drawn(300, np.array([1.0, 0.5]))
    mask = np.ones(chosen.shape, bool)
    mask[:, 6:] = False
    before = ConditionalLogit().fit(features, chosen, mask=mask)
    features[:, 6:] = 1e3
    after = ConditionalLogit().fit(features, chosen, mask=mask)
    np.testing.assert_array_equal(before.coef_, after.coef_)
    cut = ConditionalLogit().fit(features[:, :6], chosen[:, :6])
    np.testing.assert_allclose(before.coef_, cut.coef_, atol=1e-5)
    assert abs(ConditionalLogit().fit(features, chosen).coef_ - before.coef_).max() > 0.05


def test_a_weight_of_two_is_the_question_twice() -> None:
    features, chosen = drawn(40, np.array([1.0, 0.5]))
    weights = np.repeat([2.0, 1.0], 20)
    weighted = ConditionalLogit().fit(features, chosen, weights)
    doubled = np.concatenate([features, features[:20]]), np.concatenate([chosen, chosen[:20]])
    np.testing.assert_allclose(weighted.coef_, ConditionalLogit().fit(*doubled).coef_, atol=1e-4)


def test_graded_relevance_counts_by_its_share() -> None:
    features = np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]])
    relevance = np.array([[0.6, 0.2, 0.0]])
    one = ConditionalLogit(strength=0.1).fit(features, relevance)
    same = ConditionalLogit(strength=0.1).fit(features, 10 * relevance)
    np.testing.assert_allclose(one.coef_, same.coef_)
    assert one.coef_[0] > one.coef_[1] > 0


def test_it_is_an_estimator_of_scikit_learn() -> None:
    model = ConditionalLogit(prior=np.array([1.0, 2.0]), strength=3.0, free=1)
    copy = clone(model)
    assert copy is not model
    assert {**copy.get_params(), "prior": None} == {
        "prior": None, "strength": 3.0, "free": 1, "max_iter": 500
    }  # fmt: skip
    assert copy.set_params(strength=5.0).strength == 5.0
    assert model.strength == 3.0
    features, chosen = drawn(20, np.ones(3))
    np.testing.assert_array_equal(clone(model).fit(features, chosen).coef_, model.fit(features, chosen).coef_)


@pytest.mark.parametrize("relevance", [np.zeros((3, 2)), -np.ones((3, 4))])
def test_wrong_input_is_refused(relevance: np.ndarray) -> None:
    with pytest.raises(ValueError, match="relevance"):
        ConditionalLogit().fit(np.zeros((3, 4, 2)), relevance)


# -- questions and the prior -------------------------------------------------------------------


def questions(count: int, truth: np.ndarray, options: int = 30, seed: int = 0) -> Questions:
    """Choices that follow two parts' points (up to 10 each) times ``truth``, at 0.5 to the point."""
    generator = np.random.default_rng(seed)
    points = generator.uniform(0, 10, size=(count, options, 2))
    noise = generator.gumbel(size=(count, options))
    chosen = (0.5 * points @ truth + noise).argmax(axis=1)
    return Questions(
        points=points,
        base=np.array([10.0, 10.0]),
        rest=np.zeros((count, options)),
        nuisance=np.zeros((count, options, 0)),
        relevance=np.eye(options)[chosen],
        candidates=np.ones((count, options), bool),
        groups=np.arange(count),
        folds=np.arange(count) % FOLDS,
        weights=np.ones(count),
    )


def test_factors_are_those_of_the_points() -> None:
    found = learn(questions(4000, np.array([1.6, 0.4])), strength=0.001)
    assert found[0] / found[1] == pytest.approx(4.0, rel=0.15)
    firm = learn(questions(50, np.array([1.6, 0.4])), strength=1e6)
    np.testing.assert_allclose(firm, 1.0, atol=0.01)


def test_scores_keep_their_sum() -> None:
    asked = questions(5, np.ones(2))
    np.testing.assert_allclose(asked.scores(np.ones(2)), asked.points.sum(axis=2))
    np.testing.assert_allclose(asked.scores(np.array([3.0, 1.0])), asked.points @ [1.5, 0.5])


def test_a_strong_prior_is_chosen_where_the_points_are_right_and_a_weak_one_where_not() -> None:
    strengths = (10.0, 1000.0, 100_000.0)
    right = [chosen_strength(questions(200, np.ones(2), seed=seed), strengths) for seed in range(5)]
    # By its nature the rule is one standard error wrong now and then.
    assert sorted(right)[2] == 100_000.0
    assert chosen_strength(questions(600, np.array([2.0, 0.0])), strengths) == 10.0


def test_a_prior_is_judged_on_questions_that_were_not_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = questions(100, np.ones(2))
    learned: list[set[int]] = []

    def spy(some: Questions, strength: float) -> np.ndarray:
        learned.append(set(some.groups.tolist()))
        return np.ones(2)

    monkeypatch.setattr("matcher.learning.learn", spy)
    chosen_strength(asked, (1.0, 2.0))
    everyone = set(range(100))
    assert [everyone - some for some in learned] == [
        {*range(fold, 100, FOLDS)} for fold in range(FOLDS) for _ in range(2)
    ]


def test_held_out_scores_come_from_other_folds() -> None:
    asked = questions(300, np.array([1.8, 0.2]))
    steps: list[tuple[int, int]] = []
    learned = learn_and_test(asked, (10.0, 100.0), lambda done, total: steps.append((done, total)))
    assert steps[-1] == (50, 50)
    assert asked.gains(learned.scores).mean() > asked.gains(asked.scores(np.ones(2))).mean() + 0.05
    own = asked.folds == 2
    spoiled = replace(asked, relevance=np.where(own[:, None], asked.relevance[:, ::-1], asked.relevance))
    again = learn_and_test(spoiled, (10.0, 100.0))
    np.testing.assert_allclose(learned.scores[own], again.scores[own])
    assert not np.allclose(learned.scores[~own], again.scores[~own])


def test_few_wrong_answers_are_drawn_and_no_right_one_is_lost() -> None:
    many = questions(12, np.ones(2), options=900)
    many.candidates[:, 700:] = many.relevance[:, 700:] > 0
    view = many.training_view()
    assert view.relevance.shape == (12, CANDIDATES + 1)
    np.testing.assert_array_equal(view.relevance.sum(axis=1), many.relevance.sum(axis=1))
    assert (view.candidates.sum(axis=1) >= CANDIDATES).all()
    np.testing.assert_array_equal(view.points, many.training_view().points)
    few = questions(3, np.ones(2))
    assert few.training_view() is few


def test_the_gain_is_that_of_the_measures() -> None:
    generator = np.random.default_rng(5)
    scores, relevance = generator.random((20, 25)), (generator.random((20, 25)) < 0.2).astype(float)
    found = ndcg_rows(scores, relevance, np.ones((20, 25), bool))
    for row, gains, value in zip(scores, relevance, found, strict=True):
        order = [str(place) for place in np.argsort(-row)]
        assert value == pytest.approx(ndcg(order, frozenset(map(str, np.flatnonzero(gains)))))


def test_graded_gains_and_candidates() -> None:
    relevance = np.array([[1.0, 0.4, 0.0]])
    everyone = np.ones((1, 3), bool)
    assert ndcg_rows(np.array([[3.0, 2.0, 1.0]]), relevance, everyone)[0] == pytest.approx(1.0)
    swapped = (0.4 + 1.0 / np.log2(3)) / (1.0 + 0.4 / np.log2(3))
    assert ndcg_rows(np.array([[2.0, 3.0, 1.0]]), relevance, everyone)[0] == pytest.approx(swapped)
    hidden = np.array([[False, True, True]])
    assert ndcg_rows(np.array([[0.0, 2.0, 1.0]]), relevance, hidden)[0] == pytest.approx(1.0)
    assert ndcg_rows(np.array([[0.0, 2.0, 1.0]]), relevance, np.zeros((1, 3), bool))[0] == 0.0
