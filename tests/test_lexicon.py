"""Our list of Korean terms with their English forms: in shape, nothing twice, installed with the code."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from matcher.bilingual import Term, entries, read_korean

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "matcher" / "lexicon").iterdir())


class Line(NamedTuple):
    place: str
    english: list[str]
    korean: list[str]


def lines(file: Path) -> Iterator[Line]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line and not line.startswith("#"):
            columns = line.split("\t")
            assert len(columns) == 2, f"{file.name}:{number} has {len(columns)} columns"
            yield Line(f"{file.name}:{number}", columns[0].split("|"), columns[1].split("|"))


@pytest.fixture(scope="module")
def everything() -> list[Line]:
    return [line for file in FILES for line in lines(file)]


def test_the_list_is_large(everything: list[Line]) -> None:
    assert [file.name for file in FILES] == [
        "business.tsv",
        "diseases.tsv",
        "engineering.tsv",
        "lifescience.tsv",
        "medicines.tsv",
    ]
    assert len({form for line in everything for form in line.korean}) > 15_000


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_form_is_written_as_it_is_looked_up(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text == unicodedata.normalize("NFC", text)
    assert not re.search(r"[^\S\t\n ]|  | $|\t$", text, re.MULTILINE)
    for place, english, korean in lines(file):
        for form in english:
            assert form == form.strip() != "", place
            assert not re.search("[가-힣]", form), place
        for form in korean:
            assert re.search("[가-힣]", form), place
            # Compounds are spaced at will, so the list is not; what else stands in it, the reader looks for.
            assert re.fullmatch(r"[가-힣A-Za-z0-9'/:-]+", form), place


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_line_says_a_thing_twice(file: Path) -> None:
    for place, english, korean in lines(file):
        for forms in (english, korean):
            assert len({form.casefold() for form in forms}) == len(forms), place


def test_no_two_lines_give_a_word_the_same_meaning(everything: list[Line]) -> None:
    """A word may have several meanings, but none that is part of another with the same usual form."""
    by_korean: dict[str, list[Line]] = {}
    for line in everything:
        for form in line.korean:
            by_korean.setdefault(form.casefold(), []).append(line)
    for form, found in by_korean.items():
        for one, two in combinations(found, 2):
            ours, theirs = ({form.casefold() for form in line.english} for line in (one, two))
            same_usual = one.english[0].casefold() == two.english[0].casefold()
            again = ours == theirs or (same_usual and (ours < theirs or theirs < ours))
            assert not again, f"{form} in {one.place} and {two.place}"


def test_every_form_is_found_by_the_reader(everything: list[Line]) -> None:
    """Written alone, every form of the list is read as a whole and with the meaning of its line."""
    for place, english, korean in everything:
        for form in korean:
            text = unicodedata.normalize("NFKC", form).casefold()
            (term,) = read_korean(text)
            assert isinstance(term, Term), place
            assert term.written == text, place
            assert tuple(english) in term.meanings, place


def test_the_list_is_installed_with_the_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["matcher"]
    for file in FILES:
        assert any(fnmatch(f"lexicon/{file.name}", pattern) for pattern in patterns), file.name
    assert len(list(entries())) == sum(1 for file in FILES for _ in lines(file))


@pytest.mark.parametrize(
    ("written", "meanings"),
    [
        ("인허가", {"regulatory affairs", "clearance"}),
        ("유전", {"genetic"}),  # and not dielectric, which is 유전체
        ("염색", {"staining"}),
        ("임상2상", {"phase 2 clinical trial"}),
        ("발전", {"advancement", "power generation"}),
        ("전이", {"metastasis"}),
    ],
)
def test_the_usual_forms_of_words_that_were_wrong_once(written: str, meanings: set[str]) -> None:
    (term,) = read_korean(written)
    assert isinstance(term, Term)
    assert {meaning[0] for meaning in term.meanings} == meanings
