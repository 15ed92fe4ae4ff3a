"""What the next page says of what was just done: done, refused, or done with a way back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash


def done(text: str) -> None:
    """Say that something was done."""
    flash(text, "done")


def refused(text: str) -> None:
    """Say that something was not done, and what to do."""
    flash(text, "error")


def undoable(text: str, url: str, fields: Mapping[str, str]) -> None:
    """Say that something was done, with a button that sends ``fields`` to ``url`` to undo it."""
    flash({"text": text, "url": url, "fields": dict(fields)}, "done")  # type: ignore[arg-type]
