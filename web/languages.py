"""The language in use, and sentences in it: what ``phrases`` and every face speak through.

Works without Flask: ``with use_language("ko"): gettext("Kind")``. The pages set the language of each request
the same way, so a sentence reads the same wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel import Locale
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from profiles.errors import InputError

LANGUAGES = ("en", "ko")
TRANSLATIONS = Path(__file__).parent / "translations"

_language: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """The language sentences are given in now: "en" or "ko"."""
    return _language.get()


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Give sentences in ``code`` within the block.

    Raises:
        InputError: no such language.
    """
    if code not in LANGUAGES:
        raise InputError(f"no language {code!r}: choose {' or '.join(LANGUAGES)}")
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _catalogue(code: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [code])


@cache
def locale(code: str) -> Locale:
    return Locale(code)


def gettext(message: str, /, **values: object) -> str:
    """``message`` in the language in use; ``{name}`` in it is filled from ``values``.

    After a name a Korean sentence needs the particle that fits its last sound: ``{name:은}`` in the Korean
    text of a message gives 은 or 는, if the value is a ``Name``.
    """
    text = _catalogue(language()).gettext(message)
    return text.format(**values) if values else text


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """As ``gettext``, by number; ``{number}`` is written with thousands separators."""
    text = _catalogue(language()).ngettext(one, many, number)
    return text.format(number=format_decimal(number, locale=language()), **values)


_ = gettext


def N_(message: str) -> str:  # noqa: N802  (the customary name: it marks a message for the catalogue)
    return message


class Name(str):
    """A name that knows which Korean particle follows it."""

    def __format__(self, particle: str) -> str:
        if particle not in _PARTICLES:
            return str(self)
        last = self.rstrip()[-1:]
        if not "가" <= last <= "힣":  # how a Latin name ends is for the reader to say
            after_final, after_vowel = _PARTICLES[particle]
            return f"{self}{after_final}({after_vowel})"
        return f"{self}{_PARTICLES[particle][(ord(last) - ord('가')) % 28 == 0]}"


_PARTICLES = {"은": ("은", "는"), "이": ("이", "가"), "을": ("을", "를"), "과": ("과", "와")}
