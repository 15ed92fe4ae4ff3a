"""The workbook, the pages and their folder: known answers, hostile texts, other people's files."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import openpyxl
import pytest
from filelock import FileLock
from test_timetable_rows import MEETINGS, PROFILES, make_event, make_schedule, meet

from matcher.results import Match
from matcher.whynot import WhyNot
from profiles.errors import InputError
from profiles.event import Schedule
from profiles.model import Topic
from web.render.timetable import Timetable, write_timetable

NOW = datetime(2023, 4, 1, 8, tzinfo=UTC)
HOSTILE = "=HYPERLINK(A1)<script>alert(1)</script>\"' onload=x ../../x"
LEFT = [{"startup": "s2", "partner": "p2", "reason": "p2 is full", "code": "partner_full"}]
STAGES = [
    {"name": "shortfall", "value": 0, "bound": 0},
    {"name": "value", "value": 4.5, "bound": 6.25},
    {"name": "breaks", "value": 3, "bound": 1},
]


def explain(startup: str, partner: str, track: Topic | None) -> WhyNot:
    match = Match(1, PROFILES[startup], PROFILES[partner], 50.0, (), track=track)
    return WhyNot(match, False, (), ())


def write(out: Path, language: str = "en", schedule: Schedule | None = None, **changes: Any) -> Path:
    found = schedule or make_schedule(*MEETINGS, unscheduled=LEFT, stages=STAGES, status="feasible")
    timetable = Timetable.of(make_event(**changes), found, PROFILES)
    write_timetable(timetable, out, language=language, created=NOW, explain=explain)
    return out


class Page(HTMLParser):
    """What a page says, links, loads and runs."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.handlers: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.language = ""
        self._texts: list[str] = []
        self._in_style = False
        self.feed(path.read_text(encoding="utf-8"))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.handlers += [name for name in values if name.startswith("on")]
        self._in_style = tag == "style"
        if tag == "html":
            self.language = values.get("lang") or ""
        if tag == "a":
            self.links.append(values.get("href") or "")
        else:
            self.loaded += [
                values[name] or "" for name in ("src", "href", "srcset", "data") if name in values
            ]

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self._texts.append(data)


@pytest.fixture(scope="module", params=["en", "ko"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return request.param, write(tmp_path_factory.mktemp("timetable") / "a" / "b", request.param)


def sheets(out: Path) -> list[list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(out / "timetable.xlsx")
    return [list(sheet.iter_rows(values_only=True)) for sheet in book]


def test_everything_is_there(written: tuple[str, Path]) -> None:
    _, out = written
    found = {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file() and ".roundtable" not in p.parts}
    people = ("s1", "s2", "p1", "p2")
    assert found == {
        *("index.html", "by-slot.html", "people.html", "tables.html", "timetable.xlsx", "calendar.json"),
        *(f"people/{who}.html" for who in (*people, "i1")),
        *(f"briefings/{who}.html" for who in people),
        *(f"calendars/{who}.ics" for who in (*people, "i1", "all")),
        *("tables/T1.html", "tables/T2.html"),
    }


def test_pages_are_whole_by_themselves_and_their_links_lead_somewhere(written: tuple[str, Path]) -> None:
    language, out = written
    for path in out.rglob("*.html"):
        page = Page(path)
        assert page.language == language
        assert (page.loaded, page.handlers) == ([], [])
        assert "script" not in page.tags
        assert len(page.ids) == len(set(page.ids))
        for link in page.links:
            file, fragment = urldefrag(link)
            target = path.parent / unquote(file) if file else path
            assert target.is_file(), (path, link)
            assert not fragment or fragment in Page(target).ids


def test_a_person_sheet_says_when_where_and_with_whom(written: tuple[str, Path]) -> None:
    language, out = written
    page = Page(out / "people" / "p1.html")
    other, topic, day = {
        "en": ("VUNO 뷰노, VUNO Inc.", "Clinical trials", "Friday, April 28, 2023"),
        "ko": ("뷰노 VUNO, VUNO Inc.", "임상시험", "2023년 4월 28일 금요일"),
    }[language]
    first = page.text.index("09:00–09:20")
    free, second = page.text.index("09:20–10:20"), page.text.index("10:20–10:40")
    assert first < free < second
    assert day in page.text[:first]
    assert other in page.text[first:free]
    assert f"T1 · {topic}" in page.text[first:free]
    assert "i1" in page.text[first:free]
    assert "Second" in page.text[second:]
    assert page.tags.count("article") == 1


def test_all_sheets_stand_in_one_file_each_on_its_own_paper(written: tuple[str, Path]) -> None:
    _, out = written
    assert Page(out / "people.html").tags.count("article") == 5
    assert Page(out / "tables.html").tags.count("article") == 2
    assert ".sheet + .sheet { margin: 0; padding: 0; border: 0; break-before: page; }" in (
        out / "people.html"
    ).read_text(encoding="utf-8")


def test_the_table_sheet_names_both_sides(written: tuple[str, Path]) -> None:
    language, out = written
    text = Page(out / "tables" / "T2.html").text
    assert ("Massachusetts General" if language == "en" else "매사추세츠 병원") in text
    assert text.index("10:20–10:40") < text.index("Second") < text.index("09:00–09:20") < text.index("VUNO")


def test_the_overview_tells_what_was_proven(tmp_path: Path) -> None:
    text = Page(write(tmp_path) / "index.html").text
    assert "Meetings 3 Pairs that do not meet 1 Startups 2 Partners 2 Tables 2 Time slots 6" in text
    assert "the time for the search ended before everything below was proven" in text
    assert "wished for at least 0 Proven: it cannot be better." in text
    assert "agreement 4.5 Not proven to be the best: 6.25 at most." in text
    assert "one participant 3 Not proven to be the best: 1 at least." in text
    assert "Second p2 p2 is full" in text
    best = write(tmp_path, schedule=make_schedule(*MEETINGS))
    assert "Proven to be the best timetable" in Page(best / "index.html").text


def test_a_timetable_with_faults_is_not_called_the_best(tmp_path: Path) -> None:
    timetable = Timetable.of(make_event(), make_schedule(*MEETINGS), {})
    write_timetable(timetable, tmp_path, language="en", created=NOW, faults=2)
    text = Page(tmp_path / "index.html").text
    assert "This timetable breaks rules in 2 places." in text
    assert "Proven to be the best" not in text


def test_the_grid_page_shows_each_meeting_once_in_its_place(written: tuple[str, Path]) -> None:
    _, out = written
    html = (out / "by-slot.html").read_text(encoding="utf-8")
    rows = re.findall(r"<tr>.*?</tr>", html, re.DOTALL)
    found: dict[str, list[int]] = {}
    for row in rows:
        time = re.search(r"\d\d:\d\d–\d\d:\d\d", row)
        if time:
            found.setdefault(time[0], []).append(row.count('class="used"'))
    assert found == {
        "09:00–09:20": [1, 1],  # of both days
        "09:10–09:30": [0],
        "09:20–09:40": [0],
        "10:20–10:40": [1],
        "10:50–11:10": [0],
    }
    assert html.count('class="used"') == 3
    assert html.count('class="shut"') == 3  # T2 closed in b and ab; T1 in use during ab


def test_the_workbook_holds_real_dates_times_and_numbers(written: tuple[str, Path]) -> None:
    language, out = written
    overview, people, tables, grid, left, interpreters = sheets(out)
    assert overview[0][0] == "Boston day"
    assert [row[1:3] for row in overview[12:15]] == [(0, 0), (4.5, 6.25), (3, 1)]
    row = next(row for row in people if row[13:] == ("s1", "p1"))
    names = ("VUNO", "뷰노, VUNO Inc.") if language == "en" else ("뷰노", "VUNO, VUNO Inc.")
    assert row[:2] == names
    assert row[3:6] == (datetime(2023, 4, 28), datetime(2023, 4, 28, 9, 0), datetime(2023, 4, 28, 9, 20))
    assert row[8:10] == ("T1", "Clinical trials" if language == "en" else "임상시험")
    assert row[10] == "i1"
    assert (len(people), len(tables)) == (1 + 2 * 3, 1 + 3)
    assert [row[0] for row in tables[1:]] == ["T1", "T2", "T2"]
    assert grid[0][4:] == ("T1", "T2")
    assert [row[1].strftime("%d %H:%M") for row in grid[1:]] == [
        *("28 09:00", "28 09:10", "28 09:20", "28 10:20", "28 10:50", "29 09:00")
    ]
    assert str(grid[1][4]).startswith(
        f"{names[0]} – Massachusetts" if language == "en" else "뷰노 – 매사추세츠"
    )
    assert left[1][0] == "Second"
    assert left[1][6:8] == ("p2 is full", "partner_full")
    assert interpreters[1][0] == "i1"
    assert len(interpreters) == 2


def test_the_workbook_is_laid_out_for_use(written: tuple[str, Path]) -> None:
    book = openpyxl.load_workbook(written[1] / "timetable.xlsx")
    people, grid = book.worksheets[1], book.worksheets[3]
    assert (people.freeze_panes, grid.freeze_panes) == ("B2", "E2")
    assert people.auto_filter.ref == "A1:O7"
    assert people.column_dimensions["A"].width > 25
    assert (people["E2"].number_format, people["D2"].number_format) == ("hh:mm", "yyyy-mm-dd")


def test_somebody_without_a_meeting_is_not_forgotten(tmp_path: Path) -> None:
    out = write(tmp_path, schedule=make_schedule(meet("s1 p1", "a")))
    rows = sheets(out)[1]
    assert [(row[6], row[13]) for row in rows if row[0] == "Second"] == [("No meeting", "s2")]
    assert "No meeting" in Page(out / "people" / "s2.html").text
    assert "No meeting" in Page(out / "briefings" / "s2.html").text


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    people = [
        {"id": HOSTILE, "side": "startup", "name": HOSTILE},
        {"id": "@p", "side": "partner", "name": "+1\x00\x1b\ufffe"},
    ]
    pair = {"startup": HOSTILE, "partner": "@p", "track": None}
    other = {"startup": HOSTILE, "partner": "@q"}
    schedule = make_schedule(
        {**pair, "slot": "a", "table": HOSTILE, "interpreter": HOSTILE},
        unscheduled=[{**other, "reason": HOSTILE, "code": HOSTILE}],
        stages=[{"name": HOSTILE, "value": 1, "bound": 1}],
    )
    out = write(
        tmp_path / "out",
        schedule=schedule,
        event={"id": HOSTILE, "name": HOSTILE},
        participants=[*people, {"id": "@q", "side": "partner"}],
        interpreters=[{"id": HOSTILE, "languages": ["ko"]}],
        tables=[{"id": HOSTILE}],
        pairs=[pair, other],
    )
    for path in out.rglob("*.html"):
        page = Page(path)
        assert "script" not in page.tags
        assert page.handlers == []
        assert all((path.parent / unquote(urldefrag(link)[0])).exists() for link in page.links)
    book = openpyxl.load_workbook(out / "timetable.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "n", "d"}
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert sum(text.startswith("'=HYPERLINK") for text in texts) > 5
    assert not [text for text in texts if re.match(r"[=+\-@\t\r]", text)]
    written_to = {path.resolve() for path in tmp_path.rglob("*")}
    assert all(out.resolve() in (path, *path.parents) for path in written_to)


def test_only_our_own_files_are_replaced_and_removed(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "people" / "me.html").write_text("mine")
    write(tmp_path, "ko", schedule=make_schedule(meet("s1 p1", "a")), tables=[{"id": "T1"}])
    assert not (tmp_path / "tables" / "T2.html").exists()
    assert (tmp_path / "notes.txt").read_text() == (tmp_path / "people" / "me.html").read_text() == "mine"
    assert not list((tmp_path / ".roundtable" / "timetable").glob("drafts*"))


@pytest.mark.parametrize("name", ["index.html", "calendar.json", "timetable.xlsx", "people/s1.html"])
def test_a_file_of_somebody_else_stops_the_writing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputError, match=re.escape(f"{tmp_path / name} is not from an earlier timetable")):
        write(tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def test_a_folder_that_cannot_be_written_or_is_in_use_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file: give a folder for the timetable"):
        write(tmp_path / "file")
    with pytest.raises(InputError, match="cannot write the timetable"):
        write(tmp_path / "file" / "below")
    write(tmp_path / "out")
    with (
        FileLock(tmp_path / "out" / ".roundtable" / "timetable" / "lock"),
        pytest.raises(InputError, match="another timetable is being written"),
    ):
        write(tmp_path / "out")


def test_the_same_again_leaves_pages_as_they_lie(tmp_path: Path) -> None:
    def state() -> dict[Path, tuple[int, bytes]]:
        paths = [
            path
            for path in tmp_path.rglob("*")
            if path.is_file() and path.suffix in (".html", ".ics", ".json")
        ]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}

    write(tmp_path)
    before = state()
    write(tmp_path)
    assert state() == before


def test_without_briefings_none_are_written_or_linked(tmp_path: Path) -> None:
    timetable = Timetable.of(make_event(), make_schedule(*MEETINGS), PROFILES)
    write_timetable(timetable, tmp_path, language="en", created=NOW)
    assert not (tmp_path / "briefings").exists()
    assert not [link for path in tmp_path.rglob("*.html") for link in Page(path).links if "briefing" in link]
