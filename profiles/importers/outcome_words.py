"""Headers, words, dates and ranks as people write them in a list of outcomes. Tables: add to them freely.

Headers and words are compared by letters and digits only (``text.key``): spaces, hyphens and case are free.
"""

from __future__ import annotations

import datetime
import re

from profiles.importers.listing import Columns
from profiles.importers.text import fold, key
from profiles.outcomes import WORST_RANK, Result

HEADERS: dict[str, str] = {
    "startup": """
        startup | startup id | startup name | start-up | company | company id | company name | 기업 | 기업 ID
        | 기업명 | 스타트업 | 스타트업 ID | 스타트업명 | 참가기업 | 참가기업명 | 참여기업 | 참여기업명
        | 신청기업 | 신청기업명 | 회사 | 회사명 | 업체 | 업체명
    """,
    "partner": """
        partner | partner id | partner name | counterpart | counterparty | 파트너 | 파트너 ID | 파트너명
        | 파트너사 | 파트너사명 | 파트너 기관 | 상대 | 상대기관 | 상대기관명 | 상대방 | 협력기관
        | 협력기관명 | 협력 파트너 | 상담기관 | 상담기관명 | 기관 | 기관 ID | 기관명
    """,
    "outcome": """
        outcome | outcomes | result | results | 결과 | 상담 결과 | 면담 결과 | 미팅 결과 | 매칭 결과
        | 추천 결과 | 진행 결과
    """,
    "date": """
        date | day | date of outcome | outcome date | meeting date | date of meeting | 일자 | 날짜 | 일시
        | 결과 일자 | 결과일 | 상담일 | 상담일자 | 상담 날짜 | 면담일 | 면담일자 | 미팅일 | 미팅일자
        | 미팅 날짜 | 체결일
    """,
    "rank": """
        rank | place | position | rank in list | list rank | 순위 | 추천순위 | 매칭순위 | 목록 순위
    """,
}
COLUMNS = Columns(HEADERS, required=("startup", "partner", "outcome", "date"))
"""The columns of a table."""
read_header = COLUMNS.read

WORDS: dict[Result, str] = {
    Result.SHOWN: """
        shown | show | listed | recommended | suggested | 추천 | 추천됨 | 추천함 | 제시 | 제시됨 | 노출
        | 표시
    """,
    Result.DECLINED: """
        declined | decline | rejected | refused | turned down | 거절 | 거절됨 | 거절함 | 거부 | 사양 | 반려
        | 미수락 | 면담 거절 | 미팅 거절 | 상담 거절
    """,
    Result.ACCEPTED: """
        accepted | accept | meeting accepted | 수락 | 수락됨 | 수락함 | 승낙 | 면담 수락 | 미팅 수락
        | 상담 수락
    """,
    Result.MET: """
        met | meeting | meeting held | had a meeting | 면담 | 면담함 | 면담 완료 | 면담 진행 | 미팅
        | 미팅함 | 미팅 완료 | 미팅 진행 | 상담 | 상담함 | 상담 완료 | 상담 진행 | 만남
    """,
    Result.FOLLOW_UP: """
        follow up | followed up | follow up meeting | in follow up | second meeting | 후속 | 후속 협의
        | 후속 논의 | 후속 면담 | 후속 미팅 | 후속 상담 | 후속 진행 | 후속 조치 | 추가 면담 | 추가 미팅
        | 추가 상담 | 추가 협의
    """,
    Result.AGREEMENT: """
        agreement | agreement signed | signed | contract | contract signed | MOU | MOU signed
        | memorandum of understanding | 협약 | 협약 체결 | 업무협약 | 업무협약 체결 | 계약 | 계약 체결
        | 양해각서 | 양해각서 체결 | MOU 체결 | 체결 | 투자 계약 | 투자 계약 체결
    """,
}
KNOWN_WORDS = "shown (추천), declined (거절), accepted (수락), met (면담), follow_up (후속), agreement (협약)"
"""The words to name in a message."""

_DATE = re.compile(
    r"((?:19|2\d)\d\d)\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[.일]?"  # 2023. 4. 28.
    r"(?:\s*\([^()]{1,10}\))?"  # (금)
    r"(?:[\st,]\s*(?:오전|오후|am|pm)?\s*\d{1,2}\s*[:시].*)?"  # 14:00
)
_COMPACT_DATE = re.compile(r"((?:19|2\d)\d\d)(\d\d)(\d\d)")
_SERIAL_DATE = re.compile(r"(\d{5})(?:\.\d+)?")
_EXCEL_DAY_0 = datetime.date(1899, 12, 30)
_FIRST_SERIAL = 32_874  # 1990-01-01; a smaller number is no day of a meeting
_RANK = re.compile(r"(?:제|no\.?|#)?\s*(\d{1,7})(?:\.0+)?\s*(?:위|순위|번째|st|nd|rd|th)?")


def read_result(text: str) -> Result | None:
    """The result a word means, None where it means none."""
    return _RESULTS.get(key(text))


def read_date(text: str) -> tuple[datetime.date | None, bool]:
    """The day that ``text`` names, and whether it had to be taken for an Excel day number.

    Read are 2023-04-28, 2023.04.28, 2023/4/28, 20230428, 2023년 4월 28일, each with a weekday or a time
    behind it, and 45044. Days before months and years of two digits could be read in two ways: None.
    """
    folded = fold(text[:100])
    found = _DATE.fullmatch(folded) or _COMPACT_DATE.fullmatch(folded)
    if found:
        year, month, day = map(int, found.groups())
        try:
            return datetime.date(year, month, day), False
        except ValueError:
            return None, False
    serial = _SERIAL_DATE.fullmatch(folded)
    if serial and int(serial[1]) >= _FIRST_SERIAL:
        return _EXCEL_DAY_0 + datetime.timedelta(days=int(serial[1])), True
    return None, False


def read_rank(text: str) -> int | None:
    """A place in a list, such as "3", "3.0", "3위" or "3rd"; None where it is none from 1 on."""
    found = _RANK.fullmatch(fold(text[:100]))
    rank = int(found[1]) if found else 0
    return rank if 1 <= rank <= WORST_RANK else None


_RESULTS = {key(word): result for result, words in WORDS.items() for word in words.split("|")}
