"""The event that the demo leaves: scheduled, published, whole, and made once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_stores import services

from matcher.schedule.check import check
from matcher.service import Service
from profiles.consultations import By
from profiles.model import Kind, Profile
from profiles.timetable_store import Timetable
from web.consulting import published
from web.demo_event import sample_event


@pytest.fixture(scope="module")
def service(cache_dir: Path, sample_profiles: list[Profile]) -> Iterator[Service]:
    """Some of the sample, so that a search of seconds comes to an end."""
    kinds: Counter[Kind] = Counter()
    few = []
    for profile in sample_profiles:
        kinds[profile.kind] += 1
        if kinds[profile.kind] <= (8 if profile.kind is Kind.STARTUP else 2):
            few.append(profile)
    with services(cache_dir) as make:
        yield make(few)


def shown(service: Service) -> Timetable:
    found = published(service.store, service.store.consultation("sample-2027"))
    assert found is not None
    return found


def test_it_is_scheduled_published_and_made_once(service: Service) -> None:
    first = sample_event(service, seconds=10)
    assert first.is_new
    timetable = shown(service)
    assert first.meetings == len(timetable.schedule.meetings) > 0
    assert check(timetable.event, timetable.schedule).faults == ()
    again = sample_event(service, seconds=10)
    assert not again.is_new
    assert again.meetings == first.meetings
    assert len(service.store.timetables("sample-2027")) == 1


def test_wishes_come_from_the_ranking(service: Service) -> None:
    sample_event(service, seconds=10)
    choices = service.store.choices("sample-2027")
    wanted = {choice.key for choice in choices if choice.by is By.STARTUP}
    back = {choice.key for choice in choices if choice.by is By.PARTNER}
    assert back < wanted
    for startup in {key[0] for key in wanted}:
        best = [match.partner.id for match in service.match(startup, top=3).matches]
        assert {partner for who, partner in wanted if who == startup} == set(best)
