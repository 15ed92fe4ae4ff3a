"""Event and timetable files: read together, written whole or not at all."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from pydantic import BaseModel

from profiles.errors import InputError


def write_record(path: Path, record: BaseModel) -> None:
    """Write an event or a timetable as a JSON file, all of it or nothing.

    Raises:
        InputError: the file cannot be written.
    """
    text = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=1)
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        try:
            draft.write_text(f"{text}\n", encoding="utf-8")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as cause:
        raise InputError(f"{path} cannot be written ({cause.strerror}): choose another place") from cause


def one_line(text: str) -> str:
    """Names and ids may hold anything, also line breaks and a terminal's commands."""
    return "".join(c if c.isprintable() else "?" for c in text)


def counted(count: int, noun: str) -> str:
    """ "no meetings", "1 meeting", "2 meetings"."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
