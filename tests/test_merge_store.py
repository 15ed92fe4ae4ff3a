"""Profiles merged into one another or removed: everything that refers to them moves, and comes back."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select
from test_store import any_store, new_url, postgres, url
from web_helpers import partner, startup

from profiles.accounts import Role
from profiles.consultations import Attendee, By, Came, Choice, Consultation, Note, OwnTerms
from profiles.dayplan import Day, DayPlan, Room
from profiles.errors import ConflictError, InputError, UnknownError
from profiles.event import EventInfo
from profiles.importers.wishes import Answer
from profiles.model import Kind, Profile
from profiles.outcomes import Outcome, Result
from profiles.store import Store
from profiles.tables import accounts, attendees, choices, notes, notices, outcomes, profiles

__all__ = ["any_store", "new_url", "postgres", "url"]  # fixtures: every test runs on both databases

KEPT = startup("Vaxo", "Vaccines.", avoid=["clinic"])
GONE = startup("Vaxo Inc", "Vaccines and more.", id="vaxo-2", seeks=["A hospital"])
CLINIC = partner("Clinic", Kind.HOSPITAL, "A hospital.", avoid=["vaxo-2"])
FUND = partner("Fund", Kind.INVESTOR, "A fund.")
TABLES = (attendees, choices, notes, outcomes, notices, profiles, accounts)


@pytest.fixture
def full(any_store: Store) -> Store:
    """Both profiles in use, in one event together and in another apart."""
    store = any_store
    store.apply([KEPT, GONE, CLINIC, FUND])
    day = Day(date=date(2027, 5, 11), start=time(9), end=time(11), slot_minutes=30)
    for name in ("both", "one"):
        plan = DayPlan(event=EventInfo(id=name, timezone="UTC"), days=(day,), rooms=(Room(name="R"),))
        store.add_consultation(Consultation(plan=plan))
        people = [GONE, CLINIC, FUND] + ([KEPT] if name == "both" else [])
        store.add_attendees(name, [(each.id, each.side) for each in people])
    store.save_attendee(
        Attendee(
            event_id="both",
            profile_id=GONE.id,
            side=GONE.side,
            terms=OwnTerms(max_meetings=3, priority=2),
            unavailable=("d1-0900",),
        )
    )
    store.save_attendee(
        Attendee(event_id="both", profile_id=KEPT.id, side=KEPT.side, terms=OwnTerms(max_meetings=5))
    )

    def choose(who: Profile, whom: Profile, answer: Answer, comment: str = "", event: str = "both") -> None:
        store.choose(
            Choice(
                event_id=event,
                startup=who.id,
                partner=whom.id,
                by=By.STARTUP,
                answer=answer,
                comment=comment,
            )
        )

    choose(KEPT, CLINIC, Answer.MAYBE, "ours")
    choose(GONE, CLINIC, Answer.WANTED, "theirs")
    choose(GONE, FUND, Answer.WANTED)
    choose(GONE, FUND, Answer.NEVER, event="one")
    store.keep_note(Note(event_id="both", startup=KEPT.id, partner=CLINIC.id, by=By.PARTNER, text="met"))
    store.keep_note(
        Note(
            event_id="both",
            startup=GONE.id,
            partner=CLINIC.id,
            by=By.PARTNER,
            held=True,
            result=Came.AGREEMENT,
            amount_usd=5,
        )
    )
    happened = date(2027, 1, 2)
    store.record_outcomes(
        [
            Outcome(startup=KEPT.id, partner=CLINIC.id, outcome=Result.MET, date=happened, rank=4),
            Outcome(startup=GONE.id, partner=CLINIC.id, outcome=Result.MET, date=happened, rank=2),
            Outcome(startup=GONE.id, partner=FUND.id, outcome=Result.MET, date=happened),
        ]
    )
    store.add_account(Role.STARTUP, "Ann", email="ann@vaxo.example", profile_id=GONE.id)
    return store


def everything(store: Store) -> dict[str, list[Any]]:
    """All rows that could change, without the moments at which they were written."""
    with store.engine.connect() as connection:
        return {
            table.name: sorted(
                (
                    {
                        name: value
                        for name, value in row._mapping.items()
                        if not (table is profiles and name in ("pk", "updated_at", "source_file"))
                        and not (table is accounts and name == "epoch")
                    }
                    for row in connection.execute(select(table))
                ),
                key=str,
            )
            for table in TABLES
        }


def merged(**changes: Any) -> Profile:
    return Profile.model_validate({**KEPT.model_dump(), "seeks": ("A hospital",), **changes})


def was() -> tuple[str, str]:
    return KEPT.content_hash(), GONE.content_hash()


def test_all_that_refers_to_the_other_moves(full: Store) -> None:
    revisions = full.identity(), full.outcomes_revision()
    full.merge(merged(), GONE.id, was=was())

    assert set(full.get_many([KEPT.id, GONE.id])) == {KEPT.id}
    assert full.get(KEPT.id).seeks == ("A hospital",)
    assert full.get(CLINIC.id).avoid == (KEPT.id,)
    there = full.attendee("both", KEPT.id)
    assert there.terms == OwnTerms(max_meetings=5, priority=2)  # the word of the kept one counts
    assert there.unavailable == ("d1-0900",)
    assert full.attendee("one", KEPT.id)
    said = {(each.event_id, each.partner): each for each in full.choices("both") + full.choices("one")}
    assert said["both", CLINIC.id].answer is Answer.MAYBE
    assert said["both", CLINIC.id].comment == "ours\ntheirs"
    assert said["both", FUND.id].answer is Answer.WANTED
    assert said["one", FUND.id].answer is Answer.NEVER
    (note,) = full.notes("both")
    assert (note.text, note.held, note.result, note.amount_usd) == ("met", True, Came.AGREEMENT, 5)
    found = [(each.startup, each.partner, each.rank) for each in full.outcomes()]
    assert found == [(KEPT.id, CLINIC.id, 2), (KEPT.id, FUND.id, None)]
    assert [each.profile_id for each in full.accounts()] == [KEPT.id]
    left = full.uses(GONE.id)
    assert not (left.events)
    assert not (left.wishes)
    assert not (left.notes)
    assert not (left.outcomes)
    assert not (left.accounts)
    assert not (left.avoided_by)
    # Whatever is derived from profiles and outcomes has to be made anew.
    assert full.identity() != revisions[0]
    assert full.outcomes_revision() != revisions[1]


def test_undoing_restores_everything_exactly(full: Store) -> None:
    before = everything(full)
    number = full.merge(merged(), GONE.id, was=was())
    assert everything(full) != before
    undone = full.undo_merge(number)
    assert (undone.kept, undone.gone, undone.name) == (KEPT.id, GONE.id, "Vaxo Inc")
    assert everything(full) == before
    assert full.merges() == []
    with pytest.raises(UnknownError):
        full.undo_merge(number)


def test_nothing_is_undone_over_the_head_of_somebody(full: Store) -> None:
    number = full.merge(merged(), GONE.id, was=was())
    full.choose(Choice(event_id="both", startup=KEPT.id, partner=FUND.id, by=By.STARTUP, answer=Answer.MAYBE))
    state = everything(full)
    with pytest.raises(ConflictError):
        full.undo_merge(number)
    assert everything(full) == state


@pytest.mark.parametrize("changed", ["kept", "gone", "avoiding", "attendance"])
def test_what_was_changed_since_is_not_undone(full: Store, changed: str) -> None:
    number = full.merge(merged(), GONE.id, was=was())
    if changed == "kept":
        full.apply([merged(about="New.")])
    elif changed == "gone":
        full.apply([GONE])
    elif changed == "avoiding":
        full.apply([full.get(CLINIC.id).model_copy(update={"about": "New."})])
    else:
        full.add_attendees("one", [(GONE.id, GONE.side)])
    with pytest.raises(ConflictError):
        full.undo_merge(number)


def test_new_work_that_is_in_nobodys_way_stays(full: Store) -> None:
    number = full.merge(merged(), GONE.id, was=was())
    full.keep_note(Note(event_id="one", startup=KEPT.id, partner=FUND.id, by=By.STARTUP, text="later"))
    full.undo_merge(number)
    (note,) = full.notes("one")
    assert (note.startup, note.text) == (KEPT.id, "later")


def test_what_was_looked_at_must_still_be_so(full: Store) -> None:
    state = everything(full)
    with pytest.raises(ConflictError):
        full.merge(merged(), GONE.id, was=(KEPT.content_hash(), "older"))
    with pytest.raises(InputError):
        full.merge(merged(), KEPT.id, was=was())
    with pytest.raises(InputError):
        full.merge(merged(), CLINIC.id, was=(KEPT.content_hash(), CLINIC.content_hash()))
    assert everything(full) == state


def test_told_apart_for_good(full: Store) -> None:
    number = full.tell_apart(GONE.id, KEPT.id)
    assert full.tell_apart(KEPT.id, GONE.id) == number
    (known,) = full.merges()
    assert known.apart
    assert {known.kept, known.gone} == {KEPT.id, GONE.id}
    with pytest.raises(UnknownError):
        full.undo_merge(number)
    # Merged after all: the two are no longer different.
    full.merge(merged(), GONE.id, was=was())
    assert [each.apart for each in full.merges()] == [False]


def test_a_removed_profile_comes_back_with_all_that_went(full: Store) -> None:
    before = everything(full)
    number = full.remove_profile(GONE.id, was=GONE.content_hash())
    assert full.get_many([GONE.id]) == {}
    assert [each.profile_id for each in full.attendees("one")] == ["clinic", "fund"]
    assert all(GONE.id != each.startup for each in full.choices("both"))
    assert [each.disabled for each in full.accounts()] == [True]
    assert any(each.startup == GONE.id for each in full.outcomes())  # what happened stays true
    full.undo_merge(number)
    assert everything(full) == before


def test_merged_twice_is_undone_from_the_last(full: Store) -> None:
    before = everything(full)
    third = startup("Vaxo Korea", "Vaccines.", id="vaxo-3")
    full.apply([third])
    first = full.merge(merged(), GONE.id, was=was())
    kept = full.get(KEPT.id)
    second = full.merge(third, KEPT.id, was=(third.content_hash(), kept.content_hash()))
    with pytest.raises(ConflictError):
        full.undo_merge(first)
    full.undo_merge(second)
    full.undo_merge(first)
    full.remove([third.id])
    assert everything(full) == before


def test_what_uses_a_profile_is_counted(full: Store) -> None:
    uses = full.uses(GONE.id)
    assert uses.events == ("both", "one")
    assert (uses.wishes, uses.notes, uses.outcomes, uses.accounts, uses.avoided_by) == (3, 1, 2, 1, 1)
