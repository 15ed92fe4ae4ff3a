"""Work in the background on real SQLite and PostgreSQL: one at a time, stopped, buried when silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from test_account_store import at_once
from test_store import any_store, new_url, postgres, url

from profiles.errors import ConflictError, UnknownError
from profiles.job_store import SILENCE, JobState, StopAsked
from profiles.store import Store
from profiles.tables import jobs

__all__ = ["any_store", "new_url", "postgres", "url"]  # fixtures


def silent(store: Store, number: int) -> None:
    """Let the process of a piece of work be unheard of for too long."""
    long_ago = datetime.now(UTC) - SILENCE - timedelta(seconds=1)
    with store.engine.begin() as connection:
        connection.execute(update(jobs).where(jobs.c.pk == number).values(heard_at=long_ago))


def test_a_piece_of_work_from_asking_to_its_result(any_store: Store) -> None:
    job = any_store.add_job("day", "schedule", {"seconds": 60}, account=3)
    assert (job.state, job.request, job.account, job.finished_at) == (
        JobState.WAITING,
        {"seconds": 60},
        3,
        None,
    )
    assert any_store.tell_progress(job.number, {"value": 1.5}) is StopAsked.NOT
    running = any_store.job(job.number)
    assert (running.state, running.progress) == (JobState.RUNNING, {"value": 1.5})
    any_store.ask_to_stop(job.number, StopAsked.KEEP)
    assert any_store.tell_progress(job.number, {"value": 2.0}) is StopAsked.KEEP
    any_store.finish_job(job.number, JobState.DONE, {"version": 4})
    done = any_store.job(job.number)
    assert (done.state, done.result, done.progress) == (JobState.DONE, {"version": 4}, {"value": 2.0})
    assert done.finished_at is not None
    assert done.state.is_over
    with pytest.raises(UnknownError):
        any_store.job(job.number + 1)


def test_an_event_has_one_piece_of_work_at_a_time(any_store: Store) -> None:
    def ask(number: int) -> bool:
        try:
            any_store.add_job("day", "schedule", {"number": number})
        except ConflictError:
            return False
        return True

    assert sorted(at_once(ask)) == [False] * 7 + [True]
    other = any_store.add_job("other", "schedule", {})
    assert any_store.newest_job("other") == other
    first = any_store.newest_job("day")
    assert first is not None
    any_store.finish_job(first.number, JobState.DISCARDED, {})
    second = any_store.add_job("day", "files", {})
    assert any_store.newest_job("day") == second
    newest = any_store.newest_job("day", "schedule")
    assert newest is not None
    assert newest.number == first.number
    assert any_store.newest_job("nowhere") is None


def test_silent_work_is_buried_and_its_place_is_free(any_store: Store) -> None:
    job = any_store.add_job("day", "schedule", {})
    living = any_store.add_job("other", "schedule", {})
    assert any_store.bury_silent_jobs() == 0
    silent(any_store, job.number)
    next_one = any_store.add_job("day", "schedule", {})
    buried = any_store.job(job.number)
    assert buried.state is JobState.FAILED
    assert buried.result["error"]
    assert any_store.job(living.number).state is JobState.WAITING
    assert any_store.job(next_one.number).state is JobState.WAITING


def test_who_was_buried_alive_is_told_to_stop_and_changes_nothing(any_store: Store) -> None:
    """A laptop slept in the middle of a search, and somebody began another."""
    job = any_store.add_job("day", "schedule", {})
    silent(any_store, job.number)
    assert any_store.bury_silent_jobs() == 1
    assert any_store.bury_silent_jobs() == 0
    assert any_store.tell_progress(job.number, {"value": 9.0}) is StopAsked.DISCARD
    any_store.finish_job(job.number, JobState.DONE, {"version": 1})
    buried = any_store.job(job.number)
    assert (buried.state, buried.progress) == (JobState.FAILED, {})
    assert "version" not in buried.result
