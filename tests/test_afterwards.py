"""From notes on a meeting to outcomes that are learned from, and back where a note is corrected."""

from __future__ import annotations

from datetime import date

import pytest

from profiles.afterwards import outcomes_of
from profiles.consultations import By, Came, Note
from profiles.outcomes import Outcome, Result
from profiles.store import Store

DAY = date(2027, 5, 11)
MET, FOLLOW_UP, AGREEMENT = Result.MET, Result.FOLLOW_UP, Result.AGREEMENT


def note(by: By, held: bool | None = None, result: Came | None = None, text: str = "") -> Note:
    return Note(event_id="e", startup="s", partner="p", by=by, held=held, result=result, text=text)


@pytest.mark.parametrize(
    ("notes", "happened"),
    [
        ([], []),
        ([note(By.STARTUP, text="only words")], []),
        ([note(By.STARTUP, True)], [MET]),
        ([note(By.STARTUP, False)], []),
        ([note(By.STARTUP, True, Came.NOTHING)], [MET]),
        ([note(By.PARTNER, True, Came.AGREEMENT)], [MET, FOLLOW_UP, AGREEMENT]),
        ([note(By.STARTUP, True, Came.AGREEMENT), note(By.PARTNER, True, Came.FOLLOW_UP)], [MET, FOLLOW_UP]),
        ([note(By.STARTUP, True, Came.AGREEMENT), note(By.PARTNER, False)], []),
        (
            [note(By.STARTUP, True, Came.AGREEMENT), note(By.PARTNER, False), note(By.ORGANISER, True)],
            [MET, FOLLOW_UP, AGREEMENT],
        ),
        ([note(By.STARTUP, True), note(By.ORGANISER, False)], []),
        ([note(By.ORGANISER, True, Came.FOLLOW_UP)], [MET, FOLLOW_UP]),
        ([note(By.STARTUP, True, Came.NOTHING), note(By.ORGANISER, None, Came.FOLLOW_UP)], [MET, FOLLOW_UP]),
    ],
)
def test_what_is_learned_from(notes: list[Note], happened: list[Result]) -> None:
    found = outcomes_of(notes, DAY)
    assert [each.outcome for each in found] == happened
    assert all((each.startup, each.partner, each.date) == ("s", "p", DAY) for each in found)


def test_a_corrected_note_corrects_the_outcomes(store: Store) -> None:
    imported = Outcome(startup="s", partner="p", outcome=Result.ACCEPTED, date=DAY, rank=3)
    other_day = Outcome(startup="s", partner="p", outcome=AGREEMENT, date=date(2026, 1, 1))
    store.record_outcomes([imported, other_day])

    def known() -> set[Result]:
        return {each.outcome for each in store.outcomes() if each.date == DAY}

    store.keep_note(note(By.STARTUP, True, Came.AGREEMENT), DAY)
    assert known() == {Result.ACCEPTED, MET, FOLLOW_UP, AGREEMENT}
    before = store.outcomes_revision()
    store.keep_note(note(By.STARTUP, True, Came.AGREEMENT, "the same in other words"), DAY)
    assert store.outcomes_revision() == before
    store.keep_note(note(By.STARTUP, True, Came.NOTHING), DAY)
    assert known() == {Result.ACCEPTED, MET}
    assert store.outcomes_revision() > before
    store.keep_note(note(By.PARTNER, False), DAY)
    assert known() == {Result.ACCEPTED}
    assert imported in store.outcomes()
    assert other_day in store.outcomes()


def test_a_note_without_a_day_teaches_nothing(store: Store) -> None:
    store.keep_note(note(By.STARTUP, True, Came.AGREEMENT))
    assert store.outcomes() == []


def test_calendars_are_told_once_a_version(store: Store) -> None:
    told: list[dict[str, int] | None] = []

    def change(before: dict[str, int] | None) -> dict[str, int]:
        told.append(before)
        return {"count": (before or {"count": 0})["count"] + 1}

    assert store.told("e") is None
    assert store.tell("e", 1, change) == {"count": 1}
    assert store.tell("e", 1, change) == {"count": 1}  # whoever comes second finds it done
    assert store.tell("e", 2, change) == {"count": 2}
    assert store.tell("e", None, change) == {"count": 3}
    assert store.told("e") == (None, {"count": 3})
    assert store.told("other") is None
    assert told == [None, {"count": 1}, {"count": 2}]
