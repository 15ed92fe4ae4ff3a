"""The sample directory, and four agreements that were really made: the product finds each of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from urllib.parse import urlparse

import pytest

from matcher.service import Service
from profiles.model import PARTNER_KINDS, Kind, Profile, Side
from web.settings import SAMPLE_DIRECTORY

AGREEMENTS = [
    ("KAIST", "Massachusetts General Hospital"),
    ("Kakao Healthcare", "Google"),
    ("Medisapiens", "Sharp HealthCare"),
    ("EuBiologics", "Moderna"),
]
# What else each is called: none of it may stand in the profile of the other.
NAMES = {
    "KAIST": ("kaist", "한국과학기술원", "카이스트", "korea advanced institute"),
    "Massachusetts General Hospital": (
        "massachusetts general",
        "mass general",
        "mgh",
        "매사추세츠",
        "매스 제너럴",
    ),
    "Kakao Healthcare": ("kakao", "카카오"),
    "Google": ("google", "구글", "alphabet", "알파벳"),
    "Medisapiens": ("medisapiens", "medysapiens", "메디사피엔스"),
    "Sharp HealthCare": ("sharp", "샤프"),
    "EuBiologics": ("eubiologics", "유바이오로직스"),
    "Moderna": ("moderna", "모더나"),
}
FORMAT = """
id side kind name name_ko about seeks offers topics areas technologies history past_deals stage stages country
city markets languages raising_usd ticket_min_usd ticket_max_usd avoid website contact_email source
"""


def by_name(profiles: list[Profile], name: str) -> Profile:
    (found,) = [profile for profile in profiles if profile.name == name]
    return found


@pytest.mark.parametrize(("startup", "partner"), AGREEMENTS)
def test_the_true_partner_is_among_the_first_three(
    sample_service: Service, sample_profiles: list[Profile], startup: str, partner: str
) -> None:
    found = sample_service.match(by_name(sample_profiles, startup).id, top=3)
    assert found.candidates >= 120
    assert found.kind is None
    assert partner in [match.partner.name for match in found.matches]


@pytest.mark.parametrize(("startup", "partner"), AGREEMENTS)
def test_neither_profile_names_the_other(sample_profiles: list[Profile], startup: str, partner: str) -> None:
    for one, other in ((startup, partner), (partner, startup)):
        profile = by_name(sample_profiles, one)
        text = json.dumps(profile.record(), ensure_ascii=False).casefold()
        named = by_name(sample_profiles, other)
        for name in (*NAMES[other], named.name.casefold(), named.name_ko.casefold(), named.id):
            assert not re.search(rf"(?<![a-z]){re.escape(name)}", text), f"{one} names {other}: {name}"
        assert NAMES[one][0] in text  # the search sees what is there


def test_the_sample_is_large_and_mixed_enough(sample_profiles: list[Profile]) -> None:
    kinds = Counter(profile.kind for profile in sample_profiles)
    assert kinds.pop(Kind.STARTUP) >= 40
    assert sum(kinds.values()) >= 120
    assert kinds.keys() == set(PARTNER_KINDS)
    assert min(kinds.values()) >= 8
    assert Counter(profile.side for profile in sample_profiles)[Side.PARTNER] == sum(kinds.values())


def test_every_record_of_the_sample_is_in_schema() -> None:
    known = set(FORMAT.split())
    assert known == Profile.model_fields.keys() - {"other"}
    ids: Counter[str] = Counter()
    for path in sorted(SAMPLE_DIRECTORY.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            assert record.keys() <= known
            profile = Profile.model_validate(record)
            said = {field: value for field, value in record.items() if value not in (None, "", [])}
            assert profile.record() == said, f"{profile.id} is not kept as it is written"
            ids[profile.id] += 1
    assert [profile_id for profile_id, count in ids.items() if count > 1] == []
    assert sum(ids.values()) >= 160


def test_every_profile_of_the_sample_has_a_source_and_something_to_say(
    sample_profiles: list[Profile],
) -> None:
    for profile in sample_profiles:
        assert profile.source, profile.id
        links = re.findall(r"https?://\S+", profile.source)
        assert all("." in urlparse(link).netloc for link in links)
        assert len(profile.about) >= 40, profile.id
        assert profile.seeks, profile.id
        assert profile.offers, profile.id
        assert profile.topics, profile.id
