"""Passwords: Argon2id with the library's parameters; long rather than odd, as NIST SP 800-63B advises."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from profiles.errors import InputError
from profiles.store import Store
from web.phrases import gettext as _

SHORTEST, LONGEST = 10, 200


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _of_nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def hashed(password: str, *names: str) -> str:
    """What is kept of a new password.

    Args:
        names: what it must not be, such as the address it belongs to.

    Raises:
        InputError: it is too short, too long, or one of ``names``.
    """
    if len(password) < SHORTEST:
        raise InputError(
            _("choose a password of at least {number} characters", number=SHORTEST), field="password"
        )
    if len(password) > LONGEST:
        raise InputError(_("the password is too long"), field="password")
    plain = password.casefold()
    if len(set(plain)) < 4 or plain in {name.casefold() for name in names if name}:
        raise InputError(_("this password is too easy to guess"), field="password")
    return _hasher().hash(password)


def fits(store: Store, account: int | None, password: str) -> bool:
    """Whether it is the account's password; takes the same time where there is no such account.

    One kept under older parameters is kept anew.
    """
    kept = store.password_hash(account) if account is not None else None
    try:
        _hasher().verify(kept or _of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    if account is None or kept is None:
        return False
    if _hasher().check_needs_rehash(kept):
        store.rehash_password(account, _hasher().hash(password))
    return True
