"""Cells -> lists, whole numbers, web and mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from profiles.importers.text import clean, clean_line, fold, key, listed

_ENTRY = re.compile(r"[;；\n]")
_CHOICE = re.compile(r"[;；\n,，、/／·ㆍ•∙‧|]")
_BULLET = re.compile(
    r"^\s*(?:[•·∙‧◦○●▪■□◆◇▶▷※✓✔☑ㆍ*]+\s*|[-–—]+(?!\d)\s*|\(?\d{1,2}[.)](?!\d)\s*|[①-⑳]\s*|[가나다라마바사아자차카타파하][.)]\s+)"
)
_NOTHING = frozenset(
    map(
        key,
        listed("없음, 해당없음, 해당 없음, 해당사항 없음, 무, none, nil, null, not applicable, nan", ","),
    )
)
_UNDECIDED = frozenset(
    map(
        key,
        listed(
            """
            협의, 협의 가능, 추후 협의, 별도 협의, 상담 시 협의, 미팅 시 협의, 협의 후 결정, 협의 예정,
            협의 필요, 추후 결정, 추후 공개, 미정, 미공개, 비공개, 대외비, 모름, TBD, TBA, TBC,
            to be discussed, to be determined, to be decided, to be announced, to be confirmed, undisclosed,
            not disclosed,
            confidential, negotiable, open, flexible, unknown, undecided, case by case
            """,
            ",",
        ),
    )
)
_LONGEST_NOTHING = 40
_COUNT = re.compile(
    r"(?:약|총|about|approx\.?)?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?\s*(?:건|회|개|개사|deals?|cases?|\+)*"
)


def says_nothing(text: str, *, codes: bool = False) -> bool:
    """Whether a whole cell only says that there is nothing: "", "-", "없음", "N/A".

    Args:
        text: the cell.
        codes: two-letter codes are meant here, so "NA" is Namibia.
    """
    if len(text) > _LONGEST_NOTHING:
        return False
    folded = key(text)
    if not folded:
        return True
    return folded in _NOTHING or (folded == "na" and not (codes and "/" not in text))


def is_undecided(text: str) -> bool:
    """Whether a cell says that something is not settled yet: "협의", "TBD"."""
    return len(text) <= _LONGEST_NOTHING and key(text) in _UNDECIDED


def split_entries(text: str) -> list[str]:
    """Entries of a free-text list: between ``;`` and line breaks, without bullets, each once."""
    return _unique(_BULLET.sub("", part) for part in _ENTRY.split(clean(text)))


def split_choices(text: str) -> list[str]:
    """Entries of a list of short words: also between ``,`` ``/`` ``、`` ``·`` and ``|``."""
    parts = (_BULLET.sub("", part) for part in _ENTRY.split(clean(text)))
    return _unique(choice for part in parts for choice in _CHOICE.split(part))


def read_count(text: str) -> int | None:
    """A whole number such as "12", "12.0", "1,200", "약 12건"; None where there is none."""
    found = _COUNT.fullmatch(fold(text[:100]))
    if not found or len(found[1]) > 15:
        return None
    return int(found[1].replace(",", ""))


def bad_website(text: str) -> bool:
    """Whether an address is of a kind that a page must not link to ("javascript:...")."""
    scheme = re.match(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):(?!\d)", text)
    return scheme is not None and scheme[1].lower() not in ("http", "https")


def looks_like_email(text: str) -> bool:
    """Whether ``text`` has the form of one e-mail address."""
    return re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", text) is not None


def _unique(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(line for part in parts if (line := clean_line(part))))
