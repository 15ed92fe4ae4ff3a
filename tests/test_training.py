"""Training as a whole: what is adopted, refused, kept and used, over real stores with drawn vectors."""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from matcher.encoder import Encoder
from matcher.evaluate import ABLATED, evaluate
from matcher.examples import History
from matcher.feedback import CLIP, Pair, inverse_propensity, outcome_questions, pairs_of
from matcher.learning import learn
from matcher.service import Service
from matcher.training import from_history, from_outcomes, keep, train, with_content
from matcher.weights import CONTENT, MEASURED, PARTS, RULES, SHIPPED, WANTS, WORDS, Weights
from profiles import migrations
from profiles.errors import InputError, StoreError
from profiles.model import Kind, Profile, Topic
from profiles.outcomes import Outcome, Result
from profiles.store import Store, opened
from web.cli import cli, guarded
from web.training import show_card

SIZE = 24
TODAY = datetime.date(2023, 4, 28)
TOPICS = tuple(Topic)


class DrawnEncoder(Encoder):
    """Vectors near to that of a text's theme, where it has one: texts alike in meaning and not in words."""

    themes: dict[str, int]

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        rows = []
        for text in texts:
            theme = np.zeros(SIZE)
            if text in self.themes:
                theme = np.random.default_rng(self.themes[text]).normal(size=SIZE)
            own = np.random.default_rng(list(text.encode())).normal(size=SIZE)
            row = 3.0 + theme + 0.6 * own
            rows.append(row / np.linalg.norm(row))
        return np.array(rows, np.float32).reshape(len(rows), SIZE)


def sentence(number: int) -> str:
    """Eight words of a hundred and fifty, which say nothing of who wrote them."""
    generator = np.random.default_rng(number)
    return " ".join(f"w{chr(97 + int(word) % 26)}{chr(97 + int(word) // 26)}x" for word in
                    generator.choice(150, 8, replace=False))  # fmt: skip


def profile(profile_id: str, kind: Kind, **fields: object) -> Profile:
    side = "startup" if kind is Kind.STARTUP else "partner"
    return Profile.model_validate(
        {"id": profile_id, "side": side, "kind": kind, "name": profile_id, **fields}
    )


PARTNER_COUNT, EACH = 12, 10
THEMES = {sentence(number): number % PARTNER_COUNT for number in range(PARTNER_COUNT * EACH)}
PARTNERS = [
    profile(
        f"p{number:02}",
        Kind.RESEARCH,
        history=[text for text, theme in THEMES.items() if theme == number],
        topics=[TOPICS[number % 4]],
    )
    for number in range(PARTNER_COUNT)
]
STARTUPS = [
    profile(f"s{number:02}", Kind.STARTUP, about=sentence(1000 + number), topics=[TOPICS[number % 4]])
    for number in range(40)
]


def outcome(startup: str, partner: str, result: Result, rank: int | None = None) -> Outcome:
    return Outcome(startup=startup, partner=partner, outcome=result, date=TODAY, rank=rank)


def outcomes_by_topic() -> list[Outcome]:
    """Each startup is shown half the partners and goes on with those of its topic, most of the time."""
    found = []
    for number, startup in enumerate(STARTUPS):
        generator = np.random.default_rng(number)
        for rank, place in enumerate(generator.permutation(PARTNER_COUNT)[:6], start=1):
            found.append(outcome(startup.id, f"p{place:02}", Result.SHOWN, rank))
            alike = place % 4 == number % 4
            good = generator.random() < (0.9 if alike else 0.1)
            found.append(outcome(startup.id, f"p{place:02}", Result.MET if good else Result.DECLINED, rank))
    return found


def service_over(store: Store, folder: Path, themes: dict[str, int]) -> Service:
    encoder = DrawnEncoder(store, folder)
    encoder.themes = themes
    return Service(store, encoder, folder / "index", lambda line: None, lambda what, done, total: None)


@pytest.fixture
def service(store: Store, tmp_path: Path) -> Service:
    """A directory whose histories are told apart by meaning and not at all by words."""
    store.apply([*PARTNERS, *STARTUPS])
    return service_over(store, tmp_path, THEMES)


@pytest.fixture
def other(store: Store, tmp_path: Path) -> Service:
    """The same directory with vectors that say nothing either."""
    store.apply([*PARTNERS, *STARTUPS])
    return service_over(store, tmp_path, {})


def silent(what: str, done: int, total: int) -> None:
    pass


def all_scores(service: Service) -> dict[str, list[float]]:
    return {
        reading.profile.id: row.scores.tolist() for reading, row in service.rows([s.id for s in STARTUPS])
    }


# -- outcomes ----------------------------------------------------------------------------------


def test_the_inverse_propensity_of_places() -> None:
    assert [inverse_propensity(rank) for rank in (None, 1, 3, 7)] == [1.0, 1.0, 2.0, 3.0]
    assert inverse_propensity(31) == CLIP == 5.0
    assert inverse_propensity(1000) == CLIP


def test_the_best_outcome_of_a_pair_counts(service: Service) -> None:
    pairs = pairs_of(
        [
            outcome("s01", "p02", Result.SHOWN, 7),
            outcome("s01", "p02", Result.MET),
            outcome("s01", "p02", Result.DECLINED),
            outcome("s00", "p03", Result.SHOWN),
            outcome("s00", "gone", Result.AGREEMENT),
            outcome("s00", "p01", Result.DECLINED, 2),
        ],
        service.directory(),
    )
    assert pairs == [
        Pair(0, 1, 0.0, True, 2), Pair(0, 3, 0.0, False, None), Pair(1, 2, 0.6, True, 7)
    ]  # fmt: skip
    assert [pair.fruitful for pair in pairs] == [False, False, True]


def test_candidates_are_only_those_of_which_the_startup_knew(service: Service) -> None:
    pairs = [
        Pair(3, 1, 1.0, True, 3),
        Pair(3, 5, 0.0, False, 1),
        Pair(3, 6, 0.4, True, None),
        Pair(4, 2, 0.0, True, 1),
    ]
    asked = outcome_questions(service.directory(), pairs, SHIPPED, lambda done, total: None)
    # The startup whom everyone declined has no answer to learn from.
    assert asked.groups.tolist() == [3]
    assert np.flatnonzero(asked.candidates[0]).tolist() == [1, 5, 6]
    # An agreement at place 3 counts twice: half of those who look at a list get as far as that.
    np.testing.assert_allclose(asked.relevance[0, [1, 5, 6]], [2.0, 0.0, 0.4])
    row = next(service.rows(["s03"]))[1]
    np.testing.assert_allclose(asked.points[0], row.points, atol=1e-5)


def test_what_was_never_shown_changes_nothing(service: Service) -> None:
    pairs = pairs_of(outcomes_by_topic(), service.directory())
    asked = outcome_questions(service.directory(), pairs, SHIPPED, lambda done, total: None)
    before = learn(asked, 10.0)
    asked.points[~asked.candidates] = 50.0
    np.testing.assert_array_equal(learn(asked, 10.0), before)
    asked.candidates[:] = True
    assert abs(learn(asked, 10.0) - before).max() > 0.01


def test_outcomes_by_topic_give_topics_more_points(service: Service) -> None:
    pairs = pairs_of(outcomes_by_topic(), service.directory())
    stage = from_outcomes(service.directory(), pairs, SHIPPED, None, silent)
    assert stage.better
    assert stage.weights is not None
    for learned, shipped in ((stage.weights.named, SHIPPED.named), (stage.weights.unnamed, SHIPPED.unnamed)):
        assert sum(learned.values()) == pytest.approx(100.0)
        assert learned["topics"] > 1.5 * shipped["topics"]
        assert learned["topics"] / shipped["topics"] == max(learned[part] / shipped[part] for part in PARTS)
    assert set(stage.values) == {"learned", "without", "shipped"}
    # Each startup's pairs are judged by weights learned without it.
    assert len({id(weights) for weights in stage.held_out.values()}) == 5


def test_few_outcomes_teach_nothing(service: Service) -> None:
    pairs = [Pair(startup, 1, 1.0, True, 1) for startup in range(19)]
    stage = from_outcomes(service.directory(), pairs, SHIPPED, None, silent)
    assert (stage.weights, stage.better, stage.values) == (None, False, {})
    assert stage.reason == "19 startups with a good outcome are too few to learn from (20 are needed)"


# -- history -----------------------------------------------------------------------------------


def test_shares_move_within_the_content_and_wants_named_keep_theirs() -> None:
    same = with_content(SHIPPED, dict.fromkeys(CONTENT, 1.0))
    assert same.named == pytest.approx(dict(SHIPPED.named))
    assert same.unnamed == pytest.approx(dict(SHIPPED.unnamed))
    moved = with_content(SHIPPED, {**dict.fromkeys(CONTENT, 1.0), WORDS: 0.5})
    assert moved.named[WANTS] == SHIPPED.named[WANTS]
    assert moved.named[WORDS] < SHIPPED.named[WORDS]
    for table, shipped in ((moved.named, SHIPPED.named), (moved.unnamed, SHIPPED.unnamed)):
        assert sum(table.values()) == pytest.approx(100.0)
        assert all(table[part] == shipped[part] for part in (*RULES, "returns", "mutual", "experience"))


def test_words_that_say_nothing_lose_points_and_the_model_is_adopted(service: Service) -> None:
    card = keep(service, train(service))
    assert card["adopted"] is True
    assert card["reason"].startswith("adopted: points learned from past engagements")
    assert card["weights"]["unnamed"][WORDS] < SHIPPED.unnamed[WORDS] - 1
    gain = card["cross_validation"]["gains"]["shipped"]
    assert gain["difference"] > 0
    assert gain["p"] < 0.05
    assert set(card["cross_validation"]["systems"]) == {
        "learned", "shipped", "bm25", "dense", "popularity", "sum"
    }  # fmt: skip
    assert card["data"]["engagements"] == card["data"]["examples"] == 120
    assert (card["outcome_validation"], card["calibration"]) == (None, None)
    assert service.weights().to_dict() == card["weights"]
    assert service.model_card() == {name: value for name, value in card.items() if name != "in_use"}
    # Trained again on the same: no worse than the model in use, so it is adopted again.
    again = train(service)
    assert "in_use" in again["cross_validation"]["gains"]
    assert again["adopted"]


def test_a_model_that_is_no_better_is_refused(other: Service) -> None:
    stage = from_history(other.directory(), History(other.directory().partners), None, silent)
    assert not stage.better
    before = all_scores(other)
    card = keep(other, train(other))
    assert card["adopted"] is False
    assert card["reason"].startswith("the shipped points stay in use: points learned from past engagements")
    assert "not ranked surely better" in card["reason"]
    assert Weights.from_dict(card["weights"]) == SHIPPED
    assert other.model_card() is None
    assert [one["in_use"] for one in other.store.models()] == [False]
    assert all_scores(other) == before


def test_a_model_worse_than_the_one_in_use_is_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is in use knows that words say nothing; what is learned may hardly leave the shipped points.
    better = with_content(SHIPPED, {**dict.fromkeys(CONTENT, 1.0), WORDS: 0.0})
    service.store.save_model({"weights": better.to_dict(), "calibration": None}, active=True)
    monkeypatch.setattr("matcher.training.HISTORY_STRENGTHS", (1000.0,))
    card = keep(service, train(service))
    assert card["adopted"] is False
    assert card["reason"].startswith("refused, the model in use stays: the model in use ranks better")
    assert card["cross_validation"]["gains"]["in_use"]["difference"] < 0
    assert service.weights() == better


def test_a_small_directory_says_why_it_learns_nothing(
    store: Store, tmp_path: Path, few_profiles: list[Profile]
) -> None:
    store.apply(few_profiles)
    service = service_over(store, tmp_path, {})
    card = keep(service, train(service))
    assert card["adopted"] is False
    assert card["reason"] == (
        "the shipped points stay in use: 0 different past engagements of 0 partners are too few to learn "
        "from (60 of 10 are needed); 0 startups with a good outcome are too few to learn from (20 are needed)"
    )
    assert card["cross_validation"] is None
    assert json.loads(json.dumps(card)) == card
    empty = service_over(store, tmp_path, {})
    store.remove([each.id for each in few_profiles])
    assert not train(empty)["adopted"]


# -- what is in use ----------------------------------------------------------------------------


def test_the_shipped_points_come_back_as_they_were(service: Service, tmp_path: Path) -> None:
    before, of_a_partner = all_scores(service), service.match("p03", top=5).to_dict()
    beside = service_over(service.store, tmp_path, THEMES)
    assert all_scores(beside) == before
    keep(service, train(service))
    learned = all_scores(service)
    assert learned != before
    # Another program over the same store and index follows, and kept scores are not mixed up.
    assert all_scores(beside) == learned
    theirs = beside.match("p03", top=5)
    best = sorted((-scores[3], startup) for startup, scores in learned.items())[:5]
    assert [(-match.score, match.startup.id) for match in theirs.matches] == best
    service.store.use_model(None)
    assert all_scores(service) == all_scores(beside) == before
    assert beside.match("p03", top=5).to_dict() == of_a_partner


def test_probabilities_are_shown_once_outcomes_allow_it(service: Service) -> None:
    assert service.match("s00").matches[0].probability is None
    service.store.record_outcomes(outcomes_by_topic())
    identity = service.store.identity()
    card = keep(service, train(service))
    assert card["adopted"]
    assert card["calibration"]["used"]
    assert card["calibration"]["method"] == "isotonic"
    assert card["calibration"]["brier"] < card["calibration"]["brier_base"]
    assert card["data"]["outcome_pairs"] == card["calibration"]["pairs"] == 240
    assert card["features"] == list(PARTS)
    found = service.match("s00", top=PARTNER_COUNT).matches
    shown = [match.probability for match in found]
    assert all(value is not None and 0 <= value <= 1 for value in shown)
    assert shown == sorted(shown, key=lambda value: -(value or 0.0))
    assert shown[0] != shown[-1]
    # Within a track the scores are others, of which no outcome is known.
    assert service.match("s00", track=Topic.IP).matches[0].probability is None
    assert service.store.identity() == identity


def test_probabilities_alone_leave_the_points_as_shipped(other: Service) -> None:
    pairs = [
        outcome(match.startup.id, match.partner.id, Result.MET if match.rank <= 4 else Result.DECLINED)
        for found in other.rankings(top=PARTNER_COUNT)
        for match in found.matches
    ]
    other.store.record_outcomes(pairs)
    before = all_scores(other)
    card = keep(other, train(other))
    # What came of the matches is in their order already: other points cannot be better.
    assert not card["adopted"]
    assert card["calibration"]["used"]
    assert card["in_use"]
    assert all_scores(other) == before
    assert other.match("s00").matches[0].probability is not None


def test_an_interruption_leaves_the_store_as_it_was(service: Service) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        if what.startswith("learning"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(service, interrupt)
    assert service.store.models() == []
    assert service.match("s00").matches


def test_a_model_of_another_roundtable_is_named_and_not_guessed(service: Service) -> None:
    strange = {"weights": {"named": {"magic": 100.0}, "unnamed": {"magic": 100.0}}, "calibration": None}
    service.store.save_model(strange, active=True)
    with pytest.raises(StoreError, match=r"model 1 cannot be used.*--use shipped"):
        service.match("s00")
    service.store.use_model(None)
    assert service.match("s00").matches


def test_evaluation_beside_the_shipped_points_and_without_each_part(service: Service) -> None:
    relevant = {startup.id: frozenset({f"p{place:02}"}) for place, startup in enumerate(STARTUPS[:12])}
    plain = evaluate(service, relevant)
    both = evaluate(service, relevant, shipped=True, ablate=True)
    np.testing.assert_array_equal(both.values["shipped"]["mrr"], plain.values["roundtable"]["mrr"])
    assert set(both.values) - set(plain.values) == {"shipped", *(f"without_{part}" for part in ABLATED)}
    assert set(MEASURED) < set(ABLATED)
    # Nobody here offers words, areas or deals that rank; topics remain beside the themes.
    assert both.to_dict()["paired"]["without_words"].keys() == {"difference", "se", "p"}
    assert (both.values["without_words"]["mrr"] != both.values["roundtable"]["mrr"]).any()
    assert (both.values["without_common"]["mrr"] == both.values["roundtable"]["mrr"]).all()


# -- the store ---------------------------------------------------------------------------------


def test_models_are_numbered_and_one_is_in_use(store: Store) -> None:
    assert (store.models(), store.model_in_use()) == ([], None)
    identity = store.identity()
    assert store.save_model({"reason": "first"}, active=True) == 1
    assert store.save_model({"reason": "refused"}, active=False) == 2
    assert store.save_model({"reason": "third"}, active=True) == 3
    assert [(one["version"], one["in_use"], one["reason"]) for one in store.models()] == [
        (3, True, "third"), (2, False, "refused"), (1, False, "first")
    ]  # fmt: skip
    in_use = store.model_in_use()
    assert in_use is not None
    assert (in_use["version"], in_use["reason"]) == (3, "third")
    datetime.datetime.fromisoformat(in_use["created_at"])
    store.use_model(1)
    assert [one["in_use"] for one in store.models()] == [False, False, True]
    with pytest.raises(InputError, match="no model 9; there are: 1, 2, 3"):
        store.use_model(9)
    assert [one["in_use"] for one in store.models()] == [False, False, True]
    store.use_model(None)
    assert store.model_in_use() is None
    assert store.identity() == identity


def test_a_store_of_the_second_version_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    engine.dispose()
    with sqlite3.connect(path) as old:
        old.execute("INSERT INTO facts VALUES ('store_id', 'abc'), ('revision', '7')")
        columns = "(startup, partner, outcome, date)"
        old.execute(f"INSERT INTO outcomes {columns} VALUES ('s', 'p', 'met', '2023-04-28')")
    with opened(f"sqlite:///{path}") as store:
        assert store.identity() == ("abc", 7)
        assert [one.startup for one in store.outcomes()] == ["s"]
        assert store.models() == []
        assert store.save_model({}, active=True) == 1


# -- the command -------------------------------------------------------------------------------


@pytest.fixture
def data_dir(tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a store without profiles."""
    monkeypatch.setenv("ROUNDTABLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ROUNDTABLE_CACHE_DIR", str(cache_dir))
    for name in ("ROUNDTABLE_DATABASE", "ROUNDTABLE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "data"


def test_the_command_trains_lists_and_chooses(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = guarded(lambda: cli.main(["train", *arguments], standalone_mode=False))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    code, out, _ = run("--dry-run")
    assert code == 0
    assert "the shipped points stay in use: 0 different past engagements" in out
    assert out.endswith("nothing was kept\n")
    assert run("--list")[1] == "no model was learned yet; the shipped points are in use\n"
    code, out, _ = run("--json")
    card = json.loads(out)
    assert (code, card["version"], card["adopted"], card["in_use"]) == (0, 1, False, False)
    assert [one["version"] for one in json.loads(run("--list", "--json")[1])] == [1]
    assert run("--use", "1")[1] == "model 1 is in use\n"
    assert run("--list")[1].startswith("*   1  ")
    assert json.loads(run("--use", "shipped", "--json")[1]) == {"in_use": None}
    for wrong in ("2", "best", "-1"):
        code, out, err = run("--use", wrong)
        assert (code, out) == (2, "")
        assert err.startswith("roundtable: ")
        assert err.count("\n") == 1
    assert run("--use", "1", "--dry-run")[0] == 2


def test_a_card_is_shown_with_its_figures(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    service.store.record_outcomes(outcomes_by_topic())
    met = len({one.startup for one in outcomes_by_topic() if one.outcome is Result.MET})
    show_card(keep(service, train(service)), kept=True)
    out = capsys.readouterr().out
    for said in (
        "120 past engagements",
        "480 outcomes of 240 pairs",
        f"outcomes: {met} questions",
        "Brier score",
    ):
        assert said in out
    assert out.endswith("kept as model 1\n")
