"""What lists that differ and attention that is shared cost, and what they win.

    .venv/bin/python benchmarks/lists.py [FOLDER_OF_SETS]

Measures the sample directory, and each labelled set below FOLDER_OF_SETS whose partners number at most 500.
``spread`` limits every partner to twice the even share of suggestions; ``diversity`` sets the dial. Cost is
in points of mean score; recall@10 says how many true partners the changed lists still hold.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from matcher.attention import gini_of
from matcher.results import MatchList
from matcher.service import Service, open_service
from profiles.importers import parse_file
from profiles.model import Profile, Side
from profiles.store import opened
from web.evaluating import read_labels
from web.settings import load_settings

SAMPLE = sorted((Path(__file__).resolve().parent.parent / "profiles" / "sample").glob("*.jsonl"))
MOST_PARTNERS = 500
TOP = 10
VARIANTS: Sequence[tuple[str, float, bool]] = (
    ("plain", 0.0, False),
    ("diversity 0.3", 0.3, False),
    ("diversity 0.6", 0.6, False),
    ("spread", 0.0, True),
)


def read_set(folder: Path) -> list[Profile]:
    """Both sides of a labelled set."""
    sides = ((Side.STARTUP, "startups.jsonl"), (Side.PARTNER, "partners.jsonl"))
    return [profile for side, name in sides for profile in parse_file(folder / name, side=side).profiles]


def recall(lists: Sequence[MatchList], labels: Mapping[str, frozenset[str]]) -> str:
    """Share of the true partners that stand in the lists."""
    shares = [
        len(labels[found.subject.id] & {match.partner.id for match in found.matches})
        / len(labels[found.subject.id])
        for found in lists
        if found.subject.id in labels
    ]
    return f"{np.mean(shares):.3f}" if shares else ""


def rows(service: Service, labels: Mapping[str, frozenset[str]]) -> None:
    """Print a line for each way of choosing."""
    partners = [partner.id for partner in service.directory().partners.profiles]
    for name, diversity, spread in VARIANTS:
        lists = list(service.rankings(top=TOP, diversity=diversity, spread=spread))
        counts = dict.fromkeys(partners, 0)
        kinds = []
        for found in lists:
            kinds.append(len({match.partner.kind for match in found.matches}))
            for match in found.matches:
                counts[match.partner.id] += 1
        exposure = np.array(list(counts.values()))
        cost = np.mean([found.fit_cost for found in lists])
        print(
            f"| {name} | {cost:.2f} | {gini_of(exposure):.2f} | {exposure.max()} | {np.mean(kinds):.1f} "
            f"| {recall(lists, labels)} |"
        )


def measure(title: str, profiles: Sequence[Profile], labels: Mapping[str, frozenset[str]]) -> None:
    """A table for one directory."""
    settings = load_settings()
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(f"sqlite:///{folder}/set.db") as store,
        opened(f"sqlite:///{settings.cache_dir / 'evaluation-vectors.db'}") as vectors,
    ):
        store.apply(profiles)
        service = open_service(
            store, index_dir=Path(folder) / "index", cache_dir=settings.cache_dir, vectors=vectors
        )
        print(f"\n### {title}\n")
        print("| lists of ten | cost in points | Gini of exposure | most lists of one | kinds | recall@10 |")
        print("| --- | --- | --- | --- | --- | --- |")
        rows(service, labels)
        sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    measure("sample directory", [profile for file in SAMPLE for profile in parse_file(file).profiles], {})
    for folder in sorted(
        path.parent for argument in sys.argv[1:] for path in Path(argument).glob("*/qrels.tsv")
    ):
        profiles = read_set(folder)
        if sum(profile.side is Side.PARTNER for profile in profiles) <= MOST_PARTNERS:
            asked = {profile.id for profile in profiles if profile.side is Side.STARTUP}
            measure(folder.name, profiles, read_labels(folder / "qrels.tsv", asked))


if __name__ == "__main__":
    main()
