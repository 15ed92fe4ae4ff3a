"""Sends letters: through an SMTP server, or as files where none is set. Only when an organiser says so."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Protocol

from profiles.errors import InputError, RoundtableError, UnknownError
from profiles.letter_store import Letter, LetterState
from profiles.store import Store
from web.participant.timetable import calendar_of
from web.phrases import gettext as _
from web.phrases import use_language
from web.settings import Settings

TIMEOUT = 20
"""Seconds that the mail server may take for one answer."""
AT_ONCE = 60
"""Seconds for one lot of letters; what is left then stays a draft."""

_LINK = re.compile(r"(?<=/link/)[A-Za-z0-9_-]{20,}")
_USED = "…"


class MailError(RoundtableError):
    """A letter cannot be sent: the line says why."""


class UnreachableError(MailError):
    """No letter can be sent: the mail server, or the folder, does not take any."""


@dataclass(frozen=True)
class Sent:
    """What became of a lot of letters.

    Attributes:
        sent, failed: how many.
        left: those not tried, which stay as they are.
        error: why none could be sent any more, or why the last one failed.
    """

    sent: int = 0
    failed: int = 0
    left: int = 0
    error: str = ""


class Post(Protocol):
    """Takes messages away."""

    def send(self, message: EmailMessage, to: str) -> None:
        """Send one.

        Raises:
            MailError: it is not taken.
            UnreachableError: none is.
        """


def way(settings: Settings) -> str:
    """How letters leave, in one sentence in the language in use."""
    if settings.smtp_host:
        return _(
            "They are sent through {host}, from {sender}.", host=settings.smtp_host, sender=settings.mail_from
        )
    return _(
        "No mail server is set: they are written as files to {folder}, and reach nobody by themselves.",
        folder=settings.mail_folder,
    )


def send_letters(
    store: Store, settings: Settings, numbers: Sequence[int], *, seconds: float = AT_ONCE
) -> Sent:
    """Send these letters, each once whoever else sends it too; others go on where one fails.

    Raises:
        InputError: the sender's address, a setting, is none.
    """
    sender = read_sender(settings.mail_from)
    until = time.monotonic() + seconds
    done, failed, left, error = 0, 0, 0, ""
    with _post(settings) as post:
        for at, number in enumerate(numbers):
            if time.monotonic() > until:
                left = len(numbers) - at
                break
            if not store.claim_letter(number):
                continue
            letter = store.letter(number)
            try:
                post.send(_message(store, letter, sender), _plain_address(letter.address))
            except MailError as refusal:
                error = str(refusal)
                store.mark_letter(number, LetterState.FAILED, error)
                failed += 1
                if isinstance(refusal, UnreachableError):
                    left = len(numbers) - at - 1
                    break
            else:
                # The link in it is a secret: who reads old letters here must not find one that is still good.
                store.mark_letter(number, LetterState.SENT, body=_LINK.sub(_USED, letter.body))
                done += 1
    return Sent(done, failed, left, error)


def read_sender(text: str) -> Address:
    """The sender as the setting has it: an address, or a name and an address.

    Raises:
        InputError: it is none.
    """
    name, address = parseaddr(text)
    local, _at, domain = address.rpartition("@")
    if not local or not domain or not text.isprintable():
        raise InputError(f"setting ROUNDTABLE_MAIL_FROM: {text[:80]!r} is no sender")
    return Address(name, local, domain)


def _message(store: Store, letter: Letter, sender: Address) -> EmailMessage:
    """The letter as it goes out.

    Raises:
        MailError: its personal link is no longer good, or its address cannot be written.
    """
    for secret in _LINK.findall(letter.body):
        if store.open_link(secret) is None:
            raise MailError(_("the personal link in it is no longer good: make a new one"))
    name = store.account(letter.account).name if letter.account is not None else ""
    local, _at, domain = _plain_address(letter.address).rpartition("@")
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _one_line(letter.subject)
    message["From"] = sender
    message["To"] = Address(_one_line(name), local, domain)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(f"letter-{letter.number}", domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, charset="utf-8")
    calendar = _calendar(store, letter)
    if calendar is not None:
        message.add_attachment(
            calendar,
            maintype="text",
            subtype="calendar",
            filename="meetings.ics",
            params={"method": "PUBLISH"},
        )
    message["Content-Language"] = letter.language  # setting the content would take it away
    return message


def _calendar(store: Store, letter: Letter) -> bytes | None:
    """The meetings that a letter about a timetable tells of, to be attached.

    Raises:
        MailError: there is no such event any more, or its timetable is withdrawn.
    """
    if letter.version is None or letter.event_id is None or letter.account is None:
        return None
    try:
        event = store.consultation(letter.event_id)
    except UnknownError as cause:
        raise MailError(_("the event it tells of is not there any more")) from cause
    if event.published is None:
        raise MailError(_("the timetable it tells of is not published any more"))
    profile_id = store.account(letter.account).profile_id
    if profile_id is None:
        return None
    with use_language(letter.language):
        return calendar_of(store, event, profile_id)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _plain_address(address: str) -> str:
    """An address in ASCII, as every server takes it.

    Raises:
        MailError: what stands before the @ cannot be written so.
    """
    local, _at, domain = address.rpartition("@")
    try:
        local.encode("ascii")
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError as cause:
        raise MailError(_("the address {address} cannot be written to", address=address)) from cause


@contextmanager
def _post(settings: Settings) -> Iterator[Post]:
    if not settings.smtp_host:
        yield _Files(settings.mail_folder)
        return
    post = _Smtp(settings)
    try:
        yield post
    finally:
        post.close()


@dataclass(frozen=True)
class _Files:
    """Writes each message as a file that mail programs open."""

    folder: Path

    def send(self, message: EmailMessage, to: str) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        name = re.sub(r"[^A-Za-z0-9@._-]", "_", to)[:100]
        try:
            # They hold personal links: for the owner alone.
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self.folder / f"{stamp}-{name}.eml"
            path.touch(mode=0o600, exist_ok=False)
            path.write_bytes(bytes(message))
        except OSError as cause:
            raise UnreachableError(f"{self.folder}: {cause.strerror}") from cause


class _Smtp:
    """One connection for several messages, opened with the first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, to: str) -> None:
        server = self._connected()
        try:
            server.send_message(message, to_addrs=[to])
        except smtplib.SMTPServerDisconnected as cause:
            self._server = None
            raise MailError(_("the mail server broke off")) from cause
        except smtplib.SMTPRecipientsRefused as cause:
            raise MailError(_said(*next(iter(cause.recipients.values())))) from cause
        except smtplib.SMTPSenderRefused as cause:
            raise UnreachableError(_said(cause.smtp_code, cause.smtp_error)) from cause
        except smtplib.SMTPResponseException as cause:
            raise MailError(_said(cause.smtp_code, cause.smtp_error)) from cause
        except (smtplib.SMTPException, OSError) as cause:
            self._server = None
            raise MailError(_one_line(str(cause))[:300]) from cause

    def close(self) -> None:
        """End the connection, if there is one."""
        if self._server is None:
            return
        try:
            self._server.quit()
        except (smtplib.SMTPException, OSError):
            self._server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            self._server = self._connect()
        return self._server

    def _connect(self) -> smtplib.SMTP:
        given = self._settings
        where = f"{given.smtp_host}:{given.smtp_port}"
        try:
            if given.smtp_security == "tls":
                context = ssl.create_default_context()
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    given.smtp_host, given.smtp_port, timeout=TIMEOUT, context=context
                )
            else:
                server = smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=TIMEOUT)
        except (smtplib.SMTPException, OSError) as cause:
            raise UnreachableError(f"{where}: {_one_line(str(cause))[:300]}") from cause
        try:
            if given.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if given.smtp_user:
                server.login(given.smtp_user, given.smtp_password.get_secret_value())
        except smtplib.SMTPResponseException as cause:
            server.close()
            raise UnreachableError(f"{where}: {_said(cause.smtp_code, cause.smtp_error)}") from cause
        except (smtplib.SMTPException, OSError) as cause:
            server.close()
            raise UnreachableError(f"{where}: {_one_line(str(cause))[:300]}") from cause
        return server


def _said(code: int, reason: bytes | str) -> str:
    """What the server answered, in one line."""
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    return f"{code} {_one_line(text)}"[:300]
