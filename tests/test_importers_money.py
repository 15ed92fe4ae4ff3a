"""Amounts as people write them."""

import pytest

from profiles.errors import InputError
from profiles.importers.money import RATES, Reading, Unit, checked_rates, header_unit, read_money


@pytest.mark.parametrize(
    ("text", "dollars"),
    [
        ("20억원", 1_481_481.48),
        ("약 20억 원", 1_481_481.48),
        ("２０억원", 1_481_481.48),
        ("20억원 (약 150만 달러)", 1_481_481.48),
        ("1,500만 달러", 15_000_000),
        ("미화 150만 달러", 1_500_000),
        ("150만불", 1_500_000),
        ("15 백만달러", 15_000_000),
        ("백만 달러", 1_000_000),
        ("USD 15M", 15_000_000),
        ("15MUSD", 15_000_000),
        ("US$ 1.5 million", 1_500_000),
        ("$2.5m", 2_500_000),
        ("＄2.5m", 2_500_000),
        ("2.5M", 2_500_000),
        ("1.5E+07", 15_000_000),
        ("15 million dollars", 15_000_000),
        ("1 500 000", 1_500_000),
        ("1,500,000", 1_500_000),
        ("0", 0),
        ("KRW 3,000,000,000", 2_222_222.22),
        ("￦3,000,000,000", 2_222_222.22),
        ("30억", 2_222_222.22),
        ("5천만원", 37_037.04),
        ("천만원", 7_407.41),
        ("1천5백만원", 11_111.11),
        ("1조 2000억원", 888_888_888.89),
        ("3억 5천만원", 259_259.26),
        ("1억 2천만 5천원", 88_892.59),
        ("€2m", 2_173_913.04),
        ("EUR 2 mio", 2_173_913.04),
        ("¥300M", 2_000_000),
        ("3억엔", 2_000_000),
        ("£1m", 1_265_822.78),
        ("720만 위안", 1_000_000),
        ("S$2m", 1_492_537.31),
    ],
)
def test_an_amount_is_read_in_us_dollars(text: str, dollars: float) -> None:
    reading = read_money(text)
    assert reading is not None
    assert (reading.low, reading.high) == (dollars, dollars)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("$1M-5M", 1_000_000, 5_000_000),
        ("1-5M USD", 1_000_000, 5_000_000),
        ("$500K-2M", 500_000, 2_000_000),
        ("500,000 - 2M USD", 500_000, 2_000_000),
        ("$1M–$5M", 1_000_000, 5_000_000),
        ("from $1M to $3M", 1_000_000, 3_000_000),
        ("between 1M and 3M", 1_000_000, 3_000_000),
        ("10~50억원", 740_740.74, 3_703_703.7),
        ("10억원부터 20억원까지", 740_740.74, 1_481_481.48),
        ("10억원 이상 20억원 이하", 740_740.74, 1_481_481.48),
        ("5천~8천만원", 37_037.04, 59_259.26),
        ("100만 ~ 1억원", 740.74, 74_074.07),
        ("10억 이상", 740_740.74, None),
        ("10억~", 740_740.74, None),
        ("$1M+", 1_000_000, None),
        ("at least $1M", 1_000_000, None),
        ("최대 20억원", None, 1_481_481.48),
        ("~20억", None, 1_481_481.48),
        ("up to $5M", None, 5_000_000),
    ],
)
def test_a_range_gives_both_ends(text: str, low: float | None, high: float | None) -> None:
    reading = read_money(text)
    assert reading is not None
    assert (reading.low, reading.high) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "협의",
        "TBD",
        "-",
        "-5",
        "-1~5",
        "2,5m",
        "1.500.000",
        "10 20",
        "3억 5000",
        "3억 5천",
        "5만 3억",
        "INR 5",
        "$20억원",
        "5M~1M",
        "스무억",
        "seed",
        "$",
        "원",
        "1,50",
        "12" * 20,
        "1" * 500,
    ],
)
def test_what_is_not_sure_is_not_read(text: str) -> None:
    assert read_money(text) is None


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("투자유치 희망금액(USD)", Unit("USD", 1)),
        ("투자유치 희망금액(원)", Unit("KRW", 1)),
        ("희망금액(억원)", Unit("KRW", 100_000_000)),
        ("금액 (백만 달러)", Unit("USD", 1_000_000)),
        ("투자금액(단위: 백만원)", Unit("KRW", 1_000_000)),
        ("희망 금액 [단위 : US$ mn]", Unit("USD", 1_000_000)),
        ("Raising (USD M)", Unit("USD", 1_000_000)),
        ("Raising (k€)", Unit("EUR", 1_000)),
        ("raising (million)", Unit(None, 1_000_000)),
        ("Funding needed in USD million", Unit("USD", 1_000_000)),
        ("raising_usd", Unit("USD", 1)),
        ("투자규모 (USD, 선택)", Unit("USD", 1)),
        ("투자규모(최소)", Unit(None, 1)),
        ("희망 투자금액", Unit(None, 1)),
    ],
)
def test_the_header_tells_the_unit(header: str, unit: Unit) -> None:
    assert header_unit(header) == unit


def test_the_headers_unit_is_for_bare_numbers_only() -> None:
    won = Unit("KRW", 100_000_000)
    assert read_money("20", won) == Reading(
        1_481_481.48, 1_481_481.48, "converted from KRW at 1,350 a US dollar"
    )
    assert read_money("10~20", won) == Reading(
        740_740.74, 1_481_481.48, "converted from KRW at 1,350 a US dollar"
    )
    assert read_money("20억", won) == read_money("20", won)
    assert read_money("$3M", won) == Reading(3_000_000, 3_000_000)
    assert read_money("3M") == Reading(3_000_000, 3_000_000, "as no currency is named")
    assert read_money("3M", Unit("USD")) == Reading(3_000_000, 3_000_000)
    assert read_money("20억", Unit("USD", 1)) == Reading(2_000_000_000, 2_000_000_000)


def test_rates_can_be_given_and_are_checked() -> None:
    rates = checked_rates({"krw": 1000, "INR": 80})
    assert read_money("20억원", rates=rates) == Reading(
        2_000_000, 2_000_000, "converted from KRW at 1,000 a US dollar"
    )
    assert read_money("INR 160", rates=rates) == Reading(2, 2, "converted from INR at 80 a US dollar")
    assert rates["EUR"] == RATES["EUR"]
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="the rate of KRW must be a positive number"):
            checked_rates({"KRW": wrong})
