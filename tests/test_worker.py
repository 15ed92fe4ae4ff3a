"""Work in the background by its real process: it ends, is ended, dies, outlives whoever started it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from timetable_helpers import is_over, large_event, plan, wait_for

from matcher.schedule.check import check
from profiles import job_store
from profiles.consultations import Consultation
from profiles.errors import ConflictError
from profiles.event import Event
from profiles.job_store import SILENT, Job, JobState, StopAsked
from profiles.store import Store
from web import jobs
from web.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def small_event(**more: Any) -> Event:
    return Event.model_validate(
        {
            "event": {"id": "boston"},
            "slots": [
                {"id": "a", "start": "2027-05-11T09:00", "end": "2027-05-11T09:20"},
                {"id": "b", "start": "2027-05-11T09:20", "end": "2027-05-11T09:40"},
            ],
            "tables": [{"id": "T1"}],
            "participants": [
                {"id": "s1", "side": "startup"},
                {"id": "s2", "side": "startup"},
                {"id": "p1", "side": "partner"},
            ],
            "pairs": [
                {"startup": "s1", "partner": "p1", "fit": 0.5},
                {"startup": "s2", "partner": "p1", "fit": 0.25},
            ],
            **more,
        }
    )


def request(event: Event, seconds: float = 60.0, **more: Any) -> dict[str, Any]:
    return {"event": event.model_dump(mode="json"), "seconds": seconds, **more}


def start(store: Store, settings: Settings, event: Event, **more: Any) -> Job:
    return jobs.start(store, settings, event.event.id, jobs.SCHEDULE, request(event, **more))


def has_timetable(job: Job) -> bool:
    assert not job.state.is_over, job.result
    return bool(job.progress.get("meetings"))


def test_a_search_ends_with_a_version_and_has_told_how_far_it_was(store: Store, settings: Settings) -> None:
    event = small_event()
    job = wait_for(store, start(store, settings, event, note="first").number, is_over)
    assert (job.state, job.result) == (JobState.DONE, {"status": "optimal", "version": 1})
    kept = store.timetable("boston")
    assert kept.version.note == "first"
    assert len(kept.schedule.meetings) == 2
    assert check(event, kept.schedule).faults == ()
    assert kept.event == event


def test_it_keeps_the_present_timetable_and_what_has_begun(store: Store, settings: Settings) -> None:
    first = wait_for(store, start(store, settings, small_event()).number, is_over)
    before = store.timetable("boston", first.result["version"]).schedule
    begun = next(each for each in before.meetings if each.slot == "a")
    more = small_event(tables=[{"id": "T0"}, {"id": "T1"}])
    asked = {"keep": 1, "now": "2027-05-11T09:10:00", "fair": True, "seed": 3}
    again = wait_for(store, start(store, settings, more, **asked).number, is_over)
    now = store.timetable("boston", again.result["version"])
    assert now.version.number == 2
    assert begun in now.schedule.meetings
    assert [stage.name for stage in now.schedule.stages][1:3] == ["fewest_meetings", "least_value"]


def test_stopped_it_keeps_the_best_found_so_far(store: Store, settings: Settings) -> None:
    event = large_event("large")
    number = start(store, settings, event, seconds=300).number
    seen = wait_for(store, number, has_timetable)
    assert seen.state is JobState.RUNNING
    assert seen.progress["stage"] in seen.progress["stages"]
    store.ask_to_stop(number, StopAsked.KEEP)
    job = wait_for(store, number, is_over)
    assert job.state is JobState.DONE
    kept = store.timetable("large")
    assert kept.version.number == job.result["version"]
    assert check(event, kept.schedule).faults == ()
    assert kept.schedule.seconds < 120


def test_discarded_it_keeps_nothing(store: Store, settings: Settings) -> None:
    number = start(store, settings, large_event("large"), seconds=300).number
    wait_for(store, number, has_timetable)
    store.ask_to_stop(number, StopAsked.DISCARD)
    job = wait_for(store, number, is_over)
    assert (job.state, job.result) == (JobState.DISCARDED, {})
    assert store.timetables("large") == []


def test_only_one_at_a_time(store: Store, settings: Settings) -> None:
    number = start(store, settings, large_event("large"), seconds=300).number
    with pytest.raises(ConflictError):
        start(store, settings, large_event("large"))
    store.ask_to_stop(number, StopAsked.DISCARD)
    wait_for(store, number, is_over)
    assert start(store, settings, small_event()).number == number + 1
    wait_for(store, number + 1, is_over)


def test_a_process_that_is_killed_is_noticed_at_once(store: Store, settings: Settings) -> None:
    number = start(store, settings, large_event("large"), seconds=300).number
    running = wait_for(store, number, has_timetable)
    os.kill(running.progress["process"], signal.SIGKILL)
    job = wait_for(store, number, is_over, 10)
    assert (job.state, job.result) == (JobState.FAILED, {"error": SILENT})
    assert store.timetables("large") == []


STARTS = """
import json, sys
from profiles.store import opened
from web import jobs
from web.settings import Settings
url, data, event_id, asked = sys.argv[1:]
with opened(url) as store:
    job = jobs.start(store, Settings(data_dir=data), event_id, jobs.SCHEDULE, json.loads(asked))
print(job.number)
"""


def started_elsewhere(store: Store, settings: Settings, event: Event) -> int:
    """The number of a search that another program started, which is over by now."""
    asked = store.engine.url.render_as_string(), settings.data_dir, event.event.id
    told = json.dumps(request(event, seconds=300))
    done = subprocess.run(
        [sys.executable, "-c", STARTS, *map(str, asked), told], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_it_outlives_the_server(store: Store, settings: Settings) -> None:
    number = started_elsewhere(store, settings, small_event())
    job = wait_for(store, number, is_over)
    assert job.result["version"] == 1


def test_a_process_that_nobody_watches_is_missed_after_a_while(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = started_elsewhere(store, settings, large_event("large"))
    running = wait_for(store, number, has_timetable)
    os.kill(running.progress["process"], signal.SIGKILL)
    found = jobs.newest(store, "large", jobs.SCHEDULE)
    assert found is not None
    assert found.state is JobState.RUNNING
    monkeypatch.setattr(job_store, "SILENCE", timedelta(seconds=-1))
    found = jobs.newest(store, "large", jobs.SCHEDULE)
    assert found is not None
    assert found.state is JobState.FAILED
    assert found.result == {"error": SILENT}


def test_without_a_timetable_it_says_why_and_what_would_help(store: Store, settings: Settings) -> None:
    must = [{"startup": f"s{n}", "partner": "p1", "fit": 0.5, "state": "must"} for n in (1, 2)]
    people = [
        {"id": "s1", "side": "startup"},
        {"id": "s2", "side": "startup"},
        {"id": "p1", "side": "partner", "unavailable": ["a"]},
    ]
    event = small_event(pairs=must, participants=people)
    job = wait_for(store, start(store, settings, event).number, is_over)
    assert job.state is JobState.DONE
    assert job.result["status"] == "infeasible"
    assert {each["rule"] for each in job.result["conflicts"]} >= {"must"}
    ways = [[(edit["kind"], edit["who"]) for edit in way] for way in job.result["releases"]]
    assert [("free", ["p1"])] in ways
    assert store.timetables("boston") == []


def test_what_goes_wrong_is_said_in_a_line(store: Store, settings: Settings) -> None:
    job = wait_for(store, start(store, settings, small_event(), keep=7).number, is_over)
    assert job.state is JobState.FAILED
    assert "boston" in job.result["error"]
    broken = wait_for(store, start(store, settings, small_event(), now="never").number, is_over)
    assert broken.state is JobState.FAILED
    assert broken.result["error"].startswith("ValueError")
    assert "Traceback" in (settings.data_dir / "worker.log").read_text()


def test_a_search_loads_neither_the_language_model_nor_the_pages(store: Store, settings: Settings) -> None:
    job = store.add_job("boston", jobs.SCHEDULE, request(small_event()))
    code = (
        f"import sys; from web.worker import main; main({job.number}); "
        "print(*{'torch', 'flask', 'sentence_transformers'} & sys.modules.keys())"
    )
    told = {
        "ROUNDTABLE_DATABASE": store.engine.url.render_as_string(),
        "ROUNDTABLE_DATA_DIR": str(settings.data_dir),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **told}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
    assert store.job(job.number).state is JobState.DONE


def test_files_are_written_and_packed(store: Store, settings: Settings) -> None:
    wait_for(store, start(store, settings, small_event()).number, is_over)
    store.add_consultation(Consultation(plan=plan("boston")))
    store.publish("boston", 1)
    asked = {"version": 1, "language": "ko", "briefings": False}
    job = jobs.start(store, settings, "boston", jobs.EXPORT, asked)
    job = wait_for(store, job.number, is_over)
    assert (job.state, job.result) == (JobState.DONE, {"version": 1, "file": "timetable.zip"})
    archive = jobs.export_folder(settings, "boston", "ko") / "timetable.zip"
    names = set(zipfile.ZipFile(archive).namelist())
    assert {
        "timetable/index.html",
        "timetable/timetable.xlsx",
        "timetable/calendars/all.ics",
        "timetable/people/s1.html",
    } <= names
    assert not any(name.startswith("timetable/.") or name.endswith(".json") for name in names)
    told = store.told("boston")  # as subscriptions are told
    assert told is not None
    assert (told[0], len(told[1]["meetings"])) == (1, 2)
    newest = jobs.newest(store, "boston", jobs.SCHEDULE)
    assert newest is not None
    assert newest.number == job.number - 1
