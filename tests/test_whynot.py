"""Why a pair does not fit better: what is missing, and changes that do what is said of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_stores import MakeService, changed, services

from matcher.fit import TRACK_RECORD
from matcher.service import Service
from matcher.weights import EXPERIENCE, PARTS
from matcher.whynot import LEAST_GAIN, MOST, Change, WhyNot
from profiles.model import LIST_FIELDS, Profile, Topic

PAIRS = [
    ("kr-sky-labs", "us-khosla"),
    ("kr-lunit", "us-fish-richardson"),
    ("kr-eubiologics", "us-moderna"),
]


@pytest.fixture(scope="module")
def make(cache_dir: Path) -> Iterator[MakeService]:
    with services(cache_dir) as made:
        yield made


def after(profiles: list[Profile], startup: str, change: Change) -> list[Profile]:
    """The directory after a startup did what a change says."""
    (profile,) = [profile for profile in profiles if profile.id == startup]
    before = getattr(profile, change.field)
    value: Any = change.value
    if isinstance(before, tuple):
        value = (*before, change.value)
    elif change.field == "raising_usd":
        value = float(change.value)
    return changed(profiles, startup, **{change.field: value})


def assert_true(
    make: MakeService, profiles: list[Profile], found: WhyNot, track: Topic | None = None
) -> None:
    """Every change does what is announced of it."""
    startup, partner = found.match.startup.id, found.match.partner.id
    for change in found.changes:
        real = make(after(profiles, startup, change)).explain(startup, partner, track)
        assert real.score == pytest.approx(change.score, abs=0.02), change
        assert real.rank == change.rank, change


@pytest.mark.parametrize(("startup", "partner"), PAIRS)
def test_every_change_does_what_is_announced(
    sample_service: Service, sample_profiles: list[Profile], make: MakeService, startup: str, partner: str
) -> None:
    found = sample_service.why_not(startup, partner)
    assert found.changes
    assert "seeks" in {change.field for change in found.changes}
    assert_true(make, sample_profiles, found)


@pytest.fixture(scope="module")
def bare(sample_profiles: list[Profile]) -> list[Profile]:
    """The sample with a startup that says little of the plain facts, and an investor that says much."""
    little = {
        "markets": ["JP"],
        "languages": ["ja"],
        "topics": ["supply"],
        "stage": "approved",
        "raising_usd": 1e4,
    }
    profiles = changed(sample_profiles, "kr-sky-labs", **little)
    few = {"stages": ["seed"], "topics": ["investment"], "languages": ["en"], "ticket_min_usd": 5e5}
    return changed(profiles, "us-khosla", offers=[], areas=[], technologies=[], **few)


def test_changes_of_facts_do_what_is_announced(make: MakeService, bare: list[Profile]) -> None:
    found = make(bare).why_not("kr-sky-labs", "us-khosla")
    assert sorted(change.field for change in found.changes) == [
        "languages",
        "markets",
        "raising_usd",
        "stage",
        "topics",
    ]
    assert_true(make, bare, found)
    (raising,) = [change for change in found.changes if change.field == "raising_usd"]
    assert (raising.value, raising.quote) == ("500000", "")


def test_reasons_are_kept_until_something_changes(make: MakeService, bare: list[Profile]) -> None:
    service = make(bare)
    found = service.why_not("kr-sky-labs", "us-khosla")
    assert service.why_not("kr-sky-labs", "us-khosla") is found
    assert service.why_not("kr-sky-labs", "us-khosla", fields=["stage"]) is not found
    (stage,) = [change for change in found.changes if change.field == "stage"]
    service.store.apply(after(bare, "kr-sky-labs", stage))
    now = service.why_not("kr-sky-labs", "us-khosla")
    assert now.match.score == pytest.approx(stage.score, abs=0.02)
    assert "stage" not in {change.field for change in now.changes}


def test_a_change_within_a_track(make: MakeService, bare: list[Profile]) -> None:
    found = make(bare).why_not("kr-sky-labs", "us-khosla", Topic.INVESTMENT)
    assert found.match.track is Topic.INVESTMENT
    assert {"stage", "raising_usd"} <= {change.field for change in found.changes[:3]}  # what counts there
    facts = tuple(change for change in found.changes if change.field not in LIST_FIELDS)
    assert_true(make, bare, WhyNot(found.match, False, found.obstacles, facts), Topic.INVESTMENT)


@pytest.mark.parametrize(("startup", "partner"), PAIRS)
def test_what_is_missing_is_listed_largest_first(sample_service: Service, startup: str, partner: str) -> None:
    found = sample_service.why_not(startup, partner)
    assert found.match == sample_service.explain(startup, partner)
    missing = [obstacle.missing for obstacle in found.obstacles]
    assert missing == sorted(missing, reverse=True)
    for obstacle in found.obstacles:
        assert obstacle.part == found.match.part(obstacle.part.code)
        assert obstacle.missing == pytest.approx(obstacle.part.most - obstacle.part.points, abs=1e-9)
    shown = {obstacle.part.code for obstacle in found.obstacles}
    counts = {part.code for part in found.match.parts}
    if found.match.partner.kind not in TRACK_RECORD:  # a record that counts for nobody holds nobody back
        counts.remove(EXPERIENCE)
        assert EXPERIENCE not in shown
    left_out = [p.most - p.points for p in found.match.parts if p.code in counts - shown]
    assert len(found.obstacles) == min(MOST, len(PARTS))
    assert max(left_out) <= missing[-1] + 1e-9


@pytest.mark.parametrize(("startup", "partner"), PAIRS)
def test_only_what_gains_is_listed_and_it_rests_on_the_partner(
    sample_service: Service, startup: str, partner: str
) -> None:
    found = sample_service.why_not(startup, partner)
    gains = [change.gain for change in found.changes]
    assert gains == sorted(gains, reverse=True)
    assert len(gains) <= MOST
    for change in found.changes:
        assert change.gain >= LEAST_GAIN
        assert change.gain == pytest.approx(change.score - found.match.score, abs=0.005)
        assert 0 < change.rank <= found.match.rank
        if change.quote:
            said = {entry for field in LIST_FIELDS for entry in getattr(found.match.partner, field)}
            assert change.quote in said
        if change.field in LIST_FIELDS:
            assert change.quote == change.value
            assert change.value not in getattr(found.match.startup, change.field)


def test_nothing_is_claimed_that_gains_nothing(make: MakeService, bare: list[Profile]) -> None:
    """All that the partner states is stated by the startup already."""
    (khosla,) = [profile for profile in bare if profile.id == "us-khosla"]
    same = {
        "markets": ["US"],
        "languages": ["en"],
        "topics": khosla.topics,
        "stage": "seed",
        "raising_usd": 2e6,
        "areas": khosla.areas,
        "technologies": khosla.technologies,
    }
    found = make(changed(bare, "kr-sky-labs", **same)).why_not("kr-sky-labs", "us-khosla")
    assert found.changes == ()
    assert found.obstacles[0].missing > 0


@pytest.mark.parametrize(("who", "whom"), [("kr-noul", "us-google"), ("us-google", "kr-noul")])
def test_a_pair_that_must_not_meet_is_forbidden(
    make: MakeService, sample_profiles: list[Profile], sample_service: Service, who: str, whom: str
) -> None:
    assert not sample_service.why_not("kr-noul", "us-google").forbidden
    found = make(changed(sample_profiles, who, avoid=[whom])).why_not("kr-noul", "us-google")
    assert found.forbidden
    assert found.match.rank == 0
    assert {change.rank for change in found.changes} == {0}  # no change lifts it


def test_the_json(sample_service: Service) -> None:
    found = sample_service.why_not("kr-noul", "us-google")
    given = found.to_dict()
    assert given.keys() == {"match", "forbidden", "obstacles", "changes"}
    assert given["match"] == found.match.to_dict()
    assert given["obstacles"][0].keys() == {"code", "state", "missing"}
    assert given["changes"][0].keys() == {"field", "value", "quote", "score", "rank", "gain"}
