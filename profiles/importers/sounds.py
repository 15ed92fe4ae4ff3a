"""How a name sounds, so that 루닛 and Lunit can be compared.

Hangul is romanised by the Revised Romanization (without most sound changes). From a romanised or Latin name
a *skeleton* is taken: its consonants in the classes that Korean spelling keeps apart. English letters that
Korean hears in two ways (th, g before e, r at the end of a syllable) give several skeletons.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from profiles.importers.text import listed

_ONSETS = [each.strip("-") for each in listed("g kk n d tt r m b pp s ss - j jj ch k t p h")]
_VOWELS = listed("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_CODAS = [each.strip("-") for each in listed("- k k k n n n t l k m l l l p l m p p t t ng t t k t p t")]
# A coda moves on to a following vowel and is heard as an onset there.
_LIAISON = {1: "g", 4: "n", 7: "d", 8: "r", 16: "m", 17: "b", 19: "s", 20: "ss", 22: "j", 23: "ch"}
_RIEUL, _LIEUL = 5, 8  # ㄹ as onset and as coda


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs of a table written as "가 a, 나 b"."""
    words = (pair.split(maxsplit=1) for pair in listed(text, ","))
    return tuple((korean, english) for korean, english in words)


# Words that both languages write in their own way. They are put in English before names are compared, and
# the rest is compared on its own as well: 유바이오로직스 and Y-Biologics share little besides "biologics".
_WORDS = _pairs(
    """
    바이오로직스 biologics, 바이오테크놀로지 biotechnology, 바이오텍 biotech, 바이오팜 biopharm,
    바이오사이언스 bioscience, 바이오메디컬 biomedical, 바이오 bio, 헬스케어 healthcare, 헬스 health,
    테라퓨틱스 therapeutic, 테라퓨틱 therapeutic, 제약 pharm, 약품 pharm, 파마슈티컬 pharm, 파마 pharm,
    팜 pharm, 메디컬 medical, 생명과학 lifescience, 사이언스 science, 테크놀로지 technology, 테크 tech,
    로보틱스 robotics, 시스템즈 system, 시스템 system, 소프트 soft, 제노믹스 genomics, 홀딩스 holdings,
    벤처스 ventures, 인베스트먼트 investment, 파트너스 partners, 대학교병원 university hospital,
    대학병원 university hospital, 병원 hospital, 대학교 university, 에이아이 ai, 랩스 lab, 랩 lab,
    앤드 en, 앤 en, & en
    """
)
_SAME_WORDS = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"pharmaceuticals?|pharma\b|pharmacy\b", "pharm"),
        (r"sciences", "science"),
        (r"technologies\b", "technology"),
        (r"therapeutics", "therapeutic"),
        (r"systems\b", "system"),
        (r"labs\b|laborator(?:y|ies)\b", "lab"),
    )
)
_COMMON = re.compile("|".join(sorted({word for _, word in _WORDS if len(word) > 2}, key=len, reverse=True)))
# 제이엘케이 is JLK spelled out.
_LETTERS = _pairs(
    """
    에이치 h, 더블유 w, 에이 a, 에프 f, 아이 i, 제이 j, 케이 k, 에스 s, 브이 v, 엑스 x, 와이 y, 제트 z,
    비 b, 씨 c, 시 c, 디 d, 이 e, 지 g, 엘 l, 엠 m, 엔 n, 오 o, 피 p, 큐 q, 알 r, 티 t, 유 u
    """
)
_SPELLED = re.compile(f"(?:{'|'.join(name for name, _ in _LETTERS)})+")
# Tried in order at each place; "." is a vowel, several options where Korean spelling may take either.
_SOUNDS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), tuple(options.split("|")))
    for pattern, options in (
        (r"tion", "S.N"),
        (r"sion", "S.N|J.N"),
        (r"sch|sh", "S"),
        (r"tch|dg(?=[eiy])", "J"),
        (r"ch", "J|K"),
        (r"th", "T|S"),
        (r"ph", "P"),
        (r"^gh", "K"),
        (r"gh(?=[aeiouy])", "KH"),
        (r"gh", "|K"),
        (r"tj", "J"),
        (r"t[sz]|zz", "J|TS"),
        (r"ng", "N|NK"),
        (r"^x", "J|S"),
        (r"x", "KS"),
        (r"sc(?=[eiy])", "S"),
        (r"c(?=[eiy])", "S"),
        (r"g(?=[eiy])", "J|K"),
        (r"n[lr]", "NL|L"),
        (r"r(?![aeiouyw])|r(?=e[^aeiouyw]|e$)", "|L"),
        (r"h(?![aeiouyw])", ""),
        (r"[aeiouyw]+", "."),
        (r"[bpvf]", "P"),
        (r"[dt]", "T"),
        (r"[gkqc]", "K"),
        (r"[jz]", "J"),
        (r"s", "S"),
        (r"[lr]", "L"),
        (r"m", "M"),
        (r"n", "N"),
        (r"h", "H"),
        (r"[0-9]", "0"),
    )
)
_FOLDS = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        (r"^eu|yu", "u"),
        (r"eu(?=[^aeiouy]|$)", ""),
        (r"eo", "o"),
        (r"ae|ai", "e"),
        (r"oo|ou", "u"),
        (r"ee|ea", "i"),
        (r"y", "i"),
        (r"w", "u"),
        (r"ph|[bvf]", "p"),
        (r"th|d", "t"),
        (r"ck|[gqc]", "k"),
        (r"r", "l"),
        (r"z|ch", "j"),
        (r"x", "ks"),
        (r"(.)\1+", r"\1"),
    )
)
_MOST_SKELETONS = 16


def romanise(text: str) -> str:
    """``text`` with its Korean syllables in Latin letters: "유바이오로직스" -> "yubaiorojikseu"."""
    out: list[str] = []
    coda = 0
    for character in unicodedata.normalize("NFC", text):
        code = ord(character) - 0xAC00
        if not 0 <= code < 11172:
            out += (_CODAS[coda], character)
            coda = 0
            continue
        onset, rest = divmod(code, 588)
        if _ONSETS[onset]:
            out += (_CODAS[coda], "l" if onset == _RIEUL and coda == _LIEUL else _ONSETS[onset])
        else:
            out.append(_LIAISON.get(coda, _CODAS[coda]))
        vowel, coda = divmod(rest, 28)
        out.append(_VOWELS[vowel])
    out.append(_CODAS[coda])
    return "".join(out)


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits of ``text``, romanised, joined by "-"; at most 40 characters."""
    plain = unicodedata.normalize("NFKD", romanise(text)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:40].strip("-")


@dataclass(frozen=True)
class Sound:
    """A name to be compared by ear: the whole of it, and the part that is its own."""

    whole: str
    core: str


def sounds(text: str) -> tuple[Sound, ...]:
    """How ``text`` may be spoken: romanised, common words alike; also with spelled-out letters as letters."""
    for korean, english in _WORDS:
        text = text.replace(korean, f" {english} ")
    readings = dict.fromkeys((" ".join(text.split()), " ".join(map(_unspelled, text.split()))))
    return tuple(Sound(_latin(reading), _COMMON.sub("", _latin(reading))) for reading in readings)


def _unspelled(word: str) -> str:
    if len(word) < 2 or not _SPELLED.fullmatch(word):
        return word
    for name, letter in _LETTERS:
        word = word.replace(name, letter)
    return word


def _latin(text: str) -> str:
    folded = unicodedata.normalize("NFKD", romanise(text)).encode("ascii", "ignore").decode().lower()
    for pattern, word in _SAME_WORDS:
        folded = pattern.sub(word, folded)
    return re.sub(r"[^a-z0-9]", "", folded)


@lru_cache(maxsize=65_536)
def skeletons(sound: str) -> frozenset[str]:
    """Consonant skeletons of a romanised name; two names that sound alike share one."""
    found = {""}
    position = 0
    while position < len(sound):
        options, position = _next(sound, position)
        found = {start + option for start in found for option in options}
        if len(found) > _MOST_SKELETONS:
            found = set(sorted(found)[:_MOST_SKELETONS])
    # A letter doubled without a vowel between is heard once.
    return frozenset(re.sub(r"(.)\1+", r"\1", each).replace(".", "") for each in found)


def _next(sound: str, position: int) -> tuple[tuple[str, ...], int]:
    for pattern, options in _SOUNDS:
        if found := pattern.match(sound, position):
            if options == ("0",):
                return (found[0],), found.end()
            return options, found.end()
    return ("",), position + 1


def alike(first: Sound, second: Sound) -> bool:
    """Whether two names sound alike: a skeleton in common, and enough of the vowels.

    The shorter the skeleton, the more the vowels have to say.
    """
    shared = skeletons(first.whole) & skeletons(second.whole)
    longest = max(map(len, shared), default=0)
    if longest < 2:
        return False
    needed = {2: 80, 3: 60}.get(longest, 50)
    if fuzz.ratio(_folded(first.whole), _folded(second.whole)) < needed:
        return False
    if first.core and second.core:
        own = {1: 80, 2: 80, 3: 66}.get(min(len(first.core), len(second.core)), min(needed, 60))
        return fuzz.ratio(_folded(first.core), _folded(second.core)) >= own
    return not first.core and not second.core


@lru_cache(maxsize=65_536)
def _folded(sound: str) -> str:
    for pattern, letters in _FOLDS:
        sound = pattern.sub(letters, sound)
    return sound
