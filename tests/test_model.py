"""The nouns: what a profile accepts, and that it is the same after a trip through JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from profiles.model import PARTNER_KINDS, Kind, Profile, Side, Topic

FULL: dict[str, Any] = {
    "id": "us-lakeside",
    "side": "partner",
    "kind": "investor",
    "name": "Lakeside Capital",
    "name_ko": "레이크사이드 캐피탈",
    "about": "Invests in digital health. 디지털 헬스에 투자한다.",
    "seeks": ["Seed rounds", "희귀질환 진단 기업"],
    "offers": ["Growth capital"],
    "topics": ["investment", "market_entry"],
    "areas": ["rare disease"],
    "technologies": ["CRM197 carrier protein"],
    "history": ["Led a round in 2021"],
    "past_deals": 0,
    "stages": ["seed", "series_a"],
    "country": "US",
    "city": "Boston",
    "markets": ["US", "KR"],
    "languages": ["en", "ko"],
    "ticket_min_usd": 0.0,
    "ticket_max_usd": 2_500_000.0,
    "avoid": ["kr-one"],
    "website": "https://example.com",
    "contact_email": "someone@example.com",
    "source": "https://example.com/about",
    "other": {"비고": "메모", "Booth": "12"},
}


def messages(**changes: Any) -> str:
    """What validation says about ``FULL`` with these changes."""
    with pytest.raises(ValidationError) as caught:
        Profile.model_validate({**FULL, **changes})
    return "\n".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in caught.value.errors())


def test_a_profile_cannot_be_changed() -> None:
    profile = Profile.model_validate(FULL)
    with pytest.raises(ValidationError, match="frozen"):
        profile.name = "Another"  # type: ignore[misc]
    assert isinstance(profile.seeks, tuple)


@pytest.mark.parametrize("kind", [Kind.STARTUP, *PARTNER_KINDS])
def test_every_kind_goes_with_one_side_only(kind: Kind) -> None:
    right = Side.STARTUP if kind is Kind.STARTUP else Side.PARTNER
    assert Profile(id="x", side=right, kind=kind, name="X").side is right
    with pytest.raises(
        ValidationError, match=f"kind: {kind.value} does not go with side {right.other.value}"
    ):
        Profile(id="x", side=right.other, kind=kind, name="X")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "  ", "name_ko": ""}, "name: give a name, in English (name) or Korean (name_ko)"),
        ({"ticket_min_usd": 3e6}, "ticket_min_usd: larger than ticket_max_usd"),
        ({"side": "visitor"}, "side: Input should be 'startup' or 'partner'"),
        ({"topics": ["clinical", "golf"]}, "topics.1: Input should be 'investment'"),
        ({"country": "us"}, "country: String should match pattern '^[A-Z]{2}$'"),
        ({"markets": ["US", "USA"]}, "markets.1: String should match pattern '^[A-Z]{2}$'"),
        ({"languages": ["EN"]}, "languages.0: String should match pattern '^[a-z]{2}$'"),
        ({"seeks": ["Seed rounds", " "]}, "seeks.1: String should have at least 1 character"),
        ({"id": "   "}, "id: String should have at least 1 character"),
        ({"id": "x" * 201}, "id: String should have at most 200 characters"),
        ({"past_deals": -1}, "past_deals: Input should be greater than or equal to 0"),
        ({"raising_usd": float("nan")}, "raising_usd: Input should be"),
        ({"raising_usd": float("inf")}, "raising_usd: Input should be a finite number"),
        ({"nickname": "L"}, "nickname: Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_is_said_with_the_field(changes: dict[str, Any], said: str) -> None:
    assert said in messages(**changes)


def test_white_space_around_entries_is_dropped() -> None:
    profile = Profile.model_validate({**FULL, "id": " us-lakeside ", "seeks": ["  Seed rounds\n"]})
    assert (profile.id, profile.seeks) == ("us-lakeside", ("Seed rounds",))


def test_a_record_gives_back_the_same_profile() -> None:
    profile = Profile.model_validate(FULL)
    record = profile.record()
    assert record == FULL  # every field, 0 included, and nothing that was not given
    assert Profile.model_validate(json.loads(json.dumps(record))) == profile


def test_a_record_leaves_out_what_is_not_said() -> None:
    profile = Profile(id="x", side=Side.STARTUP, kind=Kind.STARTUP, name_ko="하트")
    assert profile.record() == {"id": "x", "side": "startup", "kind": "startup", "name_ko": "하트"}
    assert Profile.model_validate(profile.record()) == profile


@given(st.randoms())
def test_the_content_hash_does_not_depend_on_the_order_of_fields(random: Any) -> None:
    items = list(FULL.items())
    random.shuffle(items)
    other = list(FULL["other"].items())
    random.shuffle(other)
    shuffled = Profile.model_validate({**dict(items), "other": dict(other)})
    assert shuffled.content_hash() == Profile.model_validate(FULL).content_hash()


def test_the_content_hash_changes_with_every_field() -> None:
    profile = Profile.model_validate(FULL)
    hashes = {profile.content_hash()}
    for field in FULL:
        if field in ("side", "kind"):
            continue
        value = FULL[field]
        if isinstance(value, str):
            changed: Any = "KR" if field == "country" else value + "x"
        elif isinstance(value, list):
            changed = value[:-1]
        elif isinstance(value, dict):
            changed = {"비고": "다른 메모"}
        else:
            changed = value + 1
        hashes.add(Profile.model_validate({**FULL, field: changed}).content_hash())
    assert len(hashes) == 1 + len(FULL) - 2


def test_the_order_of_entries_is_content() -> None:
    turned = Profile.model_validate({**FULL, "seeks": FULL["seeks"][::-1]})
    assert turned.content_hash() != Profile.model_validate(FULL).content_hash()


@pytest.mark.parametrize(
    ("name", "name_ko", "english", "korean"),
    [
        ("Heart Sound", "하트사운드", "Heart Sound", "하트사운드"),
        ("Heart Sound", " ", "Heart Sound", "Heart Sound"),
        ("", " 하트사운드 ", "하트사운드", "하트사운드"),
    ],
)
def test_the_label_is_in_the_readers_language_where_there_is_one(
    name: str, name_ko: str, english: str, korean: str
) -> None:
    profile = Profile(id="x", side=Side.STARTUP, kind=Kind.STARTUP, name=name, name_ko=name_ko)
    assert (profile.label(), profile.label("en"), profile.label("ko")) == (english, english, korean)


def test_the_other_side() -> None:
    assert (Side.STARTUP.other, Side.PARTNER.other) == (Side.PARTNER, Side.STARTUP)
    assert Kind.STARTUP not in PARTNER_KINDS
    assert len(PARTNER_KINDS) == 9
    assert len(Topic) == 8
