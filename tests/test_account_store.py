"""Accounts, links, tokens and the audit trail on real SQLite and PostgreSQL, with several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from test_store import any_store, new_url, postgres, url

from profiles.accounts import Actor, Purpose, Role, digest, read_email
from profiles.errors import InputError, UnknownError
from profiles.store import Store, opened

__all__ = ["any_store", "new_url", "postgres", "url"]  # fixtures

Found = TypeVar("Found")
HOUR = timedelta(hours=1)


def at_once(work: Callable[[int], Found], times: int = 8) -> list[Found]:
    """What ``work`` gives in several threads that begin together."""
    start, found = threading.Barrier(times), []

    def run(number: int) -> None:
        start.wait()
        found.append(work(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == times
    return found


@pytest.fixture
def organiser(any_store: Store) -> int:
    return any_store.add_account(Role.ORGANISER, "Kim", email="kim@example.org").number


# -- accounts ----------------------------------------------------------------------------------


def test_accounts_come_back_as_they_were_added(any_store: Store) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    kim = any_store.add_account(Role.ORGANISER, " 김민지 ", email=" Kim@Example.ORG ", language="ko")
    vaxo = any_store.add_account(Role.STARTUP, "Vaxo", email="ceo@vaxo.example", profile_id="vaxo")
    assert (kim.name, kim.email, kim.language, kim.profile_id) == ("김민지", "kim@example.org", "ko", None)
    assert not kim.has_password
    assert not kim.disabled
    assert before < kim.created_at < datetime.now(UTC) + timedelta(seconds=1)
    assert any_store.account(vaxo.number) == vaxo
    assert any_store.account_of_email("KIM@example.org ") == kim
    assert any_store.account_of_email("nobody@example.org") is None
    assert any_store.accounts() == [kim, vaxo]
    assert any_store.accounts(profile_id="vaxo") == [vaxo]
    with pytest.raises(UnknownError):
        any_store.account(vaxo.number + 1)


def test_what_is_no_account(any_store: Store, organiser: int) -> None:
    assert any_store.account(organiser).email == "kim@example.org"
    for role, name, email, profile_id, field in (
        (Role.READER, " ", "a@example.org", None, "name"),
        (Role.READER, "x" * 201, "a@example.org", None, "name"),
        (Role.READER, "A", "KIM@example.org", None, "email"),
        (Role.READER, "A", "a@example", None, "email"),
        (Role.READER, "A", "a@example.org", "vaxo", "profile_id"),
        (Role.STARTUP, "A", "a@example.org", None, "profile_id"),
    ):
        with pytest.raises(InputError) as refusal:
            any_store.add_account(role, name, email=email, profile_id=profile_id)
        assert refusal.value.field == field
    assert len(any_store.accounts()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a@b.example\nBcc: c@d.example",
        "a b@c.example",
        "a@b",
        "<a@b.example>",
        "a@b.example,c@d.example",
        "@b.c",
    ],
)
def test_addresses_that_would_carry_more_than_one(text: str) -> None:
    with pytest.raises(InputError):
        read_email(text)


def test_one_address_is_given_once_however_many_ask(any_store: Store) -> None:
    def add(number: int) -> bool:
        try:
            any_store.add_account(Role.READER, f"Reader {number}", email="same@example.org")
        except InputError:
            return False
        return True

    assert sorted(at_once(add)) == [False] * 7 + [True]
    assert len(any_store.accounts()) == 1


def test_changes_of_an_account(any_store: Store, organiser: int) -> None:
    other = any_store.add_account(Role.READER, "Lee", email="lee@example.org").number
    any_store.make_link(other, Purpose.INVITE, HOUR)
    assert any_store.change_account(other, name="Lee 2", language="ko").email == "lee@example.org"
    assert any_store.latest_links()[other].is_open(datetime.now(UTC))
    with pytest.raises(InputError) as refusal:
        any_store.change_account(other, email="Kim@example.org")
    assert refusal.value.field == "email"
    changed = any_store.change_account(other, email="Lee.2@example.org")
    assert (changed.name, changed.email, changed.language) == ("Lee 2", "lee.2@example.org", "ko")
    assert not any_store.latest_links()[other].is_open(datetime.now(UTC))  # it went to the old address
    assert any_store.change_account(organiser, email="kim@example.org").email == "kim@example.org"


def test_disabling_ends_everything(any_store: Store, organiser: int) -> None:
    lee = any_store.add_account(Role.READER, "Lee", email="lee@example.org")
    link, _record = any_store.make_link(lee.number, Purpose.ENTER, HOUR)
    token, _record2 = any_store.make_token(lee.number, "sync", can_write=False)
    assert any_store.token(token) is not None
    disabled = any_store.change_account(lee.number, disabled=True)
    assert disabled.disabled
    assert disabled.epoch == lee.epoch + 1
    assert any_store.open_link(link) is None
    assert any_store.use_link(link) is None
    assert any_store.token(token) is None
    any_store.change_account(lee.number, disabled=False)
    assert any_store.use_link(link) is None
    assert any_store.token(token) is None
    with pytest.raises(InputError, match="last organiser"):
        any_store.change_account(organiser, disabled=True)


def test_of_two_organisers_who_disable_each_other_one_stays(any_store: Store, organiser: int) -> None:
    both = [organiser, any_store.add_account(Role.ORGANISER, "Park", email="park@example.org").number]

    def disable(number: int) -> bool:
        try:
            any_store.change_account(both[number], disabled=True)
        except InputError:
            return False
        return True

    assert sorted(at_once(disable, 2)) == [False, True]
    assert sum(not each.disabled for each in any_store.accounts()) == 1


def test_a_new_password_ends_sessions_and_links(any_store: Store, organiser: int) -> None:
    link, _record = any_store.make_link(organiser, Purpose.RESET, HOUR)
    before = any_store.account(organiser)
    any_store.set_password(organiser, "hash one")
    after = any_store.account(organiser)
    assert after.has_password
    assert after.epoch == before.epoch + 1
    assert any_store.use_link(link) is None
    any_store.rehash_password(organiser, "hash two")
    assert any_store.password_hash(organiser) == "hash two"
    assert any_store.account(organiser).epoch == after.epoch
    any_store.end_sessions(organiser)
    assert any_store.account(organiser).epoch == after.epoch + 1


# -- links -------------------------------------------------------------------------------------


def test_a_link_is_used_once_however_many_try(any_store: Store, organiser: int) -> None:
    secret, link = any_store.make_link(organiser, Purpose.INVITE, HOUR)
    assert any_store.open_link(secret) == (link, any_store.account(organiser))
    used = at_once(lambda number: any_store.use_link(secret, password=f"hash {number}"))
    assert sum(account is not None for account in used) == 1
    assert any_store.account(organiser).epoch == 1
    assert any_store.open_link(secret) is None


def test_links_of_several_stores_at_once(url: str) -> None:
    """As by two servers over one database."""
    with opened(url) as one, opened(url) as other:
        number = one.add_account(Role.ORGANISER, "Kim").number
        secret, _link = one.make_link(number, Purpose.ENTER, HOUR)
        used = at_once(lambda at: (one, other)[at % 2].use_link(secret))
        assert sum(account is not None for account in used) == 1


def test_a_link_ends_with_its_time_its_successor_or_by_hand(any_store: Store, organiser: int) -> None:
    old, _link = any_store.make_link(organiser, Purpose.INVITE, timedelta(seconds=-1))
    assert any_store.use_link(old) is None
    first, _link = any_store.make_link(organiser, Purpose.INVITE, HOUR)
    enter, _link = any_store.make_link(organiser, Purpose.ENTER, HOUR)
    second, record = any_store.make_link(organiser, Purpose.INVITE, HOUR)
    assert any_store.open_link(first) is None
    assert any_store.open_link(enter) is not None  # of another purpose
    assert any_store.latest_links() == {organiser: record}
    any_store.revoke_links(organiser)
    assert any_store.open_link(second) is None
    assert any_store.open_link(enter) is None
    assert any_store.open_link("unknown") is None
    assert len(any_store.links_of(organiser)) == 4


def test_no_secret_is_kept(any_store: Store, organiser: int) -> None:
    link, _record = any_store.make_link(organiser, Purpose.INVITE, HOUR)
    token, _token = any_store.make_token(organiser, "sync", can_write=True)
    with any_store.engine.connect() as connection:
        kept = [
            str(row)
            for table in ("links", "api_tokens")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")
        ]
    assert digest(link) in kept[0]
    assert digest(token) in kept[1]
    assert not any(secret in text for text in kept for secret in (link, token))


# -- tokens ------------------------------------------------------------------------------------


def test_tokens_belong_to_their_account(any_store: Store, organiser: int) -> None:
    other = any_store.add_account(Role.READER, "Lee", email="lee@example.org").number
    secret, token = any_store.make_token(organiser, " sync ", can_write=True)
    assert (token.name, token.can_write, token.last_used_at) == ("sync", True, None)
    found = any_store.token(secret)
    assert found is not None
    assert (found[0].number, found[1].number) == (token.number, organiser)
    any_store.saw_token(found[0])
    used = any_store.tokens_of(organiser)[0]
    assert used.last_used_at is not None
    any_store.saw_token(used)  # once a minute is enough
    assert any_store.tokens_of(organiser)[0].last_used_at == used.last_used_at
    assert any_store.tokens_of(other) == []
    with pytest.raises(UnknownError):
        any_store.revoke_token(other, token.number)
    assert any_store.token(secret) is not None
    any_store.revoke_token(organiser, token.number)
    assert any_store.token(secret) is None
    assert any_store.token("rt_unknown") is None
    with pytest.raises(InputError, match="name"):
        any_store.make_token(organiser, " ", can_write=False)


# -- the trail ---------------------------------------------------------------------------------


def test_the_trail_is_paged_and_filtered(any_store: Store, organiser: int) -> None:
    for number in range(5):
        any_store.record_change(Actor(organiser, "Kim"), "a.change", f"s{number}", detail={"n": number})
    any_store.record_change(Actor(None, "roundtable"), "b.change", "이름" * 400, event_id="day")
    newest, total = any_store.changes_made(size=2)
    assert total == 6
    assert [entry.subject[:2] for entry in newest] == ["이름", "s4"]
    assert (newest[0].account, newest[0].actor, newest[0].event_id) == (None, "roundtable", "day")
    assert newest[1].detail == {"n": 4}
    assert abs(newest[0].at - datetime.now(UTC)) < timedelta(minutes=1)
    assert [entry.subject for entry in any_store.changes_made(account=organiser, page=3, size=2)[0]] == ["s0"]
    assert any_store.changes_made(event_id="day")[1] == 1
    assert any_store.changes_made(action="a.change", event_id="day") == ([], 0)
    assert any_store.actions_made() == ["a.change", "b.change"]
    assert any_store.events_changed() == ["day"]
