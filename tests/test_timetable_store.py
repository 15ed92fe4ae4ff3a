"""Versions of timetables on real SQLite and real PostgreSQL: numbered, kept exactly, brought back."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from sqlalchemy import inspect
from strategies import events
from test_store import any_store, new_url, postgres, url

from profiles import migrations
from profiles.errors import InputError
from profiles.event import Event, Schedule, read_schedule
from profiles.store import Store, opened
from web import versions
from web.context import Context
from web.settings import load_settings

__all__ = ["any_store", "new_url", "postgres", "url"]  # fixtures


def make_event(event_id: str = "boston", **info: Any) -> Event:
    return Event.model_validate(
        {
            "event": {"id": event_id, "name": "보스턴 상담회", "timezone": "America/New_York", **info},
            "slots": [{"id": "a", "start": "2023-04-28T09:00", "end": "2023-04-28T09:20"}],
            "tables": [{"id": "T1"}, {"id": "T2"}],
            "participants": [
                {"id": "s1", "side": "startup", "name": "모더나"},
                {"id": "p1", "side": "partner", "priority": 0.1},
            ],
            "pairs": [{"startup": "s1", "partner": "p1", "fit": 1 / 3}],
        }
    )


def make_schedule(table: str = "T1", seconds: float = 0.1 + 0.2) -> Schedule:
    return Schedule.model_validate(
        {
            "status": "optimal",
            "seconds": seconds,
            "stages": [{"name": "value", "value": 1 / 30, "bound": 1 / 30}],
            "meetings": [{"startup": "s1", "partner": "p1", "slot": "a", "table": table}],
        }
    )


def test_versions_are_numbered_within_their_event_and_come_back_exactly(any_store: Store) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    kept = [any_store.keep_timetable(make_event(), make_schedule(table), table) for table in ("T1", "T2")]
    other = any_store.keep_timetable(make_event("seoul"), make_schedule())
    assert [(one.event_id, one.number, one.note) for one in (*kept, other)] == [
        ("boston", 1, "T1"),
        ("boston", 2, "T2"),
        ("seoul", 1, ""),
    ]
    listed = any_store.timetables("boston")
    assert [(one.number, one.note, one.status, one.meetings) for one in listed] == [
        (2, "T2", "optimal", 1),
        (1, "T1", "optimal", 1),
    ]
    for one in listed:
        assert one.created_at.utcoffset() == datetime.now(UTC).utcoffset()
        assert before <= one.created_at <= datetime.now(UTC)
    first = any_store.timetable("boston", 1)
    assert (first.event, first.schedule, first.version) == (make_event(), make_schedule(), listed[1])
    assert first.schedule.seconds == 0.1 + 0.2
    assert any_store.timetable("boston").schedule == make_schedule("T2")
    assert any_store.timetables("paris") == []


def test_keeping_a_timetable_is_no_change_of_the_profiles(any_store: Store) -> None:
    before = any_store.identity()
    any_store.keep_timetable(make_event(), make_schedule())
    assert any_store.identity() == before


def test_an_identical_one_is_not_kept_twice_in_a_row(any_store: Store) -> None:
    first = any_store.keep_timetable(make_event(), make_schedule(), "first")
    # How long it took is no part of what a timetable says.
    assert any_store.keep_timetable(make_event(), make_schedule(seconds=9.0), "again") == first
    assert [one.note for one in any_store.timetables("boston")] == ["first"]
    changed_event = make_event(name="Boston")
    assert any_store.keep_timetable(changed_event, make_schedule()).number == 2
    assert any_store.keep_timetable(make_event(), make_schedule()).number == 3  # not in a row
    hashes = [one.content_hash for one in any_store.timetables("boston")]
    assert hashes[0] == hashes[2] != hashes[1]


def test_a_restored_version_becomes_the_newest_and_equals_the_old_one(any_store: Store) -> None:
    any_store.keep_timetable(make_event(), make_schedule("T1"))
    any_store.keep_timetable(make_event(name="Boston"), make_schedule("T2"))
    restored = any_store.restore_timetable("boston", 1)
    assert (restored.version.number, restored.version.note) == (3, "version 1 restored")
    assert (restored.event, restored.schedule) == (make_event(), make_schedule("T1"))
    newest, old = any_store.timetable("boston"), any_store.timetable("boston", 1)
    assert newest == restored
    assert (newest.event, newest.schedule) == (old.event, old.schedule)
    assert newest.version.content_hash == old.version.content_hash
    assert any_store.timetable("boston", 2).schedule == make_schedule("T2")
    # The newest is there already.
    assert any_store.restore_timetable("boston", 3).version.number == 3
    assert len(any_store.timetables("boston")) == 3


def test_what_is_not_there_is_refused_and_nothing_is_written(any_store: Store) -> None:
    with pytest.raises(InputError, match="no timetable was kept for the event 'boston'"):
        any_store.timetable("boston")
    any_store.keep_timetable(make_event(), make_schedule("T1"))
    any_store.keep_timetable(make_event(), make_schedule("T2"))
    for number in (0, 3, -1, 10**30):
        with pytest.raises(InputError, match=f"no version {number} of the event 'boston'; there are: 1, 2"):
            any_store.restore_timetable("boston", number)
    assert len(any_store.timetables("boston")) == 2


def test_versions_kept_at_once_get_numbers_of_their_own(url: str) -> None:
    with opened(url) as one, opened(url) as two:
        rounds = 10
        failed: list[Exception] = []

        def keep(store: Store, table: str) -> None:
            try:
                for place in range(rounds):
                    store.keep_timetable(make_event(name=str(place)), make_schedule(table))
            except Exception as error:
                failed.append(error)

        threads = [
            threading.Thread(target=keep, args=(store, table)) for store, table in ((one, "T1"), (two, "T2"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not failed
        versions = one.timetables("boston")
        assert [each.number for each in versions] == list(range(2 * rounds, 0, -1))
        tables = [one.timetable("boston", each.number).schedule.meetings[0].table for each in versions]
        assert sorted(tables) == ["T1"] * rounds + ["T2"] * rounds


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=events())
def test_any_event_comes_back_equal(store: Store, event: Event) -> None:
    schedule = make_schedule().model_copy(update={"meetings": ()})
    version = store.keep_timetable(event, schedule)
    found = store.timetable(event.event.id, version.number)
    assert (found.event, found.schedule) == (event, schedule)


def test_a_store_of_the_time_before_gets_the_table(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with opened(url) as store, store.engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        assert not inspect(connection).has_table("timetables")
    with opened(url) as store:
        assert store.keep_timetable(make_event(), make_schedule()).number == 1
        with store.engine.connect() as connection:
            assert migrations.current_revision(connection) == migrations.HEAD


# -- what people see ---------------------------------------------------------------------------


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A store with two versions."""
    context = Context(load_settings(data_dir=tmp_path))
    with context.store() as store:
        store.keep_timetable(make_event(), make_schedule("T1"), "first\x1b[31m")
        store.keep_timetable(make_event(), make_schedule("T2"))
    return context


def test_versions_are_listed_and_shown(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    versions.list_versions(context, "boston", as_json=False)
    newest, oldest = capsys.readouterr().out.splitlines()
    assert newest.split()[0] == "2"
    assert oldest.split()[0] == "1"
    assert oldest.endswith("optimal       1 meetings  first?[31m")
    versions.list_versions(context, "boston", as_json=True)
    listed = json.loads(capsys.readouterr().out)
    assert [(each["version"], each["event_id"]) for each in listed] == [(2, "boston"), (1, "boston")]
    versions.list_versions(context, "seoul", as_json=False)
    assert capsys.readouterr().out == "no timetable was kept for the event 'seoul'\n"
    versions.show_version(context, "boston", 1, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "Times are those of America/New_York.",
        "09:00 T1  모더나 – p1",
    ]
    versions.show_version(context, "boston", 1, as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert Event.model_validate(shown["event"]) == make_event()
    assert Schedule.model_validate(shown["schedule"]) == make_schedule("T1")


def test_a_version_is_restored_to_a_file(
    context: Context, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    versions.restore_version(context, "boston", 1, tmp_path / "old.json", as_json=False)
    assert capsys.readouterr().out.startswith("version 1 is restored as version 3: ")
    assert read_schedule(tmp_path / "old.json") == make_schedule("T1")
    with pytest.raises(InputError, match="cannot be written"):
        versions.restore_version(context, "boston", 2, tmp_path / "none" / "old.json", as_json=False)
    with context.store() as store:
        assert [each.number for each in store.timetables("boston")] == [3, 2, 1]


def test_versions_are_compared(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    versions.compare_versions(context, "boston", 1, 2, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "0 new, 0 cancelled, 1 moved; to be told: 2. Times are those of America/New_York.",
        "모더나: 09:00 T1 -> 09:00 T2 with p1",
        "p1: 09:00 T1 -> 09:00 T2 with 모더나",
    ]
    versions.compare_versions(context, "boston", 2, 2, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"added": [], "dropped": [], "moved": [], "notices": []}
    with pytest.raises(InputError, match="no version 7"):
        versions.compare_versions(context, "boston", 7, 2, as_json=False)
