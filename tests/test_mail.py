"""Letters: what they say, to whom, and how they leave: through a real SMTP server, and as files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask
from icalendar import Calendar
from kept_days import kept_day, kept_timetable
from test_account_store import at_once
from test_serving import free_port
from web_helpers import PROFILES

from matcher.service import Service, open_service
from profiles.accounts import Account, Purpose, Role
from profiles.errors import InputError
from profiles.letter_store import Letter, LetterState
from profiles.store import Store
from web import create_app, mail, posting
from web.settings import Settings

DAY = timedelta(days=1)


@pytest.fixture
def service(store: Store, tmp_path: Path, cache_dir: Path) -> Service:
    """A service over a store that tests may write to."""
    store.apply(PROFILES)
    return open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir)


@pytest.fixture
def mailing(app: Flask) -> Iterator[Flask]:
    """The application as it answers a request to ``https://day.example.org``."""
    with app.test_request_context("/", base_url="https://day.example.org"):
        yield app


@pytest.fixture
def vaxo(store: Store, service: Service) -> Account:
    """Somebody who speaks for the startup Vaxo and reads Korean."""
    return store.add_account(
        Role.STARTUP, "김백소", email="ceo@vaxo.example", profile_id="vaxo", language="ko"
    )


@pytest.fixture
def pharmo(store: Store, service: Service) -> Account:
    return store.add_account(Role.PARTNER, "Ann Pharmo", email="ann@pharmo.example", profile_id="pharmo")


def invited(store: Store, account: Account) -> tuple[str, Letter]:
    """A new link's secret, and the draft of a letter with it."""
    secret, link = store.make_link(account.number, Purpose.INVITE, DAY)
    letter = mail.draft_invitation(store, account, secret, link)
    assert letter is not None
    return secret, letter


def plain(store: Store, address: str = "kim@example.org", **more: object) -> Letter:
    """The draft of a letter without anything particular in it."""
    fields: dict[str, object] = {
        "account": None,
        "language": "ko",
        "subject": "상담 일정 안내",
        "body": "안녕하세요.\n",
    }
    return store.draft_letters([Letter("reset", address=address, **{**fields, **more})])[0]  # type: ignore[arg-type]


# -- what they say -----------------------------------------------------------------------------


@pytest.mark.usefixtures("mailing")
def test_an_invitation_in_the_language_of_whoever_gets_it(
    store: Store, vaxo: Account, pharmo: Account
) -> None:
    secret, korean = invited(store, vaxo)
    assert korean.subject == "Roundtable 개인 접속 안내"
    assert korean.body.startswith("김백소 님께\n")
    assert f"https://day.example.org/link/{secret}\n" in korean.body
    assert "백소" in korean.body
    secret, english = invited(store, pharmo)
    assert english.subject == "Your personal access to Roundtable"
    assert "speak for Pharmo" in english.body
    assert secret in english.body
    assert "ann@pharmo.example" in english.body
    assert {each.state for each in store.letters()} == {LetterState.DRAFT}


@pytest.mark.usefixtures("mailing")
def test_a_second_invitation_takes_the_place_of_the_first(store: Store, vaxo: Account) -> None:
    first, _letter = invited(store, vaxo)
    event = kept_day(store)
    secret, link = store.make_link(vaxo.number, Purpose.INVITE, DAY)
    letter = mail.draft_invitation(store, vaxo, secret, link, event=event)
    assert [each.number for each in store.letters()] == [letter.number if letter else 0]
    assert store.open_link(first) is None
    assert letter is not None
    assert letter.event_id == "day"
    assert letter.subject == "Partnering Day: 개인 접속 안내"


@pytest.mark.usefixtures("mailing")
def test_nobody_without_an_address_gets_a_letter(store: Store) -> None:
    account = store.add_account(Role.ORGANISER, "Organiser")
    secret, link = store.make_link(account.number, Purpose.INVITE, DAY)
    assert mail.draft_invitation(store, account, secret, link) is None
    assert store.letters() == []


@pytest.mark.usefixtures("mailing")
def test_everybody_with_meetings_is_told_of_the_first_timetable(
    store: Store, vaxo: Account, pharmo: Account
) -> None:
    event = kept_day(store)
    idle = store.add_account(Role.STARTUP, "Bo", email="bo@brainy.example", profile_id="brainy")
    gone = store.add_account(Role.PARTNER, "Ex", email="ex@pharmo.example", profile_id="pharmo")
    store.change_account(gone.number, disabled=True)
    first = kept_timetable(store, "vaxo pharmo 1 T1", "vaxo clinic 3 T2", publish=True)
    assert mail.draft_agenda_letters(store, event, None, first) == 2
    letters = {letter.account: letter for letter in store.letters(event_id="day")}
    assert set(letters) == {vaxo.number, pharmo.number}
    assert idle.number not in letters
    korean, english = letters[vaxo.number], letters[pharmo.number]
    assert korean.subject == "Partnering Day: 상담 일정 안내"
    assert "2027년 5월 11일 화요일" in korean.body
    assert re.search(
        r"09:00–09:20  테이블 T1  Pharmo \(공급\)\n  09:40–10:00  테이블 T2  Clinic", korean.body
    )
    assert "서울 시간 기준" in korean.body
    assert "https://day.example.org/my/day/agenda" in korean.body
    assert "09:00–09:20  Table T1  Vaxo (Supply)" in english.body
    assert "Clinic" not in english.body  # somebody else's meeting
    assert (korean.version, korean.kind) == (1, "agenda")


def tell(store: Store, event_id: str = "day") -> None:
    """Let all drafts be sent."""
    for letter in store.letters(event_id=event_id, state=LetterState.DRAFT):
        store.mark_letter(letter.number, LetterState.SENT)


@pytest.mark.usefixtures("mailing")
def test_only_those_concerned_are_told_of_a_change(store: Store, vaxo: Account, pharmo: Account) -> None:
    event = kept_day(store)
    clinic = store.add_account(Role.PARTNER, "Doc", email="doc@clinic.example", profile_id="clinic")
    first = kept_timetable(store, "vaxo pharmo 1 T1", "brainy clinic 1 T2", publish=True)
    assert mail.draft_agenda_letters(store, event, None, first) == 3
    tell(store)
    second = kept_timetable(store, "vaxo pharmo 2 T2", "brainy clinic 1 T2", publish=True)
    assert mail.draft_agenda_letters(store, event, first, second) == 2
    drafts = {each.account: each for each in store.letters(state=LetterState.DRAFT)}
    assert set(drafts) == {vaxo.number, pharmo.number}
    assert clinic.number not in drafts
    assert drafts[pharmo.number].subject == "Partnering Day: your meetings have changed"
    assert "Vaxo: 09:00 T1 → 09:20 T2" in drafts[pharmo.number].body
    assert "09:20–09:40  Table T2  Vaxo" in drafts[pharmo.number].body


@pytest.mark.usefixtures("mailing")
def test_changes_are_told_since_the_last_letter_that_was_sent(
    store: Store, vaxo: Account, pharmo: Account
) -> None:
    event = kept_day(store)
    first = kept_timetable(store, "vaxo pharmo 1 T1", publish=True)
    mail.draft_agenda_letters(store, event, None, first)
    tell(store)
    second = kept_timetable(store, "vaxo pharmo 2 T1", publish=True)
    mail.draft_agenda_letters(store, event, first, second)  # drafted, never sent
    third = kept_timetable(store, "vaxo pharmo 2 T1", "vaxo clinic 4 T1", publish=True)
    mail.draft_agenda_letters(store, event, second, third)
    drafts = {each.account: each for each in store.letters(state=LetterState.DRAFT)}
    assert "Pharmo: 09:00 T1 → 09:20 T1" in drafts[vaxo.number].body
    assert "Clinic: 새 상담, 10:00 T1" in drafts[vaxo.number].body
    assert drafts[pharmo.number].version == 3
    # Back to what everybody knows: nothing is left to tell.
    fourth = kept_timetable(store, "vaxo pharmo 1 T1", publish=True)
    assert mail.draft_agenda_letters(store, event, third, fourth) == 0
    assert store.letters(state=LetterState.DRAFT) == []


@pytest.mark.usefixtures("mailing", "pharmo")
def test_who_loses_every_meeting_is_told_too(store: Store, vaxo: Account) -> None:
    event = kept_day(store)
    first = kept_timetable(store, "vaxo pharmo 1 T1", publish=True)
    second = kept_timetable(store, "brainy pharmo 1 T1", publish=True)
    assert mail.draft_agenda_letters(store, event, first, second) == 2
    body = next(each.body for each in store.letters() if each.account == vaxo.number)
    assert "Pharmo: 취소 (기존 09:00 T1)" in body
    assert "현재 예정된 상담이 없습니다" in body


# -- how they leave ----------------------------------------------------------------------------


@dataclass
class Inbox:
    """A mail server's handler that keeps what comes in.

    Attributes:
        connections: how many there were.
        refused: addresses that are not taken.
    """

    messages: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    connections: int = 0
    refused: set[str] = field(default_factory=set)
    break_off: bool = False

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.break_off and server.transport is not None:
            server.transport.close()
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append((envelope.rcpt_tos, message))
        return "250 OK"


def authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
) -> AuthResult:
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (b"roundtable", b"geheim")
    return AuthResult(success=good, handled=good)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox, tmp_path: Path) -> Iterator[Settings]:
    """Settings for a server that wants a password."""
    port = free_port()
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=False,
    )
    controller.start()
    yield Settings.model_validate(
        {
            "data_dir": tmp_path,
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_user": "roundtable",
            "smtp_password": "geheim",
            "smtp_security": "none",
            "mail_from": "한미 상담회 <day@example.org>",
        }
    )
    controller.stop()


def test_letters_arrive_over_one_connection(store: Store, inbox: Inbox, smtp: Settings) -> None:
    kim = store.add_account(Role.READER, '김 "민지", Ltd.', email="kim@example.org")
    numbers = [plain(store, account=kim.number).number, plain(store, "lee@example.org").number]
    assert posting.send_letters(store, smtp, numbers) == posting.Sent(sent=2)
    assert inbox.connections == 1
    (to, message), (other, _message) = inbox.messages
    assert (to, other) == (["kim@example.org"], ["lee@example.org"])
    assert message["Subject"] == "상담 일정 안내"
    assert message["From"].addresses[0].display_name == "한미 상담회"
    assert message["To"].addresses[0].addr_spec == "kim@example.org"
    assert message["To"].addresses[0].display_name == '김 "민지", Ltd.'
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "ko"
    assert message["Date"].datetime.tzinfo is not None
    assert re.fullmatch(r"<[^<>@\s]+letter-\d+@example\.org>", message["Message-ID"])
    assert inbox.messages[1][1]["Message-ID"] != message["Message-ID"]
    assert message.get_content().splitlines() == ["안녕하세요."]
    assert [each.state for each in store.letters()] == [LetterState.SENT] * 2


def test_one_refused_letter_stops_no_other(store: Store, inbox: Inbox, smtp: Settings) -> None:
    inbox.refused = {"gone@example.org"}
    numbers = [
        plain(store, address).number for address in ("a@example.org", "gone@example.org", "b@example.org")
    ]
    sent = posting.send_letters(store, smtp, numbers)
    assert (sent.sent, sent.failed, sent.left) == (2, 1, 0)
    assert [to for to, _message in inbox.messages] == [["a@example.org"], ["b@example.org"]]
    failed = store.letter(numbers[1])
    assert failed.state is LetterState.FAILED
    assert failed.error == "550 5.1.1 no such user here"
    inbox.refused = set()
    assert posting.send_letters(store, smtp, numbers).sent == 1  # what was sent is not sent again
    assert len(inbox.messages) == 3


def test_a_wrong_password_fails_once_and_leaves_the_rest(store: Store, inbox: Inbox, smtp: Settings) -> None:
    wrong = smtp.model_copy(update={"smtp_user": "somebody"})
    numbers = [plain(store, f"{name}@example.org").number for name in "abc"]
    sent = posting.send_letters(store, wrong, numbers)
    assert (sent.sent, sent.failed, sent.left) == (0, 1, 2)
    assert re.search(r"127\.0\.0\.1:\d+: 535 ", sent.error)
    assert "\n" not in sent.error
    assert inbox.messages == []
    states = [store.letter(number).state for number in numbers]
    assert states == [LetterState.FAILED, LetterState.DRAFT, LetterState.DRAFT]


def test_a_server_that_is_not_there(store: Store, smtp: Settings) -> None:
    letter = plain(store)
    nowhere = smtp.model_copy(update={"smtp_port": 1})
    sent = posting.send_letters(store, nowhere, [letter.number])
    assert sent.failed == 1
    assert sent.error.startswith("127.0.0.1:1: ")
    secured = smtp.model_copy(update={"smtp_security": "starttls"})
    assert posting.send_letters(store, secured, [letter.number]).failed == 1  # never in the clear instead
    assert store.letter(letter.number).state is LetterState.FAILED


def test_a_server_that_breaks_off_is_called_again(store: Store, inbox: Inbox, smtp: Settings) -> None:
    numbers = [plain(store, f"{name}@example.org").number for name in "ab"]
    inbox.break_off = True
    assert posting.send_letters(store, smtp, numbers[:1]).failed == 1
    inbox.break_off = False
    inbox.messages.clear()
    assert posting.send_letters(store, smtp, numbers).sent == 2


def test_time_that_is_up_leaves_letters_as_they_are(store: Store, smtp: Settings) -> None:
    numbers = [plain(store, f"{name}@example.org").number for name in "ab"]
    assert posting.send_letters(store, smtp, numbers, seconds=-1) == posting.Sent(left=2)
    assert {each.state for each in store.letters()} == {LetterState.DRAFT}


def test_two_who_send_the_same_letters_send_each_once(store: Store, inbox: Inbox, smtp: Settings) -> None:
    numbers = [plain(store, f"{number}@example.org").number for number in range(6)]
    sent = at_once(lambda _: posting.send_letters(store, smtp, numbers).sent, 3)
    assert sum(sent) == 6
    assert sorted(to[0] for to, _message in inbox.messages) == [
        f"{number}@example.org" for number in range(6)
    ]


def test_files_are_written_where_no_server_is_set(store: Store, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    numbers = [plain(store).number, plain(store, "lee@example.org").number]
    assert posting.send_letters(store, settings, numbers).sent == 2
    files = sorted((tmp_path / "data" / "mail").iterdir())
    assert [path.suffix for path in files] == [".eml", ".eml"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    message = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert (message["To"], message["Subject"]) == ("kim@example.org", "상담 일정 안내")
    assert str(tmp_path / "data" / "mail") in posting.way(settings)


def test_a_folder_that_cannot_be_written(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    letter = plain(store)
    sent = posting.send_letters(store, Settings(data_dir=tmp_path), [letter.number])
    assert (sent.failed, str(tmp_path / "mail") in sent.error) == (1, True)


# -- secrets and headers -----------------------------------------------------------------------


@pytest.mark.usefixtures("mailing")
def test_a_link_leaves_with_its_letter_and_is_not_kept(
    store: Store, vaxo: Account, inbox: Inbox, smtp: Settings
) -> None:
    secret, letter = invited(store, vaxo)
    assert posting.send_letters(store, smtp, [letter.number]).sent == 1
    assert secret in inbox.messages[0][1].get_content()
    assert secret not in store.letter(letter.number).body
    assert "/link/…" in store.letter(letter.number).body
    assert store.open_link(secret) is not None


@pytest.mark.usefixtures("mailing")
def test_a_letter_whose_link_is_no_longer_good_is_not_sent(
    store: Store, vaxo: Account, inbox: Inbox, smtp: Settings
) -> None:
    _secret, letter = invited(store, vaxo)
    store.revoke_links(vaxo.number)
    assert posting.send_letters(store, smtp, [letter.number]).failed == 1
    assert "no longer good" in store.letter(letter.number).error
    assert inbox.messages == []


@pytest.mark.usefixtures("mailing", "pharmo")
def test_the_calendar_goes_along(store: Store, vaxo: Account, inbox: Inbox, smtp: Settings) -> None:
    event = kept_day(store)
    first = kept_timetable(store, "vaxo pharmo 1 T1", "vaxo clinic 3 T2", "brainy clinic 1 T2", publish=True)
    mail.draft_agenda_letters(store, event, None, first)
    letter = next(each for each in store.letters() if each.account == vaxo.number)
    assert posting.send_letters(store, smtp, [letter.number]).sent == 1
    attached = next(inbox.messages[0][1].iter_attachments())
    assert attached.get_filename() == "meetings.ics"
    assert attached.get_content_type() == "text/calendar"
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    meetings = Calendar.from_ical(content).walk("VEVENT")
    assert [(each["status"], str(each["location"])) for each in meetings] == [
        ("CONFIRMED", "테이블 T1"),
        ("CONFIRMED", "테이블 T2"),
    ]
    assert b"Brainy" not in content


@pytest.mark.usefixtures("mailing", "vaxo")
def test_a_timetable_that_was_withdrawn_is_not_told(store: Store, inbox: Inbox, smtp: Settings) -> None:
    event = kept_day(store)
    mail.draft_agenda_letters(store, event, None, kept_timetable(store, "vaxo pharmo 1 T1", publish=True))
    store.publish("day", None)
    numbers = [each.number for each in store.letters()]
    assert posting.send_letters(store, smtp, numbers).failed == 1
    assert "not published any more" in store.letter(numbers[0]).error
    store.remove_consultation("day")
    assert posting.send_letters(store, smtp, numbers).failed == 1
    assert inbox.messages == []


@pytest.mark.parametrize(
    "trick", ["x\r\nBcc: thief@example.org", "x\nX: y", "x\r\n\r\nbody", "x\u2028y\x00z"]
)
def test_no_header_can_be_slipped_in(store: Store, inbox: Inbox, smtp: Settings, trick: str) -> None:
    account = store.add_account(Role.READER, f"Kim {trick}", email="kim@example.org")
    letter = plain(store, account=account.number, subject=f"Hello {trick}")
    assert posting.send_letters(store, smtp, [letter.number]).sent == 1
    to, message = inbox.messages[0]
    assert to == ["kim@example.org"]
    assert "Bcc" not in message
    assert "X" not in message
    assert message["Subject"].startswith("Hello x")
    assert message.get_content().splitlines() == ["안녕하세요."]


def test_addresses_outside_ascii(store: Store, inbox: Inbox, smtp: Settings) -> None:
    numbers = [plain(store, "kim@회사.example").number, plain(store, "김@example.org").number]
    sent = posting.send_letters(store, smtp, numbers)
    assert (sent.sent, sent.failed) == (1, 1)
    assert inbox.messages[0][0] == ["kim@" + "회사".encode("idna").decode() + ".example"]
    assert "김@example.org" in sent.error


@pytest.mark.parametrize("sender", ["", "Roundtable", "a@b.example\nBcc: x@y.example", "@example.org"])
def test_a_sender_that_is_none(store: Store, tmp_path: Path, sender: str) -> None:
    letter = plain(store)
    settings = Settings(data_dir=tmp_path, mail_from=sender)
    with pytest.raises(InputError, match="ROUNDTABLE_MAIL_FROM"):
        posting.send_letters(store, settings, [letter.number])
    assert store.letter(letter.number).state is LetterState.DRAFT


def test_links_use_the_address_that_is_set(service: Service, tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, base_url="https://outside.example/"), service)
    with app.test_request_context("/", base_url="http://127.0.0.1:8350"):
        assert mail.personal_link("abc") == "https://outside.example/link/abc"
