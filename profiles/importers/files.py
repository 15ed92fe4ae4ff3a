"""A path -> bytes that are worth reading, or one line saying why not.

What a file is gets decided by its first bytes; its extension only tells CSV from JSON lines.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from profiles.errors import InputError
from profiles.importers.results import Limits
from profiles.importers.text import clean_line

_MAGIC = (
    (b"%PDF", "this is a PDF: copy its table into a spreadsheet and save that as .xlsx or CSV"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "this is an old .xls, a .hwp or a password-protected workbook: save it as .xlsx without a password",
    ),
    (b"\x89PNG", "this is an image: type its rows into a spreadsheet"),
    (b"\xff\xd8\xff", "this is an image: type its rows into a spreadsheet"),
    (b"GIF8", "this is an image: type its rows into a spreadsheet"),
    (b"II*\x00", "this is an image: type its rows into a spreadsheet"),
    (b"MM\x00*", "this is an image: type its rows into a spreadsheet"),
    (b"{\\rtf", "this is a rich-text document: save its table as .xlsx or CSV"),
    (b"\x1f\x8b", "this is a compressed file: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "this is a compressed file: unpack it first"),
    (b"Rar!", "this is a compressed file: unpack it first"),
    (b"SQLite format 3\x00", "this is a database: export its table as CSV"),
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|table|\?xml|!--|svg)", re.IGNORECASE)
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def shown_name(path: Path) -> str:
    """The file's name on one line, fit for messages whatever bytes it is made of."""
    return clean_line(path.name) or "(no name)"


def read_bytes(path: Path, limits: Limits) -> bytes:
    """The content of the regular file ``path``, at most ``limits.file_bytes`` of it.

    Raises:
        InputError: missing, a folder, not readable, empty or too large.
    """
    name = shown_name(path)
    try:
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            raise InputError("this is a folder: name a file in it", file=name)
        if not stat.S_ISREG(info.st_mode):
            raise InputError("this is not an ordinary file: save the data as .xlsx or CSV", file=name)
        if info.st_size > limits.file_bytes:
            raise InputError(_too_large(limits), file=name)
        with path.open("rb") as stream:
            data = stream.read(limits.file_bytes + 1)
    except FileNotFoundError as cause:
        raise InputError("there is no such file: check the path", file=name) from cause
    except (OSError, ValueError) as cause:  # ValueError: a NUL in the path
        reason = getattr(cause, "strerror", None) or str(cause)
        raise InputError(
            f"cannot be read ({clean_line(reason)}): check its permissions", file=name
        ) from cause
    if len(data) > limits.file_bytes:  # it grew while being read
        raise InputError(_too_large(limits), file=name)
    if not data.strip(b"\x00\t\n\r\x0b\x0c \xef\xbb\xbf\xff\xfe"):
        raise InputError("the file is empty: give one with a header row and rows", file=name)
    return data


def refuse_foreign(name: str, data: bytes) -> None:
    """Refuse what is recognisably something else than a table.

    Raises:
        InputError: a PDF, an old workbook, an image, HTML, a compressed file and the like.
    """
    for magic, reason in _MAGIC:
        if data.startswith(magic):
            raise InputError(reason, file=name)
    if _MARKUP.match(data[:200].removeprefix(b"\xef\xbb\xbf")):
        raise InputError("this is HTML or XML: open it in a spreadsheet and save it as .xlsx", file=name)


def _too_large(limits: Limits) -> str:
    return f"larger than {limits.file_bytes / 2**20:,.0f} MB: split it into smaller files"
