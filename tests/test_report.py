"""The match report: every format says the same, nothing in it runs, and a folder's other files are safe."""

from __future__ import annotations

import csv
import html
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import openpyxl
import pytest

from matcher.attention import Shared
from matcher.report import Overview, ReportRow, best_quotes, report_rows, shared_terms
from matcher.results import Match, MatchList, Part, Quote
from matcher.service import Service
from matcher.weights import PARTS
from profiles.errors import InputError
from profiles.model import Kind, Profile, Side, Topic
from web import phrases
from web.render import Attention, Choices, Report, harmless, tables, write_report
from web.render.folder import Folder, page_name
from web.render.report import CSV, INDEX, JSON, XLSX

CREATED = datetime(2026, 11, 22, 19, 40, tzinfo=UTC)
HOSTILE = ("=HYPERLINK(A1)", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "＝1+1", "<script>alert(1)</script>")


def startup(profile_id: str = "s-one", **fields: object) -> Profile:
    values = {"id": profile_id, "side": Side.STARTUP, "kind": Kind.STARTUP, "name": profile_id, **fields}
    return Profile.model_validate(values)


def partner(profile_id: str = "p-one", **fields: object) -> Profile:
    values = {"id": profile_id, "side": Side.PARTNER, "kind": Kind.HOSPITAL, "name": profile_id, **fields}
    return Profile.model_validate(values)


def found_for(subject: Profile, *partners: Profile, kind: Kind | None = None) -> MatchList:
    matches = []
    for rank, other in enumerate(partners, start=1):
        quote = Quote(Side.STARTUP, "a want", "seeks", "an offer", "offers")
        parts = (
            Part("wants", 10.25 - rank, 14.0, quotes=(quote,)),
            Part("returns", 1.0, 5.0),
            Part("words", 5.5, 24.0, terms=("vaccine",)),
            Part("markets", 3.0, 6.0, "unknown"),
        )
        matches.append(Match(rank, subject, other, round(sum(part.points for part in parts), 2), parts))
    return MatchList(subject, tuple(matches), len(matches), kind)


def write(lists: Iterable[MatchList], out: Path, language: str = "en", title: str = "Match report") -> Report:
    return write_report(
        lists, out, total=1, language=language, title=title, created=CREATED, model_name="test model"
    )


def csv_rows(out: Path) -> list[dict[str, str]]:
    with (out / CSV).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def sheets(out: Path) -> list[list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(out / XLSX)
    return [list(sheet.iter_rows(values_only=True)) for sheet in book]


def contents(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()
    }


class Page(HTMLParser):
    """What a page refers to, holds and runs."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.tags: set[str] = set()
        self.ids: set[str] = set()
        self.handlers: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.add(tag)
        self.ids.add(values.get("id") or "")
        self.handlers += [name for name in values if name.startswith("on")]
        if tag == "a":
            self.links.append(values.get("href") or "")
        else:
            self.loaded += [
                values[name] or "" for name in ("src", "href", "srcset", "data") if name in values
            ]


@pytest.fixture(scope="module")
def lists(sample_service: Service) -> list[MatchList]:
    ids = ["kr-eubiologics", "kr-lunit", "kr-kaist", "kr-kakao-healthcare"]
    return list(sample_service.rankings(ids, top=5))


@pytest.fixture(scope="module", params=phrases.LANGUAGES)
def written(
    request: pytest.FixtureRequest, lists: list[MatchList], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("report") / "a" / "b"
    report = write(iter(lists), out, request.param, "보고서")
    assert (report.startups, report.matches, report.index) == (4, 20, out / INDEX)
    assert all(path.is_file() for path in report.paths)
    assert len(report.paths) == 8
    return out


# -- what it says ----------------------------------------------------------------------------------


def test_every_format_holds_the_same_scores(written: Path, lists: list[MatchList]) -> None:
    expected = [(m.startup.id, m.partner.id, m.rank, m.score) for found in lists for m in found.matches]
    in_csv = [(r["startup"], r["partner"], int(r["rank"]), float(r["score"])) for r in csv_rows(written)]
    assert in_csv == expected

    matches = sheets(written)[0]
    assert [(row[-2], row[-1], row[2], row[8]) for row in matches[1:]] == expected
    assert all(isinstance(cell, (int, float)) for row in matches[1:] for cell in row[11 : 11 + len(PARTS)])
    trust = [(round(m.confidence, 2), m.probability) for found in lists for m in found.matches]
    assert [(row[9], row[10]) for row in matches[1:]] == trust
    assert [(float(r["confidence"]), r["probability"]) for r in csv_rows(written)] == [
        (confidence, "") for confidence, _ in trust
    ]

    stored = json.loads((written / JSON).read_text(encoding="utf-8"))
    assert stored["lists"] == json.loads(json.dumps([found.to_dict() for found in lists]))
    assert (stored["startups"], stored["matches"], stored["created"]) == (4, 20, CREATED.isoformat())

    for found in lists:
        page = (written / page_name(found.subject.id)).read_text(encoding="utf-8")
        shown = re.findall(r"<strong>([\d.]+)</strong>", page)
        sums = re.findall(r'<tfoot>.*?<td class="num">([\d.]+)</td>', page, re.DOTALL)
        assert [float(text) for text in sums] == [round(m.score, 2) for m in found.matches]
        assert shown == [phrases.score(m.score) for m in found.matches]


def test_parts_add_up_in_every_format(written: Path) -> None:
    for row in csv_rows(written):
        assert sum(float(row[code]) for code in PARTS) == pytest.approx(float(row["score"]), abs=0.005)
    for cells in sheets(written)[0][1:]:
        points = [cell for cell in cells[11 : 11 + len(PARTS)] if isinstance(cell, (int, float))]
        assert len(points) == len(PARTS)
        assert sum(points) == pytest.approx(cells[8], abs=0.005)


def test_pages_hold_both_names_and_the_quotes_word_for_word(written: Path, lists: list[MatchList]) -> None:
    index = html.unescape((written / INDEX).read_text(encoding="utf-8"))
    for found in lists:
        page = html.unescape((written / page_name(found.subject.id)).read_text(encoding="utf-8"))
        assert found.subject.name in index
        assert found.subject.name_ko in index
        for match in found.matches:
            assert match.partner.name in page
            assert match.partner.name_ko in page
            for quote in best_quotes(match):
                assert quote.ask in page
                assert quote.give in page


def test_pages_speak_the_readers_language(written: Path) -> None:
    index = (written / INDEX).read_text(encoding="utf-8")
    language = json.loads((written / JSON).read_text(encoding="utf-8"))["language"]
    assert f'<html lang="{language}">' in index
    assert ("2026년 11월 22일" in index) == (language == "ko")
    with phrases.use_language(language):
        for code in PARTS:
            assert html.escape(phrases.part_name(code), quote=False).replace("'", "&#39;") in index
        assert sheets(written)[0][0][5] == phrases.field_name("kind")


def test_every_link_leads_somewhere_within_the_report_or_to_a_website(written: Path) -> None:
    for path in written.rglob("*.html"):
        for link in Page(path).links:
            if link.startswith(("https://", "http://")):
                continue
            if link.startswith("mailto:"):
                continue
            file, _, fragment = link.partition("#")
            target = (path.parent / unquote(file)).resolve() if file else path
            assert target.is_file(), link
            if fragment:
                assert fragment in Page(target).ids, link


def test_pages_load_nothing_and_run_nothing(written: Path) -> None:
    for path in written.rglob("*.html"):
        page = Page(path)
        assert page.loaded == []
        assert page.handlers == []
        assert not page.tags & {"script", "link", "img", "iframe", "object", "base", "form"}
        text = path.read_text(encoding="utf-8")
        assert "default-src 'none'" in text
        assert not re.search(r"@import|url\(", text)


def test_workbook_has_three_sheets_with_heads_that_stay(written: Path) -> None:
    book = openpyxl.load_workbook(written / XLSX)
    assert len(book.worksheets) == 3
    for sheet, rows in ((book.worksheets[0], 21), (book.worksheets[1], 5)):
        assert sheet.max_row == rows
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.auto_filter.ref.endswith(str(rows))
    about = [cell.value for row in book.worksheets[2] for cell in row]
    assert CREATED.replace(tzinfo=None) in about
    assert "test model" in about
    assert 20 in about


def test_csv_starts_with_a_byte_order_mark(written: Path) -> None:
    assert (written / CSV).read_bytes().startswith(b"\xef\xbb\xbfstartup,")


def test_rows_come_from_the_match() -> None:
    give_and_take = Quote(Side.PARTNER, "trial partners", "seeks", "a device", "offers")
    found = found_for(startup(), partner(website="https://p.example"))
    match = found.matches[0]
    parts = (
        *(part for part in match.parts if part.code != "returns"),
        Part("returns", 2.0, 6.0, quotes=(give_and_take,)),
        Part("common", 1, 3, "yes", ("Vaccine supply",)),
    )
    row = ReportRow.of(replace(match, parts=parts))
    assert row.points == {"wants": 9.25, "words": 5.5, "markets": 3.0, "returns": 2.0, "common": 1}
    assert (row.rules("yes"), row.rules("no"), row.rules("unknown")) == (["common"], [], ["markets"])
    assert row.terms == ("Vaccine supply",)
    assert row.quotes[Side.STARTUP].give == "an offer"
    assert row.quotes[Side.PARTNER] is give_and_take
    assert [row.partner.id for row in report_rows(found)] == ["p-one"]


def test_shared_terms_are_fields_and_the_words_they_do_not_hold() -> None:
    match = found_for(startup(), partner()).matches[0]
    words, fields = ("vaccine", "수면", "supply"), ("Vaccines", "수면 의학")
    parts = (Part("words", 5.5, 24.0, terms=words), Part("common", 1.0, 3.0, "yes", fields))
    assert shared_terms(replace(match, parts=parts)) == ("Vaccines", "수면 의학", "supply")
    assert shared_terms(replace(match, parts=parts[:1])) == words
    assert shared_terms(replace(match, parts=())) == ()


def test_overview_counts_who_is_asked() -> None:
    a, b, c, d = (partner(name) for name in "abcd")
    overview = Overview()
    overview.add(found_for(startup("one"), a, b, c, d))
    overview.add(found_for(startup("two"), b, a, d))
    assert [(x.partner.id, x.best, x.first, x.listed) for x in overview.most_asked()] == [
        ("a", 1, 2, 2),
        ("b", 1, 2, 2),
        ("d", 0, 1, 2),
        ("c", 0, 1, 1),
    ]
    assert (overview.partners, overview.matches, overview.candidates) == (4, 7, 4)
    assert [pick.partner.id for pick in overview.summaries[0].first] == ["a", "b", "c"]


def test_a_report_without_startups_or_without_partners(tmp_path: Path) -> None:
    write([], tmp_path / "none")
    assert "The report holds no startup." in (tmp_path / "none" / INDEX).read_text(encoding="utf-8")
    write([found_for(startup())], tmp_path / "alone")
    assert "No partner could be matched." in (tmp_path / "alone" / page_name("s-one")).read_text(
        encoding="utf-8"
    )
    assert csv_rows(tmp_path / "alone") == []


def test_a_report_on_one_kind_says_so(tmp_path: Path) -> None:
    write([found_for(startup(), partner(), kind=Kind.HOSPITAL)], tmp_path)
    for name in (INDEX, page_name("s-one")):
        assert re.search(r"Only: (<b>)?Hospitals", (tmp_path / name).read_text(encoding="utf-8")), name


def test_startups_without_a_good_partner_are_marked(tmp_path: Path) -> None:
    lonely = replace(found_for(startup("s-far"), partner()), promising=False)
    write([found_for(startup("s-near"), partner()), lonely], tmp_path)
    index = (tmp_path / INDEX).read_text(encoding="utf-8")
    assert index.count('<span class="unpromising">There is no good partner here.</span>') == 1
    assert re.search(r"Startups without a good partner here <b>1</b>", index)
    far, near = ((tmp_path / page_name(name)).read_text(encoding="utf-8") for name in ("s-far", "s-near"))
    assert "There is no good partner here." in far
    assert 'id="match-1"' in far
    assert "There is no good partner here." not in near
    rows = sheets(tmp_path)[1]
    remark = rows[0].index("Remark")
    assert [row[remark] for row in rows[1:]] == [None, "There is no good partner here."]


def test_probabilities_are_in_every_format(tmp_path: Path) -> None:
    found = found_for(startup(), partner())
    found = replace(found, matches=(replace(found.matches[0], probability=0.3456, confidence=0.614),))
    write([found], tmp_path)
    row = csv_rows(tmp_path)[0]
    assert (row["confidence"], row["probability"]) == ("0.61", "0.3456")
    assert sheets(tmp_path)[0][1][9:11] == (0.61, 0.3456)
    page = (tmp_path / page_name("s-one")).read_text(encoding="utf-8")
    assert "Probability of a fruitful meeting 35%" in page
    assert "Confidence: medium" in page
    index = (tmp_path / INDEX).read_text(encoding="utf-8")
    assert "how often pairs of such a score had a fruitful meeting" in index
    assert "It is not a probability" not in index


def test_how_the_lists_were_chosen_is_said(tmp_path: Path) -> None:
    a, b = partner("p-a", name_ko="가"), partner("p-b")
    exposures = np.array([3, 0]), np.array([2, 1])
    shared = Shared(np.zeros((3, 2), bool), 0.75, *exposures)
    choices = Choices(Topic.IP, 0.3, Attention.of([a, b], shared))
    lists = [
        replace(found_for(startup("s-1"), a), track=Topic.IP, fit_cost=1.0),
        replace(found_for(startup("s-2"), b), track=Topic.IP, fit_cost=0.0),
    ]
    write_report(
        lists,
        tmp_path,
        total=2,
        language="en",
        title="T",
        created=CREATED,
        model_name="M",
        choices=choices,
    )
    index = (tmp_path / INDEX).read_text(encoding="utf-8")
    assert "Topic of the meeting: <b>Intellectual property</b>" in index
    assert "Mean fit given up, in points <b>0.50</b>" in index
    assert "Most suggested partner <b>3 → 2</b>" in index
    table = index.split('id="attention"')[1].split("</table>")[0]
    assert re.findall(r'<td class="num">(\d)</td><td class="num"><b>(\d)</b>', table) == [
        ("3", "2"),
        ("0", "1"),
    ]
    page = (tmp_path / page_name("s-1")).read_text(encoding="utf-8")
    assert "This list gives up 1.00 points of mean fit." in page
    assert "Topic of the meeting: Intellectual property" in page
    stored = json.loads((tmp_path / JSON).read_text(encoding="utf-8"))
    assert (stored["track"], stored["diversity"], stored["spread"]) == ("ip", 0.3, True)
    assert stored["exposure"][0] == {"partner": "p-a", "before": 3, "after": 2}
    assert sheets(tmp_path)[2] == [
        ("Partner", "Partner: other name", "Kind", "Suggested before", "Suggested now", "Partner: id"),
        ("p-a", "가", "Hospital", 3, 2, "p-a"),
        ("p-b", None, "Hospital", 0, 1, "p-b"),
    ]
    write(lists[:1], tmp_path)
    assert 'id="attention"' not in (tmp_path / INDEX).read_text(encoding="utf-8")
    assert "exposure" not in json.loads((tmp_path / JSON).read_text(encoding="utf-8"))


def test_a_table_longer_than_a_sheet_goes_on_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "LAST_ROW", 4)
    write(
        [found_for(startup(f"s-{n}"), partner("p-a"), partner("p-b"), partner("p-c")) for n in range(3)],
        tmp_path,
    )
    book = openpyxl.load_workbook(tmp_path / XLSX)
    assert book.sheetnames == ["Matches", "Matches (2)", "Matches (3)", "Startups", "About"]
    assert [sheet.max_row for sheet in book.worksheets[:3]] == [5, 5, 2]


_WITHOUT_SERVER = """
import sys
from datetime import datetime
from pathlib import Path

import matcher.service, web.cli, web.reporting
from matcher.results import Match, MatchList, Part
from profiles.model import Profile
from web.render import write_report

startup = Profile(id="s", side="startup", kind="startup", name="S")
partner = Profile(id="p", side="partner", kind="pharma", name="P", website="https://p.example")
empty = (Part("wants", 0.0, 14.0), Part("returns", 0.0, 5.0))
match = Match(1, startup, partner, 5.5, (Part("words", 5.5, 24.0, terms=("vaccine",)), *empty))
write_report(
    [MatchList(startup, (match,), 1)],
    Path(sys.argv[1]),
    total=1,
    language="ko",
    title="T",
    created=datetime(2026, 11, 22),
    model_name="M",
)
print(*sorted(name for name in sys.modules if name in ("flask", "flask_babel", "flask_wtf", "werkzeug")))
"""


def test_a_report_is_written_without_a_web_servers_libraries(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _WITHOUT_SERVER, str(tmp_path)],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "\n", "")
    assert (tmp_path / page_name("s")).is_file()


# -- what it must not do ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@a", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠a", "'=1"]
)
def test_harmless_puts_an_apostrophe_before_what_could_run(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["", "Pfizer", "화이자", "1-1", "a=b", "'quoted'", "CRM197 + adjuvant"])
def test_harmless_leaves_other_text_alone(text: str) -> None:
    assert harmless(text) == text


def test_harmless_drops_what_could_hide_a_sign() -> None:
    assert harmless("\x00=1") == "'=1"
    assert harmless("\x07=1\ufffe") == "'=1"


def test_no_cell_of_a_hostile_profile_runs(tmp_path: Path) -> None:
    others = [
        partner(f"p-{n}", name=f"{text} n", city=f"{text} c", website=text)
        for n, text in enumerate(HOSTILE[:4])
    ]
    lists = [
        found_for(startup(text if n < 4 else f"s-{n}", name=text + " s"), *others)
        for n, text in enumerate(HOSTILE)
    ]
    quote = Quote(Side.STARTUP, "=ask()", "seeks", "@give()", "offers")
    parts = (
        Part("wants", 1.0, 14.0, quotes=(quote,)),
        Part("returns", 0.0, 5.0),
        Part("words", 1.0, 24.0, terms=("=term()", "-b")),
    )
    hostile = Match(1, startup("s-last"), partner(), 2.0, parts)
    write([*lists, MatchList(hostile.startup, (hostile,), 1)], tmp_path, title="=title()")

    for row in csv_rows(tmp_path):
        assert not [cell for cell in row.values() if cell and cell[0] in "=+-@\t\r\n＝"], row
    book = openpyxl.load_workbook(tmp_path / XLSX)
    for sheet in book:
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.data_type != "f", cell.value
                assert cell.hyperlink is None
                assert not (isinstance(cell.value, str) and cell.value[:1] in "=+-@\t\r\n＝" and cell.value)
    assert "'=ask()" in [row["startup_asks"] for row in csv_rows(tmp_path)]


def test_markup_in_texts_is_shown_not_run(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    subject = startup(
        "s-evil", name=evil, name_ko=evil, about=evil, seeks=(evil,), website="javascript:alert(1)"
    )
    other = partner("p-evil", name=evil, city=evil, website="javascript:alert(1)")
    found = found_for(subject, other)
    quote = Quote(Side.STARTUP, evil, "seeks", evil, "offers")
    parts = (*found.matches[0].parts[1:], Part("wants", 1.0, 14.0, terms=(evil,), quotes=(quote,)))
    found = replace(found, matches=(replace(found.matches[0], parts=parts),))
    write([found], tmp_path, title=evil)
    for path in tmp_path.rglob("*.html"):
        page = Page(path)
        assert not page.tags & {"script", "img"}
        assert page.handlers == []
        assert page.loaded == []
        assert not [link for link in page.links if link.startswith("javascript:")]
        assert html.escape(evil).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in path.read_text(
            encoding="utf-8"
        )


# -- names of pages --------------------------------------------------------------------------------


def test_page_names_are_safe_and_differ() -> None:
    ids = [
        "kr-a",
        "KR-A",
        "kr a",
        "kr/a",
        "../../etc/passwd",
        "..",
        ".",
        "con",
        "nul",
        "유바이오로직스",
        "유한양행",
    ]
    ids += ["a" * 200, "a" * 199, "a.b", "a\\b", "C:\\x", "<b>", "%2e%2e", "-rf", "a\nb"]
    names = [page_name(profile_id) for profile_id in ids]
    names.append(
        page_name(names[1].removeprefix("startups/").removesuffix(".html"))
    )  # an id like another's page
    assert len({name.casefold() for name in names}) == len(names)
    assert names[0] == "startups/kr-a.html"
    assert all(re.fullmatch(r"startups/[a-z0-9][a-z0-9_-]{0,99}\.html", name) for name in names)
    assert "startups/con.html" not in names


def test_pages_of_awkward_ids_are_linked(tmp_path: Path) -> None:
    ids = ["../up", "유바이오", "A b", "a?b#c", "con"]
    out = tmp_path / "report"
    write([found_for(startup(profile_id), partner()) for profile_id in ids], out)
    links = [
        unquote(link.partition("#")[0]) for link in Page(out / INDEX).links if link.startswith("startups/")
    ]
    assert set(links) == {page_name(profile_id) for profile_id in ids}
    assert all((out / link).is_file() for link in links)
    assert list(tmp_path.iterdir()) == [out]


# -- the folder ------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    lists = [found_for(startup(f"s-{n}"), partner()) for n in range(3)]
    write(lists, tmp_path)
    before = contents(tmp_path)
    page = tmp_path / page_name("s-1")
    age = page.stat().st_mtime_ns, page.stat().st_ino
    write(lists, tmp_path)
    assert contents(tmp_path) == before
    assert (page.stat().st_mtime_ns, page.stat().st_ino) == age


def test_other_files_stay_and_stale_pages_go(tmp_path: Path) -> None:
    write([found_for(startup("s-old"), partner()), found_for(startup("s-new"), partner())], tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "startups" / "mine.html").write_text("mine")
    report = write([found_for(startup("s-new"), partner())], tmp_path)
    assert report.startups == 1
    assert not (tmp_path / page_name("s-old")).exists()
    assert (tmp_path / page_name("s-new")).is_file()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "startups" / "mine.html").read_text() == "mine"
    assert sorted(path.name for path in (tmp_path / ".roundtable").iterdir()) == ["files.txt", "lock"]


def test_a_file_that_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / CSV).write_text("mine")
    with pytest.raises(InputError, match="not from an earlier report"):
        write([], tmp_path)
    assert (tmp_path / CSV).read_text() == "mine"
    assert not (tmp_path / INDEX).exists()


def test_a_list_of_files_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    out = tmp_path / "report"
    write([], out)
    (tmp_path / "precious.html").write_text("mine")
    with (out / ".roundtable" / "files.txt").open("a") as stream:
        stream.write("../precious.html\n/etc/hostname\nstartups/../../precious.html\n")
    write([], out)
    assert (tmp_path / "precious.html").read_text() == "mine"


def test_an_interrupted_run_keeps_the_report_before_and_is_repeated(tmp_path: Path) -> None:
    write([found_for(startup("s-old"), partner())], tmp_path)
    before = (tmp_path / INDEX).read_bytes(), (tmp_path / CSV).read_bytes(), (tmp_path / XLSX).read_bytes()

    def broken() -> Iterator[MatchList]:
        yield found_for(startup("s-a"), partner())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(broken(), tmp_path)
    assert (
        (tmp_path / INDEX).read_bytes(),
        (tmp_path / CSV).read_bytes(),
        (tmp_path / XLSX).read_bytes(),
    ) == before
    assert (tmp_path / page_name("s-old")).is_file()
    assert not (tmp_path / ".roundtable" / "drafts").exists()
    kept = (tmp_path / page_name("s-a")).stat().st_ino

    write([found_for(startup("s-a"), partner()), found_for(startup("s-b"), partner())], tmp_path)
    assert (tmp_path / page_name("s-a")).stat().st_ino == kept
    assert sorted(path.name for path in (tmp_path / "startups").iterdir()) == ["s-a.html", "s-b.html"]


def test_a_page_of_a_run_given_up_goes_with_the_next(tmp_path: Path) -> None:
    def broken() -> Iterator[MatchList]:
        yield found_for(startup("s-gone"), partner())
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        write(broken(), tmp_path)
    write([found_for(startup("s-a"), partner())], tmp_path)
    assert not (tmp_path / page_name("s-gone")).exists()


def test_out_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_text("mine")
    for out in (file, file / "below"):
        with pytest.raises(InputError) as caught:
            write([], out)
        assert "\n" not in str(caught.value)
    assert file.read_text() == "mine"


def test_out_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match=r"cannot write the report: .*: Permission denied"):
        write([], tmp_path / "report")


def test_a_full_disk_is_one_line_and_leaves_the_report_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write([found_for(startup("s-a"), partner())], tmp_path)
    before = contents(tmp_path)

    def full(self: Folder, name: str, content: bytes) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "put", full)
        with pytest.raises(InputError, match="No space left on device"):
            write([found_for(startup("s-a"), partner())], tmp_path)
    assert contents(tmp_path) == before


def test_one_report_at_a_time(tmp_path: Path) -> None:
    def second() -> Iterator[MatchList]:
        with pytest.raises(InputError, match="another report is being written"):
            write([], tmp_path)
        yield found_for(startup(), partner())

    assert write(second(), tmp_path).startups == 1


def test_wrong_lists_and_languages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="twice"):
        write([found_for(startup()), found_for(startup())], tmp_path / "a")
    with pytest.raises(InputError, match="is a partner"):
        write([MatchList(partner(), (), 0)], tmp_path / "b")
    with pytest.raises(InputError, match="no language"):
        write([], tmp_path / "c", "fr")


def test_thousands_of_startups_stream_through(tmp_path: Path) -> None:
    partners = [partner(f"p-{n}") for n in range(40)]
    told: list[tuple[int, int]] = []
    most = 0

    def many() -> Iterator[MatchList]:
        nonlocal most
        for n in range(2000):
            most = max(most, n - len(told))
            yield found_for(startup(f"s-{n}"), partners[n % 40])

    report = write_report(
        many(),
        tmp_path,
        total=2000,
        language="ko",
        title="보고서",
        created=CREATED,
        model_name="test model",
        progress=lambda done, total: told.append((done, total)),
    )
    assert (report.startups, report.matches) == (2000, 2000)
    assert most == 0, "a list was asked for before the one before it was written"
    assert told == [(n, 2000) for n in range(1, 2001)]
    assert len(list((tmp_path / "startups").iterdir())) == 2000
    assert len(csv_rows(tmp_path)) == 2000
    assert len(json.loads((tmp_path / JSON).read_text(encoding="utf-8"))["lists"]) == 2000
    book = openpyxl.load_workbook(tmp_path / XLSX, read_only=True)
    assert [sum(1 for _ in sheet.rows) for sheet in book.worksheets[:2]] == [2001, 2001]
    links = {link.partition("#")[0] for link in Page(tmp_path / INDEX).links}
    assert sum(link.startswith("startups/") for link in links) == 2000
