"""Which of a startup's wants belong to a consultation track: investment, market entry, IP and the others."""

from __future__ import annotations

import numpy as np

from matcher.directory import Reading, StatementTable
from profiles.model import Topic

TRACK_TEXTS: dict[Topic, tuple[str, ...]] = {
    Topic.INVESTMENT: (
        "venture capital investor to lead or join our funding round",
        "투자 유치, 시리즈 A 투자자, 벤처캐피탈, 자금 조달",
    ),
    Topic.MARKET_ENTRY: (
        "local partner for market entry, distribution, sales and reimbursement, accelerator or office space",
        "현지 시장 진출, 유통 파트너, 판매망, 현지 법인 설립, 액셀러레이터 입주",
    ),
    Topic.IP: (
        "patent attorney for filing, freedom to operate, licensing contracts and intellectual property",
        "특허 출원, 지식재산권 전략, 특허 침해 분석, 라이선스 계약 법률 자문",
    ),
    Topic.CLINICAL: (
        "hospital as clinical trial site, principal investigator, clinical validation with patients",
        "임상시험 실시 병원, 임상 연구자, 환자 대상 임상 검증",
    ),
    Topic.DATA: (
        "clinical data, real-world evidence, cloud and AI infrastructure, health record integration",
        "의료 데이터 활용, 실사용 데이터, 클라우드와 인공지능 인프라, 전자의무기록 연동",
    ),
    Topic.SUPPLY: (
        "contract manufacturing, supply of raw materials, components and finished product",
        "위탁생산, 원료 공급, 부품과 완제품 납품, 공급 계약",
    ),
    Topic.RESEARCH: (
        "joint research with a university or institute, co-development, preclinical experiments",
        "대학·연구소와 공동연구, 공동개발, 전임상 실험",
    ),
    Topic.REGULATORY: (
        "regulatory affairs consultant for FDA approval, 510(k), IND and quality systems",
        "FDA 인허가 자문, 허가 전략, 510(k), IND 신청, 품질 시스템",
    ),
}
"""What wants of each track are like, in our own words in both languages."""


class Tracks:
    """Sorts wants by track.

    A want's nearness to a track is the larger cosine to the track's texts, less what the wants of the
    directory have on average: E5's cosines lie close together and some texts are near to everything.
    """

    def __init__(self, vectors: np.ndarray, startups: StatementTable) -> None:
        """
        Args:
            vectors: (t, dimension) of ``texts()``.
            startups: the statements of all startups, whose wants are what is usual.
        """
        self._vectors = vectors
        wants = np.unique(startups.rows[startups.is_want])
        near = self._nearness(startups.vectors[wants]) if len(wants) else np.zeros((1, len(Topic)))
        self._usual = near.mean(axis=0)

    @staticmethod
    def texts() -> list[str]:
        """What has to be encoded, in order."""
        return [text for topic in Topic for text in TRACK_TEXTS[topic]]

    def _nearness(self, vectors: np.ndarray) -> np.ndarray:
        cosines = vectors @ self._vectors.T
        starts = np.cumsum([0, *(len(TRACK_TEXTS[topic]) for topic in Topic)])[:-1]
        return np.asarray(np.maximum.reduceat(cosines, starts, axis=1))

    def of(self, reading: Reading) -> list[Topic | None]:
        """The track of each statement of a startup: None where it is no want.

        A want belongs to the nearest of the tracks that the startup names as its topics, or of all where it
        names none: what it did not come for is no matter of its wants.
        """
        topics = list(Topic)
        open_ = [topics.index(topic) for topic in reading.profile.topics] or list(range(len(topics)))
        nearest = (self._nearness(reading.vectors) - self._usual)[:, open_].argmax(axis=1)
        return [
            topics[open_[at]] if statement.field == "seeks" else None
            for statement, at in zip(reading.statements, nearest, strict=True)
        ]

    def asks(self, reading: Reading, track: Topic) -> np.ndarray:
        """(k,) which statements of a startup are its questions in a track.

        They are its wants of that track; where none is, the want nearest to it; all statements where it names
        no wants.
        """
        sorted_ = self.of(reading)
        wants = np.flatnonzero([topic is not None for topic in sorted_])
        chosen = np.array([topic is track for topic in sorted_], bool)
        if not len(wants):
            return np.ones(len(sorted_), bool)
        if not chosen.any():
            near = (self._nearness(reading.vectors[wants]) - self._usual)[:, list(Topic).index(track)]
            chosen[wants[int(near.argmax())]] = True
        return chosen
