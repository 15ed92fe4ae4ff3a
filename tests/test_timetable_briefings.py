"""Briefings: why a pair meets, and questions that rest on the profiles and on nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from test_timetable_files import Page
from test_timetable_rows import SLOTS, make_event, make_schedule, meet

from matcher.results import Match, Part, Quote
from matcher.service import Service
from matcher.whynot import Change, WhyNot
from profiles.errors import InputError
from profiles.model import Kind, Profile, Side, Topic
from web.phrases import use_language
from web.render.timetable import Timetable, write_timetable
from web.render.timetable.briefing import Briefings
from web.render.timetable.questions import MOST, Question, questions, unanswered
from web.timetables import write

WANT, OTHER_WANT = "A hospital that tests our software", "A reader of images"
FULL: dict[str, Any] = {
    "seeks": (WANT, "An investor"),
    "offers": ("Software",),
    "history": ("A trial",),
    "markets": ("US",),
    "stage": "seed",
}


def startup(**fields: Any) -> Profile:
    values = {"id": "s1", "side": Side.STARTUP, "kind": Kind.STARTUP, "name": "Vuno", **FULL, **fields}
    return Profile.model_validate(values)


def partner(**fields: Any) -> Profile:
    values = {"id": "p1", "side": Side.PARTNER, "kind": Kind.CORPORATE, "name": "Mass General"}
    return Profile.model_validate({**values, "seeks": (OTHER_WANT,), "offers": ("Trials",), **fields})


def whynot(one: Profile, other: Profile, *parts: Part, changes: tuple[Change, ...] = ()) -> WhyNot:
    return WhyNot(Match(1, one, other, 50.0, parts), False, (), changes)


def quoted(side: Side, want: str) -> Part:
    code = "wants" if side is Side.STARTUP else "returns"
    return Part(code, 1.0, 10.0, quotes=(Quote(side, want, "seeks", "an answer", "offers"),))


def asked(*args: Any, language: str = "en") -> list[Question]:
    with use_language(language):
        return questions(*args)


def texts(*args: Any) -> list[str]:
    return [question.text for question in asked(*args)]


def test_a_want_without_a_quoted_answer_is_asked_about() -> None:
    found = whynot(startup(), partner(), quoted(Side.STARTUP, WANT))
    [first] = asked(startup(), partner(), found)
    assert first.text == "Could you help us with “An investor”, or do you know somebody who could?"
    assert first.basis == "You seek this; no statement of Mass General is quoted in answer to it."
    answered = whynot(startup(), partner(), quoted(Side.STARTUP, WANT), quoted(Side.STARTUP, "An investor"))
    assert texts(startup(), partner(), answered) == []


def test_a_want_of_the_partner_that_nobody_answers_is_asked_about() -> None:
    assert unanswered(partner(), [whynot(startup(), partner()).match]) == [OTHER_WANT]
    assert unanswered(partner(), [whynot(startup(), partner(), quoted(Side.PARTNER, OTHER_WANT)).match]) == []
    # The startup's own quote is no answer to the partner.
    assert unanswered(partner(), [whynot(startup(), partner(), quoted(Side.STARTUP, OTHER_WANT)).match]) == [
        OTHER_WANT
    ]
    assert unanswered(partner(), []) == []
    [one] = asked(None, partner(), None, [OTHER_WANT])
    assert one.text == f"You seek “{OTHER_WANT}”. What would a good answer look like?"


@pytest.mark.parametrize(
    ("code", "from_startup", "from_partner"),
    [
        (
            "stage",
            "Would you also take a startup at our stage?",
            "When do you expect to reach a stage that we take?",
        ),
        (
            "ticket",
            "Would a round of our size be possible for you all the same?",
            "Could the amount you raise be changed or split?",
        ),
        (
            "markets",
            "Can you also help in the markets we want to enter?",
            "Would you also consider the markets we work in?",
        ),
        ("topics", *["What would you like to talk about today?"] * 2),
    ],
)
def test_facts_that_do_not_go_together_are_asked_about_from_both_sides(
    code: str, from_startup: str, from_partner: str
) -> None:
    one, other = startup(seeks=()), partner(seeks=(OTHER_WANT,), stages=("series_a",))
    for state, times in (("no", 1), ("yes", 0), ("unknown", 0)):
        found = whynot(one, other, Part(code, 0.0, 5.0, state))
        assert texts(one, other, found).count(from_startup) == times
        assert texts(other, one, found).count(from_partner) == times
    found = whynot(one, other, Part("stage", 0.0, 5.0, "no"))
    assert asked(one, other, found)[0].basis == "Vuno is at Seed; Mass General takes Series A."


@pytest.mark.parametrize(
    ("other", "viewer", "field", "text"),
    [
        (startup(stage=None), partner(), "Stage", "What stage are you at?"),
        (startup(markets=()), partner(), "Markets", "Which markets do you want to enter?"),
        (startup(history=()), partner(), "Track record", "What have you achieved so far?"),
        (startup(seeks=()), partner(), "Seeks", "What do you seek from this meeting?"),
        (startup(offers=()), partner(), "Offers", "What could you give us?"),
        (startup(), partner(kind=Kind.INVESTOR), "Raising", "How much are you raising?"),
        (partner(kind=Kind.INCUBATOR), startup(), "Stages taken", "At what stage do you take startups?"),
        (
            partner(kind=Kind.INVESTOR, stages=("seed",)),
            startup(),
            "Smallest investment",
            "How much do you invest in a startup, at least and at most?",
        ),
        (
            partner(kind=Kind.HOSPITAL),
            startup(),
            "Past engagements",
            "How many projects of this sort have you done?",
        ),
    ],
)
def test_a_fact_left_open_is_asked_for(other: Profile, viewer: Profile, field: str, text: str) -> None:
    assert asked(viewer, other, None) == [Question(text, f"Not stated in the profile: {field}.")]


def test_nothing_is_asked_where_all_is_stated() -> None:
    full = partner(kind=Kind.INVESTOR, stages=("seed",), ticket_max_usd=1_000_000)
    assert texts(startup(), full, None) == []
    assert texts(partner(), startup(), None) == []  # what is raised is for investors to ask
    assert texts(partner(kind=Kind.INVESTOR), startup(raising_usd=5e6), None) == []
    assert texts(startup(), partner(kind=Kind.HOSPITAL, past_deals=0), None) == []


def test_an_offer_that_nobody_asked_for_is_brought_up_by_both() -> None:
    change = Change("seeks", "Trials", "Trials", 60.0, 1, 10.0)
    found = whynot(startup(seeks=()), partner(seeks=()), changes=(change,))
    assert "You offer “Trials”. What would we need for it?" in texts(startup(seeks=()), partner(), found)
    assert "We offer “Trials”. Would this be of use to you?" in texts(partner(seeks=()), startup(), found)


def test_another_question_of_a_sort_is_taken_where_one_was_asked_already() -> None:
    found = whynot(startup(), partner())
    [first] = texts(startup(), partner(), found)
    [second] = texts(startup(), partner(), found, [], [first])
    assert (WANT in first, "An investor" in second) == (True, True)
    assert texts(startup(), partner(), found, [], [first, second]) == [first]


def test_there_are_not_more_questions_than_one_can_ask() -> None:
    one = startup(seeks=("x",), stage=None, markets=(), history=(), offers=())
    investor = partner(kind=Kind.INVESTOR)
    parts = [Part(code, 0.0, 5.0, "no") for code in ("stage", "ticket", "markets", "topics")]
    assert len(texts(investor, one, whynot(one, investor, *parts), ["x"])) == MOST


def test_questions_are_korean_for_koreans() -> None:
    [first, *_] = asked(
        startup(name_ko="뷰노"),
        partner(name_ko="매사추세츠 병원"),
        whynot(startup(), partner()),
        language="ko",
    )
    assert WANT in first.text
    assert "매사추세츠 병원" in first.basis


def test_every_pair_is_explained_once_and_both_sides_read_it() -> None:
    calls: list[tuple[str, str, Topic | None]] = []
    one, other = startup(), partner()

    def explain(startup_id: str, partner_id: str, track: Topic | None) -> WhyNot:
        calls.append((startup_id, partner_id, track))
        return whynot(one, other, quoted(Side.PARTNER, OTHER_WANT))

    schedule = make_schedule(meet("s1 p1", "a"), meet("s2 p1", "c"))
    timetable = Timetable.of(make_event(), schedule, {"s1": one, "p1": other})
    briefings = Briefings.of(timetable, explain)
    assert calls == [("s1", "p1", Topic.CLINICAL)]
    with use_language("en"):
        first, second = briefings.of_person(timetable.people["p1"])
    assert first.match is not None
    assert (first.other.id, first.unknown) == ("s1", ())
    assert (second.match, [who.id for who in second.unknown], second.questions) == (None, ["s2"], ())


def test_without_any_profile_a_briefing_says_so(tmp_path: Path) -> None:
    def explain(startup_id: str, partner_id: str, track: Topic | None) -> WhyNot:
        raise AssertionError("nothing is known of these two")

    timetable = Timetable.of(make_event(), make_schedule(meet("s1 p1", "a")), {})
    now = datetime(2023, 4, 1, tzinfo=UTC)
    write_timetable(timetable, tmp_path, language="en", created=now, explain=explain)
    text = Page(tmp_path / "briefings" / "s1.html").text
    for name in ("VUNO Inc.", "Massachusetts General"):
        assert f"The directory has no profile of {name}, so nothing more can be said here." in text
    assert "Questions worth asking" not in text
    assert "Why them" not in text


# -- the command's work on the sample directory ----------------------------------------------------


def files(folder: Path) -> tuple[Path, Path]:
    """An event of the sample's organisations with two meetings."""
    people = [
        {"id": "kr-vuno", "side": "startup", "name": "Vuno Co."},
        {"id": "us-mgh", "side": "partner"},
        {"id": "us-flagship", "side": "partner"},
    ]
    pairs = [{"startup": "kr-vuno", "partner": who, "fit": 0.5} for who in ("us-mgh", "us-flagship")]
    event = {
        "event": {"id": "e", "timezone": "America/New_York"},
        "slots": SLOTS,
        "tables": [{"id": "T1"}],
        "participants": people,
        "pairs": pairs,
    }
    meetings = [
        {"startup": "kr-vuno", "partner": who, "slot": slot, "table": "T1"}
        for who, slot in (("us-mgh", "a"), ("us-flagship", "c"))
    ]
    (folder / "event.json").write_text(json.dumps(event))
    (folder / "schedule.json").write_text(json.dumps({"status": "feasible", "meetings": meetings}))
    return folder / "event.json", folder / "schedule.json"


def test_the_briefing_of_a_startup_quotes_both_profiles(
    sample_service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event, schedule = files(tmp_path)
    index = write(sample_service, event, schedule, tmp_path / "out", language="ko")
    assert index == tmp_path / "out" / "index.html"
    said = capsys.readouterr()
    assert said.out == ""
    assert "2 meetings; in the calendars 2 new or changed, 0 cancelled" in said.err
    match = sample_service.explain("kr-vuno", "us-mgh")
    text = Page(tmp_path / "out" / "briefings" / "kr-vuno.html").text
    mgh = sample_service.store.get("us-mgh")
    assert f"{match.score:.1f}" in text
    assert "매사추세츠 종합병원 Massachusetts General Hospital" in text
    assert mgh.about in text
    assert all(statement in text for statement in (*mgh.seeks, *mgh.offers))
    shown = [quote for part in match.parts if part.code in ("wants", "returns") for quote in part.quotes]
    assert len(shown) >= 2
    assert all(quote.ask in text and quote.give in text for quote in shown)
    assert "뷰노 VUNO, Vuno Co." in Page(tmp_path / "out" / "people" / "us-mgh.html").text


def test_a_timetable_with_faults_is_written_and_said_to_have_them(
    sample_service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event, schedule = files(tmp_path)
    found = json.loads(schedule.read_text())
    found["meetings"][1]["slot"] = "ab"
    schedule.write_text(json.dumps(found))
    index = write(sample_service, event, schedule, tmp_path / "out", language="en", briefings=False)
    assert "note: this timetable has faults (2)" in capsys.readouterr().err
    assert "This timetable breaks rules in 2 places." in Page(index).text
    assert not (tmp_path / "out" / "briefings").exists()


def test_files_that_do_not_belong_together_are_refused(sample_service: Service, tmp_path: Path) -> None:
    event, schedule = files(tmp_path)
    schedule.write_text(schedule.read_text().replace("us-flagship", "us-moderna"))
    with pytest.raises(InputError, match=r"schedule.json, field meetings.1.partner: .*'us-moderna'"):
        write(sample_service, event, schedule, tmp_path / "out", language="en")
    assert not (tmp_path / "out").exists()
