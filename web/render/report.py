"""The match report: one folder, written while the rankings stream by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from matcher.report import Overview
from matcher.results import MatchList
from profiles.errors import InputError
from profiles.model import Side
from web.phrases import use_language
from web.render import folder
from web.render.about import About
from web.render.choices import Choices, Notes
from web.render.folder import page_name
from web.render.pages import index_page, startup_page
from web.render.tables import CsvTable, JsonTable, Table, Workbook

INDEX, CSV, XLSX, JSON = "index.html", "matches.csv", "matches.xlsx", "matches.json"


@dataclass(frozen=True)
class Report:
    """What was written.

    Attributes:
        index: the page to open first.
        paths: all files, the index first.
    """

    index: Path
    paths: tuple[Path, ...]
    startups: int
    matches: int


def write_report(
    lists: Iterable[MatchList],
    out: Path,
    *,
    total: int,
    language: str,
    title: str,
    created: datetime,
    model_name: str,
    choices: Choices | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Write ``index.html``, a page a startup and the matches as CSV, XLSX and JSON into the folder ``out``.

    ``lists`` is read once, one list at a time; only a line a startup and partner is kept of it. Every file
    appears whole or not at all, and the index last. After an interrupted run the folder holds the pages
    written so far beside the files of the report before, if there was one; run it again, and pages that
    would be the same are left as they lie. Files of an earlier report that this one does not have are
    removed; other files in the folder are never touched.

    Args:
        lists: the rankings, one a startup, as ``Service.rankings`` gives them.
        out: the folder, made where it is missing.
        total: how many lists there are, for ``progress``.
        language: of the labels, "ko" or "en"; texts stay as their owners wrote them.
        created: the time to show, with a time zone if known.
        model_name: of the language model, to be shown.
        choices: how the lists were chosen, to be shown; by score alone where it is not given.
        progress: called with how many lists are written, and ``total``.

    Raises:
        InputError: ``out`` is a file, cannot be written, is in use by another report, or holds somebody
            else's file under a name of the report; ``lists`` has the same startup twice, or a partner's list.
    """
    out = Path(out)
    about = About(title, created, model_name)
    choices = choices or Choices()
    overview, notes, seen, written = Overview(), Notes(), set[str](), list[Path]()
    with use_language(language), folder.opened(out) as target:
        fixed = [target.claim(name) for name in (INDEX, XLSX, CSV, JSON)]
        with _tables(target, about, language, choices) as tables:
            for found in lists:
                _check(found, seen)
                with folder.saying(out):
                    page = startup_page(found, about, choices)
                    written.append(target.put(page_name(found.subject.id), page))
                    for table in tables.values():
                        table.add(found)
                overview.add(found)
                notes.add(found)
                progress(len(overview.summaries), total)
            with folder.saying(out):
                for table in tables.values():
                    table.finish(overview)
                for path, draft in zip(fixed[1:], tables, strict=True):
                    draft.replace(path)
                target.put(INDEX, index_page(overview, about, choices, notes))
                target.finish()
    return Report(fixed[0], (*fixed, *written), len(overview.summaries), overview.matches)


@contextmanager
def _tables(
    target: folder.Folder, about: About, language: str, choices: Choices
) -> Iterator[dict[Path, Table]]:
    """XLSX, CSV and JSON by the drafts they are written to; their files are closed in any case."""
    with ExitStack() as stack:
        with folder.saying(target.out):
            xlsx, csv, json = (target.draft() for _ in range(3))
            tables: dict[Path, Table] = {xlsx: Workbook(xlsx, about, target.drafts, choices)}
            for draft, table in ((csv, CsvTable(csv)), (json, JsonTable(json, about, language, choices))):
                stack.callback(table.close)
                tables[draft] = table
        yield tables


def _check(found: MatchList, seen: set[str]) -> None:
    profile = found.subject
    if profile.side is not Side.STARTUP:
        raise InputError(f"the report is about startups; {profile.id} is a partner")
    if profile.id in seen:
        raise InputError(f"startup {profile.id} is in the report twice: name it once")
    seen.add(profile.id)
