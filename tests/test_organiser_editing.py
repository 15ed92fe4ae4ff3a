"""A timetable changed by hand on the pages: faults, costs, locks, undo, and two who change it at once."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from test_organiser_timetable import event_id, kept, scheduled, send
from timetable_helpers import NAMES, PROFILES, say, schedule_day
from web_helpers import page, signed_in

from matcher.schedule.check import check
from matcher.schedule.hand import Move, Remove, apply_edit
from matcher.schedule.solve import solve
from matcher.schedule.spots import options
from matcher.service import Service
from profiles.consultations import By
from profiles.event import Meeting, State
from profiles.importers.wishes import Answer
from profiles.store import Store
from web.consulting import built

__all__ = ["PROFILES", "event_id", "kept", "scheduled"]  # of the service; fixtures


def query(fields: Mapping[str, Any]) -> str:
    return "&".join(f"{name}={value}" for name, value in fields.items())


def free_place(store: Store, name: str, meeting: Meeting, *, ok: bool = True) -> tuple[str, str]:
    """Another place for a meeting, that keeps all rules or not."""
    found = store.timetable(name)
    return next(
        (spot.slot, spot.table)
        for spot in options(found.event, found.schedule, *meeting.key)
        if spot.ok is ok and (spot.slot, spot.table) != (meeting.slot, meeting.table)
    )


def moved(meeting: Meeting, place: tuple[str, str]) -> dict[str, Any]:
    return {
        "action": "move",
        "startup": meeting.startup,
        "partner": meeting.partner,
        "slot": place[0],
        "table": place[1],
    }


def undo(client: FlaskClient, shown: str) -> str:
    """Press the Undo button of a message."""
    form = re.search(r'<div class="message">.*?<form[^>]*action="([^"]+)".*?</form>', shown, re.DOTALL)
    assert form, shown
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0])
    told: dict[str, Any] = {name: html.unescape(value) for name, value in fields if name != "csrf_token"}
    return send(client, html.unescape(form[1]), **told)


def test_every_place_is_shown_with_what_it_breaks(client: FlaskClient, kept: Store, scheduled: str) -> None:
    found = kept.timetable(scheduled)
    meeting = found.schedule.meetings[0]
    spots = options(found.event, found.schedule, *meeting.key)
    shown = page(
        client, f"/events/{scheduled}/timetable/meeting?startup={meeting.startup}&partner={meeting.partner}"
    )
    cells = re.findall(r'<td class="spot (\w+)( present)?"', shown)
    assert len(cells) == len(spots)
    assert sum(tone == "breaks" for tone, _present in cells) == sum(not spot.ok for spot in spots) > 0
    assert sum(bool(present) for _tone, present in cells) == 1
    page(client, f"/events/{scheduled}/timetable/meeting?startup=s1&partner=nobody", 404)


def test_a_move_is_previewed_kept_and_undone_exactly(
    client: FlaskClient, kept: Store, scheduled: str
) -> None:
    before = kept.timetable(scheduled)
    meeting = before.schedule.meetings[0]
    place = free_place(kept, scheduled, meeting)
    fields = moved(meeting, place)
    edited = apply_edit(before.event, before.schedule, Move(*meeting.key, *place))
    preview = page(client, f"/events/{scheduled}/timetable/preview?{query(fields)}")
    assert "All rules are kept." in preview
    verdicts = [check(before.event, each).values for each in (before.schedule, edited.schedule)]
    rows = re.findall(
        r'<tr><th scope="row">[^<]*</th><td class="num">([^<]*)</td><td class="num">([^<]*)</td>', preview
    )
    assert [(float(one.replace(",", "")), float(other.replace(",", ""))) for one, other in rows] == [
        (round(verdicts[0][name], 2), round(verdicts[1][name], 2)) for name in verdicts[0]
    ]
    for who in meeting.key:
        assert f'<b lang="en">{NAMES[who]}</b>' in preview
    assert [each.number for each in kept.timetables(scheduled)] == [1]

    shown = send(client, f"/events/{scheduled}/timetable/edit", after="1", **fields)
    assert "is now at" in shown
    now = kept.timetable(scheduled)
    assert now.version.number == 2
    assert now.version.note == f"moved: {NAMES[meeting.startup]} – {NAMES[meeting.partner]}"
    assert {(each.slot, each.table) for each in now.schedule.meetings if each.key == meeting.key} == {place}

    again = undo(client, shown)
    assert "The timetable is again as in version 1." in again
    back = kept.timetable(scheduled)
    assert back.version.number == 3
    assert (back.event, back.schedule) == (before.event, before.schedule)
    undo(client, again)  # the undoing is undone
    assert kept.timetable(scheduled).schedule == now.schedule


def test_what_breaks_a_rule_is_kept_only_if_it_is_wanted(
    client: FlaskClient, kept: Store, scheduled: str
) -> None:
    one, other, third = kept.timetable(scheduled).schedule.meetings[:3]
    fields = moved(other, (one.slot, one.table))
    address = f"/events/{scheduled}/timetable/edit"
    refused = send(client, address, 409, after="1", **fields)
    assert "table T-1 has more than one meeting at once" in refused or "too many meetings at once" in refused
    assert "Swap the two instead" in refused
    assert [each.number for each in kept.timetables(scheduled)] == [1]
    korean = page(client, f"/events/{scheduled}/timetable/preview?{query(fields)}", language="ko")
    assert "어긋납니다" in korean
    send(client, address, after="1", force="1", **fields)
    found = kept.timetable(scheduled)
    assert found.version.number == 2
    faults = check(found.event, found.schedule).faults
    assert faults
    assert re.search(rf"{len(faults)} rules? broken", page(client, f"/events/{scheduled}/timetable"))
    third_out = query({"action": "remove", "startup": third.startup, "partner": third.partner})
    assert "broken before already" in page(client, f"/events/{scheduled}/timetable/preview?{third_out}")


def test_of_two_who_change_it_at_once_the_second_is_told(
    client: FlaskClient, app: Flask, kept: Store, scheduled: str
) -> None:
    second = signed_in(app)
    meeting = kept.timetable(scheduled).schedule.meetings[0]
    fields = moved(meeting, free_place(kept, scheduled, meeting))
    address = f"/events/{scheduled}/timetable/edit"
    send(client, address, after="1", **fields)
    removed: dict[str, Any] = {"action": "remove", "startup": meeting.startup, "partner": meeting.partner}
    told = send(second, address, after="1", **removed)
    assert "Somebody else changed this timetable in the meantime." in told
    assert "Take out" in told
    assert kept.timetable(scheduled).version.number == 2
    send(second, address, after="2", **removed)
    assert meeting.key not in {each.key for each in kept.timetable(scheduled).schedule.meetings}
    stale = send(client, f"/events/{scheduled}/versions/restore", version="1", after="2")
    assert "Somebody else changed this timetable in the meantime" in stale
    assert kept.timetable(scheduled).version.number == 3


def test_taken_out_and_placed_again(client: FlaskClient, kept: Store, scheduled: str) -> None:
    before = kept.timetable(scheduled)
    meeting = before.schedule.meetings[0]
    both: dict[str, Any] = {"startup": meeting.startup, "partner": meeting.partner}
    edited = apply_edit(before.event, before.schedule, Remove(*meeting.key))
    address = f"/events/{scheduled}/timetable/edit"
    send(client, address, after="1", action="remove", force="1", **both)
    without = kept.timetable(scheduled).schedule
    assert without == edited.schedule
    assert "The meeting was taken out by hand." in page(client, f"/events/{scheduled}/timetable/unscheduled")
    place: dict[str, Any] = {"slot": meeting.slot, "table": meeting.table}
    send(client, address, after="2", action="place", **both, **place)
    again = kept.timetable(scheduled).schedule
    assert sorted(each.key for each in again.meetings) == sorted(
        each.key for each in before.schedule.meetings
    )
    page(client, f"/events/{scheduled}/timetable/preview?{query({'action': 'place', **both, **place})}", 400)
    page(client, f"/events/{scheduled}/timetable/preview?{query({'action': 'sing', **both})}", 400)


def test_two_meetings_swap_places(client: FlaskClient, kept: Store, scheduled: str) -> None:
    one, other = (kept.timetable(scheduled).schedule.meetings[at] for at in (0, -1))
    fields: dict[str, Any] = {"action": "swap", "startup": one.startup, "partner": one.partner}
    form = page(client, f"/events/{scheduled}/timetable/meeting?startup={one.startup}&partner={one.partner}")
    values = [html.unescape(value) for value in re.findall(r'<option value="([^"]+\n[^"]+)"', form)]
    assert "\n".join(other.key) in values
    fields["with"] = "\n".join(other.key)
    send(client, f"/events/{scheduled}/timetable/edit", after="1", force="1", **fields)
    now = {each.key: (each.slot, each.table) for each in kept.timetable(scheduled).schedule.meetings}
    assert (now[one.key], now[other.key]) == ((other.slot, other.table), (one.slot, one.table))


def test_while_a_search_runs_nothing_is_changed_by_hand(
    client: FlaskClient, kept: Store, scheduled: str
) -> None:
    from profiles.job_store import JobState

    meeting = kept.timetable(scheduled).schedule.meetings[0]
    job = kept.add_job(scheduled, "schedule", {"seconds": 60})
    fields: dict[str, Any] = {"action": "remove", "startup": meeting.startup, "partner": meeting.partner}
    told = send(client, f"/events/{scheduled}/timetable/edit", after="1", force="1", **fields)
    assert "A new timetable is being made" in told
    assert "Keep the change" not in told
    both: dict[str, Any] = {"startup": meeting.startup, "partner": meeting.partner}
    assert "A new timetable is being made" in send(client, f"/events/{scheduled}/timetable/lock", **both)
    assert organiser_says(kept, scheduled) == {}
    kept.finish_job(job.number, JobState.DISCARDED, {})
    assert kept.timetable(scheduled).version.number == 1


# -- locks -------------------------------------------------------------------------------------


def organiser_says(store: Store, name: str) -> dict[tuple[str, str], Any]:
    return {each.key: (each.answer, each.slot, each.table) for each in store.choices(name, by=By.ORGANISER)}


def test_a_lock_survives_a_new_search(
    client: FlaskClient, service: Service, kept: Store, scheduled: str
) -> None:
    before = kept.timetable(scheduled)
    meeting = before.schedule.meetings[-1]
    both: dict[str, Any] = {"startup": meeting.startup, "partner": meeting.partner}
    shown = send(client, f"/events/{scheduled}/timetable/lock", **both)
    assert "1 meeting locked." in shown
    assert "Unlock it to move it." in shown
    assert "All places" not in shown
    assert organiser_says(kept, scheduled) == {meeting.key: (Answer.CONFIRMED, meeting.slot, meeting.table)}
    locked = kept.timetable(scheduled)
    assert locked.schedule.meetings == before.schedule.meetings
    assert check(locked.event, locked.schedule).faults == ()
    assert "have changed" not in page(client, f"/events/{scheduled}/timetable")

    # Whatever the search begins with, the meeting stays where it is.
    event = built(service, scheduled).event
    assert event == locked.event
    for seed in range(3):
        found = solve(event, seconds=10, seed=seed)
        assert meeting.model_copy(update={"interpreter": None}) in [
            each.model_copy(update={"interpreter": None}) for each in found.meetings
        ]

    again = send(client, f"/events/{scheduled}/timetable/unlock", **both)
    assert "1 meeting unlocked." in again
    assert organiser_says(kept, scheduled) == {}
    assert kept.timetable(scheduled).event == before.event
    undo(client, again)
    assert organiser_says(kept, scheduled) == {meeting.key: (Answer.CONFIRMED, meeting.slot, meeting.table)}


def test_all_meetings_of_somebody_are_locked_and_what_was_said_before_comes_back(
    client: FlaskClient, service: Service, kept: Store, event_id: str
) -> None:
    say(kept, event_id, "s1", "p1", Answer.MUST, comment="the minister comes")
    before = schedule_day(service, event_id)
    mine = [each for each in before.schedule.meetings if each.startup == "s1"]
    assert len(mine) > 1
    shown = send(client, f"/events/{event_id}/timetable/lock", who="s1")
    states = {pair.key: pair.state for pair in kept.timetable(event_id).event.pairs}
    assert {states[each.key] for each in mine} == {State.CONFIRMED}
    assert "Unlock all meetings" in shown
    assert "Lock all meetings" not in shown
    undo(client, shown)
    back = kept.timetable(event_id)
    assert back.event == before.event
    (said,) = kept.choices(event_id, by=By.ORGANISER)
    assert (said.key, said.answer, said.slot, said.comment) == (
        ("s1", "p1"),
        Answer.MUST,
        None,
        "the minister comes",
    )
    assert "There is nothing to change" in send(client, f"/events/{event_id}/timetable/unlock", who="s1")
    send(client, f"/events/{event_id}/timetable/lock", 400, pairs="nonsense")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_versions_are_listed_compared_and_brought_back(
    client: FlaskClient, kept: Store, scheduled: str, language: str
) -> None:
    before = kept.timetable(scheduled)
    gone = before.schedule.meetings[0]
    fields: dict[str, Any] = {"action": "remove", "startup": gone.startup, "partner": gone.partner}
    send(client, f"/events/{scheduled}/timetable/edit", after="1", force="1", **fields)
    base = f"/events/{scheduled}/versions"
    listed = page(client, base, language=language)
    assert ("taken out: " if language == "en" else "뺌: ") in listed
    compared = page(client, f"{base}/compare?old=1&new=2", language=language)
    for who in gone.key:
        label = next(each.label(language) for each in PROFILES if each.id == who)
        assert label in compared
    assert ("cancelled (was" if language == "en" else "취소") in compared
    page(client, f"{base}/compare?old=1&new=9", 404)
    old = page(client, f"/events/{scheduled}/timetable?version=1", language=language)
    assert f"timetable/meeting?startup={gone.startup}" not in old
    send(client, f"{base}/restore", version="1", after="2")
    assert kept.timetable(scheduled).schedule == before.schedule
    send(client, f"{base}/restore", 404, version="9", after="3")
