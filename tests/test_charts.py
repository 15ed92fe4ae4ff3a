"""The pictures: every bar as long as its number, tables that add up, and names that stay text."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import numpy as np
import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import sync_playwright

from matcher.fitmap import FitMap
from profiles.event import Event, Meeting, Schedule, State
from profiles.model import Kind, Profile, Side, Topic
from profiles.outcomes import Outcome, Result
from web import phrases
from web.phrases import use_language
from web.render import charts
from web.render.charts import Course, Place, Step
from web.render.charts.coverage import PLOT as WISHES
from web.render.charts.fitmap import BADGE, _pixels
from web.render.charts.frame import NARROW, WIDE, part, ticks
from web.render.charts.letters import shortened, width
from web.render.charts.load import PLOT as PLACES
from web.render.charts.timeline import PLOT as HOURS
from web.render.charts.timeline import PLOTTED

WEB = Path(__file__).resolve().parent.parent / "web"
HOSTILE = "<script>alert('x')</script>\"&' \N{RIGHT-TO-LEFT OVERRIDE}"
CHROMIUM = Path("/usr/bin/chromium")


# -- an event whose right answers are plain to see ----------------------------------------------


def slot(name: str, day: int, start: str, end: str) -> dict[str, Any]:
    return {"id": name, "start": f"2027-05-{day}T{start}", "end": f"2027-05-{day}T{end}"}


SLOTS = [
    slot("a", 11, "09:00", "09:20"),
    slot("b", 11, "09:20", "09:40"),
    slot("c", 11, "10:00", "10:20"),
    slot("d", 12, "09:00", "09:20"),
]
PAIRS = [
    {"startup": "s1", "partner": "p1", "state": "must", "fit": 1},
    {"startup": "s1", "partner": "p2", "state": "accepted", "fit": 1},
    {"startup": "s2", "partner": "p1", "state": "accepted", "fit": 1},
    {"startup": "s2", "partner": "p2", "state": "requested", "fit": 1},
    {"startup": "s3", "partner": "p1", "state": "requested", "fit": 1},
    {"startup": "s3", "partner": "p2", "state": "declined", "fit": 1},
    {"startup": "s3", "partner": "p3", "state": "suggested", "fit": 1},
]
MET = [("s1", "p1", "a", "T1"), ("s2", "p1", "b", "T1"), ("s2", "p2", "a", "T2"), ("s3", "p3", "d", "T1")]


def people() -> list[dict[str, Any]]:
    return [
        *({"id": f"s{number}", "side": "startup", "name": f"Startup {number}"} for number in (1, 2, 3)),
        {"id": "p1", "side": "partner", "name": "First", "max_meetings": 2},
        {"id": "p2", "side": "partner", "name": "Second", "unavailable": ["c"], "representatives": 2},
        {"id": "p3", "side": "partner", "name": "", "max_meetings": 9},
    ]


def event_of(**changed: Any) -> Event:
    content = {
        "event": {"id": "e"},
        "slots": SLOTS,
        "tables": [{"id": "T1"}, {"id": "T2"}, {"id": "T3", "closed": ["b"]}],
        "participants": people(),
        "pairs": PAIRS,
    }
    return Event.model_validate(content | changed)


def meeting(startup: str, partner: str, at: str, table: str, track: Topic | None = None) -> Meeting:
    return Meeting(startup=startup, partner=partner, slot=at, table=table, track=track)


def schedule_of(met: Sequence[tuple[str, str, str, str]] = MET) -> Schedule:
    return Schedule(status="feasible", meetings=tuple(meeting(*each) for each in met))


def fragment(macro: str, template: str, drawing: object, **more: object) -> Element:
    """What a macro makes of a drawing, with nothing at hand but what the pages and the reports both have."""
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        phrases.gettext, phrases.ngettext, newstyle=True
    )
    environment.globals["phrases"] = phrases
    text = environment.from_string(
        f'{{% from "charts/{template}.html" import {macro} %}}{{{{ {macro}(drawing, **more) }}}}'
    ).render(drawing=drawing, more=more)
    return fromstring(text.strip())


def percent(element: Element, name: str) -> float:
    value = element.get(name, "")
    assert value.endswith("%")
    return float(value.removesuffix("%"))


def by_class(root: Element, name: str, tag: str = "*") -> list[Element]:
    return [each for each in root.iter(tag if tag != "*" else None) if name in each.get("class", "").split()]


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def table_cells(root: Element) -> list[list[str]]:
    """The table behind a picture, with its head."""
    return [[text_of(cell) for cell in row] for row in root.iter("tr")]


# -- texts and axes ------------------------------------------------------------------------------


def test_names_are_cut_to_their_room_and_no_more() -> None:
    assert shortened("Mayo Clinic", 20) == "Mayo Clinic"
    cut = shortened("Massachusetts General Hospital", 10)
    assert cut.startswith("Massachusetts")
    assert cut.endswith("…")
    assert width(cut) <= 10 < width("Massachusetts General Hospital")
    assert shortened("한국과학기술원", 7) == "한국과학기술원"
    assert shortened("한국과학기술원", 6.9) == "한국과학기…"
    # Neither a blank nor a sign is left before the ellipsis.
    assert shortened("GV (Google Ventures)", 3.2) == "GV…"


@pytest.mark.parametrize(
    ("most", "values"),
    [
        (0, [0]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (8, [0, 2, 4, 6, 8]),
        (19, [0, 5, 10, 15]),
        (135, [0, 50, 100]),
    ],
)
def test_axes_have_round_numbers_where_they_belong(most: int, values: list[int]) -> None:
    found = ticks(most)
    assert [tick.value for tick in found] == values
    assert [tick.at for tick in found] == [part(value, most) for value in values]


# -- wishes --------------------------------------------------------------------------------------


def test_wishes_are_counted_by_pair_and_by_side() -> None:
    drawing = charts.coverage(event_of(), schedule_of())
    counted = {group.side: {bar.state: bar.counts for bar in group.bars} for group in drawing.groups}
    assert counted == {
        None: {
            State.MUST: (1, 0, 0),
            State.ACCEPTED: (1, 0, 1),
            State.REQUESTED: (1, 0, 1),
            State.SUGGESTED: (1, 0, 0),
        },
        # s1 does not meet p2; s2 meets p1 and p2; s3 does not meet p1.
        Side.STARTUP: {
            State.MUST: (1, 0, 0),
            State.ACCEPTED: (1, 0, 1),
            State.REQUESTED: (1, 0, 1),
            State.SUGGESTED: (1, 0, 0),
        },
        Side.PARTNER: {
            State.MUST: (1, 0, 0),
            State.ACCEPTED: (1, 0, 1),
            State.REQUESTED: (1, 0, 1),
            State.SUGGESTED: (1, 0, 0),
        },
    }
    assert drawing.description == "4 of 6 wishes got a meeting (67%)."


def test_an_organisation_with_some_of_its_wishes_is_counted_in_part() -> None:
    pairs = [{"startup": "s1", "partner": f"p{number}", "state": "accepted"} for number in (1, 2, 3)]
    drawing = charts.coverage(event_of(pairs=pairs), schedule_of([("s1", "p2", "a", "T1")]))
    assert [bar.counts for group in drawing.groups for bar in group.bars] == [(1, 0, 2), (0, 1, 0), (1, 0, 2)]


def test_bars_of_wishes_are_as_wide_as_their_share_and_fill_their_place() -> None:
    root = fragment("coverage", "coverage", charts.coverage(event_of(), schedule_of()))
    left, right = WISHES
    rects = [each for each in root.iter("rect") if "%" in each.get("width", "")]
    accepted = [each for each in rects if each.get("y") == rects[1].get("y")]
    assert [each.get("class") for each in accepted] == ["part-0", "part-2"]
    assert [percent(each, "x") for each in accepted] == [left, pytest.approx((left + right) / 2)]
    assert [percent(each, "width") for each in accepted] == [pytest.approx((right - left) / 2)] * 2
    for y in {each.get("y") for each in rects}:
        row = [each for each in rects if each.get("y") == y]
        assert sum(percent(each, "width") for each in row) == pytest.approx(right - left, abs=0.05)


def test_numbers_stand_in_bars_that_have_room() -> None:
    pairs = [
        {"startup": f"s{at}", "partner": f"p{number}", "state": "requested"}
        for at in (1, 2, 3)
        for number in (1, 2, 3)
    ]
    participants = [*people(), *({"id": f"s{n}", "side": "startup"} for n in range(10, 110))]
    pairs += [{"startup": f"s{n}", "partner": "p1", "state": "requested"} for n in range(10, 110)]
    drawing = charts.coverage(
        event_of(pairs=pairs, participants=participants), schedule_of([("s1", "p1", "a", "T1")])
    )
    met, missed = drawing.groups[0].bars[0].segments
    assert (met.count, met.narrow, met.wide) == (1, False, False)
    assert (missed.count, missed.narrow, missed.wide) == (108, True, True)


def test_the_table_of_wishes_adds_up() -> None:
    rows = table_cells(fragment("coverage", "coverage", charts.coverage(event_of(), schedule_of())))
    assert rows[0][:2] == ["Counted", "How far agreed"]
    assert rows[1] == ["All wishes", "Required", "1", "–", "0", "1", "100%"]
    assert rows[2] == ["All wishes", "Agreed", "1", "–", "1", "2", "50%"]
    assert rows[5] == ["Startups", "Required", "1", "0", "0", "1", "100%"]
    for row in rows[1:]:
        assert sum(int(cell) for cell in row[2:5] if cell != "–") == int(row[5])


def test_an_event_without_wishes_says_so() -> None:
    root = fragment("coverage", "coverage", charts.coverage(event_of(pairs=[]), schedule_of([])))
    assert "There are no wishes." in text_of(root)
    assert not list(root.iter("svg"))


# -- load ----------------------------------------------------------------------------------------


def test_places_are_what_is_allowed_or_what_free_time_holds() -> None:
    drawing = charts.load(event_of(), schedule_of(), Side.PARTNER)
    found = {row.id: (row.meetings, row.capacity, row.limit, row.slots) for row in drawing.rows}
    assert found == {
        "p1": (2, 2, 2, 4),
        "p2": (1, 6, None, 6),  # three free slots, two representatives
        "p3": (1, 4, 9, 4),
    }
    assert [row.id for row in drawing.rows] == ["p1", "p3", "p2"]
    assert [row.names.full for row in drawing.rows] == ["First", "p3", "Second"]
    assert drawing.description == "4 of 12 places are taken. 1 of 3 are full, 0 have no meeting."


def test_slots_that_overlap_hold_one_meeting() -> None:
    slots = [
        slot("long", 11, "09:00", "11:00"),
        slot("one", 11, "09:00", "10:00"),
        slot("two", 11, "10:00", "11:00"),
        slot("away", 11, "10:30", "10:40"),
    ]
    free = {"id": "s1", "side": "startup"}
    busy = {"id": "s2", "side": "startup", "unavailable": ["away"]}
    session = {"id": "s3", "side": "startup", "sessions": ["morning"]}
    drawing = charts.load(
        event_of(slots=slots, participants=[free, busy, session], pairs=[], tables=[]),
        schedule_of([]),
        Side.STARTUP,
    )
    # Who is away from 10:30 to 10:40 cannot take any slot that shares time with that.
    assert {row.id: row.slots for row in drawing.rows} == {"s1": 2 + 0, "s2": 1, "s3": 0}


def test_bars_of_load_are_as_long_as_their_numbers() -> None:
    root = fragment("load", "load", charts.load(event_of(), schedule_of(), Side.PARTNER))
    unit = (PLACES[1] - PLACES[0]) / 6
    assert [
        percent(each, "width") for each in by_class(root, "taken", "rect") if "%" in each.get("width", "")
    ] == [pytest.approx(unit * number, abs=0.01) for number in (2, 1, 1)]
    frames = [each for each in by_class(root, "frame", "rect") if "%" in each.get("width", "")]
    assert [percent(each, "width") for each in frames] == [
        pytest.approx(unit * number, abs=0.01) for number in (2, 4, 6)
    ]
    assert {percent(each, "x") for each in frames} == {PLACES[0]}
    assert [float(each.get("y", "")) for each in frames] == [27, 45, 63]
    marks = by_class(root, "rule", "line")
    assert [percent(each, "x1") for each in marks] == [
        pytest.approx(PLACES[0] + unit * number, abs=0.01) for number in (0, 2, 4, 6)
    ]


def test_the_table_of_load_has_all_and_adds_up() -> None:
    rows = table_cells(fragment("load", "load", charts.load(event_of(), schedule_of(), Side.PARTNER)))
    assert rows[1:] == [
        ["First", "2", "2", "0", "2", "4"],
        ["p3", "1", "4", "3", "9", "4"],
        ["Second", "1", "6", "5", "–", "6"],
    ]
    assert sum(int(row[1]) for row in rows[1:]) == len(MET)


def test_full_and_overfull_rows_are_marked() -> None:
    met = [*MET, ("s3", "p1", "c", "T1")]
    drawing = charts.load(event_of(), schedule_of(met), Side.PARTNER)
    root = fragment("load", "load", drawing)
    assert [each.get("class") for each in by_class(root, "row")] == ["row over", "row", "row"]
    assert drawing.rows[0].text == "3 / 2"
    plain = fragment("load", "load", charts.load(event_of(), schedule_of(), Side.PARTNER))
    assert [each.get("class") for each in by_class(plain, "row")] == ["row full", "row", "row"]


def test_a_long_list_has_a_row_each_with_its_name_in_full_behind_it() -> None:
    many = [
        {"id": f"p{n}", "side": "partner", "name": f"Institute of Very Long Names, number {n}"}
        for n in range(135)
    ]
    drawing = charts.load(event_of(participants=many, pairs=[]), schedule_of([]), Side.PARTNER)
    assert [row.y for row in drawing.rows] == [24 + 18 * place for place in range(135)]
    assert drawing.height == 24 + 18 * 135 + 24
    root = fragment("load", "load", drawing)
    first = by_class(root, "row")[0]
    title = first.find("title")
    assert title is not None
    assert title.text == "Institute of Very Long Names, number 0: 0 / 4"
    (narrow,) = by_class(first, "when-narrow")
    assert str(narrow.text).endswith("…")
    assert width(str(narrow.text)) * 12 <= NARROW * PLACES[0] / 100
    (wide,) = by_class(first, "when-wide")
    assert width(str(narrow.text)) < width(str(wide.text)) <= WIDE * PLACES[0] / 100 / 12


def test_names_of_load_are_the_readers_and_lead_where_they_are_told() -> None:
    drawing = charts.load(
        event_of(),
        schedule_of(),
        Side.PARTNER,
        {"p1": "첫째"},
        lambda of: f"/profiles/{of}" if of == "p1" else None,
    )
    root = fragment("load", "load", drawing)
    assert [(text_of(each), each.get("href")) for each in root.iter("a")] == [("첫째", "/profiles/p1")] * 2
    (picture,) = by_class(root, "load", "svg")
    assert picture.get("role") == "group"


# -- tables over time ----------------------------------------------------------------------------


def test_tables_are_counted_for_every_stretch_of_time() -> None:
    drawing = charts.timeline(event_of(), schedule_of())
    assert [day.date for day in drawing.days] == [datetime.date(2027, 5, 11), datetime.date(2027, 5, 12)]
    assert [(step.clock, step.used, step.open) for step in drawing.steps] == [
        ("09:00–09:20", 2, 3),
        ("09:20–09:40", 1, 2),
        ("10:00–10:20", 0, 3),
        ("09:00–09:20", 1, 3),
    ]
    # 20 minutes each: 4 of 11 table slots.
    assert (
        drawing.description
        == "The tables are in use for 36% of the time they are open; at the busiest, 2 of 3."
    )


def test_slots_that_overlap_are_counted_together() -> None:
    slots = [slot("long", 11, "09:00", "10:00"), slot("short", 11, "09:30", "09:45")]
    tables = [{"id": "T1"}, {"id": "T2", "closed": ["short"]}, {"id": "T3"}]
    drawing = charts.timeline(
        event_of(
            slots=slots, tables=tables, participants=[p for p in people() if "unavailable" not in p], pairs=[]
        ),
        schedule_of([("s1", "p1", "long", "T1"), ("s2", "p3", "short", "T3")]),
    )
    assert [(step.clock, step.used, step.open) for step in drawing.steps] == [
        ("09:00–09:30", 1, 2),
        ("09:30–09:45", 2, 2),
        ("09:45–10:00", 1, 2),
    ]


def test_bars_over_time_stand_where_and_as_high_as_they_should() -> None:
    drawing = charts.timeline(event_of(), schedule_of())
    root = fragment("timeline", "timeline", drawing)
    bars = [each for each in by_class(root, "taken", "rect") if "%" in each.get("width", "")]
    minute = (HOURS[1] - HOURS[0]) / 80  # from 09:00 to 10:20
    assert [percent(each, "x") for each in bars] == [
        pytest.approx(HOURS[0] + minute * at, abs=0.02) for at in (0, 20, 60, 0)
    ]
    assert [percent(each, "width") for each in bars] == [pytest.approx(minute * 20, abs=0.02)] * 4
    heights = [float(each.get("height", "")) for each in bars]
    assert heights == [pytest.approx(PLOTTED * used / 3, abs=0.1) for used in (2, 1, 0, 1)]
    for bar, day in zip(bars, (0, 0, 0, 1), strict=True):
        assert float(bar.get("y", "")) + float(bar.get("height", "")) == pytest.approx(
            drawing.days[day].y + drawing.bottom, abs=0.1
        )


def test_the_line_of_open_tables_steps_and_breaks_in_pauses() -> None:
    first, second = charts.timeline(event_of(), schedule_of()).days
    pieces = [
        (line.x1 == line.x2, round(line.up1 * 3 / PLOTTED), round(line.up2 * 3 / PLOTTED))
        for line in first.lines
    ]
    assert pieces == [(False, 3, 3), (True, 3, 2), (False, 2, 2), (False, 3, 3)]
    assert first.lines[2].x2 < first.lines[3].x1
    assert len(second.lines) == 1


def test_the_table_over_time_has_a_row_each() -> None:
    rows = table_cells(fragment("timeline", "timeline", charts.timeline(event_of(), schedule_of())))
    assert rows[1] == ["Tuesday, May 11, 2027", "09:00–09:20", "2", "3", "67%"]
    assert sum(int(row[2]) for row in rows[1:]) == len(MET)


def test_hours_stay_apart_on_a_phone() -> None:
    slots = [slot(f"s{hour}", 11, f"{hour:02}:00", f"{hour:02}:50") for hour in range(9, 18)]
    drawing = charts.timeline(event_of(slots=slots, participants=[], tables=[], pairs=[]), schedule_of([]))
    hours = drawing.days[0].hours
    assert [hour.text for hour in hours] == ["10:00", "12:00", "14:00", "16:00"]
    assert all((after.at - before.at) / 100 * NARROW > 40 for before, after in pairwise(hours))
    assert hours[0].at == pytest.approx(HOURS[0] + (HOURS[1] - HOURS[0]) * 60 / 530, abs=0.01)


def test_a_night_goes_on_past_midnight() -> None:
    late = {"id": "late", "start": "2027-05-11T23:30", "end": "2027-05-12T00:30"}
    drawing = charts.timeline(
        event_of(slots=[late], participants=[], pairs=[], tables=[{"id": "T1"}]), schedule_of([])
    )
    (day,) = drawing.days
    (step,) = day.steps
    assert step.x == HOURS[0]
    assert step.width == pytest.approx(HOURS[1] - HOURS[0])
    assert [hour.text for hour in day.hours] == ["00:00"]


# -- what came of it -----------------------------------------------------------------------------

COURSES = [
    Course(Topic.IP, Step.PLANNED),
    Course(Topic.IP, Step.HELD, {Step.HELD: 1_000_000}),
    Course(Topic.INVESTMENT, Step.FOLLOW_UP, {Step.HELD: 500_000, Step.FOLLOW_UP: 200_000}),
    Course(Topic.INVESTMENT, Step.AGREEMENT, {Step.AGREEMENT: 150_000.4}),
    Course(None, Step.HELD),
]


def test_every_step_counts_those_who_came_so_far() -> None:
    drawing = charts.funnel(COURSES)
    counted = {
        (group.whole, group.track): [(stage.count, stage.amount) for stage in group.stages]
        for group in drawing.groups
    }
    assert counted == {
        (True, None): [(5, None), (4, 1_500_000), (2, 200_000), (1, 150_000.4)],
        (False, Topic.INVESTMENT): [(2, None), (2, 500_000), (2, 200_000), (1, 150_000.4)],
        (False, Topic.IP): [(2, None), (1, 1_000_000), (0, None), (0, None)],
        (False, None): [(1, None), (1, None), (0, None), (0, None)],
    }
    assert [stage.text for stage in drawing.groups[0].stages] == [
        "5",
        "4 · 80% · US$1.5M",
        "2 · 40% · US$200K",
        "1 · 20% · US$150K",
    ]
    assert drawing.description.startswith(
        "Of 5 planned meetings 4 were held (80%), 2 were followed up and 1 led to an agreement."
    )


def test_bars_of_the_funnel_are_shares_of_what_was_planned() -> None:
    root = fragment("funnel", "funnel", charts.funnel(COURSES))
    bars = [percent(each, "width") for each in by_class(root, "taken", "rect")]
    assert bars == [100, 80, 40, 20, 100, 100, 100, 50, 100, 50, 0, 0, 100, 100, 0, 0]
    tops = [float(each.get("y", "")) for each in by_class(root, "taken", "rect")]
    assert tops == sorted(set(tops))
    (picture,) = by_class(root, "funnel", "svg")
    assert tops[-1] + 9 <= float(picture.get("height", ""))


def test_the_table_of_the_funnel_has_shares_of_both_and_whole_amounts() -> None:
    rows = table_cells(fragment("funnel", "funnel", charts.funnel(COURSES)))
    assert rows[1:5] == [
        ["All meetings", "Meetings planned", "5", "100%", "–", "–"],
        ["All meetings", "Held", "4", "80%", "80%", "1,500,000"],
        ["All meetings", "Followed up", "2", "40%", "50%", "200,000"],
        ["All meetings", "Agreement signed", "1", "20%", "50%", "150,000"],
    ]
    planned = [int(row[2]) for row in rows if row[1] == "Meetings planned"]
    assert planned[0] == sum(planned[1:])
    assert rows[-1] == ["No topic named", "Agreement signed", "0", "0%", "–", "–"]


def test_a_single_track_is_not_drawn_twice() -> None:
    assert len(charts.funnel(COURSES[:2]).groups) == 1
    assert charts.funnel([]).groups == ()
    assert "No meetings were planned." in text_of(fragment("funnel", "funnel", charts.funnel([])))


def test_outcomes_tell_how_far_a_planned_meeting_got() -> None:
    def outcome(startup: str, partner: str, result: Result, day: int) -> Outcome:
        return Outcome(startup=startup, partner=partner, outcome=result, date=datetime.date(2027, 5, day))

    planned = [
        meeting("s1", "p1", "a", "T1", Topic.IP),
        meeting("s1", "p2", "b", "T1"),
        meeting("s2", "p1", "b", "T2"),
        meeting("s3", "p1", "c", "T2"),
    ]
    found = charts.courses_of(
        planned,
        [
            outcome("s1", "p1", Result.AGREEMENT, 20),
            outcome("s1", "p1", Result.MET, 11),
            outcome("s1", "p2", Result.ACCEPTED, 11),
            outcome("s2", "p1", Result.AGREEMENT, 1),
            outcome("s2", "p1", Result.MET, 11),
            outcome("s9", "p9", Result.AGREEMENT, 20),
        ],
        {("s1", "p1"): {Step.AGREEMENT: 5.0}},
        since=datetime.date(2027, 5, 11),
    )
    assert found == [
        Course(Topic.IP, Step.AGREEMENT, {Step.AGREEMENT: 5.0}),
        Course(None, Step.PLANNED),
        Course(None, Step.HELD),
        Course(None, Step.PLANNED),
    ]


# -- levels --------------------------------------------------------------------------------------


def test_levels_go_up_in_equal_round_steps() -> None:
    scores = np.linspace(20, 45, 2501).reshape(41, 61)
    found = charts.heat(scores)
    steps = np.diff(found.bounds)
    assert (steps == steps[0]).all()
    assert found.bounds == (33.0, 36.0, 39.0, 42.0, 45.0)
    assert found.levels[0, 0] == 0
    assert (np.diff(found.levels.ravel()) >= 0).all()
    assert sum(found.counts) == scores.size


def test_a_cell_has_the_level_of_the_number_that_is_shown() -> None:
    found = charts.heat(np.array([[9.94, 9.96, 10.0, 29.96, 59.9]], np.float32), [10, 20, 30, 40, 50])
    assert [found.css(0, column) for column in range(5)] == [
        "level-0",
        "level-1",
        "level-1",
        "level-3",
        "level-5",
    ]


def test_pairs_that_must_not_meet_have_no_level() -> None:
    found = charts.heat(np.array([[30.0, -np.inf, 40.0]]))
    assert found.css(0, 1) == "level-none"
    assert found.barred == 1
    assert [css for css, _text in found.legend] == [f"level-{level}" for level in range(6)] + ["level-none"]
    assert len(charts.heat(np.array([[30.0, 40.0]])).legend) == 6


def test_the_legend_says_which_scores_a_level_holds() -> None:
    found = charts.heat(np.array([[1.0]]), [10, 12.5, 15, 17.5, 20])
    root = fragment("heat_legend", "heat", found)
    assert [(each.get("class"), each.text) for each in root.iter("li")] == [
        ("level-0", "below 10"),
        ("level-1", "10–12.5"),
        ("level-2", "12.5–15"),
        ("level-3", "15–17.5"),
        ("level-4", "17.5–20"),
        ("level-5", "20 and more"),
    ]


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros((0, 3)),
        np.full((2, 2), -np.inf),
        np.full((2, 2), 30.0),
        np.zeros((1, 1)),
        np.array([[30.0, 30.1]]),
    ],
)
def test_any_scores_have_levels(scores: np.ndarray) -> None:
    found = charts.heat(scores)
    assert found.levels.shape == scores.shape
    assert list(found.bounds) == sorted(set(found.bounds))


@pytest.mark.parametrize("bounds", [[1, 2, 3], [1, 2, 2, 3, 4], [5, 4, 3, 2, 1]])
def test_bounds_that_do_not_rise_are_refused(bounds: list[float]) -> None:
    with pytest.raises(ValueError, match="rising"):
        charts.heat(np.zeros((1, 1)), bounds)


# -- the map -------------------------------------------------------------------------------------


def place(name: str, kind: Kind, x: float, y: float, link: str | None = None) -> Place:
    return Place(name.lower(), name, kind, x, y, link)


PLACES_ON_MAP = [
    place("Alpha", Kind.STARTUP, 0, 0, "/a"),
    place("Beta", Kind.STARTUP, 4, 2),
    place("Mayo", Kind.HOSPITAL, 1, 0, "/m"),
    place("Fund", Kind.INVESTOR, 0, 2),
    place("Law", Kind.LAW_FIRM, 8, 4, "/l"),
]


def test_the_map_keeps_shape_and_direction_and_fills_its_frame() -> None:
    drawing = charts.fit_picture(PLACES_ON_MAP)
    assert drawing.aspect == 1.5
    at = {dot.place.name: (dot.x, dot.y / drawing.aspect) for dot in drawing.dots}  # percent of the width
    scale = (at["Law"][0] - at["Alpha"][0]) / 8
    for one in PLACES_ON_MAP:
        assert at[one.name][0] == pytest.approx(at["Alpha"][0] + one.x * scale, abs=0.02)
        assert at[one.name][1] == pytest.approx(at["Alpha"][1] - one.y * scale, abs=0.02)
    xs, ys = zip(*at.values(), strict=True)
    assert min(xs) + max(xs) == pytest.approx(100, abs=0.02)
    assert min(min(xs), min(ys)) == pytest.approx(4, abs=0.02)


def test_kinds_differ_in_shape() -> None:
    every = [place(kind.value, kind, at, at % 3) for at, kind in enumerate(Kind)]
    root = fragment("fit_map", "fitmap", charts.fit_picture(every), id="m")
    shapes = {each.get("id"): each.get("d") for each in root.iter("path") if each.get("id")}
    assert list(shapes) == [f"m-{kind.value}" for kind in Kind]
    assert len(set(shapes.values())) == len(Kind)
    used = [each.get("href") for each in root.iter("use")]
    assert sorted(filter(None, used)) == sorted(f"#m-{kind.value}" for kind in Kind)


def test_those_nearest_of_the_other_side_are_named() -> None:
    drawing = charts.fit_picture(PLACES_ON_MAP, highlight="alpha")
    assert [dot.place.name for dot in drawing.near] == ["Mayo", "Fund", "Law"]
    assert {label.text for label in drawing.wide} == {"Alpha", "Mayo", "Fund", "Law"}
    assert [(label.dot.place.name, label.text) for label in drawing.narrow] == [
        ("Mayo", "1"),
        ("Fund", "2"),
        ("Law", "3"),
    ]
    assert drawing.title == "Who fits Alpha, as a map"
    assert drawing.highlight is not None
    assert drawing.highlight not in drawing.dots


def test_whom_to_name_can_be_told() -> None:
    drawing = charts.fit_picture(
        PLACES_ON_MAP, highlight="alpha", near=["law", "nobody", "fund", "law", "alpha"]
    )
    assert [dot.place.name for dot in drawing.near] == ["Fund", "Law"]
    named = charts.fit_picture(PLACES_ON_MAP, near=["law"])
    assert [label.text for label in named.wide] == ["Law"]
    assert charts.fit_picture(PLACES_ON_MAP, highlight="gone").near == ()
    assert charts.fit_picture(PLACES_ON_MAP).wide == ()


def test_labels_stay_inside_and_apart() -> None:
    random = np.random.default_rng(0)
    spread = random.normal(0, 1, (120, 2)).tolist()
    every = [place(f"Partner number {at}", Kind.PHARMA, x, y) for at, (x, y) in enumerate(spread)]
    every += [place("Own", Kind.STARTUP, 0.0, 0.0)]
    drawing = charts.fit_picture(every, highlight="own")
    assert len(drawing.wide) == 7
    assert len(drawing.narrow) == 6
    size = (WIDE, WIDE / drawing.aspect)
    boxes = []
    for label in drawing.wide:
        x, y = _pixels(label.dot, size)
        length = width(label.text) * 12
        left = x + label.dx - {"start": 0, "middle": length / 2, "end": length}[label.anchor]
        boxes.append((left, y + label.dy - 7.5, left + length, y + label.dy + 7.5))
    assert_apart(boxes, size)
    size = (NARROW, NARROW / drawing.aspect)
    centres = [
        (x + label.dx, y + label.dy) for label in drawing.narrow for x, y in [_pixels(label.dot, size)]
    ]
    assert_apart([(x - BADGE, y - BADGE, x + BADGE, y + BADGE) for x, y in centres], size)


def assert_apart(boxes: list[tuple[float, float, float, float]], size: tuple[float, float]) -> None:
    for at, one in enumerate(boxes):
        assert one[0] >= -0.1
        assert one[1] >= -0.1
        assert one[2] <= size[0] + 0.1
        assert one[3] <= size[1] + 0.1
        for other in boxes[at + 1 :]:
            assert (
                one[2] <= other[0] + 0.1
                or other[2] <= one[0] + 0.1
                or one[3] <= other[1] + 0.1
                or other[3] <= one[1] + 0.1
            )


def test_the_table_of_the_map_names_the_nearest_of_the_other_side() -> None:
    root = fragment("fit_map", "fitmap", charts.fit_picture(PLACES_ON_MAP))
    rows = table_cells(root)
    assert rows[1] == ["Alpha", "Startup", "Mayo, Fund, Law", "0.00", "0.00"]
    assert rows[4] == ["Fund", "Investor", "Alpha, Beta", "0.00", "2.00"]
    linked = {
        text_of(each): each.get("href") for each in root.iter("a") if text_of(each) in ("Alpha", "Mayo")
    }
    assert linked == {"Alpha": "/a", "Mayo": "/m"}


def test_points_lead_somewhere_if_told_and_the_keyboard_goes_to_the_table() -> None:
    root = fragment("fit_map", "fitmap", charts.fit_picture(PLACES_ON_MAP))
    (picture,) = by_class(root, "fit-map", "svg")
    assert picture.get("role") == "group"
    links = list(picture.iter("a"))
    assert sorted(str(each.get("href")) for each in links) == ["/a", "/l", "/m"]
    assert {each.get("tabindex") for each in links} == {"-1"}
    plain = fragment("fit_map", "fitmap", charts.fit_picture([PLACES_ON_MAP[1]]))
    assert [each.get("role") for each in by_class(plain, "fit-map", "svg")] == ["img"]


def test_how_true_the_map_is_stands_above_it() -> None:
    partners = [place(f"P{n}", Kind.PHARMA, n, 0) for n in range(11)]
    told = charts.fit_picture([PLACES_ON_MAP[0], *partners], explained=0.504, found=5.04).description
    assert "Distances tell 50% of how the scores differ." in told
    assert "Of a startup's 10 best partners, 5 on average are among the 10 nearest to it." in told
    few = charts.fit_picture(PLACES_ON_MAP, explained=0.504, found=3.0).description
    assert "on average" not in few


def test_places_are_taken_from_the_profiles_in_order() -> None:
    startup = Profile.model_validate(
        {"id": "s", "side": "startup", "kind": "startup", "name": "S", "name_ko": "에스"}
    )
    partner = Profile.model_validate({"id": "p", "side": "partner", "kind": "pharma", "name": "P"})
    found = FitMap(np.array([[1.0, 2.0]]), np.array([[-1.0, -2.0]]), 0.5, 1.0)
    with use_language("ko"):
        assert charts.places_of(found, [startup], [partner], lambda of: f"/{of.id}") == [
            Place("s", "에스", Kind.STARTUP, 1.0, 2.0, "/s"),
            Place("p", "P", Kind.PHARMA, -1.0, -2.0, "/p"),
        ]


@pytest.mark.parametrize(
    "some", [[], PLACES_ON_MAP[:1], [PLACES_ON_MAP[0], place("Same", Kind.PHARMA, 0, 0)]]
)
def test_there_is_a_map_of_nobody_and_of_one_point(some: list[Place]) -> None:
    drawing = charts.fit_picture(some, highlight="alpha")
    root = fragment("fit_map", "fitmap", drawing)
    assert len(list(root.iter("use"))) == len(some)
    assert all(dot.x == dot.y == 50 for dot in drawing.dots)


# -- all of them ---------------------------------------------------------------------------------


def everything(name: str = HOSTILE) -> list[Element]:
    named = {person["id"]: name for person in people()}
    event, schedule = event_of(event={"id": "e", "name": name}), schedule_of()
    map_ = [place(name, Kind.STARTUP, 0, 0, '/x?"><script>'), Place("other", name, Kind.PHARMA, 1, 1)]
    return [
        fragment("coverage", "coverage", charts.coverage(event, schedule)),
        fragment(
            "load", "load", charts.load(event, schedule, Side.PARTNER, named, lambda _: '/x?"><script>')
        ),
        fragment("load", "load", charts.load(event, schedule, Side.STARTUP, named), id="startups"),
        fragment("timeline", "timeline", charts.timeline(event, schedule)),
        fragment("funnel", "funnel", charts.funnel(COURSES)),
        fragment("fit_map", "fitmap", charts.fit_picture(map_, highlight=map_[0].id)),
        fragment("heat_legend", "heat", charts.heat(np.array([[30.0, -np.inf]]))),
    ]


def test_hostile_names_stay_text() -> None:
    found = everything()
    for root in found:
        assert {each.tag for each in root.iter()} <= {
            *(
                "figure",
                "figcaption",
                "b",
                "span",
                "details",
                "summary",
                "div",
                "table",
                "thead",
                "tbody",
                "tr",
            ),
            *(
                "th",
                "td",
                "ul",
                "ol",
                "li",
                "a",
                "svg",
                "g",
                "title",
                "text",
                "rect",
                "line",
                "circle",
                "path",
            ),
            *("defs", "use"),
        }
    titles = [each.text for root in found for each in root.iter("title") if HOSTILE in str(each.text)]
    assert len(titles) >= 3 + 3 + 2
    assert any(HOSTILE.split(maxsplit=1)[0] in text_of(each) for root in found for each in root.iter("th"))
    assert {each.get("href") for root in found for each in root.iter("a")} == {'/x?"><script>'}


def test_pages_may_show_them_no_style_and_no_script_within() -> None:
    for root in everything("Name"):
        for each in root.iter():
            assert "style" not in each.attrib
            assert not [name for name in each.attrib if name.startswith("on")]


def test_every_picture_is_described_and_has_its_table() -> None:
    for root in everything("Name")[:-1]:
        (caption,) = root.iter("figcaption")
        pictures = [each for each in root if each.tag == "svg"]
        assert len(pictures) == 1
        assert pictures[0].get("role") in ("img", "group")
        assert pictures[0].get("aria-label") == text_of(caption[0])
        described = pictures[0].get("aria-describedby")
        assert described == caption[1].get("id")
        assert described == f"{root.get('id')}-text"
        assert text_of(caption[1])
        (summary,) = root.iter("summary")
        assert summary.text == "Show as a table"
        head, *rows = table_cells(root)
        assert rows
        assert {len(row) for row in rows} == {len(head)}


def test_drawings_need_no_web_server() -> None:
    for file in (WEB / "render" / "charts").glob("*.py"):
        assert "flask" not in file.read_text(encoding="utf-8").casefold().replace("without flask", "")


# -- colours -------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Of #rgb or #rrggbb, as WCAG 2.2 defines it."""
    digits = colour.removeprefix("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def halves(name: str) -> tuple[str, str]:
    """A style sheet's rules for light, and those that change for dark."""
    text = (WEB / "static" / name).read_text(encoding="utf-8")
    light, _, rest = text.partition("@media (prefers-color-scheme: dark) {")
    return light, rest.partition("\n}\n")[0]


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_on_every_level_can_be_read(scheme: int) -> None:
    rules = halves("charts.css")[scheme]
    found = re.findall(r"\.level-(\d) \{ background: (#\w+); color: (#\w+); \}", rules)
    assert [level for level, _, _ in found] == list("012345")
    for level, background, colour in found:
        assert contrast(background, colour) >= 4.5, level
    # From level to level the colour goes one way.
    way = [luminance(background) for _, background, _ in found]
    assert way == sorted(way, reverse=scheme == 0)


@pytest.mark.parametrize("scheme", [0, 1])
def test_marks_and_the_numbers_on_them_can_be_told_from_what_is_behind(scheme: int) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#\w+);", halves("roundtable.css")[scheme]))
    for mark in ("accent", "tone-meaning", "tone-facts", "muted", "edge", "ink", "bad"):
        assert contrast(colours[mark], colours["paper"]) >= 3, mark
    for number, behind in (
        ("paper", "tone-meaning"),
        ("ink", "tone-record"),
        ("ink", "paper"),
        ("paper", "ink"),
    ):
        assert contrast(colours[number], colours[behind]) >= 4.5, behind


# -- in a browser --------------------------------------------------------------------------------


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium")
def test_in_a_browser_nothing_runs_over_and_bars_have_their_length() -> None:
    sheets = "".join(
        (WEB / "static" / name).read_text(encoding="utf-8") for name in ("roundtable.css", "charts.css")
    )
    pieces = "".join(tostring(root, encoding="unicode", method="html") for root in everything("Name " * 20))
    page_text = (
        f"<!doctype html><html lang=en><style>{sheets}</style><body><main>{pieces}</main></body></html>"
    )
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for pixels in (390, 1280):
            page.set_viewport_size({"width": pixels, "height": 800})
            page.set_content(page_text)
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= pixels
            picture = page.locator("#load > svg")
            box = picture.bounding_box()
            assert box is not None
            assert box["width"] == min(pixels - 32, 736)
            taken = page.locator("#load > svg .taken").first.bounding_box()
            assert taken is not None
            unit = (PLACES[1] - PLACES[0]) / 6 / 100 * box["width"]
            assert taken["width"] == pytest.approx(2 * unit, abs=1.5)
            names = page.evaluate(
                "[...document.querySelectorAll('#load > svg .row text:not(.value)')]"
                ".filter(each => getComputedStyle(each).display !== 'none').map(each => each.getBBox().width)"
            )
            assert len(names) == 3
            assert max(names) <= PLACES[0] / 100 * box["width"]
            shown = page.locator("#fitmap .near").is_visible()
            assert shown == (pixels == 390)
        browser.close()
