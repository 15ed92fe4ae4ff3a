"""The match report of a store, written to a folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from profiles.errors import InputError
from profiles.model import Kind, Topic
from web import phrases
from web.terminal import ProgressLine

if TYPE_CHECKING:
    from matcher.service import Service


def write(
    service: Service,
    out: Path,
    *,
    language: str,
    startups: Sequence[str] | None = None,
    top: int = 10,
    kind: Kind | None = None,
    track: Topic | None = None,
    diversity: float = 0.0,
    spread: bool = False,
) -> Path:
    """Write the report into ``out`` and give its ``index.html``.

    With ``spread`` it says how often each partner is suggested, over all startups of the store.

    Raises:
        InputError: the store has no startup or no partner, or ``out`` cannot be written.
        NotFoundError: one of ``startups`` is not stored.
    """
    from web.render import Attention, Choices, write_report

    directory = service.directory()
    for startup in startups or ():
        service.store.get(startup)
    if not len(directory.startups) or not len(directory.partners):
        raise InputError("there is nothing to report: import startups and partners first")
    progress = ProgressLine()
    total = len(directory.startups) if startups is None else len(startups)
    with phrases.use_language(language):
        attention = None
        if spread:
            shared = service.shared_attention(top=top, kind=kind, track=track)
            attention = Attention.of(directory.partners.profiles, shared)
        report = write_report(
            service.rankings(startups, top=top, kind=kind, track=track, diversity=diversity, spread=spread),
            out,
            total=total,
            language=language,
            title=phrases.gettext("Match report"),
            created=datetime.now(UTC),
            model_name=service.model_name,
            choices=Choices(track, diversity, attention),
            progress=lambda done, all_: progress("writing the report", done, all_),
        )
    return report.index
