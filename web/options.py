"""Options that several commands share, and what they mean."""

from __future__ import annotations

import locale
import os
import sys

import click

from profiles.errors import InputError
from profiles.model import PARTNER_KINDS, Kind, Profile, Side, Topic
from web.languages import LANGUAGES

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
TOP = click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, help="How many of the best."
)
KIND = click.option(
    "--kind",
    type=click.Choice([kind.value for kind in PARTNER_KINDS]),
    help="Only partners of this kind.",
)
TRACK = click.option(
    "--track",
    type=click.Choice([topic.value for topic in Topic]),
    help="What the meetings are about: only wants of this topic count.",
)
DIVERSITY = click.option(
    "--diversity",
    type=click.FloatRange(0.0, 1.0),
    default=0.0,
    show_default=True,
    help="0 for the best by fit, up to 1 for partners that differ.",
)
SPREAD = click.option(
    "--spread", is_flag=True, help="Share attention: nobody is suggested to too many startups."
)
SECONDS = click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="End by then with the best found.",
)
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Of the decisions."
)
LANGUAGE = click.option(
    "--lang", type=click.Choice(LANGUAGES), help="Language of the labels; your system's by default."
)


def kind(value: str | None) -> Kind | None:
    """What ``--kind`` gave."""
    return Kind(value) if value else None


def topic(value: str | None) -> Topic | None:
    """What ``--track`` gave."""
    return Topic(value) if value else None


def described(text: str) -> Profile:
    """The startup that ``--text`` describes.

    Raises:
        InputError: the text is empty.
    """
    from profiles.importers.text import clean

    about = clean(sys.stdin.read() if text == "-" else text)
    if not about.strip():
        raise InputError("the text is empty: describe the startup and what it seeks", field="--text")
    return Profile(id="(text)", side=Side.STARTUP, kind=Kind.STARTUP, name="(text)", about=about)


def language(chosen: str | None) -> str:
    """The language asked for, else the system's if it is Korean, else English."""
    if chosen:
        return chosen
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "ko" if (named or (locale.getlocale()[0] or "")).lower().startswith("ko") else "en"
