"""Signing in and out: passwords, personal links, sessions, limits, and where nobody is led."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from test_account_store import at_once
from web_helpers import PROFILES, page, signed_in
from werkzeug.test import TestResponse

from matcher.service import Service, open_service
from profiles.accounts import Account, Purpose, Role
from profiles.store import Store
from web import create_app, passwords
from web.limits import limiter
from web.settings import Settings

PASSWORD = "four words are good"
DAY = timedelta(days=1)


@pytest.fixture
def service(store: Store, tmp_path: Path, cache_dir: Path) -> Service:
    """A service over a store that tests may write to."""
    store.apply(PROFILES)
    return open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir)


@pytest.fixture(autouse=True)
def no_tries_before(app: Flask) -> Iterator[None]:
    """Limits begin anew with each test."""
    limiter.reset()
    yield
    limiter.reset()


@pytest.fixture
def kim(store: Store) -> Account:
    """An organiser with a password."""
    number = store.add_account(Role.ORGANISER, "Kim", email="kim@example.org").number
    store.set_password(number, passwords.hashed(PASSWORD))
    return store.account(number)


def csrf(client: FlaskClient, address: str = "/sign-in") -> str:
    """What a form of the page brings along."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address, follow_redirects=True).text)
    assert found
    return found[1]


def send(client: FlaskClient, address: str, token_from: str = "/sign-in", **form: str) -> TestResponse:
    """Send a form as the page would."""
    data = {"csrf_token": csrf(client, token_from), **form}
    return client.post(address, data=data, headers={"Accept-Language": "en"})


def enter(
    client: FlaskClient, password: str = PASSWORD, email: str = "kim@example.org", to: str = ""
) -> TestResponse:
    """Sign in with a password."""
    return send(client, f"/sign-in{to}", email=email, password=password)


def is_in(client: FlaskClient) -> bool:
    """Whether the client's session is one of somebody."""
    return client.get("/account").status_code == 200


# -- passwords ---------------------------------------------------------------------------------


def test_in_and_out_again(anonymous: FlaskClient, kim: Account, store: Store) -> None:
    assert anonymous.get("/directory").headers["Location"] == "/sign-in?next=/directory"
    answer = enter(anonymous, email=" KIM@example.org ", to="?next=/directory")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/directory")
    assert is_in(anonymous)
    assert store.account(kim.number).last_seen_at is not None
    assert anonymous.get("/sign-in").headers["Location"] == "/events"
    assert send(anonymous, "/sign-out", "/account").headers["Location"] == "/sign-in"
    assert not is_in(anonymous)
    trail = [(entry.actor, entry.action) for entry in store.changes_made()[0]]
    assert trail == [("Kim", "accounts.enter")]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("kim@example.org", "wrong words here"),
        ("nobody@example.org", PASSWORD),
        ("kim@example.org", ""),
        ("", PASSWORD),
        ("kim@example.org", PASSWORD + "x" * 100_000),
        ("reader@example.org", ""),
    ],
)
def test_what_does_not_fit_gets_one_and_the_same_answer(
    anonymous: FlaskClient, store: Store, kim: Account, email: str, password: str
) -> None:
    store.add_account(Role.READER, "Reader", email="reader@example.org")  # without a password
    answer = enter(anonymous, password, email)
    assert answer.status_code == 400
    assert "Address and password do not fit" in answer.text
    assert PASSWORD not in answer.text
    assert not is_in(anonymous)
    assert store.changes_made()[1] == 0
    assert not store.account(kim.number).disabled


def test_a_disabled_account_is_out_at_once(anonymous: FlaskClient, store: Store, kim: Account) -> None:
    store.add_account(Role.ORGANISER, "Park", email="park@example.org")
    enter(anonymous)
    assert is_in(anonymous)
    store.change_account(kim.number, disabled=True)
    assert not is_in(anonymous)
    assert enter(anonymous).status_code == 400
    store.change_account(kim.number, disabled=False)
    assert not is_in(anonymous)  # the old session does not come to life again
    assert enter(anonymous).status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "\\\\evil.example",
    ],
)
def test_signing_in_leads_nowhere_else(anonymous: FlaskClient, kim: Account, target: str) -> None:
    assert "evil" not in page(anonymous, "/sign-in").split("<main")[1]
    answer = enter(anonymous, to=f"?next={target}")
    assert answer.headers["Location"] == "/events"
    assert anonymous.get(f"/sign-in?next={target}").headers["Location"] == "/events"


def test_each_role_begins_where_its_work_is(app: Flask, store: Store) -> None:
    for role, profile_id, home in (
        (Role.ORGANISER, None, "/events"),
        (Role.READER, None, "/events"),
        (Role.STARTUP, "vaxo", "/my"),
        (Role.PARTNER, "pharmo", "/my"),
    ):
        client = signed_in(app, role, profile_id)
        assert client.get("/sign-in").headers["Location"] == home
        assert client.get(home).status_code == 200


def test_a_part_of_a_page_sends_its_whole_page_to_sign_in(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/directory", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")
    answer = send(anonymous, "/account")
    assert answer.headers["Location"] == "/sign-in"  # what was sent is not asked for again


# -- limits ------------------------------------------------------------------------------------


def test_too_many_tries_are_told_to_wait(anonymous: FlaskClient, app: Flask, kim: Account) -> None:
    answers = [enter(anonymous, "wrong words here").status_code for _ in range(7)]
    assert answers == [400] * 6 + [429]
    last = enter(anonymous)
    assert last.status_code == 429  # the right one comes too late as well
    assert "Too many tries" in last.text
    assert "Wait a minute" in last.text
    assert int(last.headers["Retry-After"]) > 0
    other = app.test_client()
    assert enter(other, email="lee@example.org", password="wrong words here").status_code == 400
    assert enter(other).status_code == 429  # the account is closed from everywhere


def test_guessing_many_accounts_from_one_place_ends(anonymous: FlaskClient, kim: Account) -> None:
    answers = [
        enter(anonymous, "wrong words here", f"{number}@example.org").status_code for number in range(12)
    ]
    assert answers == [400] * 10 + [429] * 2


def test_a_whole_office_may_sign_in_at_once(app: Flask, store: Store, kim: Account) -> None:
    hashed = passwords.hashed(PASSWORD)
    for number in range(15):
        account = store.add_account(Role.READER, f"R{number}", email=f"r{number}@example.org")
        store.set_password(account.number, hashed)
    for number in range(15):
        assert enter(app.test_client(), email=f"r{number}@example.org").status_code == 302


def test_guessing_links_ends(anonymous: FlaskClient) -> None:
    answers = [anonymous.get(f"/link/guess{number}").status_code for number in range(12)]
    assert answers == [410] * 10 + [429] * 2


# -- sessions ----------------------------------------------------------------------------------


def session_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("roundtable")
    assert cookie
    return cookie.value


def test_a_session_prepared_by_somebody_else_is_not_taken_over(
    app: Flask, anonymous: FlaskClient, kim: Account
) -> None:
    """Fixation: what was in the session before is gone, and the old cookie opens nothing."""
    token = csrf(anonymous)
    with anonymous.session_transaction() as prepared:
        prepared["planted"] = "yes"
    before = session_of(anonymous)
    enter(anonymous)
    assert session_of(anonymous) != before
    with anonymous.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") is None or token != session["csrf_token"]
    thief = app.test_client()
    thief.set_cookie("roundtable", before)
    assert not is_in(thief)


def test_a_forged_or_foreign_cookie_opens_nothing(
    app: Flask, anonymous: FlaskClient, service: Service, tmp_path: Path, kim: Account
) -> None:
    enter(anonymous)
    good = session_of(anonymous)
    other_key = create_app(Settings(data_dir=tmp_path, secret_key="z" * 40), service).test_client()
    other_key.set_cookie("roundtable", good)
    assert not is_in(other_key)
    body, _dot, rest = good.partition(".")
    for forged in (f"{body[:-2]}AA.{rest}", good[:-3] + "abc", "", "x" * 4000):
        client = app.test_client()
        client.set_cookie("roundtable", forged)
        assert not is_in(client)


def test_another_password_ends_all_other_sessions(app: Flask, anonymous: FlaskClient, kim: Account) -> None:
    enter(anonymous)
    elsewhere = app.test_client()
    enter(elsewhere)
    new = "five other words instead"
    answer = send(
        anonymous, "/account/password", "/account", before="wrong words here", password=new, again=new
    )
    assert answer.status_code == 400
    assert "not your present password" in answer.text
    assert is_in(elsewhere)
    answer = send(anonymous, "/account/password", "/account", before=PASSWORD, password=new, again=new)
    assert answer.status_code == 302
    assert is_in(anonymous)
    assert not is_in(elsewhere)
    assert enter(elsewhere).status_code == 400
    assert enter(elsewhere, new).status_code == 302


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("short", "short", "at least 10 characters"),
        ("five other words", "five other word", "the two passwords differ"),
        ("kim@example.org", "kim@example.org", "too easy"),
    ],
)
def test_what_is_wrong_with_a_new_password(
    anonymous: FlaskClient, kim: Account, password: str, again: str, said: str
) -> None:
    enter(anonymous)
    answer = send(anonymous, "/account/password", "/account", before=PASSWORD, password=password, again=again)
    assert answer.status_code == 400
    assert said in answer.text
    assert enter(anonymous.application.test_client()).status_code == 302


def test_ending_all_other_sessions(app: Flask, anonymous: FlaskClient, kim: Account) -> None:
    enter(anonymous)
    elsewhere = app.test_client()
    enter(elsewhere)
    assert send(anonymous, "/account/sessions", "/account").status_code == 302
    assert is_in(anonymous)
    assert not is_in(elsewhere)


def test_the_cookie(anonymous: FlaskClient, kim: Account) -> None:
    cookie = enter(anonymous).headers["Set-Cookie"]
    assert cookie.startswith("roundtable=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # http://127.0.0.1 would not get it back
    assert "Domain" not in cookie


def test_the_cookie_of_a_server_that_is_reached_by_https(
    service: Service, tmp_path: Path, kim: Account
) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40, base_url="https://day.example.org")
    client = create_app(settings, service).test_client()
    found = re.search(
        r'name="csrf_token" value="([^"]+)"',
        client.get("/sign-in", base_url="https://day.example.org").text,
    )
    assert found
    answer = client.post(
        "/sign-in",
        base_url="https://day.example.org",
        headers={"Referer": "https://day.example.org/sign-in"},
        data={"csrf_token": found[1], "email": "kim@example.org", "password": PASSWORD},
    )
    assert answer.status_code == 302
    assert all("Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


# -- personal links ----------------------------------------------------------------------------


def invited(store: Store, purpose: Purpose = Purpose.INVITE, good_for: timedelta = DAY) -> tuple[str, int]:
    account = store.add_account(Role.STARTUP, "Ceo", email="ceo@vaxo.example", profile_id="vaxo")
    return store.make_link(account.number, purpose, good_for)[0], account.number


def choose(client: FlaskClient, secret: str, password: str = PASSWORD, again: str = PASSWORD) -> TestResponse:
    return send(client, f"/link/{secret}", password=password, again=again)


def test_from_a_link_to_a_password(app: Flask, anonymous: FlaskClient, store: Store) -> None:
    secret, number = invited(store)
    html = page(anonymous, f"/link/{secret}")
    assert "Welcome, Ceo" in html
    assert "ceo@vaxo.example" in html
    assert page(anonymous, f"/link/{secret}") == html  # looking uses nothing up
    assert "the two passwords differ" in choose(anonymous, secret, again="other words here").text
    assert "too easy" in choose(anonymous, secret, "ceo@vaxo.example", "ceo@vaxo.example").text
    answer = choose(anonymous, secret)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my")
    assert is_in(anonymous)
    assert store.account(number).has_password
    assert enter(app.test_client(), email="ceo@vaxo.example").status_code == 302
    for late in (app.test_client().get(f"/link/{secret}"), choose(app.test_client(), secret)):
        assert late.status_code == 410
        assert "This link is used up" in late.text
    assert [(entry.actor, entry.action) for entry in store.changes_made()[0]][-1] == (
        "Ceo",
        "accounts.use_link",
    )


def test_a_link_taken_twice_at_once_lets_one_in(app: Flask, store: Store) -> None:
    secret, number = invited(store)
    clients = [app.test_client() for _ in range(4)]
    tokens = [csrf(client) for client in clients]

    def take(at: int) -> int:
        form = {"csrf_token": tokens[at], "password": f"{PASSWORD} {at}", "again": f"{PASSWORD} {at}"}
        return clients[at].post(f"/link/{secret}", data=form).status_code

    assert sorted(at_once(take, 4)) == [302, 410, 410, 410]
    assert [is_in(client) for client in clients].count(True) == 1
    assert store.account(number).epoch == 1


def test_a_link_to_enter_taken_twice_at_once_lets_one_in(app: Flask, store: Store) -> None:
    secret, _number = invited(store, Purpose.ENTER)
    answers = at_once(lambda _: app.test_client().get(f"/link/{secret}").status_code, 4)
    assert sorted(answers) == [302, 410, 410, 410]


def test_links_that_are_no_longer_good(app: Flask, anonymous: FlaskClient, store: Store) -> None:
    late, number = invited(store, good_for=timedelta(seconds=-1))
    revoked, _link = store.make_link(number, Purpose.INVITE, DAY)
    store.revoke_links(number)
    replaced, _link = store.make_link(number, Purpose.INVITE, DAY)
    good, _link = store.make_link(number, Purpose.INVITE, DAY)
    for secret in (late, revoked, replaced):
        assert page(anonymous, f"/link/{secret}", 410)
        assert choose(anonymous, secret).status_code == 410
    store.change_account(number, disabled=True)
    assert page(anonymous, f"/link/{good}", 410)
    assert not store.account(number).has_password


def test_a_link_to_enter_sets_no_password(anonymous: FlaskClient, store: Store) -> None:
    secret, number = invited(store, Purpose.ENTER)
    assert choose(anonymous, secret).status_code == 410
    assert not store.account(number).has_password
    assert anonymous.get(f"/link/{secret}").status_code == 302


def test_a_reset_ends_the_sessions_there_were(
    app: Flask, anonymous: FlaskClient, store: Store, kim: Account
) -> None:
    enter(anonymous)
    secret, _link = store.make_link(kim.number, Purpose.RESET, DAY)
    assert "Choose another password" in page(app.test_client(), f"/link/{secret}")
    assert is_in(anonymous)
    other = app.test_client()
    assert choose(other, secret, "five other words", "five other words").status_code == 302
    assert is_in(other)
    assert not is_in(anonymous)


def test_a_link_opened_by_somebody_else_changes_the_session(
    app: Flask, client: FlaskClient, store: Store
) -> None:
    secret, number = invited(store)
    assert choose(client, secret).status_code == 302
    assert "Ceo" in client.get("/account").text
    assert client.get("/directory").status_code == 403
    assert store.account(number).has_password


# -- headers -----------------------------------------------------------------------------------


def test_every_kind_of_answer_carries_the_headers(
    app: Flask, anonymous: FlaskClient, client: FlaskClient
) -> None:
    answers = [
        anonymous.get("/sign-in"),
        anonymous.get("/directory"),  # 302
        anonymous.get("/link/nothing"),  # 410
        anonymous.get("/nowhere"),  # 404
        anonymous.post("/sign-in"),  # 400 for the token
        enter(anonymous, "wrong words here"),
        client.get("/changes"),
        client.get("/changes.csv"),
        client.get("/health"),
        client.put("/directory"),  # 400 or 405
        signed_in(app, Role.READER).get("/people"),  # 403
        *[anonymous.get(f"/link/{number}") for number in range(11)][-1:],  # 429
        client.get("/api/v1/openapi.json"),
        anonymous.get("/api/v1/me"),  # 401
    ]
    assert {answer.status_code for answer in answers} >= {200, 302, 400, 401, 403, 404, 410, 429}
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        if answer.mimetype == "text/html":
            assert not re.search(r"<[^>]+ (style|on\w+)=", answer.text)
            assert "<style" not in answer.text
