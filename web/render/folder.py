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
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from filelock import FileLock, Timeout

from profiles.errors import InputError

OWN = ".roundtable"
PAGES = "startups"

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_HASHED = re.compile(r".*-[0-9a-f]{8}")
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")  # by Windows, with any ending


@dataclass(frozen=True)
class Layout:
    """What is written into a folder, each sort with a list of its own, so that none takes another's files.

    Attributes:
        noun: what it is called.
        own: where its list lies, within the folder.
        written: the names it may have.
    """

    noun: str
    own: str
    written: re.Pattern[str]


REPORT = Layout(
    "report", OWN, re.compile(rf"(?:{PAGES}/)?[a-z0-9][a-z0-9_-]{{0,99}}\.(?:html|csv|xlsx|json)")
)


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
    """A folder while it is written; see ``opened``."""

    def __init__(self, out: Path, known: set[str], journal: TextIO, layout: Layout = REPORT) -> None:
        self.out, self._layout = out, layout
        self._known, self._journal = known, journal
        self._named: set[str] = set()

    def claim(self, name: str) -> Path:
        """The path of a file that will be written.

        Raises:
            InputError: somebody else's file lies there.
        """
        path = self.out / name
        if name not in self._known:
            if path.exists() or path.is_symlink():
                noun = self._layout.noun
                raise InputError(
                    f"{path} is not from an earlier {noun}: move it away, or choose another folder"
                )
            path.parent.mkdir(exist_ok=True)
            self._journal.write(name + "\n")
            self._journal.flush()
            self._known.add(name)
        self._named.add(name)
        return path

    @property
    def drafts(self) -> Path:
        """Where files lie while they are made; removed with whatever is left in it."""
        return self.out / self._layout.own / "drafts"

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
        """Remove our files that were not named now."""
        for name in self._known - self._named:
            (self.out / name).unlink(missing_ok=True)
        draft = self.draft()
        draft.write_text("".join(f"{name}\n" for name in sorted(self._named)), encoding="utf-8")
        self._journal.close()
        draft.replace(self.out / self._layout.own / "files.txt")


@contextmanager
def opened(out: Path, layout: Layout = REPORT) -> Iterator[Folder]:
    """``out``, made where it is missing, for one writing at a time.

    Raises:
        InputError: it is a file, cannot be written, or somebody is writing into it.
    """
    noun = layout.noun
    with saying(out, noun):
        if out.exists() and not out.is_dir():
            raise InputError(f"{out} is a file: give a folder for the {noun}")
        own = out / layout.own
        own.mkdir(parents=True, exist_ok=True)
        lock = FileLock(own / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as cause:
            raise InputError(
                f"another {noun} is being written into {out}: wait, or choose another folder"
            ) from cause
    try:
        with saying(out, noun):
            shutil.rmtree(own / "drafts", ignore_errors=True)  # of a run that was killed
            (own / "drafts").mkdir()
            journal = own / "files.txt"
            text = journal.read_text(encoding="utf-8", errors="replace") if journal.exists() else ""
            known = {line for line in text.splitlines() if layout.written.fullmatch(line)}
            stream = journal.open("a", encoding="utf-8", newline="\n")
            if text and not text.endswith("\n"):
                stream.write("\n")
        try:
            yield Folder(out, known, stream, layout)
        finally:
            stream.close()
            shutil.rmtree(own / "drafts", ignore_errors=True)
    finally:
        lock.release()


@contextmanager
def saying(out: Path, noun: str = REPORT.noun) -> Iterator[None]:
    """What goes wrong with files in the block, as one line."""
    try:
        yield
    except OSError as cause:
        where = cause.filename or out
        raise InputError(f"cannot write the {noun}: {where}: {cause.strerror or cause}") from cause
