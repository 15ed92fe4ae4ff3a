"""Wishes and availability as people hand them in: Korean offices, signs, names, and every way to be wrong."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.dayplan import DayPlan, Span, slots_of, tables_of
from profiles.errors import InputError
from profiles.importers import write_rejected
from profiles.importers.availability import (
    Attendance,
    ParsedAvailability,
    parse_availability,
    read_status,
)
from profiles.importers.moments import find_slot, read_day, read_hours, read_time
from profiles.importers.people import People
from profiles.importers.wishes import Answer, ParsedWishes, Venue, Wish, parse_wishes, read_answer
from profiles.model import Profile, Side, Topic

FIRST, SECOND = datetime.date(2027, 5, 11), datetime.date(2027, 5, 12)
PLAN = DayPlan.model_validate(
    {
        "event": {"id": "test", "timezone": "America/New_York"},
        "days": [
            {"date": str(date), "start": "09:00", "end": "17:00", "slot_minutes": 20,
             "pauses": [{"start": "12:00", "end": "13:00"}]}
            for date in (FIRST, SECOND)
        ],
        "rooms": [{"name": "Harbour", "tables": 2}],
    }
)  # fmt: skip
SLOTS = slots_of(PLAN)


def people(profiles: list[Profile]) -> People:
    return People({p.id: p.side for p in profiles}, {p.id: (p.name, p.name_ko) for p in profiles})


def wishes(path: Path, profiles: list[Profile]) -> ParsedWishes:
    venue = Venue(people(profiles), PLAN.tracks, SLOTS, [table.id for table in tables_of(PLAN)])
    return parse_wishes(path, venue)


def availability(path: Path, profiles: list[Profile]) -> ParsedAvailability:
    return parse_availability(path, people(profiles), SLOTS)


def at(hour: int, minute: int = 0) -> datetime.time:
    return datetime.time(hour, minute)


# -- words and times ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("wanted", Answer.WANTED), ("희망", Answer.WANTED), ("O", Answer.WANTED), ("○", Answer.WANTED),
        ("Yes", Answer.WANTED), ("maybe", Answer.MAYBE), ("가능", Answer.MAYBE), ("△", Answer.MAYBE),
        ("never", Answer.NEVER), ("거절", Answer.NEVER), ("희망 안 함", Answer.NEVER), ("X", Answer.NEVER),
        ("×", Answer.NEVER), ("accepted", Answer.ACCEPTED), ("상호 희망", Answer.ACCEPTED),
        ("Must meet", Answer.MUST), ("필수", Answer.MUST), ("confirmed", Answer.CONFIRMED),
        ("확정", Answer.CONFIRMED), ("", None), ("dance", None), ("☂", None),
    ],
)  # fmt: skip
def test_words_for_wishes(text: str, answer: Answer | None) -> None:
    assert read_answer(text) is answer


@pytest.mark.parametrize(
    ("text", "status"),
    [("available", True), ("상담 가능", True), ("참석", True), ("○", True), ("unavailable", False),
     ("불가", False), ("불참", False), ("X", False), ("", None), ("perhaps", None)],
)  # fmt: skip
def test_words_for_availability(text: str, status: bool | None) -> None:
    assert read_status(text) is status


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("9:00", at(9)), ("09:00:00", at(9)), ("14시", at(14)), ("14시 30분", at(14, 30)),
        ("오후 2시", at(14)), ("오후 2시 반", at(14, 30)), ("2pm", at(14)), ("2:30 p.m.", at(14, 30)),
        ("12am", at(0)), ("12pm", at(12)), ("오전 9시", at(9)), ("９：００", at(9)),
        ("9", None), ("24:00", None), ("13am", None), ("9:60", None), ("noon", None), ("", None),
    ],
)  # fmt: skip
def test_times(text: str, time: datetime.time | None) -> None:
    assert read_time(text) == time


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("10:00-12:00", (at(10), at(12))), ("10:00 ~ 12:00", (at(10), at(12))),
        ("오후 2시~4시", (at(14), at(16))), ("오전 9시~오후 1시", (at(9), at(13))),
        ("2-4pm", (at(14), at(16))),
        ("11-1pm", (at(11), at(13))), ("10~12시", (at(10), at(12))), ("10시부터 12시까지", (at(10), at(12))),
        ("14:00~", (at(14), None)), ("~11:00", (None, at(11))), ("오전", (None, at(12))),
        ("Afternoon", (at(12), None)), ("종일", (None, None)),
        ("12:00-10:00", None), ("10-12", None), ("9:00", None), ("lunch", None), ("~", None),
    ],
)  # fmt: skip
def test_stretches_of_time(
    text: str, hours: tuple[datetime.time | None, datetime.time | None] | None
) -> None:
    assert read_hours(text) == hours


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-05-11", FIRST), ("2027.05.12(수)", SECOND), ("5/12", SECOND), ("5월 11일", FIRST),
        ("Day 2", SECOND), ("2일차", SECOND), ("d1", FIRST),
        ("Day 3", None), ("2027-05-13", None), ("5/13", None), ("11", None), ("1", None), ("", None),
    ],
)  # fmt: skip
def test_days_of_the_event(text: str, day: datetime.date | None) -> None:
    assert read_day(text, [FIRST, SECOND]) == day


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("d2-0920", "d2-0920"), ("2027-05-12 09:20", "d2-0920"), ("2027-05-12T09:20:00", "d2-0920"),
        ("5월 11일 오후 1시", "d1-1300"), ("Day 2, 9am", "d2-0900"),
        ("09:00", None),  # on both days
        ("2027-05-12 09:10", None), ("2027-05-12 12:00", None), ("d3-0900", None), ("", None),
    ],
)  # fmt: skip
def test_slots_by_id_or_by_time(text: str, slot: str | None) -> None:
    found = find_slot(text, SLOTS, [FIRST, SECOND])
    assert (found.id if found else None) == slot


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(SLOTS),
    st.sampled_from(["{:%Y-%m-%d %H:%M}", "{:%Y년 %m월 %d일 %H시 %M분}", "{:%m/%d %I:%M %p}"]),
)
def test_every_slot_is_found_by_its_day_and_time(slot: Any, form: str) -> None:
    assert find_slot(form.format(slot.start), SLOTS, [FIRST, SECOND]) == slot


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_times(text: str) -> None:
    for read in (read_time, read_hours, read_answer, read_status):
        read(text)
    assert read_day(text, [FIRST, SECOND]) in (None, FIRST, SECOND)
    found = find_slot(text, SLOTS, [FIRST, SECOND])
    assert found is None or found in SLOTS


# -- wishes ------------------------------------------------------------------------------------

KOREAN = (
    "2027 상담 희망서,,,,,\r\n"
    "기업명,희망 기관,희망 여부,분야,상담 시간,비고\r\n"
    "하트사운드,p-hospital; Harbor Patent Law,희망,특허,,첫 번째\r\n"
    "하트 사운드,northern TIMBER capital,X,,,\r\n"
    "p-vaccines,carrier bio,확정,현지 진출,5월 12일 오전 9시 20분,\r\n"
)
KOREAN_MEANS = [
    Wish("s-heart", "p-hospital", Answer.WANTED, Topic.IP),
    Wish("s-heart", "p-law", Answer.WANTED, Topic.IP),
    Wish("s-heart", "p-bank", Answer.NEVER),
    Wish("p-vaccines", "s-vaccine", Answer.CONFIRMED, Topic.MARKET_ENTRY, "d2-0920"),
]


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_wishes_of_a_korean_office(
    tmp_path: Path, few_profiles: list[Profile], encoding: str, delimiter: str
) -> None:
    path = tmp_path / "희망.csv"
    path.write_bytes(KOREAN.replace(",", delimiter).encode(encoding))
    found = wishes(path, few_profiles)
    assert found.rejections == ()
    assert list(found.wishes) == KOREAN_MEANS
    assert [wish.place for wish in found.wishes] == [f"희망.csv, row {row}" for row in (3, 3, 4, 5)]
    assert [notice.text for notice in found.notices] == ["columns not known, left out: 비고"]


def test_wishes_in_a_workbook_and_in_json_lines(tmp_path: Path, few_profiles: list[Profile]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Who", "Whom", "Wish", "Slot", "Table"])
    sheet.append(["s-heart", "p-law", "Confirmed", datetime.datetime(2027, 5, 11, 13, 20), "harbour-2"])
    sheet.append(["s-heart", "p-law", "dance", None, None])
    book.save(tmp_path / "a.xlsx")
    confirmed = Wish("s-heart", "p-law", Answer.CONFIRMED, None, "d1-1320", "Harbour-2")
    found = wishes(tmp_path / "a.xlsx", few_profiles)
    assert found.wishes == (confirmed,)
    assert [(r.sheet, r.row, r.field, r.value) for r in found.rejections] == [("Sheet", 3, "wish", "dance")]
    line = {"who": "s-heart", "whom": "p-law", "wish": "confirmed", "slot": "d1-1320", "table": "Harbour-2"}
    (tmp_path / "a.jsonl").write_text(json.dumps(line) + "\nbroken\n", encoding="utf-8")
    found = wishes(tmp_path / "a.jsonl", few_profiles)
    assert found.wishes == (confirmed,)
    assert [(r.row, r.field) for r in found.rejections] == [(2, "")]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("nobody,p-law,wanted,,,", "who", "nobody called 'nobody' takes part: correct it"),
        ("s-heart,p-law; Nobody,wanted,,,", "whom", "nobody called 'Nobody' takes part"),
        ("s-heart,s-vaccine,wanted,,,", "whom", "'s-heart' and 's-vaccine' are both startups: "),
        ("s-heart,s-heart,wanted,,,", "whom", "'s-heart' and 's-heart' are both startups"),
        ("s-heart,twin,wanted,,,", "whom", "2 profiles have this name: write the id of one (t-1, t-2)"),
        (",p-law,wanted,,,", "who", "no who: write an id or a name"),
        ("s-heart,,wanted,,,", "whom", "no whom: write an id or a name"),
        ("s-heart,p-law,,,,", "wish", "no wish: use one of wanted (희망), "),
        ("s-heart,p-law,danced,,,", "wish", "not a known wish: use one of wanted (희망), "),
        ("s-heart,p-law,wanted,clinical,,", "track", "not one track of this event: use investment, "),
        ("s-heart,p-law,wanted,gossip,,", "track", "not one track of this event"),
        ("s-heart,p-law,confirmed,,,", "slot", "no slot: write where a confirmed meeting is"),
        ("s-heart,p-law,confirmed,,9:00,", "slot", "no one slot starts then: write its id or day and time"),
        ("s-heart,p-law,confirmed,,d1-1200,", "slot", "no one slot starts then"),
        ("s-heart,p-law,confirmed,,d1-0900,Attic", "table", "no such table: use its name, such as Harbour-1"),
    ],
)  # fmt: skip
def test_a_bad_wish_is_told_in_one_line_and_stops_no_other(
    tmp_path: Path, few_profiles: list[Profile], row: str, field: str, reason: str
) -> None:
    header, good = "who,whom,wish,track,slot,table", "s-heart,p-law,wanted,ip,,"
    (tmp_path / "a.csv").write_text("\n".join([header, good, row, "p-law,s-heart,maybe,,,"]), "utf-8")
    twins = [few_profiles[3].model_copy(update={"id": f"t-{n}", "name": "Twin"}) for n in (1, 2)]
    found = wishes(tmp_path / "a.csv", [*few_profiles, *twins])
    assert [(r.file, r.sheet, r.row, r.field) for r in found.rejections] == [("a.csv", None, 3, field)]
    assert found.rejections[0].reason.startswith(reason)
    assert "\n" not in found.rejections[0].reason
    assert [(w.who, w.answer) for w in found.wishes] == [("s-heart", "wanted"), ("p-law", "maybe")]


def test_a_name_of_both_sides_means_the_one_across(tmp_path: Path, few_profiles: list[Profile]) -> None:
    namesake = few_profiles[3].model_copy(update={"id": "p-namesake", "name": "Carrier Bio"})
    (tmp_path / "a.csv").write_text(
        "who,whom,wish\nCarrier Bio,p-law,O\ns-heart,Carrier Bio,O\nCarrier Bio,Carrier Bio,O\n"
    )
    found = wishes(tmp_path / "a.csv", [*few_profiles, namesake])
    assert [(w.who, w.whom) for w in found.wishes] == [("s-vaccine", "p-law"), ("s-heart", "p-namesake")]
    assert [(r.row, r.field) for r in found.rejections] == [(4, "who"), (4, "whom")]


def test_rejected_wishes_are_mended_and_read_again(tmp_path: Path, few_profiles: list[Profile]) -> None:
    (tmp_path / "a.csv").write_text("who,whom,wish,=note\ns-heart,p-lav,wanted,=1+1\n")
    path = tmp_path / "a.rejected.csv"
    write_rejected(wishes(tmp_path / "a.csv", few_profiles), path)
    text = path.read_text(encoding="utf-8-sig")
    assert "'=1+1" in text  # a spreadsheet must not run it
    path.write_text(text.replace("p-lav,", "p-law,"), encoding="utf-8-sig")
    found = wishes(path, few_profiles)
    assert (found.wishes, found.rejections) == ((Wish("s-heart", "p-law", Answer.WANTED),), ())


IDS = ("s-heart", "s-vaccine", "p-law", "p-bank")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["s-heart", "하트사운드", "Carrier Bio", "p-law", "nobody", ""]),
            st.sampled_from(["p-bank", "Harbor Patent Law", "s-vaccine", "아무도", ""]),
            st.sampled_from(["희망", "never", "춤", ""]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(["cp949", "utf-8", "utf-8-sig"]),
)
def test_no_row_is_lost(tmp_path_factory: Any, rows: list[tuple[str, str, str]], encoding: str) -> None:
    """Every row that says anything is a wish or is rejected, whatever stands in it."""
    sides = {each: Side.STARTUP if each[0] == "s" else Side.PARTNER for each in IDS}
    names = {"s-heart": ("하트사운드",), "s-vaccine": ("Carrier Bio",), "p-law": ("Harbor Patent Law",)}
    venue = Venue(People(sides, names), PLAN.tracks, SLOTS, [])
    path = tmp_path_factory.mktemp("wishes") / "a.csv"
    lines = ["누가,상대,희망 여부", *(",".join(row) for row in rows)]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    found = parse_wishes(path, venue)
    told = {int(wish.place.rpartition(" ")[2]) for wish in found.wishes}
    rejected = {rejection.row for rejection in found.rejections}
    assert not told & rejected
    assert told | rejected == {number for number, row in enumerate(rows, 2) if any(row)}


# -- availability ------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig", "utf-16"])
def test_availability_of_a_korean_office(tmp_path: Path, few_profiles: list[Profile], encoding: str) -> None:
    text = (
        "기업명,참석 여부,날짜,시간,도착 시간,퇴장 시간,최대 상담 수,상담 인원,상담 언어,우선순위\r\n"
        '하트사운드,가능,2027.05.11,오전,,,6건,2명,"한국어, 영어",\r\n'
        "하트사운드,불가,5월 12일,14:00~15:00,,,,,,\r\n"
        "Harbor Patent Law,,2일차,,오전 10시 30분,15:00,,,,1.5\r\n"
        "p-bank,불참,,,,,,,,\r\n"
    )
    path = tmp_path / "참석.csv"
    path.write_bytes(text.encode(encoding))
    found = availability(path, few_profiles)
    assert (found.rejections, found.notices) == ((), ())
    assert found.rows == (
        Attendance(
            "s-heart",
            (Span(date=FIRST, end=at(12)),),
            terms={"max_meetings": 6, "representatives": 2, "languages": ("ko", "en")},
        ),
        Attendance("s-heart", unavailable=(Span(date=SECOND, start=at(14), end=at(15)),)),
        Attendance(
            "p-law",
            unavailable=(Span(date=SECOND, end=at(10, 30)), Span(date=SECOND, start=at(15))),
            terms={"priority": 1.5},
        ),
        Attendance("p-bank", unavailable=(Span(),)),
    )


def test_availability_by_slots_and_by_two_columns(tmp_path: Path, few_profiles: list[Profile]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Who", "Status", "Date", "From", "To", "Slot"])
    sheet.append(
        ["p-law", "available", datetime.date(2027, 5, 11), datetime.time(10), datetime.time(11, 30), None]
    )
    sheet.append(["p-law", "available", None, None, None, "d1-0900; d2-0920"])
    book.save(tmp_path / "a.xlsx")
    found = availability(tmp_path / "a.xlsx", few_profiles)
    assert found.rejections == ()
    assert [row.available for row in found.rows] == [
        (Span(date=FIRST, start=at(10), end=at(11, 30)),),
        (Span(date=FIRST, start=at(9), end=at(9, 20)), Span(date=SECOND, start=at(9, 20), end=at(9, 40))),
    ]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("nobody,free,,,,,,,", "who", "nobody called 'nobody' takes part"),
        (",free,,,,,,,", "who", "no who: write an id or a name"),
        ("p-law,,,,,,,,", "", "neither hours nor numbers: fill in a status"),
        ("p-law,perhaps,,,,,,,", "status", "not known: use available (가능) or unavailable (불가)"),
        ("p-law,,2027-05-11,,,,,,", "status", "no status: write available (가능)"),
        ("p-law,,,10:00-11:00,,,,,", "status", "no status: write available (가능)"),
        ("p-law,busy,2027-05-13,,,,,,", "date", "none of the event's days: write one like 2027-05-11"),
        ("p-law,busy,,noon,,,,,", "time", "'noon' is no stretch of time: write it like 10:00-12:00"),
        ("p-law,free,,18:00-19:00,,,,,", "time", "the event has no slot then: correct the time"),
        ("p-law,,,,10:30,,,,", "date", "no date: say on which day for arrives, such as 2027-05-11"),
        ("p-law,,d1,,soon,,,,", "arrives", "not a time: write it like 09:30"),
        ("p-law,,,,,many,,,", "max_meetings", "not a whole number: write digits only"),
        ("p-law,,,,,,0,,", "representatives", "must be at least 1"),
        ("p-law,,,,,,,Klingon,", "languages", "not a known language"),
        ("p-law,,,,,,,,-1", "priority", "not a weight: write a number from 0 on"),
        ("p-law,,,,,,,,inf", "priority", "not a weight"),
    ],
)
def test_a_bad_row_of_availability_is_told(
    tmp_path: Path, few_profiles: list[Profile], row: str, field: str, reason: str
) -> None:
    header = "who,status,date,time,arrives,max_meetings,representatives,languages,priority"
    (tmp_path / "a.csv").write_text("\n".join([header, row, "p-bank,,,,,3,,,"]), "utf-8")
    found = availability(tmp_path / "a.csv", few_profiles)
    assert [(r.file, r.row, r.field) for r in found.rejections] == [("a.csv", 2, field)]
    assert found.rejections[0].reason.startswith(reason)
    assert found.rows == (Attendance("p-bank", terms={"max_meetings": 3}),)


@pytest.mark.parametrize(
    ("text", "line"), [("hello\n", "who"), ("", "the file is empty"), ("%PDF-1.7", "a PDF")]
)
def test_files_without_a_table_are_refused(
    tmp_path: Path, few_profiles: list[Profile], text: str, line: str
) -> None:
    (tmp_path / "a.csv").write_text(text)
    for read in (wishes, availability):
        with pytest.raises(InputError, match=r"^a\.csv: ") as caught:
            read(tmp_path / "a.csv", few_profiles)
        assert line in str(caught.value)
