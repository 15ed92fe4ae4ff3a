"""The worst-off first: the two stages by hand, the checker on them, and the curve against all timetables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from test_schedule_exact import faults, timetables, tiny_events

from matcher.schedule.check import check
from matcher.schedule.model import compile_event
from matcher.schedule.solve import FAIR_STAGES, solve
from matcher.schedule.tradeoff import Curve, Point, curve, pareto, raised
from profiles.errors import InputError
from profiles.event import (
    Event,
    EventInfo,
    Meeting,
    Pair,
    Participant,
    Schedule,
    Slot,
    Stage,
    State,
    Table,
    Unscheduled,
)
from profiles.model import Side
from web import phrases
from web.fairness import show_fairness
from web.render.curve import page, svg

START = datetime(2023, 4, 28, 9)


def person(name: str, away: Iterable[str] = (), **rest: Any) -> Participant:
    side = Side.STARTUP if name.startswith("s") else Side.PARTNER
    return Participant(id=name, side=side, unavailable=tuple(away), **rest)


def small_day(*more: Pair) -> Event:
    """One table and two slots; p is there in the first, q in the second, and all value s1 the most."""
    slots = tuple(
        Slot(id=name, start=START + n * timedelta(minutes=20), end=START + (n + 1) * timedelta(minutes=20))
        for n, name in enumerate("ab")
    )
    fits = {("s1", "p"): 1.0, ("s1", "q"): 0.9, ("s2", "p"): 0.35, ("s2", "q"): 0.3}
    pairs = [Pair(startup=one, partner=other, fit=fit) for (one, other), fit in fits.items()]
    return Event(
        event=EventInfo(id="e", name="A <small> day"),
        slots=slots,
        tables=(Table(id="T"),),
        participants=(
            person("s1"),
            person("s2"),
            person("s3"),
            person("s4", "a"),
            person("p", "b"),
            person("q", "a"),
        ),
        pairs=(*pairs, *more),
    )


# Neither counts: s3 has declined, and s4 is away whenever p is there.
NEVER = (Pair(startup="s3", partner="p", fit=1, state=State.DECLINED), Pair(startup="s4", partner="p", fit=1))


def values(schedule: Schedule) -> dict[str, tuple[float, float]]:
    return {stage.name: (stage.value, stage.bound) for stage in schedule.stages}


def test_the_worst_off_come_before_the_total() -> None:
    plain, fair = solve(small_day(*NEVER)), solve(small_day(*NEVER), stages=FAIR_STAGES)
    assert values(plain)["value"] == pytest.approx((1.9, 1.9))
    assert fair.status == "optimal"
    assert values(fair)["fewest_meetings"] == (1, 1)
    assert values(fair)["least_value"] == pytest.approx((0.35, 0.35))
    assert values(fair)["value"] == pytest.approx((1.25, 1.25))
    assert not check(small_day(*NEVER), fair).faults


def test_nobody_who_could_meet_makes_nobody_worst_off() -> None:
    event = small_day(*NEVER).model_copy(update={"pairs": NEVER})
    fair = solve(event, stages=FAIR_STAGES)
    assert (values(fair)["fewest_meetings"], values(fair)["least_value"]) == ((0, 0), (0, 0))
    assert not check(event, fair).faults


def stated(value: float, bound: float, name: str) -> Schedule:
    """s1 meets q, s2 meets p; with one stage as it is said."""
    met = [("s2", "p", "a"), ("s1", "q", "b")]
    return Schedule(
        status="feasible",
        stages=(Stage(name=name, value=value, bound=bound),),
        meetings=tuple(Meeting(startup=s, partner=p, slot=slot, table="T") for s, p, slot in met),
        unscheduled=tuple(
            Unscheduled(startup=s, partner=p, reason="", code="")
            for s, p in [("s1", "p"), ("s2", "q"), ("s4", "p")]
        ),
    )


@pytest.mark.parametrize(
    ("name", "value", "bound", "rules"),
    [
        ("fewest_meetings", 1, 1, []),
        ("fewest_meetings", 1, 2, []),
        ("fewest_meetings", 1, 0, ["bounds"]),
        ("fewest_meetings", 0, 1, ["stages"]),
        ("least_value", 0.35, 0.4, []),
        ("least_value", 0.35, 0.3, ["bounds"]),
        ("least_value", 0.9, 0.9, ["stages"]),
    ],
)
def test_the_checker_recomputes_both_stages(name: str, value: float, bound: float, rules: list[str]) -> None:
    verdict = check(small_day(*NEVER), stated(value, bound, name))
    assert [fault.rule for fault in verdict.faults] == rules
    assert verdict.values[name] == pytest.approx(1 if name == "fewest_meetings" else 0.35)


def test_the_checker_leaves_out_fair_stages_that_are_not_stated() -> None:
    assert "least_value" not in check(small_day(*NEVER), stated(1, 1, "fewest_meetings")).values


def test_the_curve_goes_from_the_most_value_to_the_fairest() -> None:
    found = curve(small_day(*NEVER), seconds=20)
    assert [(point.fewest, point.meetings) for point in found.points] == [(0, 2), (1, 2), (1, 2)]
    assert [point.least for point in found.points] == pytest.approx([0, 0.3, 0.35])
    assert [point.value for point in found.points] == pytest.approx([1.9, 1.3, 1.25])
    assert all(point.proven for point in found.points)
    assert (found.startups, found.most, found.complete) == (2, 1, True)
    for point in found.points:
        assert not faults(small_day(*NEVER), point.schedule.meetings, whole=True)


def test_somebody_with_one_slot_left_keeps_the_curve_short() -> None:
    event = small_day(Pair(startup="s3", partner="p", fit=0.01), Pair(startup="s3", partner="q", fit=0.01))
    found = curve(event, seconds=20)
    assert [point.fewest for point in found.points] == [0]  # three startups, two meetings in all
    assert (found.most, found.complete) == (0, True)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(event=tiny_events())
def test_each_point_is_the_best_of_all_timetables(event: Event) -> None:
    names = ("shortfall", "fewest_meetings", "least_value", "value")
    stages = tuple(Stage(name=name, value=0, bound=0) for name in names)
    every = []
    for meetings in timetables(event):
        if not faults(event, meetings, whole=True):
            told = check(event, Schedule(status="feasible", stages=stages, meetings=meetings)).values
            every.append(tuple(round(told[name], 6) for name in names))
    if not every:
        assert not curve(event, seconds=20).points
        return
    least = min(shortfall for shortfall, *_ in every)
    every = [each for each in every if each[0] == least]
    found = curve(event, seconds=20)
    assert found.points[0].value == pytest.approx(max(value for *_, value in every), abs=1e-6)
    fairest = max(every, key=lambda each: each[1:])
    assert any(
        (point.fewest, point.least, point.value) == pytest.approx(fairest[1:], abs=1e-6)
        for point in found.points
    )
    assert found.most >= fairest[1]
    for point in found.points:
        best = max(value for _, fewest, worst, value in every if fewest >= point.fewest)
        assert point.value <= best + 1e-6
        assert point.bound >= point.value - 1e-6
    for _, fewest, _, value in every:
        assert any(point.fewest >= fewest and point.bound >= value - 1e-6 for point in found.points)


def test_raising_leaves_out_those_who_could_not_meet() -> None:
    event = small_day(*NEVER)
    changed = raised(event, compile_event(event), 2)
    assert {each.id: each.min_meetings for each in changed.participants} == {
        "s1": 2, "s2": 2, "s3": 0, "s4": 0, "p": 0, "q": 0
    }  # fmt: skip


def some_point(fewest: int, least: float, value: float, bound: float | None = None) -> Point:
    return Point(fewest, least, 3, value, value if bound is None else bound, Schedule(status="feasible"))


def test_a_point_that_another_one_covers_is_left_out() -> None:
    high, low, fair = some_point(0, 0.0, 9.0), some_point(1, 0.2, 9.0), some_point(1, 0.4, 7.0)
    assert pareto([high, low, fair, low]) == (low, fair)
    assert pareto([high, some_point(1, 0.1, 8.0), fair]) == (high, some_point(1, 0.1, 8.0), fair)


def test_stopped_at_once_there_is_no_curve() -> None:
    with pytest.raises(TimeoutError):
        curve(small_day(), seconds=10, stop=lambda: True)


# -- drawn -------------------------------------------------------------------------------------

DRAWN = Curve((some_point(0, 0.0, 9.0), some_point(1, 0.2, 8.5, 8.8), some_point(1, 0.4, 7.0)), 12, 2, 1.0)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_drawing_is_whole_and_says_what_it_shows(language: str) -> None:
    with phrases.use_language(language):
        drawing = ElementTree.fromstring(svg(DRAWN, "A <small> day"))
    space = "{http://www.w3.org/2000/svg}"
    assert drawing.get("role") == "img"
    named = [drawing.find(f"{space}{tag}") for tag in ("title", "desc")]
    assert [each.get("id") for each in named if each is not None] == str(
        drawing.get("aria-labelledby")
    ).split()
    assert "A <small> day" in str(named[0].text)  # type: ignore[union-attr]
    assert "8.5" in str(named[1].text)  # type: ignore[union-attr]
    circles = drawing.findall(f"{space}circle")
    assert len(circles) == 3
    heights = [float(str(each.get("cy"))) for each in circles]
    assert heights == sorted(heights)  # less value is further down
    assert [str(each.get("class")).split() for each in circles] == [
        ["point"],
        ["point"],
        ["point", "fairest"],
    ]
    assert len([each for each in drawing.findall(f"{space}path") if each.get("class") == "open"]) == 1
    labels = [
        float(str(each.get("y")))
        for each in drawing.findall(f"{space}text")
        if each.find(f"{space}tspan") is not None
    ]
    assert labels[2] - labels[1] >= 36
    assert "8.5 (94.4%)" in "".join(drawing.itertext())


def test_one_point_alone_is_drawn_too() -> None:
    only = replace(DRAWN, points=(some_point(0, 0.0, 0.0),), most=0)
    assert "0 (100%)" in "".join(ElementTree.fromstring(svg(only, "x")).itertext())


def test_the_page_has_the_numbers_in_a_table() -> None:
    text = page(DRAWN, "A <small> day").decode()
    assert "A &lt;small&gt; day" in text
    assert text.count("<tr>") == 1 + len(DRAWN.points)
    assert "At most 8.8" in text
    assert "may have up to 2 meetings" in text


# -- on the command line -----------------------------------------------------------------------


def test_shows_writes_and_prints_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "event.json"
    file.write_text(small_day(*NEVER).model_dump_json(), encoding="utf-8")
    assert show_fairness(file, language="en", seconds=20) == 0
    assert "65.8%  With at least 1 meeting for every startup" in capsys.readouterr().out
    out = tmp_path / "curve.svg"
    assert show_fairness(file, language="en", out=out, as_json=True, seconds=20) == 0
    told = json.loads(capsys.readouterr().out)
    assert [point["fewest_meetings"] for point in told["points"]] == [0, 1, 1]
    assert ElementTree.parse(out).getroot().tag.endswith("svg")
    with pytest.raises(InputError, match=r"neither \.html nor \.svg"):
        show_fairness(file, language="en", out=tmp_path / "curve.png")
