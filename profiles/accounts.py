"""Who may sign in, and as what: the nouns. Frozen, without any storage."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from profiles.errors import InputError
from profiles.model import Side


class Role(StrEnum):
    """What an account is for.

    organiser: prepares and runs the days; sees and changes everything.
    startup, partner: speaks for one profile; sees what is its own.
    reader: sees what an organiser sees of directory and days, and changes nothing.
    """

    ORGANISER = "organiser"
    STARTUP = "startup"
    PARTNER = "partner"
    READER = "reader"

    @property
    def side(self) -> Side | None:
        """The side it speaks for, if any."""
        return Side(self.value) if self in (Role.STARTUP, Role.PARTNER) else None


class Purpose(StrEnum):
    """What a personal link is good for.

    invite: to choose the first password.
    reset: to choose another one.
    enter: to sign in once, without a password.
    """

    INVITE = "invite"
    RESET = "reset"
    ENTER = "enter"


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        number: the key.
        email: folded to lower case; None for the first organiser of a laptop.
        profile_id: the profile it speaks for; None for organisers and readers.
        language: in which it is written to, "ko" or "en".
        epoch: sessions of an earlier one are over.
        has_password: whether a password was chosen yet.
    """

    number: int
    role: Role
    name: str
    email: str | None
    profile_id: str | None
    language: str
    epoch: int
    disabled: bool
    has_password: bool
    created_at: datetime
    last_seen_at: datetime | None = None

    @property
    def side(self) -> Side | None:
        """The side it speaks for, if any."""
        return self.role.side


@dataclass(frozen=True)
class Link:
    """A personal link, without the secret in it."""

    number: int
    purpose: Purpose
    account: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True)
class ApiToken:
    """A token of the JSON API, without its secret."""

    number: int
    account: int
    name: str
    can_write: bool
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Actor:
    """Who does something: an account, or a command of this machine (number None)."""

    number: int | None
    name: str


def digest(secret: str) -> str:
    """What is kept of a secret: secrets are long and random, so a plain SHA-256 cannot be undone."""
    return hashlib.sha256(secret.encode()).hexdigest()


_EMAIL = re.compile(r"[^@\s<>,;\"()\[\]\\]+@[^@\s<>,;\"()\[\]\\]+\.[^@\s<>,;\"()\[\]\\.]+")


def read_email(text: str) -> str:
    """An address as it is kept.

    Raises:
        InputError: it is none.
    """
    address = text.strip().lower()
    if len(address) > 320 or not address.isprintable() or not _EMAIL.fullmatch(address):
        raise InputError(f"{text.strip()[:80]!r} is no e-mail address", field="email")
    return address
