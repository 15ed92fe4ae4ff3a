"""An event in pictures: each with its table, the map kept for as long as it holds, the curve."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from day_helpers import PROFILES, add_event
from flask import Flask
from flask.testing import FlaskClient
from timetable_helpers import is_over, wait_for
from web_helpers import page, signed_in, token

from matcher.fitmap import FitMap, fit_map
from matcher.schedule.tradeoff import Curve, Point, curve_of
from matcher.service import Service
from profiles.accounts import Role
from profiles.consultations import By, Came, Note
from profiles.event import Schedule
from profiles.job_store import JobState, StopAsked
from profiles.store import Store
from web import jobs
from web.render.curve import svg

__all__ = ["PROFILES"]  # of the service


@pytest.fixture
def kept(service: Service) -> Store:
    return service.store


@pytest.fixture
def day(request: pytest.FixtureRequest, kept: Store) -> Iterator[str]:
    """An event of the test's own."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    add_event(kept, name)
    yield name
    job = kept.newest_job(name, jobs.FAIRNESS)
    if job is not None and not job.state.is_over and job.progress:
        kept.ask_to_stop(job.number, StopAsked.DISCARD)
        wait_for(kept, job.number, is_over)


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    return signed_in(app, Role.READER)


def send(client: FlaskClient, address: str, status: int = 302, **form: Any) -> str:
    """What the page says after a form was sent."""
    answer = client.post(
        address, data={"csrf_token": token(client), **form}, headers={"Accept-Language": "en"}
    )
    assert answer.status_code == status, answer.text
    return page(client, answer.location) if status == 302 else answer.text


def section(text: str, name: str) -> str:
    found = re.search(rf'<section id="{name}".*?</section>', text, re.DOTALL)
    assert found, name
    return found[0]


SECTIONS = ("map", "wishes", "loads", "tables", "outcomes")


def test_every_picture_has_its_sentence_and_its_table(client: FlaskClient, day: str) -> None:
    text = page(client, f"/events/{day}/pictures?map=1")
    for name in SECTIONS:
        found = section(text, name)
        assert re.search(r"<h2 id=\"[a-z-]+\">\w", found)
        assert "<svg" in found
        assert re.search(r'<figcaption><b>[^<]+</b> <span id="[^"]+">[^<]{20,}</span>', found)
        assert re.search(r"<details class=\"numbers\">.*<table>.*<tbody>\s*<tr>", found, re.DOTALL)
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert "style=" not in re.sub(r"<head>.*?</head>", "", text, flags=re.DOTALL)


def test_the_pictures_show_this_event(client: FlaskClient, kept: Store, day: str) -> None:
    kept.keep_note(
        Note(event_id=day, startup="alpha", partner="pine", by=By.ORGANISER, held=True, result=Came.FOLLOW_UP)
    )
    text = page(client, f"/events/{day}/pictures?map=1")
    assert "Of 4 planned meetings 1 were held (25%), 1 were followed up and 0 led to an agreement" in text
    load = section(text, "loads")
    row = re.search(r">Alpha</a></th><td class=\"num\">(\d+)</td>", load)
    assert row
    assert row[1] == "2"
    assert f'/events/{day}/timetable?person=alpha"' in load
    places = re.search(r"<tbody>.*</tbody>", section(text, "map"), re.DOTALL)
    assert places
    assert re.findall(r'<th scope="row"><a [^>]*>(\w+)</a>', places[0]) == [
        "Alpha",
        "Beta",
        "Gamma",
        "Pine",
        "Quay",
        "Reed",
    ]


def test_somebody_is_found_on_the_map(client: FlaskClient, service: Service, day: str) -> None:
    found = section(page(client, f"/events/{day}/pictures?who=alpha"), "map")
    assert "Who fits Alpha, as a map" in found
    named = re.findall(r"<li><a href=\"[^\"]*who=(\w+)#map\">", found)
    assert set(named) == {"pine", "quay", "reed"}
    assert '<option value="alpha" selected>' in found
    page(client, f"/events/{day}/pictures?who=nobody", 404)


def test_before_anything_is_there_it_says_what_to_do(client: FlaskClient, kept: Store) -> None:
    add_event(kept, "early", scheduled=False)
    text = page(client, "/events/early/pictures?map=1")
    for name in ("wishes", "loads", "tables", "fairness", "outcomes"):
        assert "There is no timetable yet." in section(text, name)
        assert "<svg" not in section(text, name)
    assert "<svg" in section(text, "map")
    kept.remove_attendees("early", [each.id for each in PROFILES if each.side.value == "partner"])
    assert "The map needs attendees of both sides" in page(client, "/events/early/pictures?map=1")


def test_the_map_is_worked_out_once_for_as_long_as_it_holds(
    client: FlaskClient, kept: Store, day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, ...]] = []

    def counted(scores: np.ndarray) -> FitMap:
        made.append(scores.shape)
        return fit_map(scores)

    monkeypatch.setattr("web.organiser.fitmaps.fit_map", counted)
    # At first the page comes without it, and asks for it afterwards.
    first = section(page(client, f"/events/{day}/pictures"), "map")
    assert made == []
    assert 'hx-trigger="load"' in first
    assert f'href="/events/{day}/pictures?map=1#map"' in first
    page(client, f"/events/{day}/pictures?map=1")
    assert "<svg" in section(page(client, f"/events/{day}/pictures"), "map")
    page(client, f"/events/{day}/pictures?who=pine")
    assert made == [(3, 3)]
    kept.remove_attendees(day, ["gamma"])
    assert "Gamma" not in section(page(client, f"/events/{day}/pictures?map=1"), "map")
    assert made == [(3, 3), (2, 3)]


# -- the curve ---------------------------------------------------------------------------------


def test_the_curve_is_worked_out_in_the_background_and_kept(
    client: FlaskClient, kept: Store, day: str
) -> None:
    address = f"/events/{day}/pictures/fairness"
    text = send(client, address, seconds="30")
    job = kept.newest_job(day, jobs.FAIRNESS)
    assert job is not None
    assert (job.request["version"], job.request["seconds"]) == (1, 30)
    if not kept.job(job.number).state.is_over:
        assert "being worked out in the background" in section(text, "fairness")
    done = wait_for(kept, job.number, is_over)
    assert done.state is JobState.DONE
    curve = curve_of(done.result["curve"])
    assert (curve.startups, max(point.fewest for point in curve.points)) == (3, 1)
    assert max(point.meetings for point in curve.points) == 6
    found = section(page(client, f"/events/{day}/pictures"), "fairness")
    assert '<svg class="fairness"' in found
    assert "<style" not in found
    assert "Worked out for version 1:" in found
    assert "the timetable has changed since" not in found
    assert len(re.findall(r"<tr><th scope=\"row\">", found)) == len(curve.points)
    newest = kept.timetable(day)
    fewer = newest.schedule.model_copy(update={"meetings": newest.schedule.meetings[:-1]})
    kept.publish(day, kept.keep_timetable(newest.event, fewer, "another").number)
    assert "the timetable has changed since" in page(client, f"/events/{day}/pictures")


def test_the_part_of_the_page_that_asks_how_far_it_is(client: FlaskClient, kept: Store, day: str) -> None:
    address = f"/events/{day}/pictures/fairness"
    script = {"HX-Request": "true", "Accept-Language": "en"}
    assert client.get(address).status_code == 302
    assert client.get(address, headers=script).headers["HX-Refresh"] == "true"
    job = kept.add_job(day, jobs.FAIRNESS, {"version": 1, "seconds": 60})
    kept.tell_progress(job.number, {"done": 1, "total": 3})
    part = client.get(address, headers=script).text
    assert "The startup with the fewest meetings has 1 so far; 3 at most are possible." in part
    assert "Stop with what there is" in part
    assert "being done already" in send(client, address, seconds="30")
    send(client, f"{address}/stop")
    assert kept.job(job.number).stop is StopAsked.KEEP
    kept.finish_job(job.number, JobState.FAILED, {"error": "no timetable was found in the time given"})
    assert "Give it more time" in section(page(client, f"/events/{day}/pictures"), "fairness")


@pytest.mark.parametrize("seconds", ["0", "901", "soon"])
def test_seconds_have_bounds(client: FlaskClient, kept: Store, day: str, seconds: str) -> None:
    send(client, f"/events/{day}/pictures/fairness", 400, seconds=seconds)
    assert kept.newest_job(day, jobs.FAIRNESS) is None


def test_a_curve_is_the_same_from_its_record_but_for_the_timetables() -> None:
    point = Point(fewest=1, least=0.5, meetings=6, value=3.5, bound=4.0, schedule=Schedule(status="optimal"))
    curve = Curve((point, Point(2, 1.0, 5, 3.0, 3.0, Schedule(status="optimal"))), 3, 2, 1.25)
    again = curve_of(curve.to_dict())
    assert again.to_dict() == curve.to_dict()
    assert svg(again, "Day") == svg(curve, "Day")
    whole, bare = svg(curve, "Day"), svg(curve, "Day", alone=False)
    assert "<style>" in whole
    assert re.sub(r"<style>.*?</style>\n", "", whole, flags=re.DOTALL) == bare


# -- who may -----------------------------------------------------------------------------------


def test_readers_look_and_start_nothing(reader: FlaskClient, kept: Store, day: str) -> None:
    text = section(page(reader, f"/events/{day}/pictures?map=1"), "fairness")
    assert "It has not been worked out so far." in text
    assert "<form" not in text
    send(reader, f"/events/{day}/pictures/fairness", 403, seconds="30")
    send(reader, f"/events/{day}/pictures/fairness/stop", 403)
    assert kept.newest_job(day, jobs.FAIRNESS) is None


@pytest.mark.parametrize("role", [Role.STARTUP, Role.PARTNER])
def test_participants_see_no_pictures(app: Flask, day: str, role: Role) -> None:
    client = signed_in(app, role, "alpha" if role is Role.STARTUP else "pine")
    page(client, f"/events/{day}/pictures", 403)
    page(client, f"/events/{day}/pictures/fairness", 403)
