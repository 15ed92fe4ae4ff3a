"""How long a question waits: the first one on a fresh store, and the next one, as whole processes.

    .venv/bin/python benchmarks/speed.py [RUNS]

The model is already converted (``make demo`` did it). Prints seconds and, which is what to compare between
machines, the ratio of the two within this run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
SAMPLE = sorted((Path(__file__).resolve().parent.parent / "profiles" / "sample").glob("*.jsonl"))
QUESTION = ["match", "kr-eubiologics", "--json"]


def timed(arguments: list[str], environment: dict[str, str]) -> float:
    """Seconds of one ``roundtable`` process."""
    began = time.perf_counter()
    subprocess.run([BIN / "roundtable", *arguments], env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ROUNDTABLE_DATA_DIR": folder}
        load = timed(["import", *map(str, SAMPLE)], environment)
        first = timed(QUESTION, environment)
        warm = [timed(QUESTION, environment) for _ in range(runs)]
        text = [timed(["match", "--text", "백신 원료를 살 제약사", "--json"], environment) for _ in range(2)]
    again = statistics.median(warm)
    print(f"import of {len(SAMPLE)} files: {load:.2f} s")
    print(f"first question (reads all texts): {first:.2f} s")
    print(f"next question, median of {runs}: {again:.2f} s ({min(warm):.2f} to {max(warm):.2f})")
    print(f"question by text (loads the model): {text[-1]:.2f} s")
    print(f"ratio first / next: {first / again:.1f}")
    print(f"ratio by text / next: {text[-1] / again:.1f}")


if __name__ == "__main__":
    main()
