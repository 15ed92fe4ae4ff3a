"""The zip around an .xlsx, checked before a spreadsheet library sees it.

Nothing in the package is run or resolved. Its XML parts are unpacked within limits, parsed strictly once
to see how large the sheets are, and put into a new plain package: the library reads only what was checked.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from itertools import zip_longest
from xml.parsers import expat

from profiles.errors import InputError
from profiles.importers.results import ROWS_ABOVE, Limits

_BROKEN = "the workbook is damaged: open it in Excel and save it again as .xlsx"
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_CHUNK = 2**20


@dataclass
class CheckedPackage:
    """An .xlsx that is safe to open.

    Attributes:
        data: a package of the checked parts only.
        errors: cells whose formula failed or was never computed, as "C7 #N/A"; no sheet names.
    """

    data: bytes
    errors: list[str] = field(default_factory=list)


def check_package(name: str, data: bytes, limits: Limits) -> CheckedPackage:
    """The workbook in ``data`` without anything but its checked XML parts.

    Raises:
        InputError: not a workbook, one with macros, encrypted, damaged, or past the limits.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _refuse_by_directory(name, members, limits)
            parts = _unpack(name, archive, members, limits)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, OSError, EOFError) as cause:
        raise InputError(_BROKEN, file=name) from cause
    except (NotImplementedError, RuntimeError, ValueError, LookupError) as cause:
        # An unknown compression, a password, a name that cannot be decoded.
        raise InputError(_BROKEN, file=name) from cause
    types = parts.get("[Content_Types].xml", b"")
    if b"macroEnabled" in types or b"vbaProject" in types:
        raise InputError("the workbook carries macros: save it as .xlsx without macros", file=name)
    return _measure(name, parts, limits)


def _refuse_by_directory(name: str, members: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [member.filename.replace("\\", "/") for member in members]
    lower = {each.lower() for each in names}
    if any(member.flag_bits & 0x1 for member in members):
        raise InputError("the archive is encrypted: save the workbook without a password", file=name)
    if any(each.endswith("vbaproject.bin") for each in lower):
        raise InputError("the workbook carries macros: save it as .xlsx without macros", file=name)
    if "xl/workbook.bin" in lower:
        raise InputError("this is a binary workbook (.xlsb): save it as .xlsx", file=name)
    if any(each.startswith("word/") for each in lower):
        raise InputError("this is a Word document: copy its table into a spreadsheet", file=name)
    if any(each.startswith("ppt/") for each in lower):
        raise InputError("this is a presentation: copy its table into a spreadsheet", file=name)
    if "mimetype" in lower or "content.xml" in lower:
        raise InputError("this is an OpenDocument or Hangul file: save its table as .xlsx", file=name)
    if "[content_types].xml" not in lower or not any(each.startswith("xl/") for each in lower):
        raise InputError("this is an archive, not a workbook: unpack it and give the files in it", file=name)
    if len(lower) != len(names):
        raise InputError(_BROKEN, file=name)  # two parts of one name: readers would disagree which counts
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if unpacked > limits.unzipped_bytes:
        raise InputError(_too_much(limits), file=name)
    # Part by part as well: incompressible padding must not hide one that explodes.
    if unpacked > limits.ratio_from_bytes and unpacked / packed > limits.zip_ratio:
        raise InputError("the workbook unpacks to far more than its size: save it again", file=name)
    for member in members:
        ratio = member.file_size / max(1, member.compress_size)
        if member.file_size > limits.ratio_from_bytes and ratio > limits.zip_ratio:
            raise InputError("the workbook unpacks to far more than its size: save it again", file=name)


def _unpack(
    name: str, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], limits: Limits
) -> dict[str, bytes]:
    """The XML parts a workbook needs; read in pieces, for a directory can lie about sizes."""
    parts: dict[str, bytes] = {}
    total = 0
    for member in members:
        part = member.filename.replace("\\", "/")
        if not (part == "[Content_Types].xml" or part.startswith(("xl/", "_rels/"))):
            continue
        if not part.lower().endswith((".xml", ".rels")):
            continue
        pieces = []
        with archive.open(member) as stream:
            while piece := stream.read(_CHUNK):
                total += len(piece)
                if total > limits.unzipped_bytes:
                    raise InputError(_too_much(limits), file=name)
                pieces.append(piece)
        parts[part] = b"".join(pieces)
    return parts


def _measure(name: str, parts: dict[str, bytes], limits: Limits) -> CheckedPackage:
    rows = cells = sheets = 0
    errors: list[str] = []
    lengths: list[int] = []
    uses: Counter[int] = Counter()
    for content in parts.values():
        scan = _Scan()
        try:
            scan.feed(content)
        except _RefusedError as refused:
            raise InputError(str(refused), file=name) from None
        except (expat.ExpatError, ValueError, LookupError) as cause:
            raise InputError(_BROKEN, file=name) from cause
        rows += scan.rows
        sheets += bool(scan.rows)
        cells += scan.area
        errors += scan.errors
        uses.update(scan.uses)
        lengths = [max(pair) for pair in zip_longest(lengths, scan.lengths, fillvalue=0)]
    if rows > limits.rows + ROWS_ABOVE * sheets:
        raise InputError(f"{rows:,} rows; at most {limits.rows:,} are taken: split the file", file=name)
    if cells > limits.cells:
        raise InputError(
            f"its used area has {cells:,} cells, at most {limits.cells:,} are taken: "
            "delete stray cells far right or far below, or split the file",
            file=name,
        )
    # A long text used by many cells is stored once in the file and once a cell in memory.
    text = sum(count * lengths[index] for index, count in uses.items() if 0 <= index < len(lengths))
    if text > limits.unzipped_bytes:
        raise InputError(_too_much(limits), file=name)
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return CheckedPackage(plain.getvalue(), errors)


class _RefusedError(Exception):
    """Carries a reason out of a parser callback."""


class _Scan:
    """One pass over an XML part: how many rows and cells a sheet uses, which texts it repeats.

    What a part is gets decided by the elements in it, not by its name or root: that is how lenient
    readers take it too.
    """

    def __init__(self) -> None:
        self.rows = self.last_row = self.last_column = 0
        self.uses: Counter[int] = Counter()
        self.lengths: list[int] = []
        self.errors: list[str] = []
        self._in_sheet = self._formula = False
        self._row = self._column = self._filled_row = 0
        self._place = self._type = ""
        self._text: list[str] | None = None

    @property
    def area(self) -> int:
        """Cells from A1 to the last used row and column."""
        return self.last_row * self.last_column

    def feed(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        for start in range(0, len(content), _CHUNK):
            parser.Parse(content[start : start + _CHUNK], False)
        parser.Parse(b"", True)

    def _doctype(self, *_: object) -> None:
        raise _RefusedError(
            _BROKEN
        )  # no spreadsheet program writes one; it is where entities would come from

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if self._in_sheet:
            self._start_in_sheet(tag, attributes)
        elif tag == "sheetData":
            self._in_sheet = True
        elif tag == "si":
            self.lengths.append(0)
        elif tag == "t" and self.lengths:
            self._text = []

    def _start_in_sheet(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            number = attributes.get("r")
            self._row = int(number) if number else self._row + 1
            self._column = 0
        elif tag == "c":
            self._type = attributes.get("t", "")
            self._place = attributes.get("r", "").upper()
            if self._place:
                place = _CELL.fullmatch(self._place)
                if place is None:
                    raise _RefusedError(_BROKEN)
                self._column, self._row = column_number(place[1]), int(place[2])
            else:
                self._column += 1
            self._formula = False
        elif tag in ("v", "is", "f"):
            self._formula = self._formula or tag == "f"
            self._text = [] if tag == "v" else self._text
            self._use()

    def _use(self) -> None:
        self.last_row = max(self.last_row, self._row)
        self.last_column = max(self.last_column, self._column)
        if self._filled_row != self._row:
            self._filled_row = self._row
            self.rows += 1

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "sheetData":
            self._in_sheet = False
        if self._text is None:
            return
        if not self._in_sheet and tag == "t":
            self.lengths[-1] += sum(map(len, self._text))
            self._text = None
        elif self._in_sheet and tag == "v":
            value = "".join(self._text).strip()
            self._text = None
            if self._type == "s" and value.isascii() and value.isdigit() and len(value) < 10:
                self.uses[int(value)] += 1
            elif self._type == "e":
                self.errors.append(f"{self._place} {value}")
            elif self._formula and not value and self._type != "str":
                self.errors.append(f"{self._place} not computed")

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def column_number(letters: str) -> int:
    """ "A" -> 1, "Z" -> 26, "AA" -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _too_much(limits: Limits) -> str:
    return f"the workbook unpacks to more than {limits.unzipped_bytes / 2**20:,.0f} MB: split it"
