"""What came of matches: read from files as people keep them, stored once, counted; and what goes wrong."""

from __future__ import annotations

import csv
import datetime
import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from alembic import command
from alembic.config import Config
from pydantic import ValidationError
from sqlalchemy import create_engine, event

from profiles import migrations
from profiles.errors import InputError
from profiles.importers import ParsedOutcomes, parse_outcomes, write_rejected
from profiles.importers.outcome_words import read_date, read_header, read_rank, read_result
from profiles.model import Profile, Side
from profiles.outcomes import Outcome, Result
from profiles.store import Store, opened
from web.cli import cli, guarded
from web.settings import Settings

DAY = datetime.date(2023, 4, 28)
TODAY = datetime.date(2023, 6, 1)


def happened(outcome: str = "met", rank: int | None = None, **changes: Any) -> Outcome:
    fields: dict[str, Any] = {"startup": "s-heart", "partner": "p-law", "date": DAY}
    return Outcome.model_validate({**fields, "outcome": outcome, "rank": rank, **changes})


def in_store(store: Store) -> list[tuple[str, str, str, str, int | None]]:
    return [(o.startup, o.partner, o.outcome.value, str(o.date), o.rank) for o in store.outcomes()]


# -- the store ---------------------------------------------------------------------------------


def test_outcomes_come_back_in_order(store: Store) -> None:
    wanted = [
        happened("shown", 2, date=datetime.date(2023, 4, 1)),
        happened("accepted", startup="a-startup"),
        happened("declined", partner="p-hospital"),
        happened("met"),
        happened("shown", 7),
        happened("met", startup="가나다"),
        happened("agreement", date=datetime.date(2024, 2, 29)),
    ]
    assert store.outcomes() == []
    assert store.record_outcomes(reversed(wanted)) == len(wanted)
    assert store.outcomes() == wanted


def test_the_same_outcomes_again_change_nothing(store: Store) -> None:
    some = [happened("shown", 3), happened("met")]
    assert store.record_outcomes(some) == 2
    revision = store.outcomes_revision()
    assert store.compare_outcomes([*some, happened("declined")]) == 1
    assert store.record_outcomes(some) == 0
    assert store.record_outcomes([]) == 0
    assert store.outcomes_revision() == revision
    assert store.outcomes() == [some[1], some[0]]


@pytest.mark.parametrize(
    ("before", "told", "kept"),
    [(5, 2, 2), (2, 5, 2), (None, 4, 4), (4, None, 4), (3, 3, 3), (None, None, None)],
)
def test_of_two_ranks_the_smaller_is_kept(
    store: Store, before: int | None, told: int | None, kept: int | None
) -> None:
    store.record_outcomes([happened("shown", before)])
    revision = store.outcomes_revision()
    assert store.record_outcomes([happened("shown", told)]) == 0
    assert store.outcomes() == [happened("shown", kept)]
    assert store.outcomes_revision() == revision + (before != kept)
    with opened(str(store.engine.url)) as again:  # in one list, in either order, as well
        again.record_outcomes([happened("met", told), happened("met", before)])
        assert happened("met", kept) in again.outcomes()


def test_many_outcomes_and_many_better_ranks(store: Store) -> None:
    many = [happened("shown", 9, partner=f"p-{n:04}") for n in range(1_201)]
    assert store.record_outcomes(many) == 1_201
    better = [happened("shown", 1 + n % 9, partner=f"p-{n:04}") for n in range(1_300)]
    assert store.record_outcomes(better) == 99
    assert store.outcomes() == better


def test_the_directory_is_not_changed_by_outcomes_nor_they_by_it(
    store: Store, few_profiles: list[Profile]
) -> None:
    store.apply(few_profiles)
    before = store.identity()
    assert store.outcomes_revision() == 0
    store.record_outcomes([happened()])
    assert store.identity() == before  # else the index would be built anew
    assert store.outcomes_revision() == 1
    store.remove(["p-law", "s-heart"])
    store.apply([few_profiles[3].model_copy(update={"city": "Boston"})])
    assert store.outcomes() == [happened()]
    assert store.outcomes_revision() == 1


def test_recording_that_breaks_off_leaves_nothing(store: Store) -> None:
    store.record_outcomes([happened("shown", 5)])

    def stop(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE facts"):
            raise KeyboardInterrupt

    event.listen(store.engine, "before_cursor_execute", stop)
    with pytest.raises(KeyboardInterrupt):
        store.record_outcomes([happened("shown", 1), happened("met")])
    event.remove(store.engine, "before_cursor_execute", stop)
    assert store.outcomes() == [happened("shown", 5)]
    assert store.outcomes_revision() == 1


def test_two_writers_of_the_same_outcomes(store: Store) -> None:
    start, added = threading.Barrier(2), []

    def write(first: int) -> None:
        some = [happened(partner=f"p-{n:04}") for n in range(first, first + 1_000)]
        with opened(str(store.engine.url)) as mine:
            start.wait(30)
            added.append(mine.record_outcomes(some))

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(added) == [500, 1_000]
    assert len(store.outcomes()) == 1_500
    assert store.outcomes_revision() == 2


@pytest.mark.parametrize(
    "changes", [{"rank": 0}, {"rank": -1}, {"outcome": "danced"}, {"startup": " "}, {"date": "some day"}]
)
def test_an_outcome_is_validated(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        happened(**changes)


# -- a database of the first version -----------------------------------------------------------


@pytest.fixture
def first_version(tmp_path: Path, few_profiles: list[Profile]) -> Path:
    """A database as the first version left it, with profiles in it."""
    path = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with sqlite3.connect(path) as old:
        old.execute("PRAGMA journal_mode=WAL")
        facts = [("store_id", "0123456789abcdef0123456789abcdef"), ("revision", "7")]
        old.executemany("INSERT INTO facts VALUES (?, ?)", facts)
        old.execute("INSERT INTO vectors VALUES ('m', x'00112233445566778899aabbccddeeff', x'01')")
        old.executemany(
            "INSERT INTO profiles"
            " (pk, id, side, kind, sort_name, search_text, record, content_hash, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '2023-04-28 00:00:00')",
            [
                (40 + n, p.id, p.side, p.kind, p.label(), p.label(), json.dumps(p.record()), p.content_hash())
                for n, p in enumerate(few_profiles)
            ],
        )
        assert old.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert not old.execute("SELECT 1 FROM sqlite_master WHERE name = 'outcomes'").fetchall()
    old.close()
    return path


def test_a_store_of_the_first_version_is_upgraded_with_nothing_lost(
    first_version: Path, few_profiles: list[Profile]
) -> None:
    for _ in range(2):  # upgraded, then opened as it is
        with opened(f"sqlite:///{first_version}") as store:
            assert store.identity() == ("0123456789abcdef0123456789abcdef", 7)
            assert [profile for _, profile in store.profiles()] == few_profiles
            assert [entry.pk for entry, _ in store.profiles()] == list(range(40, 46))
            assert store.compare(few_profiles).unchanged == tuple(profile.id for profile in few_profiles)
            assert len(store.read_vectors("m", [bytes.fromhex("00112233445566778899aabbccddeeff")])) == 1
            assert store.outcomes() == []
            assert store.outcomes_revision() == 0
    with opened(f"sqlite:///{first_version}") as store:
        assert store.record_outcomes([happened()]) == 1
        assert store.outcomes_revision() == 1


def test_the_upgrade_waits_for_a_program_that_is_writing(first_version: Path) -> None:
    """A server of the first version may still run; its change must come through and the upgrade too."""
    writer = sqlite3.connect(first_version, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE facts SET value = '8' WHERE name = 'revision'")
    ending = threading.Timer(1.0, lambda: writer.execute("COMMIT"))
    ending.start()
    with opened(f"sqlite:///{first_version}") as store:
        assert store.identity()[1] == 8
        assert store.outcomes() == []
    ending.join()
    writer.close()


# -- words, dates, ranks -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("shown", Result.SHOWN),
        ("추천", Result.SHOWN),
        ("DECLINED", Result.DECLINED),
        ("거절", Result.DECLINED),
        (" Accepted ", Result.ACCEPTED),
        ("수락", Result.ACCEPTED),
        ("Met", Result.MET),
        ("면담", Result.MET),
        ("미팅", Result.MET),
        ("미팅 완료", Result.MET),
        ("follow_up", Result.FOLLOW_UP),
        ("Follow-Up", Result.FOLLOW_UP),
        ("follow up", Result.FOLLOW_UP),
        ("후속", Result.FOLLOW_UP),
        ("후속 협의", Result.FOLLOW_UP),
        ("Agreement", Result.AGREEMENT),
        ("협약", Result.AGREEMENT),
        ("계약", Result.AGREEMENT),
        ("mou 체결", Result.AGREEMENT),
        ("면담 거절", Result.DECLINED),
        ("", None),
        ("maybe", None),
        ("계약 검토", None),
    ],
)
def test_words_for_outcomes(text: str, result: Result | None) -> None:
    assert read_result(text) is result


@pytest.mark.parametrize(
    "text",
    [
        "2023-04-28",
        "2023.04.28",
        "2023. 4. 28.",
        "2023/4/28",
        "2023년 4월 28일",
        "2023년4월28일",
        "２０２３．０４．２８",
        "20230428",
        "2023.04.28(금)",
        "2023-04-28 14:00",
        "2023-04-28T14:00:00+09:00",
        "2023년 4월 28일 (금) 오후 2시",
    ],
)
def test_dates_as_people_write_them(text: str) -> None:
    assert read_date(text) == (DAY, False)


@pytest.mark.parametrize("text", ["45044", "45044.5", "45044.0"])
def test_the_day_number_of_excel_is_a_guess(text: str) -> None:
    assert read_date(text) == (DAY, True)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2023-02-30", "2023-13-01", "04/28/2023", "23.04.28", "12", "2023.04.27~28", "0203-04-28"],
)
def test_no_date_is_made_up(text: str) -> None:
    assert read_date(text) == (None, False)


@pytest.mark.parametrize(
    ("text", "rank"),
    [("3", 3), ("3.0", 3), ("3위", 3), ("제 3위", 3), ("#3", 3), ("3rd", 3), ("1000000", 1_000_000)]
    + [(text, None) for text in ("0", "-1", "2.5", "first", "1000001", "99999999999", "1-3", "")],
)
def test_ranks(text: str, rank: int | None) -> None:
    assert read_rank(text) == rank


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("기업 / Startup", "startup"),
        ("스타트업\n(Startup)", "startup"),
        ("상대기관(파트너)", "partner"),
        ("Meeting date", "date"),
        ("기업/파트너", None),
        ("비고", None),
        ("Startup (as registered)", "startup"),
        (f"Startup ({'x' * 300})", None),
    ],
)
def test_headers(header: str, field: str | None) -> None:
    assert read_header(header) == field


# -- files -------------------------------------------------------------------------------------


def parsed(path: Path, few_profiles: list[Profile], *more: Profile) -> ParsedOutcomes:
    everyone = [*few_profiles, *more]
    known = {profile.id: profile.side for profile in everyone}
    names = {profile.id: (profile.name, profile.name_ko) for profile in everyone}
    return parse_outcomes(path, known, names, today=TODAY)


KOREAN = (
    "2023 한미 라운드테이블 상담 결과,,,,,\r\n"
    "기업,상대기관,결과,일자,순위,비고\r\n"
    "하트사운드,p-hospital,면담,2023.04.28,1위,좋은 분위기\r\n"
    "하트 사운드,LAKESIDE  heart hospital,후속 협의,2023년 5월 2일,,\r\n"
    "s-vaccine,Conjugate Vaccines Inc.,협약,2023/5/30,-,\r\n"
    "carrier bio,p-bank,거절,2023. 4. 28.,3,\r\n"
)
KOREAN_MEANS = [
    happened("met", 1, partner="p-hospital"),
    happened("follow_up", partner="p-hospital", date=datetime.date(2023, 5, 2)),
    happened("agreement", startup="s-vaccine", partner="p-vaccines", date=datetime.date(2023, 5, 30)),
    happened("declined", 3, startup="s-vaccine", partner="p-bank"),
]


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_of_a_korean_office(
    tmp_path: Path, few_profiles: list[Profile], encoding: str, delimiter: str
) -> None:
    path = tmp_path / "상담결과.csv"
    path.write_bytes(KOREAN.replace(",", delimiter).encode(encoding))
    found = parsed(path, few_profiles)
    assert found.rejections == ()
    assert list(found.outcomes) == KOREAN_MEANS
    assert [notice.text for notice in found.notices] == ["columns not known, left out: 비고"]


def test_a_workbook_with_real_dates_and_several_sheets(tmp_path: Path, few_profiles: list[Profile]) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Day 1"
    first.append(["Results of the day"])
    first.append(["Startup ID", "Partner", "Outcome", "Date", "Rank"])
    first.append(["s-heart", "p-law", "Met", datetime.datetime(2023, 4, 28, 14, 30), 2])
    first.append(["s-heart", "p-bank", "Shown", datetime.date(2023, 4, 28), 9.0])
    first.append([None] * 5)
    first.append(["Startup ID", "Partner", "Outcome", "Date", "Rank"])  # the next printed page
    first.append(["s-vaccine", "p-law", "declined", 45044, None])
    book.create_sheet("Notes").append(["Lunch at noon"])
    second = book.create_sheet("2일차")
    second.append(["순위", "날짜", "결과", "파트너", "스타트업"])
    second.append([1, "2023.04.29", "수락", "p-vaccines", "s-vaccine"])
    second.append([1, "2023.04.29", "dance", "p-vaccines", "s-vaccine"])
    book.save(tmp_path / "a.xlsx")
    found = parsed(tmp_path / "a.xlsx", few_profiles)
    assert list(found.outcomes) == [
        happened("met", 2),
        happened("shown", 9, partner="p-bank"),
        happened("declined", startup="s-vaccine"),
        happened("accepted", 1, startup="s-vaccine", partner="p-vaccines", date=datetime.date(2023, 4, 29)),
    ]
    assert [(r.sheet, r.row, r.field, r.value) for r in found.rejections] == [
        ("2일차", 3, "outcome", "dance")
    ]
    assert [(n.sheet, n.row, n.text) for n in found.notices] == [
        ("Notes", None, "sheet 'Notes' has no header row that is known and was not read"),
        ("Day 1", 7, "'45044' was read as 2023-04-28"),
    ]


def test_json_lines(tmp_path: Path, few_profiles: list[Profile]) -> None:
    lines = [
        '{"startup": "s-heart", "partner": "p-law", "outcome": "follow-up", "date": "2023-04-28", "rank": 4}',
        '{"기업": "하트사운드", "파트너": "p-law", "결과": "미팅", "날짜": "2023-04-28", "rank": null}',
        "broken",
        '{"startup": ["s-heart"], "partner": "p-law", "outcome": true, "date": 45044, "rank": 2.5}',
        '{"startup": "s-heart", "partner": "p-law"}',
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    found = parsed(tmp_path / "a.jsonl", few_profiles)
    assert list(found.outcomes) == [happened("follow_up", 4), happened("met")]
    assert [(r.row, r.field) for r in found.rejections] == [
        (3, ""),
        (4, "startup"),
        (4, "outcome"),
        (4, "rank"),
        (5, "outcome"),
        (5, "date"),
    ]
    # The line that was no JSON can be filled in, beside what is shown of it.
    write_rejected(found, tmp_path / "a.rejected.csv")
    text = (tmp_path / "a.rejected.csv").read_text(encoding="utf-8-sig")
    filled = text.replace("broken,,,,,", "broken,s-heart,p-bank,shown,2023-04-28,5")
    assert filled != text
    (tmp_path / "a.rejected.csv").write_text(filled, encoding="utf-8")
    assert parsed(tmp_path / "a.rejected.csv", few_profiles).outcomes == (
        happened("shown", 5, partner="p-bank"),
    )


def test_lines_that_are_no_json_can_still_be_filled_in(tmp_path: Path, few_profiles: list[Profile]) -> None:
    (tmp_path / "a.jsonl").write_text("{broken\n", encoding="utf-8")
    path = tmp_path / "a.rejected.csv"
    write_rejected(parsed(tmp_path / "a.jsonl", few_profiles), path)
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("{broken,,,,,", "{broken,s-heart,p-law,met,2023-04-28,"), encoding="utf-8")
    found = parsed(path, few_profiles)
    assert (found.outcomes, found.rejections, found.notices) == ((happened(),), (), ())


def test_rejected_rows_are_mended_and_read_again(tmp_path: Path, few_profiles: list[Profile]) -> None:
    at_home = few_profiles[3].model_copy(update={"id": "p-home", "name": "@Home Labs"})
    path = tmp_path / "a.rejected.csv"
    (tmp_path / "a.csv").write_text("startup,partner,outcome,date\ns-heart,@Home Labs,danced,2023-04-28\n")
    write_rejected(parsed(tmp_path / "a.csv", few_profiles, at_home), path)
    text = path.read_text(encoding="utf-8-sig")
    assert "'@Home Labs" in text  # a spreadsheet must not run it
    write_rejected(parsed(path, few_profiles, at_home), path)  # nothing was mended: the same is said again
    assert path.read_text(encoding="utf-8-sig") == text.replace("3,outcome", "2,outcome")
    path.write_text(text.replace("danced", "met"), encoding="utf-8")
    found = parsed(path, few_profiles, at_home)
    assert found.outcomes == (happened(partner="p-home"),)
    assert (found.rejections, found.notices) == ((), ())


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("nobody,p-law,met,2023-04-28,", "startup", "no startup 'nobody' is stored: correct it, or import"),
        (
            "s-heart,Nobody & Co,met,2023-04-28,",
            "partner",
            "no partner 'Nobody & Co' is stored: correct it, or import",
        ),
        ("p-law,p-law,met,2023-04-28,", "startup", "'p-law' is a partner: put each side in its own"),
        ("Harbor Patent Law,p-law,met,2023-04-28,", "startup", "'Harbor Patent Law' is a partner: "),
        ("s-heart,s-vaccine,met,2023-04-28,", "partner", "'s-vaccine' is a startup: put each side in"),
        ("s-heart,하트사운드,met,2023-04-28,", "partner", "'하트사운드' is a startup: "),
        (
            "s-heart,twin,met,2023-04-28,",
            "partner",
            "2 profiles have this name: write the id of one (t-1, t-2)",
        ),
        (",p-law,met,2023-04-28,", "startup", "no startup: write its id or its name"),
        ("s-heart,-,met,2023-04-28,", "partner", "no partner: write its id or its name"),
        ("s-heart,p-law,danced,2023-04-28,", "outcome", "not a known outcome: use one of shown (추천), "),
        ("s-heart,p-law,,2023-04-28,", "outcome", "no outcome: use one of shown (추천), "),
        ("s-heart,p-law,met,,", "date", "no date: write the day it happened, such as 2023-04-28"),
        ("s-heart,p-law,met,미정,", "date", "no date: write the day it happened, such as 2023-04-28"),
        (
            "s-heart,p-law,met,04/28/2023,",
            "date",
            "not a date: write year, month and day, such as 2023-04-28",
        ),
        ("s-heart,p-law,met,2023-06-02,", "date", "2023-06-02 has not come yet: write the day it happened"),
        ("s-heart,p-law,met,2023-04-28,0", "rank", "not a place in a list: write a whole number from 1 on"),
        ("s-heart,p-law,met,2023-04-28,-3", "rank", "not a place in a list: write a whole number from 1 on"),
        ("s-heart,p-law,met,2023-04-28,top", "rank", "not a place in a list: write a whole number from 1 on"),
        ('s-heart,p-law,"met,2023-04-28,', "", "a quotation mark is opened here and never closed"),
    ],
)
def test_a_bad_row_is_told_in_one_line_and_stops_no_other(
    tmp_path: Path, few_profiles: list[Profile], row: str, field: str, reason: str
) -> None:
    header, good = "startup,partner,outcome,date,rank", "s-heart,p-law,met,2023-06-01,1"
    (tmp_path / "a.csv").write_text("\n".join([header, good, row, good.replace("met", "shown")]), "utf-8")
    twins = [few_profiles[3].model_copy(update={"id": f"t-{n}", "name": "Twin"}) for n in (1, 2)]
    found = parsed(tmp_path / "a.csv", few_profiles, *twins)
    assert [(r.file, r.sheet, r.row, r.field) for r in found.rejections] == [("a.csv", None, 3, field)]
    assert found.rejections[0].reason.startswith(reason)
    assert "\n" not in found.rejections[0].reason
    assert [(o.outcome, o.date, o.rank) for o in found.outcomes] == [("met", TODAY, 1), ("shown", TODAY, 1)]


def test_a_name_of_both_sides_is_taken_for_the_side_asked(
    tmp_path: Path, few_profiles: list[Profile]
) -> None:
    namesake = few_profiles[3].model_copy(update={"id": "p-namesake", "name": "Carrier Bio"})
    (tmp_path / "a.csv").write_text("startup,partner,outcome,date\nCarrier Bio,Carrier Bio,met,2023-04-28\n")
    found = parsed(tmp_path / "a.csv", few_profiles, namesake)
    assert found.outcomes == (happened(startup="s-vaccine", partner="p-namesake"),)


def test_every_problem_of_a_row_is_told(tmp_path: Path, few_profiles: list[Profile]) -> None:
    (tmp_path / "a.csv").write_text("startup,partner,outcome,date,rank\nx,y,z,later,0\n")
    found = parsed(tmp_path / "a.csv", few_profiles)
    assert [r.field for r in found.rejections] == ["startup", "partner", "outcome", "date", "rank"]


def test_the_first_column_that_says_something_is_taken(tmp_path: Path, few_profiles: list[Profile]) -> None:
    (tmp_path / "a.csv").write_text(
        "기업 ID,기업명,파트너,결과,일자\ns-heart,?,p-law,면담,20230428\n-,하트사운드,p-law,면담,20230428\n",
        encoding="utf-8",
    )
    found = parsed(tmp_path / "a.csv", few_profiles)
    assert found.outcomes == (happened(), happened())
    assert [notice.field for notice in found.notices] == ["startup"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("startup,partner,outcome\ns-heart,p-law,met\n", "give it columns for date (일자)"),
        ("hello\n", "give it columns for startup (기업), partner (파트너), outcome (결과), date (일자)"),
        ("", "the file is empty"),
        ("%PDF-1.7", "this is a PDF"),
    ],
)
def test_a_file_that_holds_no_outcomes_is_refused(
    tmp_path: Path, few_profiles: list[Profile], text: str, line: str
) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        parsed(tmp_path / "a.csv", few_profiles)
    assert str(caught.value).startswith("a.csv: ")
    assert line in str(caught.value)


# -- the command -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """What a finished command left."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(
    tmp_path: Path,
    few_profiles: list[Profile],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    """Runs ``roundtable outcomes`` in a folder and with a store of its own that holds the few profiles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUNDTABLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ROUNDTABLE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ROUNDTABLE_DATABASE", raising=False)
    with the_store(tmp_path) as store:
        store.apply(few_profiles)

    def run_command(*arguments: str | Path) -> Done:
        capfd.readouterr()
        given = ["outcomes", *map(str, arguments)]
        code = guarded(lambda: cli.main(given, standalone_mode=False))
        captured = capfd.readouterr()
        return Done(code, captured.out, captured.err)

    return run_command


def the_store(tmp_path: Path) -> Any:
    """The command's store, opened."""
    return opened(Settings(data_dir=tmp_path / "data").database_url)


MIXED = (
    "startup,partner,outcome,date,rank,=note\n"
    "s-heart,p-law,shown,2023-04-28,4,\n"
    "s-heart,p-nobody,met,2023-04-28,1,=1+1\n"
    "Carrier Bio,p-bank,declined,2023-04-28,,\n"
)


def test_a_file_is_recorded_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "결과.csv").write_bytes(KOREAN.encode("cp949"))
    done = run("결과.csv")
    assert (done.code, done.out) == (0, "4 added, 0 already known, 0 rejected\n")
    with the_store(tmp_path) as store:
        assert sorted(store.outcomes(), key=str) == sorted(KOREAN_MEANS, key=str)
        before = store.identity(), store.outcomes_revision()
    assert before[0][1] == 1
    done = run("결과.csv", "결과.csv")
    assert (done.code, done.out) == (0, "0 added, 8 already known, 0 rejected\n")
    with the_store(tmp_path) as store:
        assert (store.identity(), store.outcomes_revision()) == before
    assert not list(tmp_path.glob("*.rejected.csv"))


def test_bad_rows_are_kept_to_be_mended(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mixed.csv").write_text(MIXED)
    done = run("mixed.csv")
    assert (done.code, done.out) == (0, "2 added, 0 already known, 1 rejected\n")
    assert "rejected: mixed.csv, row 3, field partner: no partner 'p-nobody' is stored" in done.err
    with open(tmp_path / "mixed.rejected.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["field"], row["startup"], row["'=note"]) for row in rows] == [
        ("3", "partner", "s-heart", "'=1+1")
    ]
    mended = (
        (tmp_path / "mixed.rejected.csv").read_text(encoding="utf-8-sig").replace("p-nobody", "p-vaccines")
    )
    (tmp_path / "mixed.rejected.csv").write_text(mended, encoding="utf-8-sig")
    assert run("mixed.rejected.csv").out == "1 added, 0 already known, 0 rejected\n"
    with the_store(tmp_path) as store:
        assert in_store(store) == [
            ("s-heart", "p-law", "shown", "2023-04-28", 4),
            ("s-heart", "p-vaccines", "met", "2023-04-28", 1),
            ("s-vaccine", "p-bank", "declined", "2023-04-28", None),
        ]


def test_rejected_rows_go_here_where_they_cannot_lie_beside_the_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "closed" / "mixed.rejected.csv").mkdir(parents=True)
    (tmp_path / "closed" / "mixed.csv").write_text(MIXED)
    done = run("closed/mixed.csv")
    assert done.code == 0
    assert "p-nobody" in (tmp_path / "mixed.rejected.csv").read_text(encoding="utf-8-sig")


def test_strict_records_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("startup,partner,outcome,date\ns-heart,p-bank,shown,2023-04-28\n")
    (tmp_path / "mixed.csv").write_text(MIXED)
    done = run("good.csv", "mixed.csv", "--strict")
    assert (done.code, done.out) == (2, "3 would be added, 0 already known, 1 would be rejected\n")
    assert "roundtable: mixed.csv, row 3, field partner: no partner 'p-nobody' is stored" in done.err
    assert "(--strict: nothing was applied)" in done.err
    with the_store(tmp_path) as store:
        assert store.outcomes() == []
    assert (tmp_path / "mixed.rejected.csv").exists()
    assert run("good.csv", "--strict").code == 0


def test_a_dry_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mixed.csv").write_text(MIXED + MIXED.splitlines()[1])
    done = run("mixed.csv", "--dry-run")
    assert (done.code, done.out) == (0, "2 would be added, 1 already known, 1 would be rejected\n")
    with the_store(tmp_path) as store:
        assert store.outcomes() == []
    assert not list(tmp_path.glob("*.rejected.csv"))


def test_a_file_without_a_good_row_is_bad_input(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("startup,partner,outcome,date\nx,p-law,met,2023-04-28\n")
    done = run("bad.csv")
    assert done.code == 2
    assert "(no row could be used)" in done.err


def test_an_unreadable_file_among_good_ones_records_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mixed.csv").write_text(MIXED)
    done = run("mixed.csv", "missing.csv")
    assert (done.code, done.out) == (2, "")
    assert "roundtable: missing.csv: there is no such file" in done.err
    with the_store(tmp_path) as store:
        assert store.outcomes() == []


def test_outcomes_are_counted(run: Run, tmp_path: Path) -> None:
    empty = {"shown": 0, "declined": 0, "accepted": 0, "met": 0, "follow_up": 0, "agreement": 0}
    assert json.loads(run("--json").out) == empty
    (tmp_path / "mixed.csv").write_text(MIXED)
    told = json.loads(run("mixed.csv", "--json").out)
    assert (told["applied"], told["added"], told["known"]) == (True, 2, 0)
    assert [(r["row"], r["field"], r["value"]) for r in told["rejected"]] == [(3, "partner", "p-nobody")]
    assert json.loads(run("--json").out) == {**empty, "shown": 1, "declined": 1}
    done = run()
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines()][:3] == [
        ["shown", "1"],
        ["declined", "1"],
        ["accepted", "0"],
    ]


def test_options_that_need_files(run: Run) -> None:
    done = run("--strict")
    assert (done.code, done.out) == (2, "")
    assert "field --strict: name the files to read" in done.err


def test_sides_of_the_known_are_enough_without_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("startup,partner,outcome,date\ns,p,met,2023-04-28\ns,p,met,2023-04-28\n")
    found = parse_outcomes(tmp_path / "a.csv", {"s": Side.STARTUP, "p": Side.PARTNER})
    assert found.outcomes == (happened(startup="s", partner="p"),) * 2
