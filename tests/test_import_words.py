"""What importers say can be said in Korean too: every sentence in their sources is known."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from profiles import importers
from profiles.importers import parse_file
from web import import_words
from web.phrases import use_language

SOURCES = Path(importers.__file__).parent
SPEAKING = {"problem", "refuse", "_refuse_once", "note", "notice", "InputError", "Notice", "_RefusedError"}
"""What is called with a sentence."""
ELSEWHERE = {"outcomes.py", "outcome_words.py", "rejected.py"}
"""Outcomes are read by a command only, and rejected files written by one."""
PIECED = {"nobody called X X", "sheet X X"}
"""Sentences put together from two pieces, each of which has a form of its own in ``SENTENCES``."""


def sentences() -> Iterator[tuple[str, str]]:
    """File and each sentence that its source says; places that are filled in hold "X"."""
    for path in sorted(SOURCES.glob("*.py")):
        if path.name in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _called(node) in SPEAKING:
                for argument in [*node.args, *(each.value for each in node.keywords if each.arg is None)]:
                    text = _text(argument)
                    if text and text.count(" ") > 1 and not text.startswith("X") and "; " not in text[:3]:
                        yield path.name, text


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "X" for each in node.values)
    return ""


def test_every_sentence_of_the_importers_is_known() -> None:
    said = list(sentences())
    assert len(said) > 40  # the sources are found
    assert [each for each in said if each[1] not in PIECED and not import_words.known(each[1])] == []


@pytest.mark.parametrize("template", import_words.SENTENCES)
def test_every_sentence_has_its_korean_and_keeps_its_values(template: str) -> None:
    names = [each.split("}")[0] for each in template.split("{")[1:]]
    sentence = template.format(**{name: f"<{name}>" for name in names})
    with use_language("ko"):
        korean = import_words.said(sentence)
    assert korean != sentence
    assert all(f"<{name}>" in korean for name in names)
    assert import_words.said(sentence) == sentence


def test_codes_become_names() -> None:
    with use_language("ko"):
        kinds = import_words.said("not a known kind of partner: use hospital, pharma")
        read = import_words.said("'신약' was read as clinical")
        assert "병원" in kinds
        assert "hospital" not in kinds
        assert "임상시험" in read
        assert import_words.said("something else altogether") == "something else altogether"


def test_rows_as_they_are_met(tmp_path: Path) -> None:
    """What real rows bring about: whatever the importers put together while they run is known."""
    path = tmp_path / "rows.csv"
    path.write_text(
        "id,구분,기관유형,기업명,투자유치 희망금액,희망국가,언어,상담주제,홈페이지,past_deals,비고\n"
        "1,이상,병원,가,많이,달나라,외계어,잡담,javascript:x,몇 개,메모\n"
        "2,파트너,상사,나,20억원,유럽,한국어,투자 유치,,3,\n"
        "3,파트너,,다,협의,,,기타,,,\n"
        "4,스타트업,병원,라,1-2M,,,,,,\n"
        "4,스타트업,,마,500,,,,,,\n"
        ",스타트업,,,,,,,,,\n"
    )
    parsed = parse_file(path)
    told = [each.reason for each in parsed.rejections] + [each.text for each in parsed.notices]
    assert len(told) > 12
    assert [each for each in told if not import_words.known(each)] == []
