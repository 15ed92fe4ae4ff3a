"""Words for kinds, sides, topics and stages, in Korean and English -> the values of the format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from profiles.importers.text import fold, key
from profiles.model import Kind, Side, Topic

Value = TypeVar("Value", bound=StrEnum)

_KINDS: dict[Kind, str] = {
    Kind.HOSPITAL: """
        병원 | 대학병원 | 종합병원 | 상급종합병원 | 의료기관 | 의료원 | 의료센터 | 클리닉 | 의원
        | 임상기관 | hospitals | medical center | medical centre | medical centers | clinic | clinics
        | teaching hospital | health system | clinical site
    """,
    Kind.PHARMA: """
        제약사 | 제약회사 | 제약 | 제약기업 | 글로벌 제약사 | 다국적 제약사 | 바이오제약 | 빅파마
        | 바이오텍 | 제약/바이오 | 제약바이오 | 파마 | big pharma | pharmaceutical | pharmaceuticals
        | pharmaceutical company | pharma company | pharma/biotech | biopharma | biotech
        | biotech company
    """,
    Kind.INVESTOR: """
        투자사 | 투자자 | 투자기관 | 투자회사 | 투자 | 벤처캐피탈 | 벤처캐피털 | 벤처투자사
        | 창업투자회사 | 창투사 | 사모펀드 | 펀드 | 엔젤 | 엔젤투자자 | 자산운용사 | 신기술금융사
        | investors | VC | CVC | PE | venture capital | venture capitalist | venture capital firm
        | private equity | fund | funds | angel | angel investor | corporate venture capital
        | family office | investment | investment firm
    """,
    Kind.LAW_FIRM: """
        로펌 | 법무법인 | 특허법인 | 법률사무소 | 특허사무소 | 변호사 | 변리사 | 변호사사무소 | 법률
        | 특허 | law firm | law firms | lawyer | lawyers | attorney | attorneys | patent firm
        | patent attorney | IP firm | legal | legal firm
    """,
    Kind.RESEARCH: """
        대학 | 대학교 | 연구소 | 연구원 | 연구기관 | 연구센터 | 학교 | 학계 | 산학협력단 | 대학/연구소
        | 대학/연구기관 | 대학 및 연구기관 | university | universities | institute | research institute
        | research institution | research center | research centre | research organisation
        | research organization | academia | academic | academic institution | university or institute
        | lab | laboratory
    """,
    Kind.INCUBATOR: """
        액셀러레이터 | 엑셀러레이터 | 액셀러레이팅 | 창업보육 | 창업보육센터 | 보육기관 | 창업지원기관
        | 인큐베이터 | 창업기획자 | AC | incubators | accelerator | accelerators | startup accelerator
        | incubator/accelerator | hub | innovation center
    """,
    Kind.CORPORATE: """
        기업 | 대기업 | 중견기업 | 중소기업 | IT기업 | IT | 기술기업 | 데이터기업 | 데이터 기업 | 공급사
        | 공급기업 | 제조사 | 일반기업 | 글로벌기업 | 의료기기 | 의료기기 기업 | CRO | CDMO | CMO | 회사
        | company | corporation | corporates | enterprise | technology company | tech company
        | IT company | supplier | data company | medical device | medical device company | medtech
        | vendor | manufacturer
    """,
    Kind.CONSULTANCY: """
        컨설팅 | 컨설팅사 | 컨설팅회사 | 컨설팅 기업 | 컨설턴트 | 자문사 | 자문기관 | 회계법인
        | 경영컨설팅 | 인허가 컨설팅 | consulting | consultant | consultants | consulting firm
        | advisory | advisor | adviser | accounting firm
    """,
    Kind.AGENCY: """
        공공기관 | 정부기관 | 정부 | 지자체 | 협회 | 단체 | 기관 | 공사 | 재단 | 진흥원 | 상공회의소
        | 무역관 | 대사관 | 유관기관 | 지원기관 | government | government agency | public agency
        | public institution | association | chamber | chamber of commerce | trade office
        | public sector | non-profit | nonprofit | NGO | foundation
    """,
    Kind.STARTUP: """
        스타트업 | 창업기업 | 벤처 | 벤처기업 | 초기기업 | 예비창업자 | 예비창업 | 창업팀 | start-up
        | startups | start-ups | venture | early-stage company | founder
    """,
}
# For cells that say more than one word; looked for in this order, so a university hospital is a hospital.
_KIND_PARTS: tuple[tuple[str, Kind], ...] = (
    (r"스타트업|창업\s?기업|벤처\s?기업|\bstart-?ups?\b", Kind.STARTUP),
    (r"병원|의료원|의료\s?기관|\bhospitals?\b|\bmedical cent(?:er|re)\b|\bclinics?\b", Kind.HOSPITAL),
    (r"로펌|법무|특허\s?법인|법률|변호사|변리사|\blaw\b|\battorneys?\b|\blegal\b", Kind.LAW_FIRM),
    (r"액셀러레이|엑셀러레이|인큐베이|보육|\baccelerat|\bincubat", Kind.INCUBATOR),
    (
        r"투자|벤처\s?캐피|창투|펀드|\bvc\b|\bcvc\b|\bventure capital\b|\binvest|\bequity\b|\bfunds?\b",
        Kind.INVESTOR,
    ),
    (r"제약|파마|\bpharma|\bbiopharma|\bbiotech", Kind.PHARMA),
    (r"대학|연구|학교|\buniversit|\binstitut|\bresearch\b|\bacadem", Kind.RESEARCH),
    (r"컨설|자문|회계|\bconsult|\badvis", Kind.CONSULTANCY),
    (
        r"공공|정부|협회|진흥|공사|지자체|\bgovernment|\bpublic\b|\bagenc|\bassociation\b|\bchamber\b",
        Kind.AGENCY,
    ),
    (r"기업|회사|\bcompan|\bcorporat|\benterprise|\bsuppl|\btechnolog", Kind.CORPORATE),
)

_SIDES: dict[Side, str] = {
    Side.STARTUP: """
        스타트업 | 창업기업 | 벤처기업 | 국내기업 | 국내 스타트업 | 국내 | 참가기업 | 참여기업
        | 수요기업 | 신청기업 | 피상담기업 | 의뢰기업 | 기업 | start-up | startups | start-ups
        | startup company | S
    """,
    Side.PARTNER: """
        파트너 | 파트너사 | 파트너기관 | 파트너 기관 | 해외파트너 | 해외 파트너 | 해외기관 | 해외기업
        | 해외 | 협력기관 | 협력사 | 전문가 | 멘토 | 멘토기관 | 상담기관 | 상담사 | 자문기관 | 공급기업
        | 기관 | 바이어 | partners | partner organisation | partner organization | mentor | mentors
        | expert | experts | advisor | buyer | buyers | P
    """,
}

_TOPICS: dict[Topic, str] = {
    Topic.INVESTMENT: """
        투자 | 투자유치 | 투자 상담 | 투자자 | 자금 | 자금조달 | 펀딩 | 금융 | invest | investing
        | funding | fundraising | fund raising | financing | finance | capital
    """,
    Topic.MARKET_ENTRY: """
        현지진출 | 현지 진출 | 시장진출 | 시장 진출 | 해외진출 | 미국진출 | 미국 진출 | 글로벌 진출
        | 진출 | 판로 | 판로개척 | 수출 | 사업개발 | 마케팅 | 유통 | 현지화 | 법인설립 | 창업보육
        | market entry | market access | go to market | business development | market | marketing
        | export | expansion | localization | localisation | commercialization | commercialisation
        | sales | distribution
    """,
    Topic.IP: """
        특허 | 지식재산 | 지식재산권 | 지재권 | 특허/지식재산 | 법률 | 법무 | 라이선싱 | 라이센싱
        | 라이선스 | 기술이전 | 상표 | patent | patents | intellectual property
        | intellectual property rights | IPR | legal | law | licensing | licence | license | trademark
        | technology transfer | tech transfer
    """,
    Topic.CLINICAL: """
        임상 | 임상시험 | 임상연구 | 임상개발 | 병원 | 실증 | 임상 협력 | 전임상 | 비임상
        | clinical trial | clinical trials | clinical study | clinical studies | clinical research
        | clinical development | trial | trials
    """,
    Topic.DATA: """
        데이터 | 의료데이터 | 빅데이터 | 데이터/AI | 데이터 협력 | 데이터 활용 | 인공지능 | AI | datas
        | medical data | health data | big data | real world data | RWD | data partnership
    """,
    Topic.SUPPLY: """
        공급 | 공급망 | 조달 | 납품 | 생산 | 제조 | 위탁생산 | 원료 | 구매 | 공급 계약 | supply chain
        | supplies | sourcing | procurement | manufacturing | production | CMO | CDMO | CRO | purchase
    """,
    Topic.RESEARCH: """
        연구 | 공동연구 | 연구협력 | 연구개발 | 공동개발 | 연구 협력 | 기술협력 | 산학협력 | R&D
        | joint research | collaborative research | research collaboration | co-development
        | codevelopment | joint development | research and development
    """,
    Topic.REGULATORY: """
        인허가 | 허가 | 규제 | 인증 | FDA | FDA 승인 | 식약처 | CE | 인허가/규제 | 규제대응 | 허가/규제
        | regulation | regulations | regulatory affairs | regulatory approval | approval | approvals
        | compliance | certification | RA
    """,
}
_TOPIC_PARTS: tuple[tuple[str, Topic], ...] = (
    (r"투자|자금|펀딩|\binvest|\bfund|\bfinanc|\bcapital\b", Topic.INVESTMENT),
    (r"진출|판로|수출|마케팅|\bmarket|\bexport|\bexpansion\b|\bcommerciali[sz]", Topic.MARKET_ENTRY),
    (
        r"특허|지식\s?재산|지재권|법률|라이선|라이센|기술\s?이전"
        r"|\bpatent|\bintellectual property\b|\blicen[cs]|\bip\b",
        Topic.IP,
    ),
    (r"임상|\bclinical\b|\btrials?\b", Topic.CLINICAL),
    (r"데이터|인공\s?지능|\bdata\b|\bai\b", Topic.DATA),
    (r"공급|조달|납품|생산|제조|\bsuppl|\bprocure|\bmanufactur", Topic.SUPPLY),
    (r"연구|공동\s?개발|\bresearch\b|\br&d\b|\bco-?develop", Topic.RESEARCH),
    (r"인허가|허가|규제|인증|식약처|\bregulat|\bfda\b|\bapprovals?\b|\bcertif", Topic.REGULATORY),
)
_OTHER = frozenset(key(word) for word in ("기타", "기타 등", "other", "others", "etc", "misc", "그 외", "등"))

_STAGES: dict[str, str] = {
    "idea": "아이디어 | 아이디어 단계 | 예비창업 | 개념 | concept | idea stage | 기획",
    "discovery": """
        발굴 | 후보물질 발굴 | 후보물질 | 탐색 | 선도물질 | drug discovery | lead | hit to lead
        | discovery stage
    """,
    "preclinical": """
        전임상 | 비임상 | 전임상시험 | 전임상 단계 | 비임상시험 | pre-clinical | preclinical stage
        | nonclinical
    """,
    "approved": """
        허가 | 승인 | 품목허가 | 시판허가 | 시판 승인 | 허가 완료 | 승인 완료 | 인허가 완료 | FDA 승인
        | approval | FDA approved | marketing authorisation | marketing authorization | market approved
    """,
    "marketed": """
        시판 | 시판중 | 판매 중 | 출시 | 상용화 | 제품 출시 | 상용화 완료 | on the market | commercial
        | launched | commercialized | commercialised | commercial stage
    """,
    "pre_seed": "프리시드 | 프리 시드 | pre-seed",
    "seed": "시드 | 시드 단계 | 씨드 | 엔젤 | seed stage | seed round | angel",
    "pre_series_a": "프리A | 프리 A | 프리시리즈A | 프리 시리즈 A | pre-A | pre-series A",
    "series_a": "시리즈A | A 라운드 | A라운드 | round A | series A round | A round",
    "series_b": "시리즈B | B 라운드 | B라운드 | round B | series B round | B round",
    "series_c": "시리즈C | C 라운드 | C라운드 | round C | series C round | C round",
    "series_d": "시리즈D | D 라운드 | D라운드 | round D | series D round | D round",
    "pre_ipo": "프리IPO | 프리 IPO | 상장 전 | 상장예정 | pre-IPO",
    "ipo": "상장 | 코스닥 상장 | 상장사 | 코스닥 | listed | public | post-IPO",
}
_ORDERED = (
    ("idea", "discovery", "preclinical", "phase1", "phase2", "phase3", "approved", "marketed"),
    ("pre_seed", "seed", "pre_series_a", "series_a", "series_b", "series_c", "series_d", "pre_ipo", "ipo"),
)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_PHASE = re.compile(
    r"(?:\bphase\s*-?\s*|\bp)(iv|i{1,3}|[1-4])(?:[ab](?:/[ab])?)?(?![a-z0-9])|임상\s*(?:시험\s*)?제?\s*(iv|i{1,3}|[1-4])\s*상?(?!\d)"
    r"|(?<!\d)([1-4])\s*상(?![가-힣])"
)
_SEVERAL = re.compile(r"\d\s*[/~,·&-]\s*\d|phase\s*i+\s*[/~&-]\s*i|\band\b|및|[/~]\s*(?:phase|임상)")


def _table(words: Mapping[Value, str]) -> dict[str, Value]:
    table: dict[str, Value] = {}
    for value, spellings in words.items():
        for spelling in (value.value, *spellings.split("|")):
            table.setdefault(key(spelling), value)
    return table


_KIND_BY_KEY, _SIDE_BY_KEY, _TOPIC_BY_KEY = _table(_KINDS), _table(_SIDES), _table(_TOPICS)
_STAGE_BY_KEY = {
    key(spelling): stage for stage, words in _STAGES.items() for spelling in (stage, *words.split("|"))
}


@lru_cache(maxsize=4096)
def read_kind(text: str) -> tuple[Kind | None, bool]:
    """The kind a cell names (None: no known one), and whether it was guessed from a part of the cell."""
    exact = _KIND_BY_KEY.get(key(text))
    if exact:
        return exact, False
    folded = fold(text)
    for part in re.split(r"[,;/、·|\n]", folded):
        if len(part) < len(folded) and (found := _KIND_BY_KEY.get(key(part))):
            return found, True
    for pattern, kind in _KIND_PARTS:
        if re.search(pattern, folded):
            return kind, True
    return None, False


@lru_cache(maxsize=4096)
def read_side(text: str) -> Side | None:
    """The side a cell names, None where it names none."""
    return _SIDE_BY_KEY.get(key(text))


@lru_cache(maxsize=4096)
def read_topics(text: str) -> tuple[tuple[Topic, ...], bool]:
    """The topics one entry names, none for an unknown one, and whether they were guessed."""
    exact = _TOPIC_BY_KEY.get(key(text))
    if exact:
        return (exact,), False
    folded = fold(text)
    return tuple(topic for pattern, topic in _TOPIC_PARTS if re.search(pattern, folded)), True


def is_other(text: str) -> bool:
    """Whether an entry is the "other" box of a form, which says nothing."""
    return key(text) in _OTHER


def read_stage(text: str) -> str:
    """A stage in the format's words where it is a known one, else ``text`` as it stands."""
    exact = _STAGE_BY_KEY.get(key(text))
    if exact:
        return exact
    folded = fold(text).replace("_", " ")
    phases = {_ROMAN.get(found, found) for match in _PHASE.findall(folded) for found in match if found}
    if len(phases) == 1 and not _SEVERAL.search(folded) and not folded.startswith("early"):
        return f"phase{phases.pop()}"
    series = re.search(r"(?:series|시리즈)[\s-]*([a-h])(?![a-z])", folded)
    if series and not phases:
        before = re.search(r"(?:\bpre|프리)[\s-]*(?:series|시리즈)", folded)
        return f"{'pre_' if before else ''}series_{series[1]}"
    if re.search(r"전임상|비임상|\bpre-?clinical", folded) and not phases:
        return "preclinical"
    return text


def read_stages(text: str) -> list[str]:
    """The stages one entry of a list names: "Seed ~ Series B" is all from one to the other."""
    folded = fold(text)
    phases = re.fullmatch(
        r"(?:phase|임상)\s*([1-4]|i{1,3}|iv)\s*상?\s*[~–-]\s*(?:phase|임상)?\s*([1-4]|i{1,3}|iv)\s*상?",
        folded,
    )
    ends = (
        [f"phase{_ROMAN.get(each, each)}" for each in phases.groups()]
        if phases
        else [
            read_stage(part.strip()) for part in re.split(r"[~∼〜–]|\bto\b|부터", re.sub("까지$", "", folded))
        ]
    )
    if len(ends) == 2:
        for order in _ORDERED:
            if ends[0] in order and ends[1] in order and order.index(ends[0]) <= order.index(ends[1]):
                return list(order[order.index(ends[0]) : order.index(ends[1]) + 1])
    return [read_stage(text)]


def values(enumeration: Iterable[StrEnum]) -> str:
    """The values of an enumeration, for a message."""
    return ", ".join(each.value for each in enumeration)
