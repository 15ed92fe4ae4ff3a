"""Which units of Korean serve word search best: whole words, syllable pairs or triples, or morphemes.

    .venv/bin/pip install kiwipiepy
    .venv/bin/python benchmarks/korean_words.py FILE.jsonl ...

Known-item search: the sentences of each Korean text are dealt out to two halves in turn; one asks, and the
other half of the same text, among those of all texts, is the answer. Prints recall@1, MRR and seconds.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bm25s
import numpy as np

Terms = Callable[[str], list[str]]
_WORD = re.compile(r"[a-z0-9]+|[가-힣]+")


def words(text: str) -> list[str]:
    """White space and scripts separate."""
    return _WORD.findall(text.casefold())


def syllables(length: int) -> Terms:
    """Runs of ``length`` syllables of each Hangul word; shorter words whole."""

    def terms(text: str) -> list[str]:
        found = []
        for word in words(text):
            runs = [word[i : i + length] for i in range(len(word) - length + 1)] if word[0] >= "가" else []
            found += runs or [word]
        return found

    return terms


def morphemes() -> Terms:
    """Nouns, verbs, roots and foreign words by kiwipiepy."""
    from kiwipiepy import Kiwi

    kiwi = Kiwi()
    kept = ("N", "V", "XR", "SL", "SN")
    return lambda text: [t.form.casefold() for t in kiwi.tokenize(text) if t.tag.startswith(kept)]


def halves(texts: list[str]) -> tuple[list[str], list[str]]:
    """Each text as its odd and its even sentences; texts of one sentence are left out."""
    first, second = [], []
    for text in texts:
        sentences = [s for s in re.split(r"(?<=[.!?])\s+|;\s*", text) if re.search("[가-힣]", s)]
        if len(sentences) > 1:
            first.append(" ".join(sentences[::2]))
            second.append(" ".join(sentences[1::2]))
    return first, second


def main() -> None:
    """Measure and print."""
    texts = []
    for path in sys.argv[1:]:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            lists = [
                entry
                for field in ("seeks", "offers", "areas", "technologies")
                for entry in record.get(field) or []
            ]
            texts.append("; ".join([record.get("about") or "", *lists]))
    asks, answers = halves(texts)
    print(f"{len(asks)} Korean texts\n\n| unit | recall@1 | MRR | seconds |\n| --- | --- | --- | --- |")
    units: dict[str, Terms] = {
        "words": words,
        "syllable pairs": syllables(2),
        "syllable triples": syllables(3),
    }
    try:
        units["morphemes (kiwipiepy)"] = morphemes()
    except ImportError:
        print("kiwipiepy is not installed: no figures for morphemes", file=sys.stderr)
    for name, terms in units.items():
        began = time.perf_counter()
        engine = bm25s.BM25(method="lucene")
        engine.index([terms(text) for text in answers], show_progress=False)
        ranks = []
        for number, text in enumerate(asks):
            known = [term for term in terms(text) if term in engine.vocab_dict]
            scores = engine.get_scores(known) if known else np.zeros(len(answers))
            ranks.append(1 + int((scores > scores[number]).sum()) if scores[number] > 0 else len(asks))
        seconds = time.perf_counter() - began
        rank = np.array(ranks)
        print(f"| {name} | {(rank == 1).mean():.3f} | {(1 / rank).mean():.3f} | {seconds:.2f} |")


if __name__ == "__main__":
    main()
