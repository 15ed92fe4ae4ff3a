"""The points of the parts: a hundred in every table, whatever they are shared out by."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.weights import (
    CONTENT,
    FULL,
    MEANING,
    MEASURED,
    PARTS,
    RULES,
    SHIPPED,
    TRACK_FACTORS,
    WANTS,
    Weights,
)
from profiles.model import Topic

shares = st.fixed_dictionaries({part: st.floats(0.01, 100) for part in CONTENT})
factors = st.dictionaries(st.sampled_from(PARTS), st.floats(0.1, 10))


def tables(weights: Weights) -> list[dict[str, float]]:
    return [dict(weights.named), dict(weights.unnamed)]


def test_the_shipped_points_are_a_hundred() -> None:
    for table in tables(SHIPPED):
        assert sorted(table) == sorted(PARTS)
        assert sum(table.values()) == FULL == 100
        assert all(points > 0 for points in table.values())
    assert (*MEASURED, *RULES) == PARTS
    assert set(MEANING) < set(CONTENT) < set(MEASURED)


def test_the_table_goes_by_whether_wants_are_named() -> None:
    assert SHIPPED.of(names_wants=True) is SHIPPED.named
    assert SHIPPED.of(names_wants=False) is SHIPPED.unnamed
    assert SHIPPED.named[WANTS] > SHIPPED.unnamed[WANTS]


@pytest.mark.parametrize("track", list(Topic))
def test_a_track_has_a_hundred_points_too(track: Topic) -> None:
    own = SHIPPED.for_track(track)
    for table, shipped in zip(tables(own), tables(SHIPPED), strict=True):
        assert sum(table.values()) == pytest.approx(100)
        for part in PARTS:  # all move by the same factor but those that count for more or less here
            unit = table["languages"] / shipped["languages"]
            assert table[part] == pytest.approx(shipped[part] * unit * TRACK_FACTORS[track].get(part, 1.0))
        assert table["topics"] > shipped["topics"]
    assert set(TRACK_FACTORS[track]) <= set(PARTS)


def test_no_track_leaves_the_points_as_they_are() -> None:
    assert SHIPPED.for_track(None) is SHIPPED
    assert set(TRACK_FACTORS) == set(Topic)


@given(factors)
def test_factors_keep_the_sum_and_the_proportions(chosen: dict[str, float]) -> None:
    for table, shipped in zip(tables(SHIPPED.scaled(chosen)), tables(SHIPPED), strict=True):
        assert sum(table.values()) == pytest.approx(100)
        for part in PARTS:
            ratio = chosen.get(part, 1.0) / chosen.get("words", 1.0)
            assert table[part] / table["words"] == pytest.approx(shipped[part] / shipped["words"] * ratio)


@given(shares)
def test_learned_shares_keep_the_points_of_what_they_share_out(learned: dict[str, float]) -> None:
    given_ = SHIPPED.with_content(learned)
    for table, shipped in zip(tables(given_), tables(SHIPPED), strict=True):
        assert sum(table.values()) == pytest.approx(100)
        assert sum(table[p] for p in CONTENT) == pytest.approx(sum(shipped[p] for p in CONTENT))
        for part in set(PARTS) - set(CONTENT):
            assert table[part] == shipped[part]
    assert given_.named[WANTS] == SHIPPED.named[WANTS]  # a history of engagements says nothing of named wants
    for part in CONTENT:
        assert given_.unnamed[part] / given_.unnamed["words"] == pytest.approx(
            learned[part] / learned["words"]
        )


def test_nothing_learned_changes_nothing() -> None:
    assert SHIPPED.with_content(dict.fromkeys(CONTENT, 0.0)) == SHIPPED
    assert SHIPPED.scaled({}) == SHIPPED


def test_points_are_kept_and_read_back() -> None:
    learned = SHIPPED.scaled({"themes": 1.7, "ticket": 0.2})
    assert Weights.from_dict(json.loads(json.dumps(learned.to_dict()))) == learned
    older = learned.to_dict()
    del older["named"]["themes"]
    with pytest.raises(ValueError, match="not those of this Roundtable"):
        Weights.from_dict(older)
