"""Names and codes of countries and languages, in English and Korean -> ISO codes, by CLDR's names (babel)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from profiles.importers.text import fold, key, listed

_COUNTRY_WORDS = {
    "US": """
        美国 | 美國 | U.S. | U.S.A. | US of A | America | United States of America | the United States
        | The US | 미합중국 | 미 | 아메리카
    """,
    "KR": """
        Korea | South Korea | Republic of Korea | Korea, Republic of | Korea (South) | ROK | 한국 | 남한
        | 대한민국 | 국내 | 韓国 | 韩国 | 韓國
    """,
    "GB": """
        UK | U.K. | Great Britain | Britain | England | Scotland | Wales | Northern Ireland | 영국
        | 잉글랜드
    """,
    "CN": """
        PRC | P.R. China | PR China | People's Republic of China | Mainland China | 中国 | 中國
        | 중화인민공화국
    """,
    "JP": "日本 | 일본국",
    "TW": "Chinese Taipei | Taiwan, Province of China | 타이완",
    "HK": "Hong Kong | Hongkong | 홍콩",
    "MO": "Macau | Macao | 마카오",
    "RU": "Russian Federation | 러시아연방",
    "VN": "Viet Nam | 월남",
    "TR": "Turkey | Turkiye | 터키",
    "CZ": "Czech Republic | 체코공화국",
    "NL": "Holland | The Netherlands | 화란",
    "AE": """
        UAE | U.A.E. | Emirates | Dubai | Abu Dhabi | 아랍에미레이트 | 아랍에미리트연합 | 두바이
        | 아부다비
    """,
    "SA": "KSA | Saudi | 사우디",
    "MM": "Burma | Myanmar",
    "CI": "Ivory Coast | Cote d'Ivoire",
    "DE": "Deutschland | 독일연방공화국",
    "AU": "호주 | 오스트레일리아",
    "NZ": "뉴질랜드",
    "IN": "Bharat",
    "IE": "Republic of Ireland",
    "IR": "Islamic Republic of Iran",
    "KP": "North Korea | DPRK | 북한",
    "LA": "Lao PDR",
    "PH": "The Philippines | 필리핀",
    "ID": "인니 | 인도네시아",
    "CD": "DR Congo | Democratic Republic of the Congo",
    "ZA": "남아공 | 남아프리카공화국",
    "UZ": "우즈벡",
    "KZ": "카자흐스탄",
    "CH": "Swiss | 스위스",
    "SG": "싱가폴 | 싱가포르",
    "ES": "스페인 | 에스파냐",
}
_EU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
_REGION_WORDS = {
    "EU | European Union | 유럽연합": _EU,
    "Europe | 유럽 | 유럽지역 | 유럽시장": f"{_EU} GB CH NO",
    "North America | 북미 | 북아메리카": "US CA",
    "Southeast Asia | ASEAN | 동남아 | 동남아시아 | 아세안": "BN KH ID LA MM MY PH SG TH VN",
    "Middle East | 중동 | GCC": "AE BH IL JO KW OM QA SA TR",
    "Latin America | South America | 중남미 | 남미 | LATAM": "AR BR CL CO MX PE",
    "Nordics | Nordic | Scandinavia | 북유럽": "DK FI IS NO SE",
    "East Asia | 동아시아": "CN JP KR TW HK",
    "Greater China | 중화권": "CN HK MO TW",
}
_ANYWHERE = frozenset(
    map(
        key,
        listed(
            "global, worldwide, international, any, all, 글로벌, 전세계, 세계, 해외, 무관, 전체, 국가 무관",
            ",",
        ),
    )
)
_LANGUAGE_WORDS = {
    "zh": """
        Mandarin | Chinese (Mandarin) | Mandarin Chinese | Cantonese | 만다린 | 북경어 | 광둥어 | 중문
        | 中文 | CN
    """,
    "ko": "한글 | 한국말 | 국문 | 국어 | Hangul | 한",
    "en": "영문 | 영 | ENG | American English | British English",
    "ja": "일어 | 일문 | 日本語 | JP",
    "no": "Norwegian Bokmål | Bokmal | nb",
    "tl": "Filipino | 필리핀어 | fil",
    "fa": "Farsi | 이란어",
    "es": "Castilian | 서반아어 | 에스파냐어",
    "de": "Deutsch | 독어",
    "fr": "불어 | Français",
    "ru": "노어",
    "vi": "월남어",
    "id": "인니어 | 인도네시아어 | Bahasa Indonesia",
    "ms": "Bahasa Melayu | 말레이어",
    "el": "희랍어",
    "uk": "우크라이나어",
}
_FLUENCY = re.compile(
    r"(?:\b(?:native|fluent|basic|business|intermediate|advanced|good|conversational|speaking)\b"
    r"|능통|유창|가능|상담|회화|원어민|통역\s*필요|통역|필수|상$|중$|하$)"
)


# Codes of CLDR that are no country: unions, outlying islands, pseudo-locales.
_NO_COUNTRY = frozenset(listed("EU EZ QO UN XA XB ZZ AC CP CQ DG EA IC TA"))


def _names(kind: str) -> Iterator[tuple[str, str]]:
    """Two-letter code and each of its names, English before Korean, in the order of the codes."""
    for locale in ("en", "ko"):
        names: Mapping[str, str] = getattr(Locale(locale), kind)
        for code in sorted(names):
            if len(code) == 2 and code.isalpha():
                yield code, names[code]


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    table: dict[str, str] = {}
    known = {code for code, _ in _names("territories")} - _NO_COUNTRY
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    for old, new in aliases.items():
        if len(old) == 3 and old.isalpha() and new and new[0] in known:
            table[old.lower()] = new[0]
    for code, name in _names("territories"):
        without_brackets = re.sub(r"\(.*?\)", "", name)
        for form in (name, without_brackets, name.replace("&", "and"), name.replace("St.", "Saint")):
            if code in known:
                table.setdefault(key(form), code)
    for code, words in _COUNTRY_WORDS.items():
        table.update((key(word), code) for word in listed(words, "|"))
    table.update((code.lower(), code) for code in known)
    return table


@lru_cache(maxsize=1)
def _regions() -> dict[str, tuple[str, ...]]:
    return {key(word): listed(codes) for words, codes in _REGION_WORDS.items() for word in listed(words, "|")}


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    table: dict[str, str] = {}
    known = {code for code, _ in _names("languages")} - {"sh"}
    aliases: Mapping[str, str] = get_global("language_aliases")
    for old, new in aliases.items():
        if len(old) == 3 and old.isalpha() and new in known:
            table[old] = new
    for code, name in _names("languages"):
        if code in known:
            table.setdefault(key(name), code)
    for code, words in _LANGUAGE_WORDS.items():
        for word in listed(words, "|"):
            table.setdefault(key(word), code)
    table.update((code, code) for code in known)
    table["kr"] = "ko"  # by ISO 639-1 Kanuri; on every Korean form it means Korean
    return table


@lru_cache(maxsize=4096)
def read_country(text: str) -> tuple[str | None, bool]:
    """ISO 3166 alpha-2 of the country a cell names (None: none known), and whether only a part of it did."""
    table = _countries()
    exact = table.get(key(text))
    if exact:
        return exact, False
    folded = fold(text)
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", folded)
    if found := table.get(key(bare)):
        return found, key(bare) != key(text)
    parts = [part.strip() for part in re.split(r"[,/;|\n]", bare) if part.strip()]
    # "Boston, MA, USA" names the country last, "미국 보스턴" and "미국/보스턴" first; two letters in
    # company ("Irvine, CA") are as often a state.
    words = bare.split()
    for part in [*parts[:0:-1], *parts[:1], *words[:1]]:
        if len(key(part)) > 2 or key(part) in ("us", "uk", "미국", "한국", "영국", "중국", "일본", "독일"):
            found = table.get(key(part))
            if found:
                return found, True
    return None, False


@lru_cache(maxsize=4096)
def read_markets(text: str) -> tuple[tuple[str, ...] | None, bool]:
    """Codes of the countries or the region one entry names, and whether a region or a part was expanded.

    None: no known one. Empty: the whole world, which restricts nothing.
    """
    if key(text) in _ANYWHERE:
        return (), True
    region = _regions().get(key(text)) or _regions().get(key(re.sub(r"\([^()]*\)", " ", fold(text))))
    if region:
        return region, True
    code, guessed = read_country(text)
    if code is None:
        trimmed = re.sub(r"(?:시장|지역|진출|등|현지|\bmarkets?\b)\s*$", "", fold(text)).strip()
        if trimmed != fold(text):
            return read_markets(trimmed)[0], True
    return ((code,), guessed) if code else (None, False)


@lru_cache(maxsize=4096)
def read_language(text: str) -> str | None:
    """ISO 639-1 of the language one entry names, None where none is known."""
    table = _languages()
    exact = table.get(key(text))
    if exact:
        return exact
    bare = _FLUENCY.sub(" ", re.sub(r"\([^()]*\)", " ", fold(text)))
    tag = re.fullmatch(r"([a-z]{2,3})[-_][a-z]{2,4}", bare.strip())
    return table.get(tag[1] if tag else key(bare))
