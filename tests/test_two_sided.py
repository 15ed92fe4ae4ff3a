"""Both sides of a pair: what the partner wants counts, compared over startups; and how sure a score is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sample_stores import MakeService, changed, services

from matcher.fit import FEWEST, REFERENCE, Fit, Row
from matcher.service import Service
from matcher.weights import MUTUAL, PARTS, RETURNS, SHIPPED, WANTS, Weights
from profiles.model import Profile, Side

ORDINARY = 0.2
"""The share of a measured part's points that an ordinary partner has."""


@pytest.fixture(scope="module")
def make(cache_dir: Path) -> Iterator[MakeService]:
    with services(cache_dir) as made:
        yield made


def all_rows(service: Service) -> list[Row]:
    startups = [profile.id for profile in service.directory().startups.profiles]
    return [row for _, row in service.rows(startups)]


def by_id(profiles: list[Profile], profile_id: str) -> Profile:
    return next(profile for profile in profiles if profile.id == profile_id)


@pytest.mark.parametrize("startup", ["kr-eubiologics", "kr-airs-medical", "kr-jlk"])
def test_the_partner_whose_own_wants_are_answered_comes_first(
    sample_service: Service, sample_profiles: list[Profile], make: MakeService, startup: str
) -> None:
    """Two partners that are the same but for what they look for: with one, both sides gain.

    The first is the startup's best whose wants it answers; the other looks for what the startup has least of.
    """
    partners = sample_service.directory().partners.profiles
    ((_, row),) = sample_service.rows([startup])
    best = np.argsort(-np.where(row.allowed, row.scores, -np.inf))
    asked = partners[next(at for at in best if row.z[RETURNS][at] > 1)]
    other = partners[int(row.z[RETURNS].argmin())]
    twin = {"id": "a-twin", "seeks": other.seeks}  # its id would win a tie
    service = make([*sample_profiles, asked.model_copy(update=twin)])
    mutual, one_sided = service.explain(startup, asked.id), service.explain(startup, "a-twin")
    assert mutual.part(WANTS).points == one_sided.part(WANTS).points
    assert mutual.gain(Side.PARTNER) > one_sided.gain(Side.PARTNER)
    assert mutual.gain(Side.STARTUP) == one_sided.gain(Side.STARTUP)
    assert mutual.part(MUTUAL).points > one_sided.part(MUTUAL).points
    assert mutual.rank < one_sided.rank


def test_what_is_mutual_is_the_harmonic_mean_of_both_directions(sample_service: Service) -> None:
    seen = 0
    for row in all_rows(sample_service)[::10]:
        share = {
            part: row.points[:, PARTS.index(part)] / row.most[PARTS.index(part)] for part in (WANTS, RETURNS)
        }
        both = np.maximum(share[WANTS] + share[RETURNS], 1e-9)
        wanted = row.most[PARTS.index(MUTUAL)] * 2 * share[WANTS] * share[RETURNS] / both
        np.testing.assert_allclose(row.points[:, PARTS.index(MUTUAL)], wanted, atol=0.02)
        seen += len(wanted)
    assert seen > 500


def test_what_partners_want_is_standardised_over_startups(sample_service: Service) -> None:
    """For every partner some startups answer more than is usual and some less: none is favoured by all."""
    rows = all_rows(sample_service)
    assert FEWEST <= len(rows) <= REFERENCE
    z = np.stack([row.z[RETURNS] for row in rows])
    wanting = np.array([bool(p.seeks) for p in sample_service.directory().partners.profiles])
    assert wanting.sum() > 100
    np.testing.assert_allclose(z[:, wanting].mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(z[:, wanting].std(axis=0), 1, atol=1e-3)


def test_a_partner_that_all_startups_answer_equally_gives_none_an_advantage(
    sample_profiles: list[Profile], make: MakeService
) -> None:
    startup = by_id(sample_profiles, "kr-lunit")
    startups = [startup.model_copy(update={"id": f"s-{n}"}) for n in range(FEWEST)]
    partners = [profile for profile in sample_profiles if profile.side is Side.PARTNER]
    for row in all_rows(make([*startups, *partners])):
        assert not row.z[RETURNS].any()
        np.testing.assert_allclose(
            row.points[:, PARTS.index(RETURNS)], ORDINARY * SHIPPED.named[RETURNS], atol=0.005
        )


def test_a_partner_without_wants_is_ordinary(sample_profiles: list[Profile], make: MakeService) -> None:
    service = make(changed(sample_profiles, "us-moderna", seeks=[]))
    match = service.explain("kr-eubiologics", "us-moderna")
    part = match.part(RETURNS)
    assert part.points == pytest.approx(ORDINARY * part.most, abs=0.005)
    assert part.quotes == ()


def test_two_sidedness_brings_partners_that_want_the_startup_too(sample_service: Service) -> None:
    """Of the first ten of every startup, fewer look for something that it has less of than startups do."""

    def one_sided(weights: Weights) -> float:
        fit, directory = Fit(sample_service.directory(), weights), sample_service.directory()
        wanting = np.array([bool(p.seeks) for p in directory.partners.profiles])
        below = []
        for reading, _ in sample_service.rows([p.id for p in directory.startups.profiles]):
            row = fit.row(reading)
            best = np.argsort(-np.where(row.allowed, row.scores, -np.inf), kind="stable")[:10]
            below += list(row.z[RETURNS][best[wanting[best]]] < 0)
        return float(np.mean(below))

    def moved(points: dict[str, float]) -> dict[str, float]:
        return {**points, WANTS: points[WANTS] + points[RETURNS] + points[MUTUAL], RETURNS: 0.0, MUTUAL: 0.0}

    before = one_sided(Weights(moved(dict(SHIPPED.named)), moved(dict(SHIPPED.unnamed))))
    assert one_sided(SHIPPED) < before - 0.03


# -- how sure ----------------------------------------------------------------------------------


def test_a_score_is_surer_the_more_both_sides_state(
    sample_service: Service, sample_profiles: list[Profile]
) -> None:
    full = by_id(sample_profiles, "kr-dd-pharmatech")
    fields = ("seeks", "areas", "topics", "markets", "languages", "stage")
    assert all(getattr(full, field) for field in fields)
    bare = {"id": "x", "side": "startup", "kind": "startup", "name": "X", "about": full.about}
    # Stated in turn: each makes every partner's score as sure or surer, and that of most surer.
    known: list[dict[str, float]] = []
    for count in range(len(fields) + 1):
        stated = {field: getattr(full, field) for field in fields[:count]}
        found = sample_service.match_profile(Profile.model_validate(bare | stated), top=200).matches
        known.append({match.partner.id: match.confidence for match in found})
        assert all(0 <= value <= 1 for value in known[-1].values())
    for field, less, more in zip(fields, known, known[1:], strict=False):
        grown = [more[partner] - less[partner] for partner in less]
        if field == "seeks":  # other points then, and other words: not the same for every partner
            assert np.mean(grown) > 0
        else:
            assert min(grown) > -0.03
            assert max(grown) > 0.005, field


def test_a_partner_that_states_more_is_surer(sample_profiles: list[Profile], make: MakeService) -> None:
    before = make(sample_profiles).explain("kr-noul", "us-google").confidence
    for field in ("seeks", "topics", "markets", "languages"):
        silent: dict[str, object] = {field: []} | ({"country": None} if field == "markets" else {})
        assert (
            make(changed(sample_profiles, "us-google", **silent)).explain("kr-noul", "us-google").confidence
            < before
        )


# -- nobody here -------------------------------------------------------------------------------


def test_every_startup_of_the_sample_has_someone_to_meet(sample_service: Service) -> None:
    assert all(found.promising for found in sample_service.rankings(top=1))


@pytest.mark.parametrize(
    ("about", "want"),
    [
        ("동네에서 빵과 케이크를 구워 파는 제과점이다.", "밀가루 공급처"),
        ("승용차와 트럭용 타이어를 만드는 공장이다.", "타이어를 살 완성차 회사"),
        ("십대를 위한 옷과 신발을 파는 온라인 패션 쇼핑몰이다.", "옷을 소개할 인플루언서"),
    ],
)
def test_nobody_here_is_near_to_what_others_do(sample_service: Service, about: str, want: str) -> None:
    fields = {
        "id": "(text)",
        "side": "startup",
        "kind": "startup",
        "name": "Text",
        "about": about,
        "seeks": [want],
    }
    found = sample_service.match_profile(Profile.model_validate(fields), top=3)
    assert not found.promising
    assert len(found.matches) == 3  # a list is given all the same
