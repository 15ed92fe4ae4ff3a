"""From a kept day to the event of the solver: whose word counts, who is away, who is left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matcher.service import Service, open_service
from profiles.consultations import Attendee, By, Choice, Consultation, OwnTerms
from profiles.dayplan import DayPlan, slots_of
from profiles.errors import InputError
from profiles.event import Event, Pair, State
from profiles.importers.wishes import Answer
from profiles.model import Profile, Side, Topic
from profiles.store import Store
from web import schedule_words
from web.consulting import built, published
from web.languages import use_language

PLAN = DayPlan.model_validate(
    {
        "event": {"id": "day", "name": "Day", "timezone": "Asia/Seoul"},
        "days": [
            {
                "date": "2027-05-11",
                "start": "09:00",
                "end": "12:00",
                "slot_minutes": 30,
                "pauses": [{"start": "10:30", "end": "11:00"}],
            }
        ],
        "rooms": [{"name": "A", "tables": 2}],
        "interpreters": [{"id": "i", "languages": ["ko", "en"], "unavailable": [{"end": "10:00"}]}],
        "defaults": {"startup": {"max_meetings": 3}},
        "tracks": ["clinical", "ip", "supply"],
    }
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path_factory.mktemp('assemble') / 'store.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def service(store: Store, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder = tmp_path_factory.mktemp("index")
    return open_service(store, index_dir=folder, cache_dir=cache_dir)


@pytest.fixture
def day(store: Store, few_profiles: list[Profile]) -> Iterator[Consultation]:
    """The day with everybody but the bank."""
    store.apply(few_profiles)
    consultation = store.add_consultation(Consultation(plan=PLAN, top=2))
    store.add_attendees("day", [(each.id, each.side) for each in few_profiles if each.id != "p-bank"])
    yield consultation
    store.remove_consultation("day")


def pair(event: Event, startup: str, partner: str) -> Pair:
    return next(each for each in event.pairs if each.key == (startup, partner))


def choose(store: Store, by: By, answer: Answer | None, **more: object) -> None:
    store.choose(
        Choice.model_validate(
            {
                "event_id": "day",
                "startup": "s-heart",
                "partner": "p-hospital",
                "by": by,
                "answer": answer,
                **more,
            }
        )
    )


def test_a_kept_plan_is_read_back_as_it_was(store: Store, day: Consultation) -> None:
    kept = store.consultation("day")
    assert slots_of(kept.plan) == slots_of(PLAN)
    assert kept.plan.model_dump(exclude={"days"}) == PLAN.model_dump(exclude={"days"})
    assert (kept.top, kept.revision, kept.name) == (2, 1, "Day")
    assert kept.created_at is not None
    assert kept.created_at.tzinfo is not None
    assert day == kept


def test_only_attendees_are_in_the_event(service: Service, day: Consultation) -> None:
    event = built(service, day.id).event
    assert {person.id for person in event.participants} == {
        "s-heart",
        "s-vaccine",
        "p-hospital",
        "p-law",
        "p-vaccines",
    }
    best = max((each for each in event.pairs if each.startup == "s-heart"), key=lambda each: each.fit)
    assert (best.partner, best.track) in {("p-hospital", Topic.CLINICAL), ("p-law", Topic.IP)}
    assert [person.max_meetings for person in event.participants if person.side is Side.STARTUP] == [3, 3]


@pytest.mark.parametrize(
    ("startup", "partner", "organiser", "state"),
    [
        (None, None, None, State.SUGGESTED),
        (Answer.WANTED, None, None, State.REQUESTED),
        (Answer.WANTED, Answer.WANTED, None, State.ACCEPTED),
        (Answer.WANTED, Answer.NEVER, None, State.DECLINED),
        (None, None, Answer.MUST, State.MUST),
        (Answer.MAYBE, Answer.WANTED, Answer.MUST, State.MUST),
        (Answer.WANTED, Answer.WANTED, Answer.NEVER, State.DECLINED),
        # Nobody is made to meet whom it never wants to meet.
        (Answer.NEVER, None, Answer.MUST, State.DECLINED),
        (None, Answer.NEVER, Answer.MUST, State.DECLINED),
    ],
)
def test_whose_word_counts(
    service: Service,
    day: Consultation,
    startup: Answer | None,
    partner: Answer | None,
    organiser: Answer | None,
    state: State,
) -> None:
    for by, answer in ((By.STARTUP, startup), (By.PARTNER, partner), (By.ORGANISER, organiser)):
        if answer is not None:
            choose(service.store, by, answer)
    assert pair(built(service, day.id).event, "s-heart", "p-hospital").state is state


def test_the_organiser_may_name_the_track_alone(service: Service, day: Consultation) -> None:
    choose(service.store, By.STARTUP, Answer.NEVER)
    choose(service.store, By.ORGANISER, None, track="supply", comment="about devices")
    found = pair(built(service, day.id).event, "s-heart", "p-hospital")
    assert (found.state, found.track) == (State.DECLINED, Topic.SUPPLY)
    choose(service.store, By.STARTUP, None)
    assert pair(built(service, day.id).event, "s-heart", "p-hospital").state is State.SUGGESTED


def test_a_lock_holds_the_place_and_a_vanished_place_is_told(service: Service, day: Consultation) -> None:
    choose(service.store, By.ORGANISER, Answer.CONFIRMED, slot="d1-0900", table="A-2")
    found = pair(built(service, day.id).event, "s-heart", "p-hospital")
    assert (found.state, found.slot, found.table) == (State.CONFIRMED, "d1-0900", "A-2")
    choose(service.store, By.ORGANISER, Answer.CONFIRMED, slot="d9-0900", table="A-2")
    result = built(service, day.id)
    assert pair(result.event, "s-heart", "p-hospital").state is State.MUST
    assert any("d9-0900 at A-2, which the day no longer has" in line for line in result.told)


def test_what_contradicts_itself_is_told_in_the_language_in_use(service: Service, day: Consultation) -> None:
    choose(service.store, By.PARTNER, Answer.NEVER)
    choose(service.store, By.ORGANISER, Answer.MUST)
    result = built(service, day.id)
    assert result.told == (
        "p-hospital: p-hospital never wants to meet s-heart, and the organiser says must: declined",
    )
    with use_language("ko"):
        said = schedule_words.told(result.told[0], schedule_words.names(result.event))
    assert "Lakeside Heart Hospital" in said
    assert "하트사운드" in said
    assert "never wants" not in said


def test_availability_terms_and_absence(service: Service, day: Consultation) -> None:
    store = service.store
    store.save_attendee(
        Attendee(
            event_id=day.id,
            profile_id="s-heart",
            side=Side.STARTUP,
            terms=OwnTerms(max_meetings=1, languages=("ko", "en")),
            unavailable=("d1-0930", "d7-0000"),
        )
    )
    # 11:00 in Seoul.
    gone = datetime(2027, 5, 11, 2, 0, tzinfo=UTC)
    store.save_attendee(Attendee(event_id=day.id, profile_id="p-law", side=Side.PARTNER, absent_at=gone))
    people = {person.id: person for person in built(service, day.id).event.participants}
    assert people["s-heart"].unavailable == ("d1-0930",)
    assert people["s-heart"].max_meetings == 1
    assert people["s-heart"].languages == ("ko", "en")
    assert people["p-law"].unavailable == ("d1-1100", "d1-1130")
    assert people["p-hospital"].unavailable == ()


def test_who_left_the_directory_is_left_out_and_told(
    service: Service, day: Consultation, few_profiles: list[Profile]
) -> None:
    store = service.store
    store.remove(["p-vaccines"])
    try:
        result = built(service, day.id)
        assert "p-vaccines" not in {person.id for person in result.event.participants}
        assert "p-vaccines takes part but is no longer in the directory: left out" in result.told
    finally:
        store.apply(few_profiles)


def test_a_side_without_attendees_is_said(service: Service, day: Consultation) -> None:
    service.store.remove_attendees(day.id, ["s-heart", "s-vaccine"])
    with pytest.raises(InputError, match="no startup takes part yet"):
        built(service, day.id)


def test_only_what_is_published_is_shown(service: Service, day: Consultation) -> None:
    assert published(service.store, day) is None
    event = built(service, day.id).event
    from matcher.schedule.solve import solve

    version = service.store.keep_timetable(event, solve(event, seconds=10))
    shown = service.store.publish(day.id, version.number)
    timetable = published(service.store, shown)
    assert timetable is not None
    assert timetable.version.number == version.number
    assert shown.published_at is not None
    assert datetime.now(UTC) - shown.published_at < timedelta(minutes=1)
