"""Ranking some of the other side alone, and a directory of which one profile changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from participant_helpers import encoder, service_over

from matcher.encoder import Encoder
from matcher.service import Service
from profiles.errors import NotFoundError
from profiles.model import Profile, Topic
from profiles.store import Store

__all__ = ["encoder"]  # a fixture

EVERYBODY = {"p-hospital", "p-law", "p-vaccines", "p-bank"}


@pytest.fixture
def service(tmp_path: Path, encoder: Encoder, few_profiles: list[Profile]) -> Iterator[Service]:
    store = Store.open(f"sqlite:///{tmp_path / 'among.db'}")
    store.apply(few_profiles)
    yield service_over(store, encoder, tmp_path)
    store.close()


@pytest.mark.parametrize("track", [None, Topic.IP])
def test_those_asked_for_stand_as_in_the_whole_list(service: Service, track: Topic | None) -> None:
    whole = [(each.partner.id, each.score) for each in service.match("s-heart", track=track).matches]
    assert service.among("s-heart", EVERYBODY, track=track) == whole
    some = {"p-law", "p-bank", "nobody", "s-vaccine"}
    assert service.among("s-heart", some, track=track) == [each for each in whole if each[0] in some]
    assert service.among("s-heart", (), track=track) == []


def test_a_partner_ranks_startups(service: Service) -> None:
    whole = [(each.startup.id, each.score) for each in service.match("p-vaccines").matches]
    assert whole[0][0] == "s-vaccine"
    assert service.among("p-vaccines", {"s-heart", "s-vaccine", "p-law"}) == whole
    assert service.among("p-vaccines", {"s-heart"}) == whole[1:]


def test_pairs_are_as_full_as_matches(service: Service) -> None:
    for asker, others in (("s-heart", EVERYBODY), ("p-hospital", {"s-heart", "s-vaccine"})):
        found = service.match(asker)
        known = {each.other(found.subject.side).id: each for each in found.matches}
        ranks = {other: known[other].rank for other in others}
        for match in service.pairs(asker, ranks):
            assert match == known[match.other(found.subject.side).id]
    (only,) = service.pairs("p-hospital", {"s-heart": 7}, track=Topic.CLINICAL)
    assert (only.rank, only.track) == (7, Topic.CLINICAL)
    with pytest.raises(NotFoundError):
        service.pairs("s-heart", {"s-vaccine": 1})


def test_who_avoids_another_is_left_out(service: Service) -> None:
    heart = service.store.get("s-heart")
    service.store.apply([heart.model_copy(update={"avoid": ("p-law",)})])
    assert "p-law" not in dict(service.among("s-heart", EVERYBODY))
    assert "s-heart" not in dict(service.among("p-law", {"s-heart", "s-vaccine"}))


def test_after_a_change_all_is_as_if_read_anew(service: Service, encoder: Encoder, tmp_path: Path) -> None:
    service.match("p-hospital")
    for profile_id, update in (
        ("s-heart", {"seeks": ("A vaccine maker that buys carrier proteins",), "markets": ("JP",)}),
        ("p-law", {"offers": ("Carrier proteins for vaccines",)}),
        ("s-vaccine", {"about": "심전도 소프트웨어를 개발한다."}),
    ):
        changed = service.store.get(profile_id).model_copy(update=update)
        service.store.apply([changed])
        fresh = service_over(service.store, encoder, tmp_path / f"fresh-{profile_id}")
        for asker in ("s-heart", "s-vaccine", "p-hospital", "p-law"):
            assert service.match(asker) == fresh.match(asker), (profile_id, asker)
            assert service.match(asker, track=Topic.IP) == fresh.match(asker, track=Topic.IP)
    service.store.remove(["p-bank"])
    fresh = service_over(service.store, encoder, tmp_path / "fresh")
    assert service.match("s-heart") == fresh.match("s-heart")


def test_only_asked_fields_are_tried(service: Service) -> None:
    whole = service.why_not("s-heart", "p-vaccines")
    some = service.why_not("s-heart", "p-vaccines", fields=("seeks",))
    assert {change.field for change in some.changes} <= {"seeks"}
    assert len({change.field for change in whole.changes}) > 1
    assert (some.match, some.obstacles) == (whole.match, whole.obstacles)
