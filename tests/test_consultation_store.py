"""Days, attendees, choices and notes on real SQLite and PostgreSQL, with several writers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from kept_days import kept_day, kept_timetable, plan
from test_account_store import at_once
from test_store import any_store, new_url, postgres, url

from profiles.consultations import Attendee, By, Came, Choice, Consultation, Note, OwnTerms
from profiles.dayplan import slots_of
from profiles.errors import ConflictError, InputError, UnknownError
from profiles.importers.wishes import Answer
from profiles.model import Side
from profiles.store import Store

__all__ = ["any_store", "new_url", "postgres", "url"]  # fixtures


def choice(startup: str = "vaxo", partner: str = "pharmo", **more: object) -> Choice:
    return Choice.model_validate(
        {
            "event_id": "day",
            "startup": startup,
            "partner": partner,
            "by": By.STARTUP,
            "answer": Answer.WANTED,
            **more,
        }
    )


# -- the day -----------------------------------------------------------------------------------


def test_a_day_comes_back_as_it_was_kept(any_store: Store) -> None:
    until = datetime(2027, 5, 1, 9, tzinfo=UTC)
    kept = any_store.add_consultation(Consultation(plan=plan(), top=7, wishes_until=until))
    assert slots_of(kept.plan) == slots_of(plan())
    assert (kept.plan.rooms, kept.plan.tracks, kept.name) == (plan().rooms, plan().tracks, "Partnering Day")
    assert (kept.top, kept.wishes_until, kept.revision, kept.published) == (7, until, 1, None)
    assert any_store.consultation("day") == kept
    with pytest.raises(InputError) as refusal:
        any_store.add_consultation(Consultation(plan=plan()))
    assert refusal.value.field == "id"
    with pytest.raises(UnknownError):
        any_store.consultation("nowhere")


def test_who_saves_an_old_copy_is_told_so(any_store: Store) -> None:
    first = any_store.add_consultation(Consultation(plan=plan()))
    second = any_store.save_consultation(first.model_copy(update={"top": 9}))
    assert (second.top, second.revision) == (9, 2)
    with pytest.raises(ConflictError):
        any_store.save_consultation(first.model_copy(update={"top": 3}))
    assert any_store.consultation("day").top == 9

    def save(number: int) -> bool:
        try:
            any_store.save_consultation(second.model_copy(update={"top": 20 + number}))
        except ConflictError:
            return False
        return True

    assert sorted(at_once(save)) == [False] * 7 + [True]
    assert any_store.consultation("day").revision == 3
    with pytest.raises(UnknownError):
        any_store.save_consultation(Consultation(plan=plan("nowhere"), revision=1))


def test_removing_a_day_keeps_its_timetables_and_what_came_of_it(any_store: Store) -> None:
    kept_day(any_store)
    kept_timetable(any_store, "vaxo pharmo 1 T1")
    any_store.choose(choice())
    any_store.keep_note(
        Note(event_id="day", startup="vaxo", partner="pharmo", by=By.PARTNER, held=True, text="좋음")
    )
    any_store.remove_consultation("day")
    assert any_store.consultations() == []
    assert any_store.attendees("day") == []
    assert any_store.choices("day") == []
    assert len(any_store.timetables("day")) == 1
    assert len(any_store.notes("day")) == 1
    with pytest.raises(UnknownError):
        any_store.remove_consultation("day")


def test_only_versions_that_are_there_are_published(any_store: Store) -> None:
    kept_day(any_store)
    with pytest.raises(UnknownError):
        any_store.publish("day", 1)
    kept_timetable(any_store, "vaxo pharmo 1 T1")
    shown = any_store.publish("day", 1)
    assert shown.published == 1
    assert shown.published_at is not None
    assert any_store.save_consultation(shown.model_copy(update={"top": 5})).published == 1
    hidden = any_store.publish("day", None)
    assert (hidden.published, hidden.published_at) == (None, None)


def test_a_timetable_edited_by_two_takes_one_change(any_store: Store) -> None:
    kept_day(any_store)
    kept = kept_timetable(any_store, "vaxo pharmo 1 T1")
    versions = [
        kept.schedule.model_copy(
            update={"meetings": (kept.schedule.meetings[0].model_copy(update={"slot": slot.id}),)}
        )
        for slot in kept.event.slots[1:3]
    ]

    def edit(number: int) -> int:
        try:
            return any_store.keep_edited(kept.event, versions[number], "moved", after=1).number
        except ConflictError:
            return 0

    assert sorted(at_once(edit, 2)) == [0, 2]
    assert len(any_store.timetables("day")) == 2


# -- attendees ---------------------------------------------------------------------------------


def test_attendees_and_their_terms(any_store: Store) -> None:
    kept_day(any_store)
    kept_day(any_store, "other", startups=("brainy",), partners=("lawyers",))
    assert [each.profile_id for each in any_store.attendees("day")] == ["brainy", "vaxo", "clinic", "pharmo"]
    assert any_store.add_attendees("day", [("vaxo", Side.STARTUP), ("lawyers", Side.PARTNER)]) == 1
    assert len(any_store.attendees("day", side=Side.PARTNER)) == 3
    changed = Attendee(
        event_id="day",
        profile_id="vaxo",
        side=Side.STARTUP,
        terms=OwnTerms(max_meetings=3, languages=("ko",)),
        unavailable=("d1-0900",),
        absent_at=datetime(2027, 5, 11, tzinfo=UTC),
    )
    any_store.save_attendee(changed)
    assert any_store.attendee("day", "vaxo") == changed
    assert [each.id for each in any_store.consultations(profile_id="brainy")] == ["other", "day"]
    assert [each.id for each in any_store.consultations(profile_id="vaxo")] == ["day"]
    with pytest.raises(UnknownError):
        any_store.attendee("other", "vaxo")
    with pytest.raises(UnknownError):
        any_store.save_attendee(changed.model_copy(update={"event_id": "other"}))
    with pytest.raises(UnknownError):
        any_store.add_attendees("nowhere", [("vaxo", Side.STARTUP)])


def test_several_attendees_are_saved_together_or_not_at_all(any_store: Store) -> None:
    kept_day(any_store)
    here = any_store.attendee("day", "vaxo").model_copy(update={"terms": OwnTerms(priority=2.0)})
    with pytest.raises(UnknownError):
        any_store.save_attendees([here, here.model_copy(update={"profile_id": "nobody"})])
    assert any_store.attendee("day", "vaxo").terms == OwnTerms()
    any_store.save_attendees([here])
    assert any_store.attendee("day", "vaxo").terms == OwnTerms(priority=2.0)


def test_who_leaves_takes_what_was_said_along(any_store: Store) -> None:
    kept_day(any_store)
    any_store.choose_all([choice(), choice("brainy"), choice(partner="clinic", by=By.PARTNER)])
    assert any_store.remove_attendees("day", ["pharmo", "nobody"]) == 1
    assert [each.key for each in any_store.choices("day")] == [("vaxo", "clinic")]


# -- choices -----------------------------------------------------------------------------------


def test_choices_are_kept_by_side_and_give_back_what_was_before(any_store: Store) -> None:
    kept_day(any_store)
    assert any_store.choose(choice()) is None
    said = choice(by=By.ORGANISER, answer=Answer.CONFIRMED, slot="d1-0900", table="T1", comment="메모")
    assert any_store.choose(said) is None
    before = any_store.choose(choice(answer=Answer.NEVER))
    assert before is not None
    assert before.answer is Answer.WANTED
    found = any_store.choices("day", profile_id="vaxo")
    assert [(each.by, each.answer) for each in found] == [
        (By.ORGANISER, Answer.CONFIRMED),
        (By.STARTUP, Answer.NEVER),
    ]
    assert found[0].model_copy(update={"updated_at": None}) == said
    any_store.choose(before)
    assert any_store.choices("day", by=By.STARTUP)[0].answer is Answer.WANTED
    any_store.choose(choice(answer=None))
    assert any_store.choices("day", by=By.STARTUP) == []
    any_store.choose(choice(answer=None, comment="only a comment"))
    assert any_store.choices("day", by=By.STARTUP)[0].comment == "only a comment"


@pytest.mark.parametrize(
    ("startup", "partner"),
    [("vaxo", "nobody"), ("nobody", "pharmo"), ("pharmo", "vaxo"), ("vaxo", "vaxo"), ("vaxo", "brainy")],
)
def test_all_choices_or_none(any_store: Store, startup: str, partner: str) -> None:
    kept_day(any_store)
    any_store.choose(choice())
    with pytest.raises(UnknownError):
        any_store.choose_all(
            [
                choice(answer=Answer.NEVER),
                choice("brainy"),
                choice(startup, partner),
                choice(partner="clinic"),
            ]
        )
    found = any_store.choices("day")
    assert [(each.key, each.answer) for each in found] == [(("vaxo", "pharmo"), Answer.WANTED)]


def test_two_who_choose_at_once_leave_one_choice(any_store: Store) -> None:
    kept_day(any_store)
    answers = (Answer.WANTED, Answer.MAYBE, Answer.NEVER)
    before = at_once(lambda number: any_store.choose(choice(answer=answers[number % 3])))
    assert before.count(None) == 1
    assert len(any_store.choices("day")) == 1


# -- notes -------------------------------------------------------------------------------------


def test_notes_of_each_side_stand_beside_each_other(any_store: Store) -> None:
    kept_day(any_store)
    mine = Note(
        event_id="day", startup="vaxo", partner="pharmo", by=By.STARTUP, held=True, result=Came.FOLLOW_UP
    )
    theirs = mine.model_copy(update={"by": By.PARTNER, "result": Came.AGREEMENT, "amount_usd": 5e5})
    any_store.keep_note(mine)
    any_store.keep_note(theirs)
    any_store.keep_note(mine.model_copy(update={"result": Came.NOTHING, "text": "계약 없음"}))
    found = any_store.notes("day", profile_id="pharmo")
    assert [(each.by, each.result, each.amount_usd, each.text) for each in found] == [
        (By.PARTNER, Came.AGREEMENT, 5e5, ""),
        (By.STARTUP, Came.NOTHING, None, "계약 없음"),
    ]
    assert any_store.notes("day", by=By.PARTNER) == [found[0]]
    assert any_store.notes("day", profile_id="clinic") == []


@pytest.mark.parametrize("event_id", ["new", "profile", "upload"])
def test_no_event_is_called_like_a_page_beside_it(any_store: Store, event_id: str) -> None:
    with pytest.raises(InputError, match="choose another id"):
        any_store.add_consultation(Consultation(plan=plan(event_id)))
