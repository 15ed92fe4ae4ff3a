"""Profiles that may be one organisation entered twice. They are reported, never merged.

Pairs are looked for within groups that share a key (website, mail domain, name, sound), so that thousands of
profiles need no comparison of all with all.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from profiles.importers.sounds import Sound, alike, skeletons, sounds
from profiles.importers.text import fold, has_hangul, listed
from profiles.model import Profile, Side

_SHARED_HOSTS = listed(
    """
        linkedin.com facebook.com instagram.com twitter.com x.com youtube.com youtu.be naver.com
        naver.me daum.net kakao.com tistory.com notion.so notion.site google.com github.io
        github.com medium.com wixsite.com wix.com wordpress.com blogspot.com weebly.com modoo.at
        imweb.me cafe24.com crunchbase.com bit.ly linktr.ee clinicaltrials.gov wikipedia.org
        rocketpunch.com thevc.kr innoforest.co.kr saramin.co.kr jobkorea.co.kr webflow.io
        netlify.app vercel.app carrd.co squarespace.com godaddysites.com
    """
)
_FREE_MAIL = frozenset(
    listed(
        """
        gmail.com googlemail.com naver.com daum.net hanmail.net kakao.com nate.com hotmail.com
        outlook.com live.com msn.com yahoo.com yahoo.co.kr yahoo.co.jp icloud.com me.com mac.com
        aol.com proton.me protonmail.com gmx.com gmx.de mail.com qq.com 163.com 126.com korea.com
        paran.com empas.com dreamwiz.com hanmir.com lycos.co.kr zoho.com yandex.com web.de
    """
    )
)
_KOREAN_FORMS = re.compile(
    r"\((?:주|유|재|사|의|학|합|복|특)\)|주식회사|유한책임회사|유한회사|합자회사|재단법인|사단법인|의료법인|학교법인|사회복지법인"
    r"|농업회사법인|株式会社"
)
_LATIN_FORMS = frozenset(
    listed(
        """
        inc incorporated ltd limited co company corp corporation llc llp lp plc gmbh ag sa sas sarl
        bv nv ab as oy kk pte pty spa srl kgaa kg ug aps kabushiki kaisha
    """
    )
)
_MOST_SHARING = 20  # a site or mail domain of more profiles than this belongs to none of them
_SIMILAR = 75


@dataclass(frozen=True)
class Duplicate:
    """Two profiles of one side, in the order they came in, and why they may be the same."""

    first_id: str
    second_id: str
    reasons: tuple[str, ...]


def likely_duplicates(profiles: Iterable[Profile]) -> list[Duplicate]:
    """Pairs of one side that may be the same organisation, in the order of the profiles.

    Reasons, in English: same website, same mail domain with similar names, same name without its legal form,
    the name of one as the Korean name of the other, names that sound alike across Hangul and Latin letters.
    A group of many equal names is reported as pairs with its first member.
    """
    listed = list(profiles)
    reasons: dict[tuple[int, int], list[str]] = defaultdict(list)
    for side in Side:
        known = [_Known(place, profile) for place, profile in enumerate(listed) if profile.side is side]
        for first, second, reason in _pairs(known):
            pair = (min(first, second), max(first, second))
            if first != second and reason not in reasons[pair]:
                reasons[pair].append(reason)
    return [
        Duplicate(listed[first].id, listed[second].id, tuple(found))
        for (first, second), found in sorted(reasons.items())
        if found
    ]


class _Known:
    """What is compared of one profile."""

    def __init__(self, place: int, profile: Profile) -> None:
        self.place = place
        self.profile = profile
        self.host = website_host(profile.website or "")
        self.domain = mail_domain(profile.contact_email or "")
        stripped = [bare_name(name) for name in (profile.name, profile.name_ko)]
        self.name, self.name_ko = (_squeezed(name) for name in stripped)
        self.hangul = [(text, each) for text in stripped if has_hangul(text) for each in sounds(text)]
        self.latin = [
            (text, each) for text in stripped if text and not has_hangul(text) for each in sounds(text)
        ]

    @property
    def names(self) -> set[str]:
        return {name for name in (self.name, self.name_ko) if len(name) > 1}


def _pairs(known: list[_Known]) -> Iterator[tuple[int, int, str]]:
    for host, group in _grouped((each.host, each) for each in known):
        if len(group) <= _MOST_SHARING:
            yield from ((a.place, b.place, f"same website {host}") for a, b in combinations(group, 2))
    for domain, group in _grouped((each.domain, each) for each in known):
        if len(group) <= 10 * _MOST_SHARING:
            for a, b in combinations(group, 2):
                if _similar(a, b):
                    yield a.place, b.place, f"same mail domain {domain} and similar names"
    for _, group in _grouped((name, each) for each in known for name in each.names):
        starts = group if len(group) <= _MOST_SHARING else group[:1]
        for index, a in enumerate(starts):
            for b in group[index + 1 :]:
                yield a.place, b.place, _name_reason(a, b)
    yield from _by_sound(known)


def _by_sound(known: list[_Known]) -> Iterator[tuple[int, int, str]]:
    latin: dict[str, list[tuple[_Known, str, Sound]]] = defaultdict(list)
    for each in known:
        for text, sound in each.latin:
            for skeleton in skeletons(sound.whole):
                if len(skeleton) > 1:
                    latin[skeleton].append((each, text, sound))
    for each in known:
        seen: set[int] = set()
        for text, sound in each.hangul:
            for skeleton in sorted(skeletons(sound.whole)):
                for other, other_text, other_sound in latin.get(skeleton, ()):
                    # Whoever has a name in each script has shown how its own sounds are written; two such
                    # profiles are compared by their names proper.
                    if other is each or other.place in seen or (each.latin and other.hangul):
                        continue
                    if each.names & other.names:  # said already
                        continue
                    if alike(sound, other_sound):
                        seen.add(other.place)
                        yield each.place, other.place, f"names sound alike: {text} and {other_text}"


def _grouped(keyed: Iterable[tuple[str, _Known]]) -> Iterator[tuple[str, list[_Known]]]:
    groups: dict[str, list[_Known]] = defaultdict(list)
    for shared, each in keyed:
        if shared:
            groups[shared].append(each)
    yield from ((shared, group) for shared, group in groups.items() if len(group) > 1)


def _name_reason(first: _Known, second: _Known) -> str:
    if (first.name and first.name == second.name) or (first.name_ko and first.name_ko == second.name_ko):
        return "same name"
    return "the name of one is the Korean name of the other"


def _similar(first: _Known, second: _Known) -> bool:
    for one in first.names:
        for other in second.names:
            short, long = sorted((one, other), key=len)
            if fuzz.ratio(one, other) >= _SIMILAR or (len(short) > 3 and long.startswith(short)):
                return True
    return any(
        alike(a, b)
        for hangul, latin in ((first.hangul, second.latin), (second.hangul, first.latin))
        for _, a in hangul
        for _, b in latin
    )


def website_host(address: str) -> str:
    """The host of a web address without "www.", "" for none and for sites that many share."""
    address = address.strip().lower()
    try:
        host = (urlsplit(address if "//" in address else f"//{address}").hostname or "").rstrip(".")
    except ValueError:
        return ""
    host = host.removeprefix("www.")
    if "." not in host or any(host == shared or host.endswith(f".{shared}") for shared in _SHARED_HOSTS):
        return ""
    return host


def mail_domain(address: str) -> str:
    """The domain of an e-mail address, "" for none and for free mail providers."""
    _, at, domain = address.strip().lower().rpartition("@")
    return domain if at and "." in domain and domain not in _FREE_MAIL else ""


def bare_name(name: str) -> str:
    """A name folded and without its legal form: "㈜셀트리온" -> "셀트리온", "Lunit Inc." -> "lunit"."""
    words = re.sub(
        r"[.,'’]", lambda found: "" if found[0] in ".'’" else " ", _KOREAN_FORMS.sub(" ", fold(name))
    )
    kept = words.split()
    while len(kept) > 1 and kept[-1].strip("()") in _LATIN_FORMS and kept[-2] not in ("&", "and"):
        kept.pop()
    if len(kept) > 1 and kept[0] == "the":
        kept = kept[1:]
    return " ".join(kept)


def _squeezed(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    joined = "".join(c for c in plain if c.isalnum() and not unicodedata.combining(c))
    return unicodedata.normalize("NFC", joined)
