"""Amounts as people write them -> US dollars.

The rules:

- Digits may be full-width; thousands are grouped by commas in threes; "1.5E+07" is a number. "2,5" is not
  read, for it could be 2.5 or 25.
- Korean units 십 백 천 만 억 조 add up, largest first: "3억 5천만" = 350,000,000; "15 백만" = 15,000,000.
  English ones are k/thousand, m/mn/million, b/bn/billion, trillion.
- A currency is a sign, a code or a word before or after: $, US$, USD, 달러, 불, ₩, KRW, 원, €, ¥, 엔
  and more; "¥" is yen. Two different ones in one amount are not read. What stands in brackets beside an
  amount ("20억원 (약 150만 달러)") is another way to say it and is left out.
- Without a currency: the header's, else won where a Korean unit stands ("30억"), else US dollars.
- A number with neither currency nor unit is multiplied by the header's unit ("(억원)": 20 -> 20억원).
- Ranges ("$1M-5M", "10~50억원", "from 1M to 2M") take a missing currency or unit from their other end.
  "이상", "at least", "10억~", "+" leave the upper end open; "이하", "up to", "~50억" the lower end.
- Conversion uses fixed rates (``RATES``), so that the same file gives the same amounts every day;
  the result is rounded to cents.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from profiles.errors import InputError
from profiles.importers.text import clean_line, fold

RATES: Mapping[str, float] = {
    "USD": 1.0,
    "KRW": 1350.0,
    "EUR": 0.92,
    "JPY": 150.0,
    "GBP": 0.79,
    "CNY": 7.2,
    "CHF": 0.88,
    "CAD": 1.36,
    "AUD": 1.52,
    "SGD": 1.34,
    "HKD": 7.8,
    "TWD": 32.0,
    "ILS": 3.7,
}
"""Units of a currency for one US dollar."""

_SIGNS = {
    "USD": "us$ usd us달러 u.s.dollars usdollars usdollar dollars dollar 미국달러 미달러 달러 미화 불 $",
    "KRW": "krw ₩ 원화 한화 원 won",
    "EUR": "eur euros euro 유로화 유로 €",
    "JPY": "jpy yen 엔화 엔 円 ¥ jp¥",
    "CNY": "cny rmb yuan 위안화 위안 인민폐 元 cn¥",
    "GBP": "gbp pounds pound sterling 파운드 £",
    "CAD": "c$ ca$ 캐나다달러",
    "AUD": "a$ au$ 호주달러",
    "SGD": "s$ sg$ 싱가포르달러 싱가폴달러",
    "HKD": "hk$ 홍콩달러",
    "TWD": "nt$ 대만달러",
    "CHF": "스위스프랑",
}
_CODE_OF = {sign: code for code, signs in _SIGNS.items() for sign in signs.split()}
_UNITS = {"십": 10, "백": 100, "천": 1000, "만": 10**4, "억": 10**8, "조": 10**12}
_ENGLISH = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mm": 10**6, "mn": 10**6, "mio": 10**6, "mil": 10**6,
    "million": 10**6, "millions": 10**6, "b": 10**9, "bn": 10**9, "billion": 10**9, "billions": 10**9,
    "trillion": 10**12,
}  # fmt: skip
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_WESTERN = re.compile(
    rf"({_NUMBER}(?:e[+-]?\d{{1,2}})?)({'|'.join(sorted(_ENGLISH, key=len, reverse=True))})?"
)
_PART = r"([\d.,십백천]*)"
_KOREAN = re.compile(f"(?:{_PART}조)?(?:{_PART}억)?(?:{_PART}만)?{_PART}")
_SECTION = re.compile(rf"(({_NUMBER})?천)?(({_NUMBER})?백)?(({_NUMBER})?십)?(({_NUMBER}))?")
_BRACKETS = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]")
_FILLERS = re.compile(
    r"약|대략|총|규모|정도|내외|수준|전후|상당"
    r"|\b(?:about|approximately|approx\.?|around|circa|ca\.|total of|total)(?![a-z])"
)
_AT_LEAST = re.compile(
    r"이상|초과|부터|최소|\+$|[>≥]=?|\b(?:minimum|min\.?|at least|from|over|more than|starting at)(?![a-z])"
)
_AT_MOST = re.compile(
    r"이하|이내|미만|까지|최대|한도|[<≤]=?|\b(?:maximum|max\.?|at most|up to|under|below|less than)(?![a-z])"
)
_RANGE = re.compile(
    r"\s*(?:~|∼|〜|–|—|−|에서|부터|이상|\bto\b|(?<=\d)\s*-\s*(?=[^\d\s]{0,4}\s*\d)|(?<=\S)-(?=\S))\s*"
)
_SPACED_DIGITS = re.compile(r"[\d.,]\s+[\d.]")
_SPACED_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:\s\d{3})+(?![\d,])")
_LONGEST = 200
_MOST_DIGITS = 24


@dataclass(frozen=True)
class Unit:
    """What a header says about bare numbers below it: currency code, and the factor of one."""

    currency: str | None = None
    factor: int = 1


NO_UNIT = Unit()
"""Of a header that says nothing."""


@dataclass(frozen=True)
class Reading:
    """An amount in US dollars: ``low`` equals ``high`` for a single one, None marks an open end.

    ``note`` says how a foreign currency was converted, or that none was named; "" for stated dollars.
    """

    low: float | None
    high: float | None
    note: str = ""


@dataclass(frozen=True)
class _Amount:
    value: Decimal
    currency: str | None = None
    scale: int = 1  # the last unit written: what the other end of a range may have left out
    korean: bool = False


def checked_rates(rates: Mapping[str, float] | None) -> dict[str, float]:
    """``RATES`` with ``rates`` (code -> units a US dollar) on top.

    Raises:
        InputError: a rate that is not a positive number.
    """
    merged = dict(RATES)
    for code, rate in (rates or {}).items():
        if not isinstance(rate, int | float) or not 0 < rate < 10**12:
            raise InputError(f"the rate of {clean_line(str(code))} must be a positive number a US dollar")
        merged[str(code).upper()] = float(rate)
    return merged


def read_money(text: str, unit: Unit = NO_UNIT, rates: Mapping[str, float] = RATES) -> Reading | None:
    """The amount or range that ``text`` states, None where it states none that can be read.

    Args:
        text: one cell.
        unit: from the header.
        rates: units of each known currency for one US dollar.
    """
    folded = fold(text[: 4 * _LONGEST]).replace("∼", "~").replace("〜", "~")
    if not folded or len(folded) > _LONGEST:
        return None
    plain = _BRACKETS.sub(" ", folded).strip() or folded.strip("()[]{} ")
    plain = " ".join(_FILLERS.sub(" ", plain).split())
    single = _one(plain, rates)
    if single is not None:
        return _converted(single, single, unit, rates)
    return _range(plain, unit, rates) or _bound(plain, unit, rates)


def header_unit(header: str) -> Unit:
    """Currency and factor a money header announces: "(억원)", "(백만 달러)", "(USD M)", "in USD", "_usd"."""
    folded = fold(header)
    pieces = [piece.strip("()[]{} ") for piece in _BRACKETS.findall(folded)]
    pieces += [part for piece in pieces for part in re.split(r"[,:;/]", piece)]
    tail = re.search(
        r"(?:[\s_](?:in\s)?|,|:)([^\s_()]+(?:\s(?:millions?|thousands?|m|mn|k|달러|원|불))?)$", folded
    )
    if tail:
        pieces.append(tail[1])
    for piece in pieces:
        found = _unit(re.sub(r"단위|기준|\bin\b|[:.\s_]", " ", piece))
        if found:
            return found
    return NO_UNIT


def _unit(text: str) -> Unit | None:
    stripped = _without_currency(text)
    if stripped is None:
        return None
    rest, currency = stripped
    if not rest:
        return Unit(currency) if currency else None
    amount = _western("1" + rest, currency) or _korean("1" + rest, currency)
    if amount is None or amount.scale == 1:
        return None
    korean_won = "KRW" if amount.korean else None
    return Unit(currency or korean_won, int(amount.value))


def _one(text: str, rates: Mapping[str, float]) -> _Amount | None:
    if _SPACED_DIGITS.search(_SPACED_THOUSANDS.sub("", text)):
        return None  # "10 20" is no number
    stripped = _without_currency(text, rates)
    if stripped is None or sum(c.isdigit() for c in stripped[0]) > _MOST_DIGITS:
        return None
    rest, currency = stripped
    return _western(rest, currency) or _korean(rest, currency)


def _without_currency(text: str, rates: Mapping[str, float] = RATES) -> tuple[str, str | None] | None:
    """``text`` without spaces and currency, and the code; None where two currencies stand in it."""
    squeezed = "".join(text.split())
    currency: str | None = None
    for at_start in (True, False, True, False):  # "US$ 15M", "15M 달러", and both: "미화 150만 달러"
        sign = _sign(squeezed, at_start, rates)
        if sign:
            code = _CODE_OF.get(sign) or sign.upper()
            if currency not in (None, code):
                return None
            currency = code
            squeezed = squeezed[len(sign) :] if at_start else squeezed[: -len(sign)]
    return squeezed, currency


def _sign(text: str, at_start: bool, rates: Mapping[str, float]) -> str | None:
    if text.startswith(_SORTED_SIGNS) if at_start else text.endswith(_SORTED_SIGNS):
        for sign in _SORTED_SIGNS:
            if text.startswith(sign) if at_start else text.endswith(sign):
                return sign
    code = text[:3] if at_start else text[-3:]
    return code if code.isascii() and code.isalpha() and code.upper() in rates else None


_SORTED_SIGNS = tuple(sorted(_CODE_OF, key=len, reverse=True))


def _western(text: str, currency: str | None) -> _Amount | None:
    found = _WESTERN.fullmatch(text)
    if not found:
        return None
    scale = _ENGLISH.get(found[2] or "", 1)
    return _Amount(Decimal(found[1].replace(",", "")) * scale, currency, scale)


def _korean(text: str, currency: str | None) -> _Amount | None:
    parts = _KOREAN.fullmatch(text)
    units = [character for character in text if character in _UNITS]
    if parts is None or not units:
        return None
    total = Decimal(0)
    for section, large in zip(parts.groups(), (10**12, 10**8, 10**4, 1), strict=True):
        value = _section(section or "")
        if value is None:
            return None
        # "만 달러" is one 만; a part that is not there is none.
        total += (Decimal(1) if section == "" and large > 1 else value) * large
    if parts[4] and parts[3] is None and (parts[1], parts[2]) != (None, None):
        return None  # "3억 5천", "3억 5000": 5,000 won or 5,000만?
    return _Amount(total, currency, _UNITS[units[-1]], korean=True)


def _section(text: str) -> Decimal | None:
    """ "1천5백" -> 1500, "1,500" -> 1500, "" -> 0."""
    found = _SECTION.fullmatch(text)
    if not found:
        return None
    total = Decimal(0)
    for unit, number in zip((1000, 100, 10, 1), found.groups()[1::2], strict=True):
        total += Decimal(number.replace(",", "")) * unit if number else 0
    for unit, part in zip((1000, 100, 10), found.groups()[0::2], strict=False):
        total += unit if part and len(part) == 1 else 0
    return total


def _range(text: str, unit: Unit, rates: Mapping[str, float]) -> Reading | None:
    text = re.sub(r"^from\s|^between\s|까지$|이하$|이내$|미만$", "", text).replace(" and ", " to ")
    for split in _RANGE.finditer(text):
        left, right = text[: split.start()].strip(), text[split.end() :].strip()
        low, high = _one(left, rates), _one(right, rates)
        if low is None or high is None:
            continue
        if low.currency and high.currency and low.currency != high.currency:
            continue
        currency = low.currency or high.currency
        korean = low.korean or high.korean
        low = _Amount(low.value, currency, low.scale, korean)
        high = _Amount(high.value, currency, high.scale, korean)
        # "1-5M" is 1M to 5M, "5천~8천만" 50M to 80M; but "500,000 - 2M" is as it stands.
        shared = _Amount(low.value * high.scale, currency, high.scale, korean)
        if low.scale < min(high.scale, 10**4 if korean else 10**3) or low.scale == 1 < high.scale:
            low = shared if shared.value <= high.value else low
        if low.value <= high.value:
            return _converted(low, high, unit, rates)
    return None


def _bound(text: str, unit: Unit, rates: Mapping[str, float]) -> Reading | None:
    least = bool(_AT_LEAST.search(text)) or text.endswith("~")
    most = bool(_AT_MOST.search(text)) or text.startswith("~")
    if least == most:
        return None
    rest = (_AT_LEAST if least else _AT_MOST).sub(" ", text).strip(" ~")
    amount = _one(rest, rates)
    return _converted(amount if least else None, amount if most else None, unit, rates) if amount else None


def _converted(
    low: _Amount | None, high: _Amount | None, unit: Unit, rates: Mapping[str, float]
) -> Reading | None:
    ends: list[float | None] = []
    note = ""
    for amount in (low, high):
        if amount is None:
            ends.append(None)
            continue
        bare = amount.currency is None and amount.scale == 1
        currency = amount.currency or unit.currency or ("KRW" if amount.korean else "USD")
        value = amount.value * (unit.factor if bare else 1)
        if currency not in rates:
            return None
        ends.append(float(round(value / Decimal(str(rates[currency])), 2)))
        if currency == "USD" and not (amount.currency or unit.currency):
            note = "as no currency is named"
        elif currency != "USD":
            note = f"converted from {currency} at {rates[currency]:,g} a US dollar"
    return Reading(ends[0], ends[1], note)
