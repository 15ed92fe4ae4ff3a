"""A file of who wants to meet whom -> wishes, and what is wrong with each row. Writes nothing.

Columns: who, whom (ids or names, several between ``;``), wish (wanted, maybe, never, accepted, must,
confirmed) and, if known, track, slot (its id, or day and time) and table.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from profiles.event import Slot
from profiles.importers.listing import Columns, Draft, read_list
from profiles.importers.moments import days_of, find_slot
from profiles.importers.people import People, several
from profiles.importers.results import Limits, Mended, Notice, Rejection
from profiles.importers.text import clean_line, fold, key, shown
from profiles.importers.values import split_entries
from profiles.importers.vocabulary import read_topics, values
from profiles.model import Topic


class Answer(StrEnum):
    """What somebody says of meeting another one; the last three also an organiser may say."""

    NEVER = "never"
    MAYBE = "maybe"
    WANTED = "wanted"
    ACCEPTED = "accepted"
    MUST = "must"
    CONFIRMED = "confirmed"


COLUMNS = Columns(
    {
        "who": """
            who | who id | from | name | participant | requester | requested by | applicant | startup
            | startup id | startup name | company | company name | 신청자 | 신청 기관 | 신청 기관명
            | 신청 기업 | 신청 기업명 | 요청자 | 요청 기관 | 요청 기업 | 희망자 | 참가자 | 참가자명
            | 참가 기업 | 참가 기업명 | 기업 | 기업 ID | 기업명 | 스타트업 | 스타트업 ID | 스타트업명
            | 회사 | 회사명 | 누가
        """,
        "whom": """
            whom | whom id | to | with | wants | wants to meet | wanted partner | requested partner
            | counterpart | counterparty | partner | partner id | partner name | 상대 | 상대방
            | 상대 기관 | 상대 기관명 | 상대 기업 | 상대 기업명 | 희망 상대 | 희망 기관 | 희망 기관명
            | 희망 기업 | 희망 기업명 | 희망 파트너 | 희망 상담 기관 | 희망 상담 기업 | 상담 희망 기관
            | 상담 희망 기업 | 상담 기관 | 상담 기관명 | 파트너 | 파트너 ID | 파트너명 | 파트너사
            | 누구를
        """,
        "wish": """
            wish | answer | request | response | preference | interest | state | status | 희망
            | 희망 여부 | 희망 사항 | 의사 | 응답 | 회신 | 상태 | 구분 | 신청 | 신청 여부 | 수락 여부
            | 상담 희망 여부
        """,
        "track": """
            track | topic | session topic | 트랙 | 분야 | 상담 분야 | 희망 분야 | 주제 | 상담 주제
            | 세션 분야
        """,
        "slot": """
            slot | slot id | time | time slot | meeting time | when | 슬롯 | 시간 | 시간대 | 상담 시간
            | 일시 | 상담 일시 | 확정 시간 | 확정 일시
        """,
        "table": "table | table id | 테이블 | 테이블 번호 | 상담석 | 좌석 | 자리 | 부스",
    },
    required=("who", "whom", "wish"),
)

_WORDS: dict[Answer, str] = {
    Answer.WANTED: """
        wanted | want | wants | wish | yes | y | o | v | 1 | true | requested | request | interested
        | prefer | preferred | 희망 | 희망함 | 상담 희망 | 면담 희망 | 미팅 희망 | 원함 | 만나고 싶음
        | 신청 | 신청함 | 요청 | 요청함 | 관심 | 관심 있음 | 선호 | 예 | 네 | ○ | ◯ | 〇 | ◎ | ✓ | ✔ | ☑
    """,
    Answer.MAYBE: """
        maybe | perhaps | possible | possibly | open | neutral | no preference | if possible | 가능
        | 가능하면 | 보통 | 중립 | 무관 | 상관없음 | 검토 | 검토 중 | 고려 | 고려 중 | 미정 | 글쎄 | △
        | ▲
    """,
    Answer.NEVER: """
        never | no | n | x | false | decline | declined | reject | rejected | refused | avoid
        | not wanted | not interested | 거절 | 거절함 | 거부 | 불가 | 불가능 | 제외 | 사양 | 기피
        | 원하지 않음 | 원치 않음 | 희망 안 함 | 희망하지 않음 | 비희망 | 미희망 | 관심 없음 | 아니오
        | 아니요 | × | ✕ | ✗ | ✘
    """,
    Answer.ACCEPTED: """
        accepted | accept | agreed | mutual | both | 수락 | 수락함 | 수락됨 | 승낙 | 동의 | 합의
        | 상호 희망 | 상호 수락 | 쌍방 희망 | 쌍방 수락
    """,
    Answer.MUST: "must | must meet | required | mandatory | essential | 필수 | 필수 상담 | 반드시 | 꼭",
    Answer.CONFIRMED: """
        confirmed | confirm | fixed | booked | set | 확정 | 확정됨 | 확정함 | 일정 확정 | 고정 | 예약
    """,
}
# Signs have no letters: they are compared as they are.
_ANSWERS = {
    key(word) or word.strip(): answer for answer, words in _WORDS.items() for word in words.split("|")
}
KNOWN_WORDS = "wanted (희망), maybe (가능), never (거절), accepted (수락), must (필수), confirmed (확정)"
"""The words to name in a message."""


@dataclass(frozen=True)
class Wish:
    """What one says of meeting another.

    Attributes:
        who, whom: ids, of different sides.
        slot, table: where a confirmed meeting is; None for all others.
        place: the file and row it stands in, to speak of it.
    """

    who: str
    whom: str
    answer: Answer
    track: Topic | None = None
    slot: str | None = None
    table: str | None = None
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class ParsedWishes:
    """A file as read: what a row says is in ``wishes`` or in ``rejections``."""

    file: str
    wishes: tuple[Wish, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Venue:
    """What a row can speak of.

    Attributes:
        people: those who take part.
        tracks, slots, tables: of the event.
    """

    people: People
    tracks: Sequence[Topic]
    slots: Sequence[Slot]
    tables: Collection[str]


def read_answer(text: str) -> Answer | None:
    """The answer a word or sign means, None where it means none."""
    return _ANSWERS.get(key(text) or fold(text))


def parse_wishes(
    path: Path,
    venue: Venue,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    mended: Mended | None = None,
) -> ParsedWishes:
    """Read a JSONL, JSON, CSV, TSV or XLSX file of wishes; nothing is written anywhere.

    ``mended``: see ``read_list``.

    Raises:
        InputError: the file cannot be read at all, or has no table with the columns needed; one line.
    """
    name, rows, notices = read_list(Path(path), COLUMNS, limits, mended)
    wishes: list[Wish] = []
    rejections: list[Rejection] = []
    for row in rows:
        draft = _Draft(row, venue=venue, file=name)
        found = draft.read()
        if draft.problems:
            rejections += draft.rejections(name)
        else:
            wishes += found
            notices += draft.notices()
    return ParsedWishes(name, tuple(wishes), tuple(rejections), tuple(notices))


@dataclass
class _Draft(Draft):
    """One row being read."""

    venue: Venue = field(kw_only=True)
    file: str = field(kw_only=True)

    def read(self) -> list[Wish]:
        """What the row says; of no use where there are problems."""
        if self.problems:
            return []
        pairs, answer, track = self._pairs(), self._answer(), self._track()
        slot = table = None
        if answer is Answer.CONFIRMED:
            slot, table = self._slot(), self._table()
        else:
            for name in ("slot", "table"):
                if text := self.said(name):
                    self.note(name, f"{shown(text, 40)!r} was left out: it binds confirmed meetings only")
        if answer is None:
            return []
        place = f"{self.file}, row {self.row.number}"
        return [Wish(who, whom, answer, track, slot, table, place) for who, whom in pairs]

    def _pairs(self) -> list[tuple[str, str]]:
        named = {name: split_entries(self.row.said.get(name, "")) for name in ("who", "whom")}
        for name, texts in named.items():
            if not texts:
                self.refuse(name, "", f"no {name}: write an id or a name")
        return [
            pair
            for who in named["who"]
            for whom in named["whom"]
            if (pair := self._pair(who, whom)) is not None
        ]

    def _pair(self, who: str, whom: str) -> tuple[str, str] | None:
        """Both ids. A name that both sides have means the one across from the other."""
        sides = self.venue.people.sides
        texts = {"who": clean_line(who), "whom": clean_line(whom)}
        met = {name: self.venue.people.called(text) for name, text in texts.items()}
        for one, other in (("who", "whom"), ("whom", "who")):
            across = {sides[each].other for each in met[other]}
            if len(met[one]) > 1 and len(across) == 1:
                met[one] = {each for each in met[one] if sides[each] in across} or met[one]
        for name, ids in met.items():
            if not ids:
                reason = "takes part: correct it, import its profile, or choose it for the event"
                self._refuse_once(name, texts[name], f"nobody called {shown(texts[name], 40)!r} {reason}")
            elif len(ids) > 1:
                self._refuse_once(name, texts[name], several(ids))
        if any(len(ids) != 1 for ids in met.values()):
            return None
        (one,), (other,) = met["who"], met["whom"]
        if sides[one] is sides[other]:
            side = sides[one]
            reason = f"{one!r} and {other!r} are both {side.value}s: name a {side.other.value}"
            self._refuse_once("whom", texts["whom"], reason)
            return None
        return one, other

    def _refuse_once(self, name: str, value: str, reason: str) -> None:
        if (name, value, reason) not in self.problems:
            self.refuse(name, value, reason)

    def _answer(self) -> Answer | None:
        text = clean_line(self.row.said.get("wish", ""))
        found = read_answer(text)
        if not text:
            self.refuse("wish", "", f"no wish: use one of {KNOWN_WORDS}")
        elif found is None:
            self.refuse("wish", text, f"not a known wish: use one of {KNOWN_WORDS}")
        return found

    def _track(self) -> Topic | None:
        text = self.said("track")
        if not text:
            return None
        topics, guessed = read_topics(text)
        if len(topics) != 1 or topics[0] not in self.venue.tracks:
            self.refuse("track", text, f"not one track of this event: use {values(self.venue.tracks)}")
            return None
        if guessed:
            self.note("track", f"{shown(text)!r} was read as {topics[0]}")
        return topics[0]

    def _slot(self) -> str | None:
        text = self.said("slot")
        if not text:
            self.refuse("slot", "", "no slot: write where a confirmed meeting is, such as d1-0900")
            return None
        found = find_slot(text, self.venue.slots, days_of(self.venue.slots))
        if found is None:
            some = self.venue.slots[0]
            reason = f"no one slot starts then: write its id or day and time, such as {some.id}"
            self.refuse("slot", text, f"{reason} or {some.start:%Y-%m-%d %H:%M}")
        return found.id if found else None

    def _table(self) -> str | None:
        text = self.said("table")
        if not text:
            return None
        met = [table for table in self.venue.tables if fold(table) == fold(text)]
        if len(met) != 1:
            some = ", ".join(shown(each, 40) for each in list(self.venue.tables)[:3])
            self.refuse("table", text, f"no such table: use its name, such as {some}")
            return None
        return met[0]
