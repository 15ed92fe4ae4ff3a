"""The main job on the sample directory, from import to report and event: what a newcomer sees first."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiles.model import Side
from web import phrases, verdicts
from web.demo_event import sample_event
from web.importing import run_import
from web.reporting import write
from web.scheduling import SolverLine
from web.settings import SAMPLE_DIRECTORY
from web.terminal import notify, show_match

if TYPE_CHECKING:
    from web.context import Context

STARTUPS = ("kr-kaist", "kr-kakao-healthcare", "kr-medisapiens", "kr-eubiologics")
"""The Korean sides of four agreements that were really signed around such a day."""

_SHOWN = 3
_SECONDS = 30.0


def run(context: Context, out: Path) -> None:
    """Import the sample, print the best partners of four startups, write the report, schedule an event."""
    began = time.monotonic()
    notify("importing the sample directory")
    run_import(context, sorted(SAMPLE_DIRECTORY.glob("*.jsonl")))
    with context.service() as service:
        found = {startup: service.match(startup, top=_SHOWN) for startup in STARTUPS}
        notify(f"first answer after {time.monotonic() - began:.1f} s")
        for language in phrases.LANGUAGES:
            with phrases.use_language(language):
                shown = any(verdicts.calibrated(answer) for answer in found.values())
                click.echo(f"\n{verdicts.score_note(calibrated=shown)}")
                for startup, answer in found.items():
                    click.echo(f"\n== {phrases.name(answer.subject)} ({startup}) ==")
                    for match in answer.matches:
                        show_match(match, Side.STARTUP)
        written = {
            language: write(service, out / language, language=language) for language in phrases.LANGUAGES
        }
        notify("scheduling the sample event")
        sample = sample_event(service, seconds=_SECONDS, progress=SolverLine())
    click.echo()
    for language, index in written.items():
        click.echo(f"Report ({language}): {index.resolve()}")
    click.echo(f"Sample event: {sample.consultation.name}, {sample.meetings} meetings, published")
    click.echo("Open the pages: make serve   (or: .venv/bin/roundtable serve), then Events")
    notify(f"finished after {time.monotonic() - began:.1f} s")
