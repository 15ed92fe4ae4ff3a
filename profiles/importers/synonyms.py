"""Column headers people use, by the field they mean. One table; add to it freely.

Spelling is compared by letters and digits only (``text.key``), so spaces, punctuation and case are free.
The order matters for reading only: a spelling may stand once.
"""

from __future__ import annotations

from profiles.importers.text import key

TICKET = "ticket"
"""Not a field: a cheque size in one column, filling ``ticket_min_usd`` and ``ticket_max_usd``."""

HEADERS: dict[str, str] = {
    "id": """
        id | 아이디 | 번호 | 관리번호 | 관리 코드 | 코드 | code | 식별자 | 고유번호 | 고유 ID | 기업 ID
        | 회사 ID | 기관 ID | 업체 ID | 기업번호 | 기업코드 | 업체코드 | 기관코드 | 접수번호 | 신청번호
        | 참가번호 | 등록번호 | profile id | company id | company code | partner id | startup id
        | organisation id | organization id | identifier | key | reference | ref | ref no | no | 순번
        | 연번 | 일련번호 | 구분번호
    """,
    "side": """
        side | 구분 | 참가구분 | 참여구분 | 신청구분 | 참가 자격 | 참가유형 | startup or partner
        | startup/partner | 스타트업/파트너 | 진영 | role | 역할
    """,
    "kind": """
        kind | 유형 | 기관유형 | 기업유형 | 회사유형 | 파트너유형 | 파트너 구분 | 기관구분 | 기업구분
        | 기관종류 | 종류 | 업종 | 조직유형 | 분류 | 기관 분류 | type | partner type | organisation type
        | organization type | company type | type of organisation | type of organization | category
    """,
    "name": """
        name | company | company name | name of company | organisation | organization
        | organisation name | organization name | partner | partner name | startup | startup name
        | institution | institution name | firm | firm name | name in english | english name | name (en)
        | name (eng) | name_en | company (en) | company (eng) | company name (en) | company name (eng)
        | company name (english) | company name in english | 영문명 | 영문 이름 | 영문 기업명
        | 영문 회사명 | 영문 업체명 | 영문 기관명 | 영어명 | 기업명(영문) | 기업명(영어) | 기업명(영)
        | 기업명(eng) | 기업명(en) | 기업명(english) | 회사명(영문) | 회사명(영어) | 회사명(영)
        | 회사명(eng) | 회사명(en) | 업체명(영문) | 업체명(영어) | 업체명(eng) | 기관명(영문)
        | 기관명(영어) | 기관명(eng) | 기관명(en) | 법인명(영문) | 상호(영문) | 이름(영문)
    """,
    "name_ko": """
        name_ko | name ko | name (ko) | name (kor) | name (korean) | korean name | name in korean
        | company (ko) | company (kor) | company name (ko) | company name (kor) | company name (korean)
        | company name in korean | 기업명 | 회사명 | 업체명 | 기관명 | 단체명 | 법인명 | 상호 | 상호명
        | 병원명 | 대학명 | 파트너명 | 파트너사명 | 스타트업명 | 참가기업 | 참가기업명 | 참여기업
        | 참여기업명 | 신청기업 | 신청기업명 | 참가기관 | 참가기관명 | 참여기관명 | 수요기업명 | 이름
        | 명칭 | 국문명 | 국문 이름 | 한글명 | 국문 기업명 | 국문 회사명 | 국문 기관명 | 한글 기업명
        | 한글 회사명 | 기업명(국문) | 기업명(한글) | 기업명(국) | 회사명(국문) | 회사명(한글)
        | 회사명(국) | 업체명(국문) | 업체명(한글) | 기관명(국문) | 기관명(한글) | 법인명(국문)
        | 상호(국문) | 이름(국문) | 이름(한글) | 기업/기관명 | 기업(기관)명 | 기업명/기관명
        | 회사/기관명 | 소속 | 소속기관
    """,
    "about": """
        about | description | company description | company overview | company profile
        | company introduction | introduction | overview | summary | profile | business
        | business description | business overview | what we do | about us | about the company
        | 회사소개 | 기업소개 | 기관소개 | 업체소개 | 소개 | 소개글 | 소개문 | 한줄소개 | 간단소개
        | 기업 소개글 | 회사 개요 | 기업 개요 | 기관 개요 | 개요 | 요약 | 설명 | 회사 설명 | 기업 설명
        | 기관 설명 | 사업내용 | 사업 소개 | 사업 개요 | 주요사업 | 주요 사업내용 | 주요 업무
        | 사업분야 및 내용 | 주요내용 | 기업현황 | 기업개황 | 회사소개(국문) | 기업소개(국문)
    """,
    "seeks": """
        seeks | seek | seeking | needs | need | wants | want | looking for | what we look for
        | what we need | what you look for | what you seek | requirements | demand | demands | interests
        | interest | request | requests | partnering needs | collaboration needs | desired cooperation
        | desired partner | desired partners | desired collaboration | 희망분야 | 희망 협력분야
        | 희망 협력 분야 | 협력 희망분야 | 협력희망 분야 | 협력 희망사항 | 협력 희망 내용
        | 희망 협력내용 | 희망 협력사항 | 희망사항 | 희망내용 | 상담 희망 내용 | 상담 희망내용
        | 희망 상담내용 | 희망 상담 분야 | 상담 희망분야 | 상담 희망사항 | 상담내용 | 상담 요청사항
        | 요청사항 | 요청내용 | 협력 요청사항 | 협력 수요 | 수요 | 수요내용 | 수요기술 | 수요 분야
        | 니즈 | 필요사항 | 필요 분야 | 찾는 것 | 찾는 파트너 | 희망 파트너 | 희망 파트너사 | 희망 기관
        | 희망 상담기관 | 상담 희망기관 | 상담 희망 기업 | 희망 기업 | 희망 상담기업 | 만나고 싶은 기업
        | 만나고 싶은 기관 | 관심분야 | 관심 사항 | 관심 협력분야 | 관심 기술 | 협력분야 | 협력 내용
        | 협력 희망 | 도입 희망 기술 | 도입희망분야
    """,
    "offers": """
        offers | offer | offering | offerings | provides | provide | can offer | what we offer
        | what you offer | services | service | services offered | capabilities | capability | strengths
        | expertise | support offered | 제공 | 제공 가능 | 제공가능 내용 | 제공 가능 사항
        | 제공 가능 서비스 | 제공내용 | 제공사항 | 제공 서비스 | 제공 역량 | 제공 가능 분야 | 제공 분야
        | 보유 역량 | 보유역량 | 역량 | 핵심역량 | 핵심 역량 | 강점 | 지원내용 | 지원 내용 | 지원 가능
        | 지원 가능 분야 | 지원분야 | 지원 사항 | 지원 프로그램 | 서비스 | 주요 서비스 | 서비스 내용
        | 협력 가능 분야 | 협력 가능 내용 | 협력가능사항 | 자문 가능 분야 | 자문분야 | 전문분야
        | 상담 가능 분야 | 상담가능 내용
    """,
    "topics": """
        topics | topic | session | sessions | track | tracks | consultation topic | consultation topics
        | consulting topic | consulting topics | meeting topic | meeting topics | subject | subjects
        | 상담분야 | 상담 분야 | 상담주제 | 상담 주제 | 상담 세션 | 세션 | 세션명 | 희망 세션
        | 참가 세션 | 참여 세션 | 신청 세션 | 주제 | 희망 주제 | 트랙 | 상담유형 | 상담 유형 | 상담 종류
        | 상담구분 | 상담 항목 | 상담항목
    """,
    "areas": """
        areas | area | disease area | disease areas | therapeutic area | therapeutic areas | indication
        | indications | disease | diseases | field | fields | sector | sectors | industry | industries
        | application | applications | focus | focus area | focus areas | 질환 | 질환명 | 질환분야
        | 질환 분야 | 질환영역 | 대상질환 | 대상 질환 | 타깃 질환 | 타겟 질환 | 적응증 | 주요 적응증
        | 대상 적응증 | 질환/적응증 | 질환(적응증) | 적응증/분야 | 질환/분야 | 분야 | 사업분야
        | 사업 분야 | 산업분야 | 산업 | 업종분야 | 치료영역 | 치료 영역 | 치료분야 | 진료과 | 진료과목
        | 진료분야 | 투자분야 | 투자 분야 | 관심질환 | 관심 질환 | 관심 적응증 | 연구분야 | 연구 분야
        | 활용분야 | 응용분야 | 적용분야 | 세부분야
    """,
    "technologies": """
        technologies | technology | tech | modality | modalities | platform | platforms
        | platform technology | core technology | core technologies | key technology | product
        | products | pipeline | pipelines | method | methods | product/technology
        | products and technologies | 보유기술 | 보유 기술 | 기술 | 기술명 | 핵심기술 | 핵심 기술
        | 주요기술 | 주요 기술 | 대표기술 | 기술분야 | 기술 분야 | 기술내용 | 기술소개 | 기술/제품
        | 제품/기술 | 기술 및 제품 | 제품 및 기술 | 제품 | 제품명 | 주요제품 | 주요 제품 | 대표제품
        | 주요 제품 및 기술 | 주요 기술 및 제품 | 주요제품/기술 | 주요기술/제품 | 모달리티 | 플랫폼
        | 플랫폼 기술 | 기반기술 | 파이프라인 | 아이템 | 주요 아이템 | 사업아이템
    """,
    "history": """
        history | track record | past projects | past collaborations | collaborations | deals
        | achievements | references | experience | milestones | records | 협력실적 | 협력 실적
        | 협력이력 | 협력 이력 | 협력사례 | 협력 사례 | 협업실적 | 협업사례 | 주요실적 | 주요 실적
        | 실적 | 주요성과 | 주요 성과 | 성과 | 이력 | 주요이력 | 연혁 | 주요연혁 | 주요 경력 | 투자실적
        | 투자 실적 | 투자이력 | 투자사례 | 포트폴리오 | 주요 포트폴리오 | portfolio | 거래실적
        | 임상실적 | 임상 경험 | 수행실적 | 지원실적 | 해외진출 실적 | 과거실적 | 참여이력
    """,
    "past_deals": """
        past_deals | past deals | number of deals | number of past deals | deal count | deals count
        | no of deals | number of investments | number of trials | number of projects | 거래 건수
        | 거래건수 | 계약 건수 | 협력 건수 | 협력실적 건수 | 실적 건수 | 실적 수 | 투자 건수 | 임상 건수
        | 수행 건수 | 거래 수 | 누적 거래 건수 | 누적 투자 건수
    """,
    "stage": """
        stage | development stage | development phase | funding stage | funding round | round | phase
        | clinical stage | company stage | current stage | 단계 | 개발단계 | 개발 단계 | 투자단계
        | 투자 단계 | 투자라운드 | 투자 라운드 | 라운드 | 현재단계 | 현재 단계 | 사업단계 | 성장단계
        | 임상단계 | 임상 단계 | 진행단계 | 개발현황 | 파이프라인 단계
    """,
    "stages": """
        stages | stages taken | stages of interest | preferred stage | preferred stages
        | investment stage | investment stages | target stage | target stages | accepted stages
        | 선호단계 | 선호 단계 | 선호 투자단계 | 투자 선호단계 | 투자 희망단계 | 희망 단계
        | 희망 투자단계 | 관심단계 | 관심 단계 | 대상 단계 | 지원단계 | 지원 단계 | 투자대상 단계
        | 투자 대상 단계 | 투자 가능 단계 | 가능 단계
    """,
    "country": """
        country | nation | country code | country of origin | headquarters country | hq country
        | based in | nationality | 국가 | 국가명 | 국가코드 | 소재국 | 소재 국가 | 소재국가 | 본사국가
        | 본사 국가 | 본사 소재국 | 나라 | 국적
    """,
    "city": """
        city | town | location | headquarters | hq | region | city/state | state/city | 도시 | 도시명
        | 소재지 | 소재 도시 | 소재도시 | 본사 소재지 | 본사소재지 | 본사 위치 | 본사 도시 | 위치 | 지역
        | 소재지역
    """,
    "markets": """
        markets | market | target market | target markets | target country | target countries
        | markets served | countries of interest | desired markets | expansion markets | market access
        | 희망 진출국 | 희망진출국 | 희망 진출 국가 | 희망국가 | 희망 국가 | 희망 진출지역
        | 희망 진출시장 | 진출희망국가 | 진출 희망국가 | 진출 희망 국가 | 진출희망국 | 진출 희망국
        | 진출 희망시장 | 진출 희망 지역 | 진출국 | 진출 국가 | 진출국가 | 목표시장 | 목표 시장
        | 목표국가 | 목표 국가 | 타깃 시장 | 타겟 시장 | 타깃 국가 | 타겟국가 | 관심시장 | 관심 국가
        | 관심국가 | 대상국가 | 대상 국가 | 해외진출 희망국가 | 지원 국가 | 지원 가능 국가 | 활동국가
        | 활동 국가 | 시장
    """,
    "languages": """
        languages | language | languages spoken | spoken languages | meeting language
        | meeting languages | working language | working languages | 언어 | 사용언어 | 사용 언어
        | 가능언어 | 가능 언어 | 상담언어 | 상담 언어 | 사용 가능 언어 | 구사 언어 | 회화 가능 언어
        | 미팅 언어 | 통역언어
    """,
    "raising_usd": """
        raising_usd | raising | raise | raising amount | amount raising | funding needed | funding need
        | funding goal | funding target | funding required | funding sought | funding amount
        | investment sought | investment needed | investment required | investment ask | ask
        | ask amount | target raise | target amount | round size | 투자유치 희망금액 | 투자유치희망금액
        | 투자유치 희망액 | 투자유치 희망 금액 | 투자유치 희망규모 | 투자유치 금액 | 투자유치금액
        | 투자유치 규모 | 투자유치 목표 | 투자유치 목표금액 | 투자유치 목표액 | 희망 투자금액
        | 희망투자금액 | 희망 투자금 | 희망투자금 | 희망 투자액 | 희망투자액 | 희망 투자유치 금액
        | 희망 투자유치금액 | 희망 투자유치액 | 희망 투자유치 규모 | 투자 희망금액 | 투자희망금액
        | 투자 희망액 | 희망금액 | 희망 유치금액 | 유치 희망금액 | 유치희망금액 | 유치 희망액
        | 투자 필요금액 | 투자필요금액 | 필요 투자금액 | 필요자금 | 필요 자금 | 투자 요청금액 | 모집금액
        | 목표금액 | 목표 투자금액
    """,
    "ticket_min_usd": """
        ticket_min_usd | ticket_min | ticket min | min ticket | minimum ticket | minimum ticket size
        | min ticket size | ticket size min | minimum investment | min investment | minimum cheque
        | minimum check | minimum cheque size | minimum check size | 최소 투자금액 | 최소투자금액
        | 최소 투자금 | 최소 투자액 | 최소투자액 | 최소 투자규모 | 투자금액 최소 | 투자금액(최소)
        | 투자규모(최소) | 투자규모 최소 | 최소금액 | 최소 금액 | 최소 티켓 사이즈
    """,
    "ticket_max_usd": """
        ticket_max_usd | ticket_max | ticket max | max ticket | maximum ticket | maximum ticket size
        | max ticket size | ticket size max | maximum investment | max investment | maximum cheque
        | maximum check | maximum cheque size | maximum check size | 최대 투자금액 | 최대투자금액
        | 최대 투자금 | 최대 투자액 | 최대투자액 | 최대 투자규모 | 투자금액 최대 | 투자금액(최대)
        | 투자규모(최대) | 투자규모 최대 | 최대금액 | 최대 금액 | 최대 티켓 사이즈 | 투자한도
    """,
    TICKET: """
        ticket | ticket size | ticket_usd | ticket range | cheque size | check size | cheque
        | investment size | investment range | investment amount | deal size | typical investment
        | 투자규모 | 투자 규모 | 투자금액 | 투자액 | 건당 투자규모 | 건당 투자금액 | 건당 투자액
        | 평균 투자금액 | 평균 투자규모 | 투자 가능 금액 | 투자 가능금액 | 투자가능금액 | 투자 가능 규모
        | 투자 범위 | 투자금액 범위 | 투자규모 범위 | 티켓 사이즈 | 티켓사이즈 | 티켓
    """,
    "avoid": """
        avoid | exclude | excluded | exclusions | do not match | never match | not to meet | conflicts
        | blocked | blacklist | 제외 | 제외 기업 | 제외기업 | 제외 기관 | 제외 대상 | 제외대상
        | 상담 제외 | 상담제외 | 상담 제외 기업 | 상담 제외 기관 | 매칭 제외 | 매칭제외 | 매칭 제외 대상
        | 기피 | 기피 기업 | 기피기업 | 회피 대상 | 만나지 않을 기업
    """,
    "website": """
        website | web site | web | homepage | home page | url | site | web address | company website
        | link | 홈페이지 | 홈페이지 주소 | 웹사이트 | 웹사이트 주소 | 누리집 | 사이트 | 사이트 주소
        | 웹주소 | 회사 홈페이지 | 기업 홈페이지 | 홈피
    """,
    "contact_email": """
        contact_email | contact email | email | e-mail | email address | e-mail address | mail
        | contact e-mail | contact mail | representative email | 이메일 | 이메일 주소 | 이메일주소
        | 메일 | 메일 주소 | 메일주소 | 전자우편 | 담당자 이메일 | 담당자이메일 | 담당자 메일
        | 담당자 E-mail | 대표 이메일 | 대표이메일 | 연락 이메일 | 연락처 이메일 | 회사 이메일
    """,
    "source": """
        source | sources | data source | source of information | 출처 | 정보 출처 | 정보출처 | 자료 출처
        | 데이터 출처 | 근거 | 추천기관 | 추천 경로
    """,
}

SERIAL = frozenset({"번호", "no", "순번", "연번", "일련번호"})
"""Headers of an id column that often merely counts the rows of a sheet."""


def _index() -> dict[str, str]:
    table: dict[str, str] = {}
    for field, spellings in HEADERS.items():
        for spelling in spellings.split("|"):
            table.setdefault(key(spelling), field)
    return table


BY_KEY: dict[str, str] = _index()
"""``text.key`` of a header -> field (or ``TICKET``)."""
