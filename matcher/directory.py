"""All stored profiles as arrays, ready to be scored: built from the store, kept and checked on disk."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock

from matcher.bilingual import lexicon_check
from matcher.encoder import Encoder
from matcher.index.dense import DenseIndex
from matcher.index.lexical import LexicalIndex
from matcher.texts import Statement, statements, whole
from profiles.model import Profile, Side
from profiles.store import Entry, Store

LAYOUT = 3
"""Raised when the files below change, so that older ones are built anew."""

SCORES_LAYOUT = 2
"""Raised when ``fit`` scores differently, so that kept scores are not taken for today's."""

_META = "meta.json"
_CHECK, _STATE = 4, 32  # bytes of a checksum and of a state's hash


@dataclass(frozen=True)
class Reading:
    """One profile with its vectors: what a question needs.

    Attributes:
        profile: whose it is.
        statements: what it says, one entry each.
        vectors: (len(statements), dimension) unit vectors.
        themes: (dimension,) unit vector of all its statements together.
    """

    profile: Profile
    statements: tuple[Statement, ...]
    vectors: np.ndarray
    themes: np.ndarray


@dataclass(frozen=True)
class StatementTable:
    """Statements of many profiles; equal texts share a vector.

    Attributes:
        vectors: (u, dimension) unit vectors of the distinct texts.
        rows: (m,) for each statement the row of its vector.
        starts: (n + 1,) profile i owns statements ``starts[i]:starts[i + 1]``.
        is_want: (m,) whether the statement stands under ``seeks``.
    """

    vectors: np.ndarray
    rows: np.ndarray
    starts: np.ndarray
    is_want: np.ndarray


@dataclass(frozen=True)
class SideData:
    """One side of the directory; position i is the same profile in every member.

    Attributes:
        profiles: in the order of their numbers.
        entries: their numbers and content hashes.
        themes: FAISS index of the profiles' vectors.
        words: word index over the whole profiles.
        table: their statements.
    """

    profiles: tuple[Profile, ...]
    entries: tuple[Entry, ...]
    themes: DenseIndex
    words: LexicalIndex
    table: StatementTable

    def __len__(self) -> int:
        return len(self.profiles)


@dataclass(frozen=True)
class Directory:
    """Both sides."""

    startups: SideData
    partners: SideData

    def side(self, side: Side) -> SideData:
        return self.startups if side is Side.STARTUP else self.partners


def theme_vector(spoken: Sequence[Statement], vectors: np.ndarray) -> np.ndarray:
    """The mean of the statements' vectors, longer ones counting more by the root of their length."""
    weights = np.sqrt([len(statement.text) for statement in spoken]).astype(np.float32)
    mean = weights @ vectors
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


def read(profiles: Sequence[Profile], encoder: Encoder) -> list[Reading]:
    """Encode profiles; texts that the store's cache holds cost nothing."""
    spoken = [statements(profile) for profile in profiles]
    texts = [statement.text for one in spoken for statement in one]
    rows = encoder.vectors(texts)
    readings, at = [], 0
    for profile, one in zip(profiles, spoken, strict=True):
        own = rows[at : at + len(one)]
        at += len(one)
        readings.append(Reading(profile, tuple(one), own, theme_vector(one, own)))
    return readings


ENGAGEMENT, OTHER = 1.0, 0.3
"""How much a past engagement and any other statement say of what is typical of a profile."""


def word_index(entries: Sequence[Entry], profiles: Sequence[Profile]) -> LexicalIndex:
    """The word index of one side."""
    return LexicalIndex.build(
        [entry.pk for entry in entries],
        [whole(profile) for profile in profiles],
        [
            [(s.text, ENGAGEMENT if s.field == "history" else OTHER) for s in statements(profile)]
            for profile in profiles
        ],
    )


def _table(readings: Sequence[Reading]) -> StatementTable:
    number: dict[str, int] = {}
    rows, wants, starts, vectors = [], [], [0], []
    for reading in readings:
        for statement, vector in zip(reading.statements, reading.vectors, strict=True):
            if statement.text not in number:
                number[statement.text] = len(number)
                vectors.append(vector)
            rows.append(number[statement.text])
            wants.append(statement.field == "seeks")
        starts.append(len(rows))
    return StatementTable(
        np.stack(vectors) if vectors else np.zeros((0, 0), np.float32),
        np.array(rows, np.int32),
        np.array(starts, np.int64),
        np.array(wants, bool),
    )


def side_of(
    entries: Sequence[Entry], readings: Sequence[Reading], themes: DenseIndex | None = None
) -> SideData:
    """One side from profiles and their vectors: nothing is encoded.

    Args:
        entries: in the order of their numbers.
        readings: the profiles of these entries.
        themes: the index of their vectors where there is one already; else it is made.
    """
    profiles = tuple(reading.profile for reading in readings)
    if themes is None:
        themes = _updated(None, None, tuple(entries), [reading.themes for reading in readings])
    return SideData(profiles, tuple(entries), themes, word_index(entries, profiles), _table(readings))


class DirectoryFiles:
    """The directory on disk, below ``folder``: loaded when it fits the store, else brought up to date."""

    def __init__(self, store: Store, encoder: Encoder, folder: Path, notify: Callable[[str], None]) -> None:
        self._store, self._encoder, self._notify = store, encoder, notify
        store_id, _ = store.identity()
        slug = hashlib.sha256(f"{store_id} {encoder.name}".encode()).hexdigest()[:16]
        self._folder = folder / slug
        self._state = b""

    @property
    def folder(self) -> Path:
        """Where this store's index for this model lies."""
        return self._folder

    def open(self) -> Directory:
        """The directory as the store has it now. A damaged or outdated index is mended with a notice."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder.parent / f"{self._folder.name}.lock"):
            # The count of changes is read first: what changes after it is seen at the next opening.
            _, revision = self._store.identity()
            stored = {side: self._store.profiles(side) for side in Side}
            now = {side: tuple(entry for entry, _ in stored[side]) for side in Side}
            self._state = hashlib.sha256(repr(now).encode()).digest()
            meta, kept = self._load(stored)
            # The entries too: a database put back from a copy may count to the same number again.
            if (
                kept is not None
                and meta["revision"] == revision
                and all(kept.side(side).entries == now[side] for side in Side)
            ):
                return kept
            directory = self._build(stored, kept)
            self._save(directory, revision)
            return directory

    def cached_scores(self, compute: Callable[[], np.ndarray], weights: str = "") -> np.ndarray:
        """The scores of all pairs of the directory last opened: those kept beside the index, or computed now.

        The file names the profiles and the weights it was computed from, as another program may have moved
        the index on or learned other weights.

        Args:
            compute: gives the (S, P) scores.
            weights: what tells the weights that ``compute`` uses from any others.
        """
        file = self._folder / f"scores-{SCORES_LAYOUT}.bin"
        wanted = hashlib.sha256(self._state + weights.encode()).digest()
        try:
            check, state, body = _split(file.read_bytes())
            if not body or check != zlib.crc32(state + body):
                raise ValueError("it is not what was written")
            if state == wanted:
                return np.asarray(np.load(io.BytesIO(body)))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, EOFError) as cause:
            self._notify(f"{file} is damaged ({cause}): computing it again")
        scores = compute()
        buffer = io.BytesIO()
        np.save(buffer, scores)
        body = buffer.getvalue()
        draft = file.with_suffix(".draft")
        try:
            draft.write_bytes(zlib.crc32(wanted + body).to_bytes(_CHECK, "little") + wanted + body)
            draft.replace(file)
        except (
            OSError
        ) as cause:  # another program replaced the folder meanwhile: the scores are right all the same
            self._notify(f"the scores of all pairs are not kept: {cause}")
        return scores

    # -- building ------------------------------------------------------------------------------

    def _build(self, stored: dict[Side, list[tuple[Entry, Profile]]], kept: Directory | None) -> Directory:
        """The directory as it is stored. A side in which nothing changed stays as it was: the first question
        after somebody has saved a profile should not wait for all others to be read again."""
        entries = {side: tuple(entry for entry, _ in stored[side]) for side in Side}
        changed = [side for side in Side if kept is None or kept.side(side).entries != entries[side]]
        everyone = [profile for side in changed for _, profile in stored[side]]
        if everyone:
            self._notify(f"indexing {len(everyone)} profiles")
        readings = read(everyone, self._encoder)
        sides = {side: kept.side(side) for side in Side if side not in changed} if kept else {}
        at = 0
        for side in changed:
            own = readings[at : at + len(entries[side])]
            at += len(entries[side])
            before = kept.side(side) if kept else None
            themes = _updated(
                before.themes if before else None, before, entries[side], [r.themes for r in own]
            )
            sides[side] = side_of(entries[side], own, themes)
        return Directory(sides[Side.STARTUP], sides[Side.PARTNER])

    # -- disk ----------------------------------------------------------------------------------

    def _load(
        self, stored: dict[Side, list[tuple[Entry, Profile]]]
    ) -> tuple[dict[str, int], Directory | None]:
        """What is on disk; the profiles in it are today's where the numbers still fit."""
        if not self._folder.exists():
            return {}, None
        try:
            meta = json.loads((self._folder / _META).read_text(encoding="utf-8"))
            if meta["layout"] != LAYOUT or meta["lexicon"] != lexicon_check():
                return {}, None
            for name, check in meta["files"].items():
                if zlib.crc32((self._folder / name).read_bytes()) != check:
                    raise ValueError(f"{name} is not what was written")
            sides = {}
            for side in Side:
                place = self._folder / side.value
                arrays = np.load(place / "statements.npz")
                entries = tuple(Entry(pk, content) for pk, content in meta["entries"][side.value])
                profiles = tuple(profile for _, profile in stored[side])
                table = StatementTable(arrays["vectors"], arrays["rows"], arrays["starts"], arrays["is_want"])
                sides[side] = SideData(
                    profiles,
                    entries,
                    DenseIndex.load(place / "themes"),
                    LexicalIndex.load(place / "words"),
                    table,
                )
        except (
            Exception
        ) as cause:  # whatever a broken file makes its reader raise: all of it can be built again
            self._notify(
                f"the index in {self._folder} is damaged ({cause}): building it again from the store"
            )
            return {}, None
        return meta, Directory(sides[Side.STARTUP], sides[Side.PARTNER])

    def _save(self, directory: Directory, revision: int) -> None:
        for left_over in self._folder.parent.glob(self._folder.name + ".draft-*"):
            shutil.rmtree(left_over)
        draft = Path(tempfile.mkdtemp(dir=self._folder.parent, prefix=self._folder.name + ".draft-"))
        try:
            for side in Side:
                data, place = directory.side(side), draft / side.value
                for name, index in (("themes", data.themes), ("words", data.words)):
                    (place / name).mkdir(parents=True)
                    index.save(place / name)
                table = data.table
                np.savez(
                    place / "statements.npz",
                    vectors=table.vectors,
                    rows=table.rows,
                    starts=table.starts,
                    is_want=table.is_want,
                )
            files = [file for file in sorted(draft.rglob("*")) if file.is_file()]
            meta = {
                "layout": LAYOUT,
                "lexicon": lexicon_check(),
                "revision": revision,
                "model": self._encoder.name,
                "entries": {
                    side.value: [[entry.pk, entry.content_hash] for entry in directory.side(side).entries]
                    for side in Side
                },
                "files": {str(file.relative_to(draft)): zlib.crc32(file.read_bytes()) for file in files},
            }
            (draft / _META).write_text(json.dumps(meta), encoding="utf-8")
            old = self._folder.with_name(self._folder.name + ".old")
            shutil.rmtree(old, ignore_errors=True)
            if self._folder.exists():
                self._folder.rename(old)
            draft.rename(self._folder)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _updated(
    index: DenseIndex | None, before: SideData | None, entries: tuple[Entry, ...], vectors: list[np.ndarray]
) -> DenseIndex:
    """The index with what is gone or changed removed and what is new or changed added."""
    if index is None or before is None or len(index.pks) == 0:
        index, had = DenseIndex(len(vectors[0]) if vectors else 1), {}
    else:
        had = {entry.pk: entry.content_hash for entry in before.entries}
    now = {entry.pk: entry.content_hash for entry in entries}
    index.remove(np.array([pk for pk, content in had.items() if now.get(pk) != content], np.int64))
    fresh = [i for i, entry in enumerate(entries) if had.get(entry.pk) != entry.content_hash]
    index.add(
        np.array([entries[i].pk for i in fresh], np.int64),
        np.stack([vectors[i] for i in fresh]) if fresh else np.zeros((0, 1), np.float32),
    )
    return index


def _split(content: bytes) -> tuple[int, bytes, bytes]:
    head = _CHECK + _STATE
    return int.from_bytes(content[:_CHECK], "little"), content[_CHECK:head], content[head:]


def reading_of(data: SideData, position: int) -> Reading:
    """The reading of a profile that the directory holds, from its arrays: nothing is encoded."""
    profile = data.profiles[position]
    table = data.table
    rows = table.rows[table.starts[position] : table.starts[position + 1]]
    vectors = table.vectors[rows]
    spoken = tuple(statements(profile))
    return Reading(
        profile,
        spoken,
        vectors,
        data.themes.vector(data.entries[position].pk),
    )
