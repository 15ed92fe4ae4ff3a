"""Ranking quality on labelled sets, as a Markdown table.

    .venv/bin/python benchmarks/quality.py FOLDER_OF_SETS > table.md

Every folder below FOLDER_OF_SETS is measured by ``roundtable evaluate``. Sets whose partners stand in more
than ten countries are measured in the startups' wanted markets only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MANY_COUNTRIES = 10
ROUNDTABLE = Path(sys.executable).with_name("roundtable")


def wants_markets(folder: Path) -> bool:
    """Whether the set's startups name markets and its partners are spread over many countries."""
    partners = [json.loads(line) for line in (folder / "partners.jsonl").open(encoding="utf-8")]
    startups = [json.loads(line) for line in (folder / "startups.jsonl").open(encoding="utf-8")]
    countries = {partner.get("country") for partner in partners} - {None}
    return len(countries) > MANY_COUNTRIES and any(startup.get("markets") for startup in startups)


def measure(folder: Path) -> tuple[dict[str, object], list[str]]:
    """What ``roundtable evaluate`` says of one set, and the options it was given."""
    options = ["--query-markets"] if wants_markets(folder) else []
    command = [str(ROUNDTABLE), "evaluate", str(folder), "--json", *options]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout), options


def main() -> None:
    """Measure and print."""
    for folder in sorted(path.parent for path in Path(sys.argv[1]).glob("*/qrels.tsv")):
        result, options = measure(folder)
        title = " ".join([folder.name, *options])
        print(f"\n### {title}: {result['startups']} startups, {result['partners']} partners\n")
        print("| system | nDCG@10 | recall@10 | MRR | product ahead by (nDCG@10) | p |")
        print("| --- | --- | --- | --- | --- | --- |")
        systems, paired = result["systems"], result["paired"]
        assert isinstance(systems, dict)
        assert isinstance(paired, dict)
        for name, row in systems.items():
            cells = [f"{row[m]:.3f} ± {row['se'][m]:.3f}" for m in ("ndcg@10", "recall@10", "mrr")]
            against = paired.get(name)
            cells += (
                [f"{against['difference']:+.3f} ± {against['se']:.3f}", f"{against['p']:.4f}"]
                if against
                else ["", ""]
            )
            print(f"| {'**' + name + '**' if name == 'roundtable' else name} | " + " | ".join(cells) + " |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
