"""The index on disk: opened without the model, mended when harmed, brought up to date with the store."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcher.directory import DirectoryFiles
from matcher.encoder import Encoder
from matcher.service import Service
from profiles.model import Profile, Side
from profiles.store import Store, opened

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[Encoder]:
    """The real encoder with a cache of its own, so that each text of this module is read once."""
    with opened(f"sqlite:///{tmp_path_factory.mktemp('vectors') / 'vectors.db'}") as kept:
        yield Encoder(kept, cache_dir)


class Opened:
    """A service over a store and an index folder, with the lines it told."""

    def __init__(self, store: Store, encoder: Encoder, folder: Path) -> None:
        self.notices: list[str] = []
        self.files = DirectoryFiles(store, encoder, folder, self.notices.append)
        self.service = Service(store, encoder, folder, self.notices.append, lambda what, done, total: None)

    def answers(self) -> dict[str, Any]:
        """Everything that anyone in the store can be told."""
        found = {}
        for side in Side:
            for _, profile in self.service.store.profiles(side):
                found[profile.id] = self.service.match(profile.id, top=99).to_dict()
        return found


def assert_alike(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Equal but for the last digit: sums of floats depend on the order in which an index was filled."""
    assert found.keys() == wanted.keys()
    for name, answer in wanted.items():
        pairs = [(m["startup"], m["partner"]) for m in answer["matches"]]
        assert [(m["startup"], m["partner"]) for m in found[name]["matches"]] == pairs
        for ours, theirs in zip(found[name]["matches"], answer["matches"], strict=True):
            points = [part["points"] for part in theirs["parts"]]
            assert [part["points"] for part in ours["parts"]] == pytest.approx(points, abs=0.011)


@pytest.fixture
def filled(store: Store, few_profiles: list[Profile]) -> Store:
    store.apply(few_profiles)
    return store


# -- opening -----------------------------------------------------------------------------------

_WARM = """
import json, sys
from pathlib import Path
from matcher.service import open_service
from profiles.store import Store

url, index, cache = sys.argv[1:]
service = open_service(Store.open(url), index_dir=Path(index), cache_dir=Path(cache), notify=print)
answers = {one: service.match(one, top=99).to_dict() for one in ("s-heart", "s-vaccine", "p-hospital")}
heavy = {"torch", "transformers", "sentence_transformers"}.intersection(sys.modules)
print(json.dumps([answers, sorted(heavy)]))
"""


def test_a_warm_question_loads_no_torch(
    filled: Store, encoder: Encoder, cache_dir: Path, tmp_path: Path, few_profiles: list[Profile]
) -> None:
    encoder.load()
    own = Encoder(filled, cache_dir, _loaded=encoder._loaded)  # vectors kept in the store, as for a user
    answers = Opened(filled, own, tmp_path / "index").answers()
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            _WARM,
            str(filled.engine.url),
            str(tmp_path / "index"),
            str(tmp_path / "none"),
        ],
        stdout=subprocess.PIPE,
        check=True,
        cwd=ROOT,
    )
    found, heavy = json.loads(done.stdout)  # one line: nothing was told, so nothing was done again
    assert heavy == []
    assert found == {name: answers[name] for name in found}
    assert not (tmp_path / "none").exists()


def test_the_second_opening_is_silent_and_equal(filled: Store, encoder: Encoder, tmp_path: Path) -> None:
    first = Opened(filled, encoder, tmp_path / "index")
    wanted = first.answers()
    assert "indexing 6 profiles" in first.notices
    second = Opened(filled, encoder, tmp_path / "index")
    assert second.answers() == wanted
    assert second.notices == []


def test_an_index_made_with_another_term_list_is_built_again(
    filled: Store, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Opened(filled, encoder, tmp_path / "index").answers()
    monkeypatch.setattr("matcher.directory.lexicon_check", lambda: 1)
    second = Opened(filled, encoder, tmp_path / "index")
    assert second.answers() == wanted
    assert "indexing 6 profiles" in second.notices


def test_each_store_and_each_model_has_its_own_folder(
    filled: Store, encoder: Encoder, tmp_path: Path, cache_dir: Path
) -> None:
    def folder(store: Store, model: str = "") -> Path:
        return DirectoryFiles(store, Encoder(store, cache_dir, model), tmp_path / "index", print).folder

    own = folder(filled)
    with opened(f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert len({own, folder(other), folder(filled, "someone/other-model"), folder(filled, "third")}) == 4
    assert folder(filled) == own
    assert own.parent == tmp_path / "index"


# -- harm --------------------------------------------------------------------------------------


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip(file: Path) -> None:
    """One bit of the last byte but three: in arrays the exponent of the last number."""
    data = bytearray(file.read_bytes())
    data[-1] ^= 0x40
    file.write_bytes(bytes(data))


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("harm", [Path.unlink, cut, flip, empty])
@pytest.mark.parametrize(
    "name",
    [
        "meta.json",
        "partner/themes/dense.faiss",
        "partner/statements.npz",
        "partner/words/words.npz",
        "partner/words/words.json",
        "startup/words/words.json",
        "startup/statements.npz",
    ],
)
def test_a_harmed_index_is_built_again(
    filled: Store, encoder: Encoder, tmp_path: Path, name: str, harm: Callable[[Path], None]
) -> None:
    before = Opened(filled, encoder, tmp_path / "index")
    wanted = before.answers()
    harm(before.files.folder / name)
    mended = Opened(filled, encoder, tmp_path / "index")
    assert mended.answers() == wanted
    assert [line for line in mended.notices if "is damaged" in line and "building it again" in line]
    again = Opened(filled, encoder, tmp_path / "index")
    assert again.answers() == wanted
    assert again.notices == []


def test_a_lost_index_is_built_again(filled: Store, encoder: Encoder, tmp_path: Path) -> None:
    wanted = Opened(filled, encoder, tmp_path / "index").answers()
    shutil.rmtree(tmp_path / "index")
    assert Opened(filled, encoder, tmp_path / "index").answers() == wanted


def test_what_a_killed_build_left_is_cleared_away(filled: Store, encoder: Encoder, tmp_path: Path) -> None:
    files = Opened(filled, encoder, tmp_path / "index").files
    left_over = files.folder.with_name(f"{files.folder.name}.draft-abc")
    left_over.mkdir(parents=True)
    (left_over / "half").write_bytes(b"x")
    files.open()
    assert not left_over.exists()


@pytest.mark.parametrize("harm", [Path.unlink, cut, flip, empty, lambda file: file.write_bytes(b"x" * 900)])
def test_harmed_scores_are_computed_again(
    filled: Store, encoder: Encoder, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    before = Opened(filled, encoder, tmp_path / "index")
    wanted = before.answers()
    (kept,) = before.files.folder.glob("scores*")
    harm(kept)
    mended = Opened(filled, encoder, tmp_path / "index")
    mended.files.open()
    scores = np.array([[1.5, -np.inf], [2.5, 3.5]], np.float32)
    np.testing.assert_array_equal(mended.files.cached_scores(lambda: scores), scores)
    if harm is not Path.unlink:
        assert [line for line in mended.notices if "is damaged" in line]
    next((before.files.folder).glob("scores*")).unlink()
    assert Opened(filled, encoder, tmp_path / "index").answers() == wanted


def test_scores_are_kept_and_read_back(filled: Store, encoder: Encoder, tmp_path: Path) -> None:
    one = Opened(filled, encoder, tmp_path / "index")
    one.files.open()
    scores = np.array([[1.5, -np.inf], [2.5, 3.5]], np.float32)
    np.testing.assert_array_equal(one.files.cached_scores(lambda: scores), scores)
    two = Opened(filled, encoder, tmp_path / "index")
    two.files.open()
    np.testing.assert_array_equal(two.files.cached_scores(lambda: np.zeros(0)), scores)
    assert two.notices == []


def test_scores_of_an_older_state_are_not_kept_for_a_newer(
    filled: Store, encoder: Encoder, tmp_path: Path, few_profiles: list[Profile]
) -> None:
    """While one program computes the scores of all pairs, another imports and indexes."""
    slow, quick = (Opened(filled, encoder, tmp_path / "index") for _ in range(2))
    slow.files.open()

    def compute() -> np.ndarray:
        filled.remove(["p-bank"])
        quick.files.open()
        return np.zeros((2, 4), np.float32)

    slow.files.cached_scores(compute)
    fresh = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(quick.files.cached_scores(lambda: fresh), fresh)


def test_scores_are_answered_though_their_folder_is_gone(
    filled: Store, encoder: Encoder, tmp_path: Path
) -> None:
    """Another program replaces the index, or clears it, while this one computes."""
    files = Opened(filled, encoder, tmp_path / "index").files
    files.open()
    scores = np.array([[1.5, 2.5]], np.float32)

    def compute() -> np.ndarray:
        shutil.rmtree(files.folder)
        return scores

    np.testing.assert_array_equal(files.cached_scores(compute), scores)


# -- change ------------------------------------------------------------------------------------


def added(number: int = 1, **changes: Any) -> Profile:
    fields: dict[str, Any] = {
        "id": f"p-new-{number}",
        "side": "partner",
        "kind": "hospital",
        "name": "Rhythm Clinic",
        "about": "Clinic for arrhythmia that runs trials of software for electrocardiograms.",
        "country": "US",
        "past_deals": 5,
    }
    return Profile.model_validate({**fields, **changes})


def test_an_updated_index_scores_as_a_new_one(filled: Store, encoder: Encoder, tmp_path: Path) -> None:
    """One service lives through every change; after each it answers as one that starts from nothing."""
    law = filled.get("p-law").model_copy(update={"offers": ("Carrier proteins, sold by the kilogram",)})
    startup = filled.get("s-heart").model_copy(update={"id": "s-new", "seeks": ("A law firm for patents",)})
    changes: list[Callable[[], object]] = [
        lambda: filled.apply([added()]),
        lambda: filled.apply([law]),
        lambda: filled.remove(["p-hospital"]),
        lambda: filled.apply(
            [startup, added(2, name="Pulse Clinic"), law.model_copy(update={"name": "New"})]
        ),
        lambda: filled.remove(["s-vaccine", "p-new-1"]),
        lambda: None,
    ]
    living = Opened(filled, encoder, tmp_path / "index")
    for number, change in enumerate(changes):
        living.answers()
        change()
        fresh = Opened(filled, encoder, tmp_path / f"fresh-{number}")
        assert_alike(living.answers(), fresh.answers())
        reopened = Opened(filled, encoder, tmp_path / "index")
        assert_alike(reopened.answers(), fresh.answers())
        assert reopened.notices == []
    assert not [line for line in living.notices if "damaged" in line]


def test_a_change_made_by_another_program_is_seen(filled: Store, encoder: Encoder, tmp_path: Path) -> None:
    living = Opened(filled, encoder, tmp_path / "index")
    assert living.service.match("s-heart").candidates == 4
    with opened(str(filled.engine.url)) as other:
        other.apply([added()])
    found = living.service.match("s-heart")
    assert found.candidates == 5
    assert "p-new-1" in [match.partner.id for match in found.matches]


def test_a_store_put_back_from_a_copy_is_not_taken_for_the_one_indexed(
    tmp_path: Path, encoder: Encoder, few_profiles: list[Profile]
) -> None:
    """Same store, same count of changes, other content."""
    url = f"sqlite:///{tmp_path / 'live.db'}"
    with opened(url) as store:
        store.apply(few_profiles)
    shutil.copy(tmp_path / "live.db", tmp_path / "copy.db")
    with opened(url) as store:
        store.apply([added(about="Grows tomatoes.", name="Farm")])
        Opened(store, encoder, tmp_path / "index").answers()
        revision = store.identity()
    shutil.copy(tmp_path / "copy.db", tmp_path / "live.db")
    with opened(url) as store:
        store.apply([added()])
        assert store.identity() == revision
        found = Opened(store, encoder, tmp_path / "index").answers()
        assert_alike(found, Opened(store, encoder, tmp_path / "fresh").answers())


@pytest.mark.parametrize("side", list(Side))
def test_a_side_may_become_empty_and_be_filled_again(
    filled: Store, encoder: Encoder, tmp_path: Path, side: Side
) -> None:
    living = Opened(filled, encoder, tmp_path / "index")
    wanted = living.answers()
    gone = [profile for _, profile in filled.profiles(side)]
    filled.remove([profile.id for profile in gone])
    for answer in living.answers().values():
        assert (answer["candidates"], answer["matches"]) == (0, [])
    filled.apply(gone)
    assert_alike(living.answers(), wanted)


@pytest.mark.parametrize("side", list(Side))
def test_a_store_with_one_side_only_answers_with_nobody(
    store: Store, encoder: Encoder, tmp_path: Path, few_profiles: list[Profile], side: Side
) -> None:
    store.apply([profile for profile in few_profiles if profile.side is side])
    living = Opened(store, encoder, tmp_path / "index")
    answers = living.answers()
    assert len(answers) in (2, 4)
    assert all(answer["candidates"] == 0 for answer in answers.values())
    assert living.service.search("hospital", side=side.other) == []
    assert living.service.search("hospital", side=side) != []


def test_an_empty_store_opens(store: Store, encoder: Encoder, tmp_path: Path) -> None:
    living = Opened(store, encoder, tmp_path / "index")
    directory = living.service.directory()
    assert (len(directory.startups), len(directory.partners)) == (0, 0)
    assert living.notices == []
    assert living.service.search("hospital", side=Side.PARTNER) == []
