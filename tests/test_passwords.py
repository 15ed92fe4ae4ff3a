"""Passwords: which are taken, how they are kept, and that nobody learns who has an account."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from profiles.accounts import Role
from profiles.errors import InputError
from profiles.store import Store
from web import passwords

GOOD = "four words are good"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "at least 10"),
        ("short", "at least 10"),
        ("123456789", "at least 10"),
        ("aaaaaaaaaaaa", "too easy"),
        ("abababababab", "too easy"),
        ("Kim@Example.org", "too easy"),
        ("x y" * 100, "too long"),
    ],
)
def test_what_is_no_password(password: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as refusal:
        passwords.hashed(password, "kim@example.org", "Kim")
    assert refusal.value.field == "password"


@pytest.mark.parametrize(
    "password", [GOOD, "비밀번호는열자이상", "p" * 190 + "qrstuvwxyz", "  spaces count  "]
)
def test_what_is_kept_fits_the_password_alone(store: Store, password: str) -> None:
    number = store.add_account(Role.ORGANISER, "Kim", email="kim@example.org").number
    if len(password) < passwords.SHORTEST:
        password += "요"
    kept = passwords.hashed(password, "kim@example.org")
    assert kept.startswith("$argon2id$")
    assert password not in kept
    assert kept != passwords.hashed(password)  # salted
    store.set_password(number, kept)
    assert passwords.fits(store, number, password)
    for other in (password + " ", password.upper() + "x", "", password[:-1]):
        assert not passwords.fits(store, number, other)


def test_nobody_and_no_password_fit_nothing(store: Store) -> None:
    number = store.add_account(Role.ORGANISER, "Kim", email="kim@example.org").number
    for password in ("", GOOD):
        assert not passwords.fits(store, None, password)
        assert not passwords.fits(store, number, password)


def test_as_much_work_is_done_for_an_account_that_is_not_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same path: one hash is verified, whoever is asked for."""
    number = store.add_account(Role.ORGANISER, "Kim", email="kim@example.org").number
    store.set_password(number, passwords.hashed(GOOD))
    verified = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, password: str) -> bool:
        verified.append(kept.split("$")[:4])
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for account, password in ((number, GOOD), (number, "wrong words here"), (None, GOOD)):
        passwords.fits(store, account, password)
    assert len(verified) == 3
    assert verified[0] == verified[1] == verified[2]  # kind, version, cost


def test_old_parameters_are_renewed_when_the_password_is_given(store: Store) -> None:
    number = store.add_account(Role.ORGANISER, "Kim", email="kim@example.org").number
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    store.set_password(number, old)
    before = store.account(number).epoch
    assert not passwords.fits(store, number, "wrong words here")
    assert store.password_hash(number) == old
    assert passwords.fits(store, number, GOOD)
    renewed = store.password_hash(number)
    assert renewed != old
    assert passwords.fits(store, number, GOOD)
    assert store.password_hash(number) == renewed
    assert store.account(number).epoch == before  # sessions go on


def test_a_damaged_hash_fits_nothing(store: Store) -> None:
    number = store.add_account(Role.ORGANISER, "Kim", email="kim@example.org").number
    store.set_password(number, "$argon2id$nonsense")
    assert not passwords.fits(store, number, GOOD)
