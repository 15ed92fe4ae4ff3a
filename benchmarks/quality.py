"""Ranking quality on labelled sets, as Markdown tables.

    .venv/bin/python benchmarks/quality.py FOLDER_OF_SETS > tables.md

Every folder below FOLDER_OF_SETS is measured by ``roundtable evaluate``: with the shipped weights, without
each part in turn, and with weights learned from the set's own history. Sets whose partners stand in more than
ten countries are measured in the wanted markets only. Sets named X_ko and X_en are put side by side.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MANY_COUNTRIES = 10
ROUNDTABLE = Path(sys.executable).with_name("roundtable")
PRODUCT, ABLATED = "roundtable", "without_"
MAIN, MEASURES = "ndcg@10", ("ndcg@10", "recall@10", "mrr")

Result = Mapping[str, Any]


def wants_markets(folder: Path) -> bool:
    """Whether the set's startups name markets and its partners are spread over many countries."""
    partners = [json.loads(line) for line in (folder / "partners.jsonl").open(encoding="utf-8")]
    startups = [json.loads(line) for line in (folder / "startups.jsonl").open(encoding="utf-8")]
    countries = {partner.get("country") for partner in partners} - {None}
    return len(countries) > MANY_COUNTRIES and any(startup.get("markets") for startup in startups)


def measure(folder: Path, *options: str) -> Result:
    """What ``roundtable evaluate`` says of one set."""
    command = [str(ROUNDTABLE), "evaluate", str(folder), "--json", *options]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found: Result = json.loads(done.stdout)
    return found


def value(row: Mapping[str, Any], measure: str) -> str:
    """A mean with its standard error."""
    return f"{row[measure]:.3f} ± {row['se'][measure]:.3f}"


def against(result: Result, system: str) -> list[str]:
    """By how much the product is ahead of a system, and the p of no difference."""
    found = result["paired"].get(system)
    return [f"{found['difference']:+.3f} ± {found['se']:.3f}", f"{found['p']:.4f}"] if found else ["", ""]


def line(*cells: str) -> None:
    """One row of a table."""
    print("| " + " | ".join(cells) + " |")


def table(*heads: str) -> None:
    """The head of a table."""
    line(*heads)
    line(*("---" for _ in heads))


def one_set(title: str, result: Result) -> None:
    """The systems of one set, and what is lost without each part."""
    print(f"\n### {title}: {result['startups']} startups, {result['partners']} partners\n")
    table("system", "nDCG@10", "recall@10", "MRR", "product ahead by (nDCG@10)", "p")
    systems = result["systems"]
    for name, row in systems.items():
        if not name.startswith(ABLATED):
            shown = f"**{name}**" if name == PRODUCT else name
            line(shown, *(value(row, each) for each in MEASURES), *against(result, name))
    print()
    table("without the part", "nDCG@10", "the part brings", "p")
    for name, row in systems.items():
        if name.startswith(ABLATED):
            line(name.removeprefix(ABLATED), value(row, MAIN), *against(result, name))
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    folders = sorted(path.parent for path in Path(sys.argv[1]).glob("*/qrels.tsv"))
    plain: dict[str, Result] = {}
    learned: dict[str, Result] = {}
    for folder in folders:
        options = ["--query-markets"] if wants_markets(folder) else []
        plain[folder.name] = measure(folder, "--ablate", *options)
        one_set(" ".join([folder.name, *options]), plain[folder.name])
        learned[folder.name] = measure(folder, "--train", *options)
    print("\n## Korean beside English\n")
    table("set", "bm25 ko / en", "dense ko / en", "sum ko / en", "roundtable ko / en", "share of English")
    for korean in (name for name in plain if name.endswith("_ko")):
        english = korean.removesuffix("_ko") + "_en"
        if english in plain:
            both = [plain[name]["systems"] for name in (korean, english)]
            pairs = [[each[system][MAIN] for each in both] for system in ("bm25", "dense", "sum", PRODUCT)]
            share = pairs[-1][0] / pairs[-1][1]
            line(korean.removesuffix("_ko"), *(f"{a:.3f} / {b:.3f}" for a, b in pairs), f"{share:.2f}")
    print("\n## Learned weights\n")
    table("set", "shipped", "after `train`", "difference", "p")
    for name, result in learned.items():
        rows = result["systems"]
        line(name, value(rows["shipped"], MAIN), value(rows[PRODUCT], MAIN), *against(result, "shipped"))


if __name__ == "__main__":
    main()
