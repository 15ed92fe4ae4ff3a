"""A folder whose files are replaced whole, and which never touches a file that is not its own.

``.roundtable/files.txt`` in it names the files written by us, one a line, each before it is written. A file
of ours that a later report no longer has is removed when that report is whole; everything else stays.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from filelock import FileLock, Timeout

from profiles.errors import InputError

OWN = ".roundtable"
PAGES = "startups"

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_HASHED = re.compile(r".*-[0-9a-f]{8}")
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")  # by Windows, with any ending
_WRITTEN = re.compile(rf"(?:{PAGES}/)?[a-z0-9][a-z0-9_-]{{0,99}}\.(?:html|csv|xlsx|json)")


def page_name(profile_id: str) -> str:
    """The page of a startup, within the folder: safe on every file system, and different for every id.

    An id of small letters, digits, "-" and "_" is its own name; others get a part of their hash.
    """
    if (
        _PLAIN.fullmatch(profile_id)
        and not _HASHED.fullmatch(profile_id)
        and not _RESERVED.fullmatch(profile_id)
    ):
        return f"{PAGES}/{profile_id}.html"
    readable = re.sub(r"[^a-z0-9]+", "-", profile_id.lower())[:60].strip("-") or "startup"
    return f"{PAGES}/{readable}-{hashlib.sha256(profile_id.encode()).hexdigest()[:8]}.html"


class Folder:
    """The folder of a report while it is written; see ``opened``."""

    def __init__(self, out: Path, known: set[str], journal: TextIO) -> None:
        self.out = out
        self._known, self._journal = known, journal
        self._named: set[str] = set()

    def claim(self, name: str) -> Path:
        """The path of a file that this report will write.

        Raises:
            InputError: somebody else's file lies there.
        """
        path = self.out / name
        if name not in self._known:
            if path.exists() or path.is_symlink():
                raise InputError(
                    f"{path} is not from an earlier report: move it away, or choose another folder"
                )
            self._journal.write(name + "\n")
            self._journal.flush()
            self._known.add(name)
        self._named.add(name)
        return path

    @property
    def drafts(self) -> Path:
        """Where files lie while they are made; removed with whatever is left in it."""
        return self.out / OWN / "drafts"

    def draft(self) -> Path:
        """A new name for a file in the making."""
        return self.drafts / secrets.token_hex(8)

    def put(self, name: str, content: bytes) -> Path:
        """Write a small file whole; the same content is left as it lies."""
        path = self.claim(name)
        try:
            if path.read_bytes() == content:
                return path
        except FileNotFoundError:
            pass
        draft = self.draft()
        draft.write_bytes(content)
        draft.replace(path)
        return path

    def finish(self) -> None:
        """Remove our files that this report does not have."""
        for name in self._known - self._named:
            (self.out / name).unlink(missing_ok=True)
        draft = self.draft()
        draft.write_text("".join(f"{name}\n" for name in sorted(self._named)), encoding="utf-8")
        self._journal.close()
        draft.replace(self.out / OWN / "files.txt")


@contextmanager
def opened(out: Path) -> Iterator[Folder]:
    """``out``, made where it is missing, for one report at a time.

    Raises:
        InputError: it is a file, cannot be written, or another report is being written into it.
    """
    with saying(out):
        if out.exists() and not out.is_dir():
            raise InputError(f"{out} is a file: give a folder for the report")
        own = out / OWN
        own.mkdir(parents=True, exist_ok=True)
        (out / PAGES).mkdir(exist_ok=True)
        lock = FileLock(own / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as cause:
            raise InputError(
                f"another report is being written into {out}: wait, or choose another folder"
            ) from cause
    try:
        with saying(out):
            shutil.rmtree(own / "drafts", ignore_errors=True)  # of a run that was killed
            (own / "drafts").mkdir()
            journal = own / "files.txt"
            text = journal.read_text(encoding="utf-8", errors="replace") if journal.exists() else ""
            known = {line for line in text.splitlines() if _WRITTEN.fullmatch(line)}
            stream = journal.open("a", encoding="utf-8", newline="\n")
            if text and not text.endswith("\n"):
                stream.write("\n")
        try:
            yield Folder(out, known, stream)
        finally:
            stream.close()
            shutil.rmtree(own / "drafts", ignore_errors=True)
    finally:
        lock.release()


@contextmanager
def saying(out: Path) -> Iterator[None]:
    """What goes wrong with files in the block, as one line."""
    try:
        yield
    except OSError as cause:
        where = cause.filename or out
        raise InputError(f"cannot write the report: {where}: {cause.strerror or cause}") from cause
