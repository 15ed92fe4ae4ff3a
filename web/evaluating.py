"""A labelled set read from a folder and measured in a store of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from matcher.evaluate import Evaluation, evaluate
from matcher.service import open_service
from matcher.training import keep
from matcher.training import train as learn
from profiles.errors import InputError
from profiles.importers import parse_file
from profiles.model import Side
from profiles.store import opened
from web.settings import Settings
from web.terminal import ProgressLine, notify


def evaluate_folder(
    folder: Path,
    settings: Settings,
    *,
    query_markets: bool = False,
    train: bool = False,
    ablate: bool = False,
) -> Evaluation:
    """Import ``startups.jsonl`` and ``partners.jsonl`` into a throw-away store and rank every startup.

    With ``train`` the points are first learned from the partners' histories, as ``roundtable train`` does.
    The labels take no part in that. The vectors of the texts are kept in the cache folder, so that measuring
    the same set again is quick.

    Raises:
        InputError: a file is missing or cannot be read, or ``qrels.tsv`` has a wrong line.
    """
    if not folder.is_dir():
        raise InputError(
            "is no folder; give one with startups.jsonl, partners.jsonl, qrels.tsv", file=str(folder)
        )
    sides = ((Side.STARTUP, "startups.jsonl"), (Side.PARTNER, "partners.jsonl"))
    parsed = [parse_file(folder / name, side=side) for side, name in sides]
    for one in parsed:
        for rejection in one.rejections:
            notify(f"left out: {rejection.file}, row {rejection.row}, {rejection.field}: {rejection.reason}")
    profiles = [profile for one in parsed for profile in one.profiles]
    asked = {profile.id for profile in profiles if profile.side is Side.STARTUP}
    relevant = read_labels(folder / "qrels.tsv", asked)
    settings.cache_dir.mkdir(parents=True, exist_ok=True)
    progress = ProgressLine()
    with (
        tempfile.TemporaryDirectory(prefix="roundtable-evaluate-") as throw_away,
        opened(f"sqlite:///{Path(throw_away) / 'set.db'}") as store,
        opened(f"sqlite:///{settings.cache_dir / 'evaluation-vectors.db'}") as vectors,
    ):
        store.apply(profiles)
        service = open_service(
            store,
            index_dir=Path(throw_away) / "index",
            cache_dir=settings.cache_dir,
            model=settings.model,
            threads=settings.threads,
            vectors=vectors,
            notify=notify,
            progress=progress,
        )
        if train:
            notify(keep(service, learn(service, progress))["reason"])
        return evaluate(
            service,
            relevant,
            query_markets=query_markets,
            shipped=train,
            ablate=ablate,
            progress=lambda done, total: progress("ranking", done, total),
        )


def read_labels(path: Path, asked: set[str]) -> dict[str, frozenset[str]]:
    """Startup id -> ids of its true partners, from lines of startup, partner, relevance.

    Raises:
        InputError: the file is missing, a line is not of that form or names a startup that is not there.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as cause:
        raise InputError(f"cannot be read: {cause}", file=path.name) from cause
    found: dict[str, set[str]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        try:
            startup, partner, relevance = cells[0].strip(), cells[1].strip(), float(cells[2])
        except (IndexError, ValueError):
            raise InputError(
                "write startup id, tab, partner id, tab, relevance", file=path.name, row=number
            ) from None
        if startup not in asked:
            raise InputError(f"no startup {startup!r} in startups.jsonl", file=path.name, row=number)
        if relevance > 0:
            found.setdefault(startup, set()).add(partner)
    if not found:
        raise InputError("no line with a relevance above 0", file=path.name)
    return {startup: frozenset(partners) for startup, partners in found.items()}
