"""Tracks: a want belongs to one, the questions are those wants alone, and who trades in it leads."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from matcher.directory import Reading, reading_of
from matcher.fit import Fit
from matcher.rules import TRADES
from matcher.service import Service
from matcher.tracks import TRACK_TEXTS, Tracks
from profiles.importers.text import has_hangul
from profiles.model import Kind, Topic


@pytest.fixture(scope="module")
def readings(sample_service: Service) -> list[Reading]:
    startups = sample_service.directory().startups
    return [reading_of(startups, position) for position in range(len(startups))]


@pytest.fixture(scope="module")
def tracks(sample_service: Service) -> Tracks:
    vectors = sample_service._encoder.vectors(Tracks.texts())
    return Tracks(vectors, sample_service.directory().startups.table)


def wants_of(reading: Reading, tracks: Tracks, track: Topic) -> list[str]:
    return [s.text for s, own in zip(reading.statements, tracks.of(reading), strict=True) if own is track]


def test_every_track_is_described_in_both_languages() -> None:
    assert set(TRACK_TEXTS) == set(Topic)
    for texts in TRACK_TEXTS.values():
        assert {has_hangul(text) for text in texts} == {True, False}
    assert Tracks.texts() == [text for topic in Topic for text in TRACK_TEXTS[topic]]


def test_a_want_belongs_to_one_of_the_tracks_its_startup_came_for(
    readings: list[Reading], tracks: Tracks
) -> None:
    for reading in readings:
        for statement, track in zip(reading.statements, tracks.of(reading), strict=True):
            assert (track is not None) == (statement.field == "seeks")
            assert track is None or track in reading.profile.topics


@pytest.mark.parametrize(
    ("startup", "want", "track"),
    [
        ("kr-jlk", "특허 침해", Topic.IP),
        ("kr-alteogen", "무효심판", Topic.IP),
        ("kr-sky-labs", "벤처캐피털", Topic.INVESTMENT),
        ("kr-dd-pharmatech", "투자사", Topic.INVESTMENT),
        ("kr-vuno", "FDA 인허가", Topic.REGULATORY),
        ("kr-medipost", "3상 임상", Topic.CLINICAL),
        ("kr-rokit", "유통 파트너", Topic.MARKET_ENTRY),
    ],
)
def test_plain_wants_belong_where_they_should(
    readings: list[Reading], tracks: Tracks, startup: str, want: str, track: Topic
) -> None:
    (reading,) = [reading for reading in readings if reading.profile.id == startup]
    found = [
        own for s, own in zip(reading.statements, tracks.of(reading), strict=True) if own and want in s.text
    ]
    assert found == [track]


def test_the_questions_of_a_track_are_its_wants_or_the_nearest(
    readings: list[Reading], tracks: Tracks
) -> None:
    seen: Counter[str] = Counter()
    for reading in readings:
        for track in Topic:
            asked = tracks.asks(reading, track)
            own = [topic is track for topic in tracks.of(reading)]
            assert asked.any()
            if any(own):
                assert asked.tolist() == own
                seen["own"] += 1
            else:
                assert asked.sum() == 1
                assert reading.statements[int(asked.argmax())].field == "seeks"
                seen["nearest"] += 1
        nothing = Reading(
            reading.profile.model_copy(update={"seeks": ()}),
            tuple(s for s in reading.statements if s.field != "seeks"),
            reading.vectors[[s.field != "seeks" for s in reading.statements]],
            reading.themes,
        )
        assert tracks.asks(nothing, Topic.IP).all()
    assert min(seen["own"], seen["nearest"]) > 100


def leaders(service: Service, readings: list[Reading], tracks: Tracks, track: Topic) -> list[list[Kind]]:
    """The kinds of the first three partners, for each startup with wants of a track."""
    asking = [reading.profile.id for reading in readings if wants_of(reading, tracks, track)]
    return [[m.partner.kind for m in service.match(one, top=3, track=track).matches] for one in asking]


@pytest.mark.parametrize("track", list(TRADES))
def test_who_trades_in_a_track_leads_it(
    sample_service: Service, readings: list[Reading], tracks: Tracks, track: Topic
) -> None:
    """For four in five of the startups with such wants; and nearly always one is among the first three."""
    first = leaders(sample_service, readings, tracks, track)
    assert len(first) >= 7
    assert np.mean([kinds[0] in TRADES[track] for kinds in first]) >= 0.8
    assert np.mean([bool(TRADES[track] & set(kinds)) for kinds in first]) >= 0.95


def test_without_the_track_they_would_not(
    sample_service: Service, readings: list[Reading], tracks: Tracks
) -> None:
    for track in (Topic.INVESTMENT, Topic.IP, Topic.REGULATORY):
        asking = [reading.profile.id for reading in readings if wants_of(reading, tracks, track)]
        kinds = [sample_service.match(one, top=1).matches[0].partner.kind for one in asking]
        assert np.mean([kind in TRADES[track] for kind in kinds]) < 0.5


@pytest.mark.parametrize("track", [Topic.IP, Topic.INVESTMENT, Topic.MARKET_ENTRY])
def test_other_wants_are_left_aside(
    sample_service: Service, readings: list[Reading], tracks: Tracks, track: Topic
) -> None:
    for reading in readings:
        own = wants_of(reading, tracks, track)
        if not own:
            continue
        found = sample_service.match(reading.profile.id, top=3, track=track)
        assert found.track is track
        for match in found.matches:
            assert match.track is track
            assert match.part("wants").quotes
            assert {quote.ask for quote in match.part("wants").quotes} <= set(own)
        others = [
            quote.ask
            for quote in sample_service.match(reading.profile.id, top=1).matches[0].part("wants").quotes
        ]
        assert others


def test_the_rule_for_topics_asks_for_the_track_alone(sample_service: Service) -> None:
    states: Counter[tuple[str, bool]] = Counter()
    for match in sample_service.match("kr-sky-labs", top=200, track=Topic.INVESTMENT).matches:
        part, came = match.part("topics"), Topic.INVESTMENT in match.partner.topics
        assert part.state == ("yes" if came else "no")
        share = part.points / part.most
        trades = match.partner.kind is Kind.INVESTOR
        assert share == pytest.approx(1.0 if came and trades else 0.6 if came else 0.25, abs=0.01)
        states[part.state, trades] += 1
    assert states["yes", True] >= 10
    assert min(states["yes", False], states["no", False]) >= 10


def test_a_track_needs_tracks(sample_service: Service, readings: list[Reading]) -> None:
    with pytest.raises(ValueError, match="without Tracks"):
        Fit(sample_service.directory()).row(readings[0], Topic.IP)
