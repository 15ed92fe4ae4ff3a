"""Lists of the service: that differ, that share attention, within a track and a kind; and what they say."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.attention import default_capacity
from matcher.results import MatchList
from matcher.service import Service
from profiles.errors import InputError
from profiles.model import Kind, Topic

SOME = ["kr-kaist", "kr-sky-labs", "kr-eubiologics", "kr-jlk"]


def ids(found: MatchList) -> list[str]:
    return [match.partner.id for match in found.matches]


@pytest.mark.parametrize("startup", SOME)
def test_no_diversity_is_the_plain_list(sample_service: Service, startup: str) -> None:
    plain = sample_service.match(startup)
    assert sample_service.match(startup, diversity=0.0) == plain
    assert plain.fit_cost == 0.0
    assert [match.rank for match in plain.matches] == list(range(1, 11))


@pytest.mark.parametrize("startup", SOME)
def test_a_list_that_differs_keeps_the_best_and_tells_its_cost(sample_service: Service, startup: str) -> None:
    plain = sample_service.match(startup)
    costs = []
    for diversity in (0.3, 0.6, 1.0):
        found = sample_service.match(startup, diversity=diversity)
        assert ids(found)[0] == ids(plain)[0]
        assert len(set(ids(found))) == 10
        lost = np.mean([m.score for m in plain.matches]) - np.mean([m.score for m in found.matches])
        assert found.fit_cost == pytest.approx(lost, abs=1e-9)
        assert found.fit_cost >= 0
        for match in found.matches:  # scores, ranks and reasons are those of the plain order
            assert match == sample_service.explain(startup, match.partner.id)
        costs.append(found.fit_cost)
    assert costs[-1] > 0
    kinds = [
        {m.partner.kind for m in one.matches} for one in (plain, sample_service.match(startup, diversity=1.0))
    ]
    assert len(kinds[1]) >= len(kinds[0])


@pytest.mark.parametrize(
    ("top", "kind", "track"), [(5, None, None), (3, Kind.HOSPITAL, None), (3, None, Topic.IP)]
)
def test_shared_attention_keeps_every_partner_to_its_capacity(
    sample_service: Service, top: int, kind: Kind | None, track: Topic | None
) -> None:
    directory = sample_service.directory()
    lists = list(sample_service.rankings(top=top, kind=kind, track=track, spread=True))
    assert len(lists) == len(directory.startups)
    offered = [p for p in directory.partners.profiles if kind in (None, p.kind)]
    capacity = default_capacity(len(lists), len(offered), top)
    exposure = {profile.id: 0 for profile in offered}
    for found in lists:
        assert len(set(ids(found))) == len(found.matches) == top
        scores = [match.score for match in found.matches]
        assert scores == sorted(scores, reverse=True)
        assert found.fit_cost >= 0
        for one in ids(found):
            exposure[one] += 1
    assert max(exposure.values()) <= capacity
    plain = sample_service.rankings(top=top, kind=kind, track=track)
    wanted = np.sum([[p.id in ids(found) for p in offered] for found in plain], axis=0)
    assert wanted.max() > capacity  # else nothing had to be shared
    assert sum(found.fit_cost for found in lists) > 0


def test_shared_attention_by_a_capacity_of_ones_own(sample_service: Service) -> None:
    shared = sample_service.shared_attention(top=3, capacity=4)
    assert shared.exposure_after.max() <= 4
    assert (shared.chosen.sum(axis=1) == 3).all()
    assert shared.fit_cost > 0


def test_diversity_within_shared_attention(sample_service: Service) -> None:
    """Both together: a startup's list is one of those that attention leaves to it."""
    chosen = set(ids(sample_service.match("kr-jlk", top=5, spread=True)))
    both = sample_service.match("kr-jlk", top=5, spread=True, diversity=0.5)
    assert set(ids(both)) == chosen
    assert both.fit_cost >= 0


def test_a_track_and_a_kind_together(sample_service: Service) -> None:
    whole = sample_service.match("kr-sky-labs", top=200, track=Topic.INVESTMENT)
    found = sample_service.match("kr-sky-labs", top=200, kind=Kind.INVESTOR, track=Topic.INVESTMENT)
    assert (found.kind, found.track) == (Kind.INVESTOR, Topic.INVESTMENT)
    assert {match.partner.kind for match in found.matches} == {Kind.INVESTOR}
    assert (
        found.candidates == len(found.matches) == sum(m.partner.kind is Kind.INVESTOR for m in whole.matches)
    )
    scores = {match.partner.id: match.score for match in whole.matches}
    assert all(match.score == scores[match.partner.id] for match in found.matches)
    assert ids(found) == [one for one in ids(whole) if one in set(ids(found))]
    plain = sample_service.match("kr-sky-labs", top=200, kind=Kind.INVESTOR)
    assert [m.score for m in plain.matches] != [m.score for m in found.matches]


def test_a_partner_asks_within_a_track(sample_service: Service) -> None:
    found = sample_service.match("us-khosla", top=5, track=Topic.INVESTMENT)
    assert found.track is Topic.INVESTMENT
    for match in found.matches:
        assert sample_service.explain(match.startup.id, "us-khosla", Topic.INVESTMENT).score == match.score
    assert [m.score for m in found.matches] != [
        m.score for m in sample_service.match("us-khosla", top=5).matches
    ]


def test_what_cannot_be_asked_is_refused(sample_service: Service) -> None:
    for diversity in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="diversity"):
            sample_service.match("kr-jlk", diversity=diversity)
    for arguments in ({"diversity": 0.5}, {"spread": True}):
        with pytest.raises(InputError, match="for startups"):
            sample_service.match("us-khosla", **arguments)
    with pytest.raises(InputError, match="at least one"):
        sample_service.match("kr-jlk", top=0, spread=True)


def test_the_json_tells_all_of_it(sample_service: Service) -> None:
    given = sample_service.match("kr-sky-labs", top=3, track=Topic.INVESTMENT, diversity=0.5).to_dict()
    assert given.keys() == {"id", "side", "kind", "track", "candidates", "promising", "fit_cost", "matches"}
    assert (given["track"], given["promising"]) == ("investment", True)
    assert given["fit_cost"] >= 0
    for match in given["matches"]:
        assert match["track"] == "investment"
        assert match["probability"] is None  # no outcome is known here
        assert 0 < match["confidence"] <= 1
        assert match["gains"].keys() == {"startup", "partner"}
        assert all(0 <= gain <= 1 for gain in match["gains"].values())
    plain = sample_service.match("kr-sky-labs", top=3).to_dict()
    assert (plain["track"], plain["fit_cost"]) == (None, 0.0)
