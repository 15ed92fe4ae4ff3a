"""From ranking to event: the day's frame, who should meet whom about what, wishes, hours, the command."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sample_stores import MakeService, changed, services

from matcher.schedule.build import FEW, Built, build_event
from matcher.schedule.fits import suits
from matcher.service import Service
from profiles.dayplan import DayPlan, Span, read_day_plan, slots_of, tables_of
from profiles.errors import InputError
from profiles.event import Pair, State, read_event
from profiles.importers.availability import Attendance
from profiles.importers.wishes import Answer, Wish
from profiles.model import Profile, Side, Topic
from profiles.store import opened
from web.context import Context
from web.events import Files, make_event, summary
from web.files import write_record
from web.settings import SAMPLE_DIRECTORY, Settings

DAY: dict[str, Any] = {
    "event": {"id": "test", "timezone": "America/New_York"},
    "days": [
        {"date": "2027-05-11", "start": "09:00", "end": "14:00", "slot_minutes": 20,
         "pauses": [{"start": "12:00", "end": "13:00"}]},
        {"date": "2027-05-12", "start": "09:00", "end": "10:00", "slot_minutes": 30},
    ],
    "rooms": [
        {"name": "Harbour", "tracks": ["investment", "market_entry"], "tables": 2},
        {"name": "Library", "tracks": ["ip"], "tables": ["Window"],
         "closed": [{"date": "2027-05-11", "start": "09:30", "end": "10:00"}]},
    ],
    "interpreters": [{"id": "i1", "languages": ["ko", "en"], "unavailable": [{"end": "09:20"}]}],
    "defaults": {"startup": {"min_meetings": 1, "max_meetings": 6, "languages": ["ko"]},
                 "partner": {"representatives": 2, "languages": ["en"]}},
}  # fmt: skip


def day(**changes: Any) -> DayPlan:
    return DayPlan.model_validate({**DAY, **changes})


@pytest.fixture(scope="module")
def make(cache_dir: Path) -> Iterator[MakeService]:
    with services(cache_dir) as made:
        yield made


def built(service: Service, plan: DayPlan, **asked: Any) -> Built:
    scores = {track: service.scores(track) for track in plan.tracks}
    return build_event(plan, service.directory(), scores, **asked)


def by_key(found: Built) -> dict[tuple[str, str], Pair]:
    return {pair.key: pair for pair in found.event.pairs}


# -- the day -----------------------------------------------------------------------------------


def test_slots_leave_the_pauses_out_and_belong_to_sessions() -> None:
    slots = slots_of(day())
    assert [slot.id for slot in slots] == [
        *(f"d1-{hour:02}{minute:02}" for hour in (9, 10, 11, 13) for minute in (0, 20, 40)),
        "d2-0900",
        "d2-0930",
    ]
    assert Counter(slot.session for slot in slots) == {"am": 11, "pm": 3}
    assert str(slots[-1].end) == "2027-05-12 10:00:00"


def test_what_does_not_fit_is_left_away_and_gaps_lie_between() -> None:
    one = {"date": "2027-05-11", "start": "09:00", "end": "11:00", "slot_minutes": 25, "gap_minutes": 5,
           "pauses": [{"start": "10:10", "end": "10:20"}],
           "sessions": [{"name": "a", "start": "09:00", "end": "09:30"}]}  # fmt: skip
    slots = slots_of(day(days=[one], rooms=[{"name": "A"}]))
    assert [(slot.id, slot.session) for slot in slots] == [
        ("d1-0900", "a"), ("d1-0930", None), ("d1-1020", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("date", "zone", "hours"),
    [
        ("2027-03-14", "America/New_York", ["0100", "0130", "0300", "0330"]),  # 02:00 to 03:00 does not exist
        ("2027-11-07", "America/New_York", ["0000", "0030", "0200", "0230", "0300", "0330"]),  # 01:00 twice
        ("2027-03-14", "Asia/Seoul", ["0100", "0130", "0200", "0230", "0300", "0330"]),
        ("2027-03-28", "Europe/Berlin", ["0100", "0130", "0300", "0330"]),
    ],
)
def test_no_slot_lies_in_an_hour_that_the_clock_skips_or_repeats(
    date: str, zone: str, hours: list[str]
) -> None:
    start = "00:00" if hours[0] == "0000" else "01:00"
    one = {"date": date, "start": start, "end": "04:00", "slot_minutes": 30}
    plan = day(event={"id": "x", "timezone": zone}, days=[one], rooms=[{"name": "A"}])
    assert [slot.id for slot in slots_of(plan)] == [f"d1-{hour}" for hour in hours]


def test_a_day_of_a_change_of_the_clock_keeps_its_local_times() -> None:
    one = {"date": "2027-03-14", "start": "09:00", "end": "10:00", "slot_minutes": 30}
    slots = slots_of(day(days=[one], rooms=[{"name": "A"}]))
    assert [f"{slot.start:%H:%M}-{slot.end:%H:%M}" for slot in slots] == ["09:00-09:30", "09:30-10:00"]


def test_tables_and_what_closes_them() -> None:
    tables = tables_of(day())
    assert [table.id for table in tables] == ["Harbour-1", "Harbour-2", "Window"]
    assert tables[0].tracks == (Topic.INVESTMENT, Topic.MARKET_ENTRY)
    assert tables[2].closed == ("d1-0920", "d1-0940")  # by overlap: 09:20 lasts until 09:40


@pytest.mark.parametrize(
    ("place", "value", "line"),
    [
        (("days", 0, "start"), 9, "field days.0.start: 9 cannot be read: write it like 09:00"),
        (("days", 0, "end"), "08:00", "field days.0.end: not after start"),
        (("days", 0, "slot_minutes"), 0, "field days.0.slot_minutes: "),
        (("days", 0, "slot_minutes"), 600, "field days.0: no slot fits between start and end"),
        (("days", 1, "date"), "2027-05-11", "field days.1.date: not after 2027-05-11: put days in order"),
        (("days", 0, "date"), "11 May", "field days.0.date: '11 May' cannot be read: write it like"),
        (("days", 0, "pauses", 0, "end"), "11:00", "field days.0.pauses.0.end: not after start"),
        (("days", 0, "lunch"), "12:00", "field days.0.lunch: Extra inputs are not permitted"),
        (("days",), [], "field days: "),
        (("event", "timezone"), "Boston", "field event.timezone: no time zone 'Boston': write one like"),
        (("rooms", 0, "tables"), 0, "field rooms.0.tables: give their number, from 1 to 1000, or a list"),
        (("rooms", 1, "name"), "Harbour", "field rooms.1: 'Harbour' is there already"),
        (("rooms", 1, "tables"), ["Harbour-1"], "field tables of the rooms.2: 'Harbour-1' is there already"),
        (("rooms", 1, "tracks"), ["data"], "field rooms.1.tracks: data is no track of the event"),
        (("rooms", 1, "tracks"), ["investment"], "field rooms: none takes the track ip: add it to a room"),
        (("rooms", 1, "closed", 0, "date"), "2027-05-13", "field rooms.1.closed.0.date: 2027-05-13 is none"),
        (("interpreters", 0, "languages"), ["ko"], "field interpreters.0.languages: "),
        (("defaults", "startup", "min_meetings"), 7, "field defaults.startup.min_meetings: larger than max_"),
        (("tracks",), ["ip", "gossip"], "field tracks.1: Input should be 'investment'"),
    ],
)  # fmt: skip
def test_a_wrong_day_is_told_in_one_line(
    tmp_path: Path, place: tuple[Any, ...], value: Any, line: str
) -> None:
    content = copy.deepcopy(DAY)
    at: Any = content
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    (tmp_path / "day.json").write_text(json.dumps(content))
    with pytest.raises(InputError) as caught:
        read_day_plan(tmp_path / "day.json")
    assert str(caught.value).startswith(f"day.json, {line}")
    assert "\n" not in str(caught.value)


# -- pairs by fit ------------------------------------------------------------------------------


def test_each_startup_has_its_best_partners_each_in_its_best_track(sample_service: Service) -> None:
    plan = read_day_plan(SAMPLE_DIRECTORY / "day.json")
    found = built(sample_service, plan, top=6)
    pairs = by_key(found)
    partners = sample_service.directory().partners.profiles
    for startup in ("kr-jlk", "kr-sky-labs", "kr-eubiologics"):
        topics = sample_service.store.get(startup).topics
        came = [track for track in plan.tracks if track in topics] or plan.tracks
        best: dict[str, tuple[float, Topic]] = {}
        for track in came:
            for match in sample_service.match(startup, top=len(partners), track=track).matches:
                if suits(match.partner, track) and match.score > best.get(match.partner.id, (-1.0, track))[0]:
                    best[match.partner.id] = match.score, track
        in_order = sorted(best, key=lambda partner: (-best[partner][0], partner))
        assert set(in_order[:6]) <= {partner for own, partner in pairs if own == startup}
        for (own, partner), pair in pairs.items():
            if own == startup:
                score, track = best[partner]
                assert pair.fit == pytest.approx(score / 100, abs=1e-9)
                assert pair.track is track
                assert pair.state is State.SUGGESTED


def test_no_partner_that_suits_a_track_ends_empty(sample_service: Service) -> None:
    plan = read_day_plan(SAMPLE_DIRECTORY / "day.json")
    found = built(sample_service, plan, top=1)
    counts = Counter(pair.partner for pair in found.event.pairs)
    partners = sample_service.directory().partners.profiles
    unsuited = {profile.id for profile in partners if not any(suits(profile, each) for each in plan.tracks)}
    assert {profile.id for profile in partners if counts[profile.id] < FEW} == unsuited == set(found.alone)
    assert "us-moderna" in unsuited
    assert found.alone["us-moderna"].startswith("came for none of the event's tracks: add a track")
    assert found.told == ()


def test_the_sample_day_holds_three_tracks_and_reads_back(sample_service: Service, tmp_path: Path) -> None:
    plan = read_day_plan(SAMPLE_DIRECTORY / "day.json")
    found = built(sample_service, plan)
    write_record(tmp_path / "event.json", found.event)
    assert read_event(tmp_path / "event.json") == found.event
    assert [path.name for path in tmp_path.iterdir()] == ["event.json"]
    told = summary(found)
    assert (told["startups"], told["partners"], told["days"]) == (61, 135, 2)
    assert set(told["tracks"]) == {"investment", "market_entry", "ip"}
    assert all(counts["suggested"] > 100 for counts in told["tracks"].values())
    assert "sample" in found.event.event.name
    kaist = next(person for person in found.event.participants if person.id == "kr-kaist")
    assert (kaist.side, kaist.name, kaist.max_meetings) == (Side.STARTUP, "KAIST", 8)


def test_only_those_chosen_take_part(sample_service: Service) -> None:
    chosen = {Side.STARTUP: ["kr-jlk"], Side.PARTNER: ["us-flagship", "us-goodwin"]}
    found = built(sample_service, day(), chosen=chosen)
    assert sorted(each.id for each in found.event.participants) == ["kr-jlk", "us-flagship", "us-goodwin"]
    assert {pair.startup for pair in found.event.pairs} == {"kr-jlk"}
    with pytest.raises(InputError, match=r"field --startup: no startup 'us-goodwin' is stored"):
        built(sample_service, day(), chosen={Side.STARTUP: ["us-goodwin"]})


def test_who_avoids_the_other_never_meets_it(make: MakeService, few_profiles: list[Profile]) -> None:
    service = make(changed(few_profiles, "s-heart", avoid=["p-law"]))
    assert ("s-heart", "p-law") not in by_key(built(service, day()))
    found = built(service, day(), wishes=[Wish("p-law", "s-heart", Answer.MUST)])
    assert by_key(found)["s-heart", "p-law"].state is State.DECLINED
    assert found.told == ("s-heart and p-law are must, but one avoids the other in its profile: declined",)


# -- wishes ------------------------------------------------------------------------------------

S, P = "s-heart", "p-law"


@pytest.mark.parametrize(
    ("answers", "state", "told"),
    [
        ([(S, "wanted")], "requested", ""),
        ([(P, "wanted")], "requested", ""),
        ([(S, "wanted"), (P, "wanted")], "accepted", ""),
        ([(S, "wanted"), (S, "wanted")], "requested", ""),
        ([(S, "maybe")], "suggested", ""),
        ([(S, "maybe"), (P, "wanted")], "requested", ""),
        ([(S, "wanted"), (P, "never")], "declined", ""),
        ([(S, "never")], "declined", ""),
        ([(P, "accepted")], "accepted", ""),
        ([(S, "wanted"), (S, "must")], "must", ""),
        ([(S, "must"), (P, "confirmed")], "confirmed", ""),
        ([(S, "must"), (P, "never")], "declined", "s-heart, and a wish says must: declined"),
        ([(S, "never"), (S, "wanted")], "requested", "says wanted: the last counts"),
        ([(S, "wanted"), (S, "never")], "declined", "says wanted: the last counts"),
    ],
)  # fmt: skip
def test_what_both_sides_say_makes_the_state(
    make: MakeService, few_profiles: list[Profile], answers: list[tuple[str, str]], state: str, told: str
) -> None:
    wishes = [
        Wish(who, P if who == S else S, Answer(answer), slot="d1-0900" if answer == "confirmed" else None)
        for who, answer in answers
    ]
    found = built(make(few_profiles), day(), wishes=wishes)
    pair = by_key(found)[S, P]
    assert pair.state == state
    assert pair.slot == ("d1-0900" if state == "confirmed" else None)
    assert len(found.told) == bool(told)
    assert all(told in line for line in found.told)
    assert pair.fit > 0


def test_the_track_wished_for_gives_the_fit(make: MakeService, few_profiles: list[Profile]) -> None:
    service = make(few_profiles)
    plain = by_key(built(service, day()))[S, P]
    assert plain.track is Topic.IP  # a law firm that came for IP alone
    wished = built(service, day(), wishes=[Wish(S, P, Answer.WANTED, Topic.INVESTMENT)])
    pair = by_key(wished)[S, P]
    assert (pair.track, pair.state) == (Topic.INVESTMENT, State.REQUESTED)
    assert pair.fit == pytest.approx(service.explain(S, P, Topic.INVESTMENT).score / 100, abs=1e-9)
    assert pair.fit != plain.fit


def test_a_pair_that_nobody_would_suggest_is_there_if_wished_for(
    make: MakeService, few_profiles: list[Profile]
) -> None:
    service = make(few_profiles)
    plain = built(service, day())
    assert "p-hospital" in plain.alone  # it came for clinical matters alone
    wished = built(service, day(), wishes=[Wish("p-hospital", S, Answer.WANTED)])
    assert by_key(wished)[S, "p-hospital"].state is State.REQUESTED
    assert "p-hospital" not in wished.alone
    refused = built(service, day(), wishes=[Wish("p-hospital", S, Answer.NEVER)])
    assert refused.alone["p-hospital"].startswith("all its pairs are declined")


def test_a_confirmed_table_decides_the_track(make: MakeService, few_profiles: list[Profile]) -> None:
    service = make(few_profiles)
    at: dict[str, Any] = {"slot": "d1-1300", "table": "Harbour-2"}
    found = built(service, day(), wishes=[Wish(S, P, Answer.CONFIRMED, **at)])
    pair = by_key(found)[S, P]
    assert (pair.slot, pair.table, found.told) == ("d1-1300", "Harbour-2", ())
    assert pair.track in (Topic.INVESTMENT, Topic.MARKET_ENTRY)
    found = built(service, day(), wishes=[Wish(S, P, Answer.CONFIRMED, Topic.IP, **at)])
    assert found.told == (
        "s-heart and p-law are confirmed for ip at Harbour-2, which takes investment, market_entry: "
        "correct one of the two",
    )


def test_other_contradictions_are_told_with_their_places(
    make: MakeService, few_profiles: list[Profile]
) -> None:
    found = built(
        make(few_profiles),
        day(),
        wishes=[
            Wish(S, P, Answer.CONFIRMED, Topic.IP, "d1-0900", place="a.csv, row 2"),
            Wish(P, S, Answer.CONFIRMED, Topic.INVESTMENT, "d1-0920", place="b.csv, row 7"),
        ],
        attendance=[Attendance(P, unavailable=(Span(end="09:30"),), place="c.csv, row 3")],
    )
    pair = by_key(found)[S, P]
    assert (pair.track, pair.slot) == (Topic.INVESTMENT, "d1-0920")
    assert found.told == (
        "a.csv, row 2: the track of s-heart and p-law is ip, in b.csv, row 7 it is investment: "
        "the last counts",
        "a.csv, row 2: the slot of s-heart and p-law is d1-0900, in b.csv, row 7 it is d1-0920: "
        "the last counts",
        "s-heart and p-law are confirmed for d1-0920, when p-law is away: correct one of the two",
    )


# -- availability ------------------------------------------------------------------------------


def person(found: Built, person_id: str) -> Any:
    return next(each for each in found.event.participants if each.id == person_id)


def test_terms_come_from_the_row_then_the_profile_then_the_day(
    make: MakeService, few_profiles: list[Profile]
) -> None:
    rows = [
        Attendance(P, terms={"max_meetings": 4, "languages": ("en",)}, place="a.csv, row 2"),
        Attendance(P, terms={"max_meetings": 5}, place="b.csv, row 3"),
    ]
    silent = changed(few_profiles, "p-bank", languages=[])
    found = built(make(silent), day(), attendance=rows)
    assert (person(found, P).max_meetings, person(found, P).languages) == (5, ("en",))
    assert person(found, P).representatives == 2
    assert person(found, "s-heart").languages == ("ko",)
    assert (person(found, "s-heart").min_meetings, person(found, "s-heart").max_meetings) == (1, 6)
    assert person(found, "p-bank").languages == ("en",)  # the day's default
    assert found.told == (
        "a.csv, row 2: max_meetings of p-law is 4, in b.csv, row 3 it is 5: the last counts",
    )


@pytest.mark.parametrize(
    ("row", "free"),
    [
        ({"unavailable": (Span(start="09:30", end="13:30"),)}, ["d1-0900", "d1-1340", "d2-0900"]),
        ({"unavailable": (Span(date="2027-05-11"),)}, ["d2-0900", "d2-0930"]),
        ({"available": (Span(date="2027-05-11", start="09:00", end="09:50"),)}, ["d1-0900", "d1-0920"]),
        (
            {"available": (Span(end="09:30"), Span(start="09:30", end="09:40"))},
            ["d1-0900", "d1-0920", "d2-0900"],
        ),
        ({"available": (Span(date="2027-05-12"),), "unavailable": (Span(start="09:30"),)}, ["d2-0900"]),
    ],
)  # fmt: skip
def test_hours_bar_slots(
    make: MakeService, few_profiles: list[Profile], row: dict[str, Any], free: list[str]
) -> None:
    found = built(make(few_profiles), day(), attendance=[Attendance(P, **row)])
    away = set(person(found, P).unavailable)
    assert [slot.id for slot in found.event.slots if slot.id not in away] == free
    assert person(found, "p-bank").unavailable == ()
    assert found.told == ()


def test_hours_that_contradict_themselves_and_people_who_are_never_there(
    make: MakeService, few_profiles: list[Profile]
) -> None:
    span = Span(date="2027-05-11", start="09:00", end="10:00")
    rows = [Attendance(P, available=(span,)), Attendance(P, unavailable=(span,))]
    found = built(make(few_profiles), day(), attendance=[*rows, Attendance("p-bank", unavailable=(Span(),))])
    assert found.told == (
        "p-law is said to be both available and unavailable on 2027-05-11, 09:00-10:00: taken as unavailable",
    )
    for never in (P, "p-bank"):
        assert len(person(found, never).unavailable) == len(found.event.slots)
        assert found.alone[never] == "away at every slot: correct the availability, or leave it out"


# -- the command -------------------------------------------------------------------------------


@pytest.fixture
def context(tmp_path: Path, cache_dir: Path, few_profiles: list[Profile]) -> Context:
    """A command's context over a store of the few profiles, in a folder with the day's file."""
    settings = Settings(data_dir=tmp_path / "data", cache_dir=cache_dir, database="", model="")
    settings.data_dir.mkdir()
    with opened(settings.database_url) as store:
        store.apply(few_profiles)
    (tmp_path / "day.json").write_text(json.dumps(DAY))
    return Context(settings)


def test_an_event_is_written_whole_and_the_same_again(
    context: Context, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "희망.csv").write_bytes(
        "기업명,희망 기관,희망 여부\r\n하트사운드,p-law,희망\r\n하트사운드,아무도,희망\r\n".encode("cp949")
    )
    (tmp_path / "hours.csv").write_text("who,status,time\nHarbor Patent Law,unavailable,am\n")
    files = Files(tmp_path / "day.json", [tmp_path / "희망.csv"], [tmp_path / "hours.csv"])
    out = tmp_path / "event.json"
    make_event(context, files, out)
    shown = capfd.readouterr()
    event = read_event(out)
    assert {pair.key for pair in event.pairs if pair.state is State.REQUESTED} == {(S, P)}
    assert len(next(each for each in event.participants if each.id == P).unavailable) == 11
    assert shown.out.startswith(
        "test: 2 startups, 4 partners, 14 slots on 2 days, 3 tables, 1 interpreters\n"
    )
    assert "1 rows rejected; written to" in shown.out
    assert "rejected: 희망.csv, row 3, field whom: nobody called '아무도' takes part" in shown.err
    assert "no meeting: p-hospital" in shown.err
    assert (tmp_path / "희망.rejected.csv").exists()
    before = out.read_bytes()
    make_event(context, files, out, as_json=True)
    assert out.read_bytes() == before
    told = json.loads(capfd.readouterr().out)
    assert (told["states"]["requested"], told["pairs"]) == (1, len(event.pairs))
    assert [(each["row"], each["field"]) for each in told["rejected"]] == [(3, "whom")]


def test_an_event_that_cannot_be_made_leaves_the_old_one(context: Context, tmp_path: Path) -> None:
    out = tmp_path / "event.json"
    out.write_text("old")
    (tmp_path / "bad.csv").write_text("who,whom,wish\nnobody,p-law,wanted\n")
    for files, line in (
        (Files(tmp_path / "day.json", [tmp_path / "bad.csv"]), "no row could be used"),
        (Files(tmp_path / "day.json", [tmp_path / "missing.csv"]), "there is no such file"),
        (Files(tmp_path / "bad.csv"), "is no JSON"),
        (Files(out), "is one of the files to read"),
    ):
        with pytest.raises(InputError, match=line):
            make_event(context, files, out)
        assert out.read_text() == "old"
    with pytest.raises(InputError, match="cannot be written"):
        make_event(context, Files(tmp_path / "day.json"), tmp_path / "no" / "event.json")
    assert np.all([path.suffix != ".tmp" for path in tmp_path.iterdir()])
