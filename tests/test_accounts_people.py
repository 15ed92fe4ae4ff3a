"""People, invitations, tokens, the trail and letters, as an organiser works with them."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from kept_days import kept_day, kept_timetable
from test_accounts_signing import csrf
from web_helpers import PROFILES, page, signed_in
from werkzeug.test import TestResponse

from matcher.service import Service, open_service
from profiles.accounts import Account, Actor, Purpose, Role
from profiles.letter_store import LetterState
from profiles.store import Store

DAY = timedelta(days=1)


@pytest.fixture
def service(store: Store, tmp_path: Path, cache_dir: Path) -> Service:
    """A service over a store that tests may write to."""
    store.apply(PROFILES)
    return open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir)


@pytest.fixture
def lee(store: Store, service: Service) -> Account:
    return store.add_account(Role.READER, "Lee", email="lee@example.org")


def send(client: FlaskClient, address: str, **form: str | list[str]) -> TestResponse:
    """Send a form as the organiser's page would."""
    data = {"csrf_token": csrf(client, "/account"), **form}
    return client.post(address, data=data, headers={"Accept-Language": "en"})


def after(client: FlaskClient, answer: TestResponse) -> str:
    """The page that an answer leads to."""
    assert answer.status_code == 302, answer.text
    return page(client, answer.headers["Location"])


def secret_in(text: str) -> str:
    """The secret of the personal link in a text."""
    found = re.search(r"/link/([A-Za-z0-9_-]{43})", text)
    assert found
    return found[1]


def last_change(store: Store) -> tuple[str, str, str]:
    entry = store.changes_made(size=1)[0][0]
    return entry.actor, entry.action, entry.subject


# -- the list ----------------------------------------------------------------------------------


def rows_of(html: str) -> dict[str, str]:
    """The rows of the list of accounts, as text, by name."""
    found = {}
    for row in html.split("<tbody>")[1].split("<tr>")[1:]:
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip()
        name = re.search(r'class="name"[^>]*>([^<]+)<', row)
        assert name
        found[name[1]] = text
    return found


def test_how_it_stands_with_everybody(client: FlaskClient, store: Store, lee: Account) -> None:
    invited = store.add_account(Role.STARTUP, "Invited", email="i@vaxo.example", profile_id="vaxo")
    store.make_link(invited.number, Purpose.INVITE, DAY)
    lapsed = store.add_account(Role.PARTNER, "Lapsed", email="l@pharmo.example", profile_id="pharmo")
    store.make_link(lapsed.number, Purpose.INVITE, -DAY)
    revoked = store.add_account(Role.PARTNER, "Revoked", email="r@pharmo.example", profile_id="clinic")
    store.make_link(revoked.number, Purpose.INVITE, DAY)
    store.revoke_links(revoked.number)
    off = store.add_account(Role.READER, "Off", email="off@example.org")
    store.change_account(off.number, disabled=True)
    resetting = store.add_account(Role.READER, "Resetting", email="re@example.org")
    store.set_password(resetting.number, "x")
    store.make_link(resetting.number, Purpose.RESET, DAY)
    rows = rows_of(page(client, "/people"))
    assert "Invited link good until" in rows["Invited"]
    assert "Vaxo" in rows["Invited"]
    assert "No open link the link expired" in rows["Lapsed"]
    assert "the link was revoked" in rows["Revoked"]
    assert "no link was made yet" in rows["Lee"]
    assert "Disabled" in rows["Off"]
    assert "a link for another password is open" in rows["Resetting"]
    assert "Active last signed in" in rows["organiser"]
    assert list(rows) == ["organiser", "Lee", "Off", "Resetting", "Invited", "Lapsed", "Revoked"]
    assert list(rows_of(page(client, "/people?role=partner"))) == ["Lapsed", "Revoked"]
    assert list(rows_of(page(client, "/people?state=lapsed&q=PHARMO.example"))) == ["Lapsed", "Revoked"]
    assert list(rows_of(page(client, "/people?q=백소"))) == ["Invited"]
    assert "Nobody fits" in page(client, "/people?q=zzz")
    assert "there is no role" in page(client, "/people?role=boss", 400)
    assert "there is no state" in page(client, "/people?state=asleep", 400)


def test_many_accounts_page(client: FlaskClient, store: Store) -> None:
    for number in range(60):
        store.add_account(Role.READER, f"Reader {number:02}", email=f"r{number}@example.org")
    first = page(client, "/people?role=reader")
    assert len(rows_of(first)) == 50
    assert "60 accounts" in first
    assert "role=reader&amp;page=2" in first
    assert len(rows_of(page(client, "/people?role=reader&page=2"))) == 10
    assert len(rows_of(page(client, "/people?role=reader&page=99"))) == 10


# -- inviting ----------------------------------------------------------------------------------


def test_one_person_is_invited(app: Flask, client: FlaskClient, store: Store) -> None:
    html = page(client, "/people/invite?profile_id=pharmo")
    assert 'value="Pharmo"' in html
    assert 'value="hello@pharmo.example"' in html
    assert '<option value="pharmo" selected>' in html
    answer = send(
        client,
        "/people/invite",
        role="partner",
        name="Ann",
        email="Ann@pharmo.example",
        profile_id="pharmo",
        language="ko",
    )
    assert answer.status_code == 200
    secret = secret_in(answer.text)
    account = store.account_of_email("ann@pharmo.example")
    assert account is not None
    assert (account.role, account.profile_id, account.language) == (Role.PARTNER, "pharmo", "ko")
    letter = store.letters()[0]
    assert secret in letter.body
    assert letter.state is LetterState.DRAFT
    assert last_change(store) == ("organiser", "accounts.people_invited", "Ann")
    assert secret not in str(store.changes_made()[0])
    guest = app.test_client()
    assert page(guest, f"/link/{secret}")
    assert secret not in page(client, f"/people/{account.number}")
    assert secret not in page(client, "/people")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"role": ""}, "choose a role"),
        ({"role": "boss"}, "there is no role"),
        ({"name": " "}, "give a name"),
        ({"email": "nobody"}, "this is no e-mail address"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "this is no e-mail address"),
        ({"email": "LEE@example.org"}, "has an account already"),
        ({"profile_id": ""}, "choose the organisation"),
        ({"profile_id": "vaxo"}, "choose the organisation"),  # of the other side
        ({"profile_id": "nobody"}, "choose the organisation"),
        ({"language": "fr"}, "choose a language"),
    ],
)
def test_what_is_wrong_with_an_invitation_stands_at_its_field(
    client: FlaskClient, store: Store, lee: Account, changed: dict[str, str], said: str
) -> None:
    form = {
        "role": "partner",
        "name": "Ann",
        "email": "ann@p.example",
        "profile_id": "pharmo",
        "language": "en",
    }
    before = len(store.accounts())
    answer = send(client, "/people/invite", **{**form, **changed})
    assert answer.status_code == 400
    assert said in answer.text
    if changed != {"name": " "}:
        assert 'value="Ann"' in answer.text  # nothing typed is lost
    assert 'aria-invalid="true"' in answer.text
    assert len(store.accounts()) == before
    assert store.letters() == []


def test_an_organiser_speaks_for_nobody(client: FlaskClient, store: Store) -> None:
    form = {
        "role": "organiser",
        "name": "Bo",
        "email": "bo@example.org",
        "profile_id": "pharmo",
        "language": "en",
    }
    assert send(client, "/people/invite", **form).status_code == 200
    account = store.account_of_email("bo@example.org")
    assert account is not None
    assert account.profile_id is None


def test_organisations_are_searched_without_scripts(client: FlaskClient) -> None:
    html = page(client, "/people/invite?role=partner&find=fund+07&name=Ann&email=ann%40p.example")
    choice = html.split('id="f-profile_id"')[1].split("</select>")[0]
    assert choice.count("<option") == 2
    assert 'value="fund 07"' in choice
    assert 'value="Ann"' in html
    assert "Use fewer words" in page(client, "/people/invite?role=startup&find=zzz")
    assert 'id="f-profile_id"' not in page(client, "/people/invite?role=reader")


def test_attendees_are_invited_together(client: FlaskClient, store: Store) -> None:
    kept_day(store, partners=("pharmo", "clinic", "lawyers"))
    store.apply(
        [
            profile.model_copy(update={"contact_email": address})
            for profile in PROFILES
            if (
                address := {
                    "vaxo": "ceo@vaxo.example",
                    "brainy": "Hello@pharmo.example",
                    "lawyers": "no address",
                }.get(profile.id)
            )
        ]
    )
    store.add_account(Role.PARTNER, "Doc", email="doc@clinic.example", profile_id="clinic")
    html = page(client, "/events/day/invite")
    assert set(re.findall(r'name="profile_id" value="([^"]+)" checked', html)) == {"vaxo", "brainy"}
    assert "1 attendee has an account already" in html
    assert "hello@pharmo.example belongs to another account" in html  # the second of two with one address
    assert "no address is no e-mail address" in html
    assert store.account_of_email("ceo@vaxo.example") is None  # looking invites nobody

    refused = after(client, send(client, "/events/day/invite", profile_id=["pharmo", "fund 00", "nobody"]))
    assert "Nobody was ticked" in refused
    assert store.letters() == []
    html = after(client, send(client, "/events/day/invite", profile_id=["vaxo", "fund 00"]))
    assert "1 person has an account now" in html
    assert [(each.address, each.event_id, each.state) for each in store.letters()] == [
        ("ceo@vaxo.example", "day", LetterState.DRAFT)
    ]
    account = store.account_of_email("ceo@vaxo.example")
    assert account is not None
    assert (account.role, account.profile_id) == (Role.STARTUP, "vaxo")
    assert len(store.accounts()) == 3  # the organiser, Doc and this one
    assert last_change(store)[1:] == ("accounts.attendees_invited", "1")
    assert "vaxo" not in page(client, "/events/day/invite").split("<tbody>")[1].split("</tbody>")[0]


# -- one account -------------------------------------------------------------------------------


def test_a_new_link_ends_the_one_before(app: Flask, client: FlaskClient, store: Store, lee: Account) -> None:
    first = secret_in(send(client, f"/people/{lee.number}/link").text)
    second = secret_in(send(client, f"/people/{lee.number}/link").text)
    assert app.test_client().get(f"/link/{first}").status_code == 410
    assert app.test_client().get(f"/link/{second}").status_code == 200
    assert [secret_in(each.body) for each in store.letters()] == [second]
    assert last_change(store) == ("organiser", "accounts.people_link", "Lee")
    html = after(client, send(client, f"/people/{lee.number}/revoke"))
    assert "have ended" in html
    assert app.test_client().get(f"/link/{second}").status_code == 410
    assert store.letters() == []


def test_a_link_for_another_password(client: FlaskClient, store: Store, lee: Account) -> None:
    store.set_password(lee.number, "x")
    answer = send(client, f"/people/{lee.number}/link")
    assert "New link for Lee" in answer.text
    link = store.latest_links()[lee.number]
    assert link.purpose is Purpose.RESET
    assert link.expires_at - link.created_at == DAY
    assert store.letters()[0].kind == "reset"


def test_disabling_and_enabling(app: Flask, client: FlaskClient, store: Store, lee: Account) -> None:
    reader = signed_in(app, Role.READER)
    assert reader.get("/directory").status_code == 200
    html = after(client, send(client, f"/people/{lee.number}/disable"))
    assert "Lee can no longer sign in" in html
    assert f'action="/people/{lee.number}/enable"' in html.split('id="messages"')[1]  # undo
    assert reader.get("/directory").status_code == 302
    html = after(client, send(client, f"/people/{lee.number}/link"))
    assert "enable it first" in html
    assert "can sign in again" in after(client, send(client, f"/people/{lee.number}/enable"))
    assert last_change(store) == ("organiser", "accounts.people_enable", "Lee")


def test_the_last_organiser_stays(client: FlaskClient, store: Store) -> None:
    mine = next(each for each in store.accounts() if each.role is Role.ORGANISER)
    before = store.changes_made()[1]
    assert "last organiser" in after(client, send(client, f"/people/{mine.number}/disable"))
    assert store.changes_made()[1] == before
    store.add_account(Role.ORGANISER, "Second", email="second@example.org")
    answer = send(client, f"/people/{mine.number}/disable")
    assert answer.headers["Location"] == "/sign-in"
    assert client.get("/people").status_code == 302
    assert last_change(store) == ("organiser", "accounts.people_disable", "organiser")


def test_signing_somebody_out(app: Flask, client: FlaskClient, store: Store, lee: Account) -> None:
    reader = signed_in(app, Role.READER)
    after(client, send(client, f"/people/{lee.number}/sessions"))
    assert reader.get("/directory").status_code == 302
    mine = next(each for each in store.accounts() if each.role is Role.ORGANISER)
    after(client, send(client, f"/people/{mine.number}/sessions"))
    assert client.get("/people").status_code == 200  # one's own session of now goes on


def test_mending_a_name_and_an_address(client: FlaskClient, store: Store, lee: Account) -> None:
    send(client, f"/people/{lee.number}/link")
    address = f"/people/{lee.number}"
    answer = send(client, address, name="이민수", email="lee@exampl", language="ko")
    assert answer.status_code == 400
    assert "이민수" in answer.text
    assert store.account(lee.number).name == "Lee"
    assert "already" in send(client, address, name="Lee", email="organiser@example.org", language="ko").text
    assert "give an e-mail" in send(client, address, name="Lee", email="", language="ko").text
    after(client, send(client, address, name="이민수", email="minsu@example.org", language="ko"))
    changed = store.account(lee.number)
    assert (changed.name, changed.email, changed.language) == ("이민수", "minsu@example.org", "ko")
    assert store.letters() == []  # the letter was to the old address, its link has ended
    assert page(client, "/people/999", 404)


# -- tokens ------------------------------------------------------------------------------------


def test_tokens_are_shown_once(app: Flask, client: FlaskClient, store: Store) -> None:
    answer = send(client, "/account/tokens", token_name="sync", can_write="1")
    found = re.search(r'value="(rt_[A-Za-z0-9_-]{43})"', answer.text)
    assert found
    secret = found[1]
    assert secret not in page(client, "/account")
    assert secret not in str(store.changes_made()[0])
    assert "sync" in page(client, "/account")
    assert "read and change" in page(client, "/account")
    assert (
        app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    )
    token = store.token(secret)
    assert token is not None
    assert token[0].can_write
    assert last_change(store) == ("organiser", "accounts.tokens_make", "sync")
    after(client, send(client, f"/account/tokens/{token[0].number}/revoke"))
    assert store.token(secret) is None
    assert "sync" not in page(client, "/account").split("<main")[1].split('id="tokens-title"')[1]
    assert last_change(store) == ("organiser", "accounts.tokens_revoke", "sync")


def test_what_is_no_token(client: FlaskClient, store: Store) -> None:
    answer = send(client, "/account/tokens", token_name=" ")
    assert answer.status_code == 400
    assert "give a name" in answer.text
    for number in range(20):
        assert send(client, "/account/tokens", token_name=f"t{number}").status_code == 200
    answer = send(client, "/account/tokens", token_name="one more")
    assert answer.status_code == 400
    assert "there are 20 tokens already" in answer.text
    assert 'value="one more"' in answer.text


# -- the trail ---------------------------------------------------------------------------------


def test_the_trail_in_sentences(client: FlaskClient, store: Store, lee: Account) -> None:
    kept_day(store)
    store.record_change(Actor(lee.number, "Lee"), "organiser.matches_choose", "vaxo pharmo", event_id="day")
    store.record_change(
        Actor(lee.number, "Lee"), "accounts.people_save", "Bo", detail={"address": "<b>x</b>"}
    )
    store.record_change(Actor(None, "roundtable"), "code.of_old", "something")
    html = page(client, "/changes")
    assert "Lee said something of a pair" in html
    assert "Vaxo – Pharmo" in html
    assert "Partnering Day" in html
    assert "roundtable code.of_old" in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    korean = page(client, "/changes", language="ko")
    assert "Lee 님이 조합에 대한 결정을 바꿨습니다" in korean
    assert "백소 – Pharmo" in korean
    assert "Bo" not in page(client, "/changes?event=day").split("<tbody>")[1]
    assert page(client, f"/changes?account={lee.number}").count("<tr>") == 3
    assert page(client, "/changes?action=code.of_old").count("<tr>") == 2
    assert "Nothing fits this choice" in page(client, "/changes?event=nowhere")


def test_a_long_trail_pages(client: FlaskClient, store: Store, lee: Account) -> None:
    for number in range(60):
        store.record_change(Actor(lee.number, "Lee"), "accounts.people_save", f"Person {number}")
    html = page(client, f"/changes?account={lee.number}")
    assert "60 changes" in html
    assert "Person 59" in html
    assert "Person 9<" not in html
    assert "Person 9" in page(client, f"/changes?account={lee.number}&page=2")
    assert "Person 9" in page(client, f"/changes?account={lee.number}&page=9")


def test_the_trail_as_a_table_runs_nothing(client: FlaskClient, store: Store, lee: Account) -> None:
    store.record_change(Actor(lee.number, "=cmd()"), "accounts.people_save", "+1+1", detail={"a": "@x"})
    answer = client.get(f"/changes.csv?account={lee.number}")
    assert answer.headers["Content-Disposition"] == "attachment; filename=changes.csv"
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert len(rows) == 2
    when, account, *cells = rows[1]
    assert when.endswith("+00:00")
    assert account == str(lee.number)
    assert cells[0] == "'=cmd()"
    assert cells[2] == "'+1+1"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


# -- letters -----------------------------------------------------------------------------------


@pytest.fixture
def drafts(app: Flask, client: FlaskClient, store: Store) -> list[int]:
    """An event with two drafts about its timetable."""
    kept_day(store)
    store.add_account(Role.STARTUP, "Ceo", email="ceo@vaxo.example", profile_id="vaxo", language="ko")
    store.add_account(Role.PARTNER, "Ann", email="ann@pharmo.example", profile_id="pharmo")
    kept_timetable(store, "vaxo pharmo 1 T1", publish=True)
    html = after(client, send(client, "/events/day/mail/draft"))
    assert "2 letters are drafted" in html
    return [each.number for each in store.letters(event_id="day")]


def test_letters_are_looked_at_confirmed_and_sent(
    client: FlaskClient, store: Store, drafts: list[int], tmp_path: Path
) -> None:
    html = page(client, "/events/day/mail")
    assert html.count('name="letter"') == 2
    assert "No mail server is set" in html
    letter = page(client, f"/events/day/mail/{drafts[0]}")
    assert "09:00–09:20" in letter
    asked = send(client, "/events/day/mail/send", letter=[str(drafts[0])])
    assert asked.status_code == 200
    assert "Send 1 letter?" in asked.text
    assert {each.state for each in store.letters()} == {LetterState.DRAFT}
    assert not (tmp_path / "mail").exists()  # nothing left yet
    before = store.changes_made()[1]
    html = after(client, send(client, "/events/day/mail/send", letter=[str(drafts[0])], confirmed="1"))
    assert "1 letter was sent" in html
    assert store.changes_made()[1] == before + 1
    assert last_change(store)[1:] == ("organiser.mail_send", "1")
    files = list((tmp_path / "mail").iterdir())
    assert len(files) == 1
    message = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert message["To"].addresses[0].addr_spec == store.letter(drafts[0]).address
    assert store.letter(drafts[1]).state is LetterState.DRAFT
    assert drafts[0] not in [
        int(n) for n in re.findall(r'name="letter" value="(\d+)"', page(client, "/events/day/mail"))
    ]
    again = after(client, send(client, "/events/day/mail/send", letter=[str(drafts[0])], confirmed="1"))
    assert "No letter was ticked" in again
    assert len(list((tmp_path / "mail").iterdir())) == 1


def test_letters_are_thrown_away(client: FlaskClient, store: Store, drafts: list[int]) -> None:
    html = after(client, send(client, "/events/day/mail/discard", letter=[str(drafts[1])]))
    assert "1 letter is thrown away" in html
    assert [each.number for each in store.letters()] == [drafts[0]]
    assert "No letter was ticked" in after(client, send(client, "/events/day/mail/discard"))
    assert "No letter was ticked" in after(client, send(client, "/events/day/mail/send"))


def test_failed_letters_are_tried_again(
    client: FlaskClient, store: Store, drafts: list[int], tmp_path: Path
) -> None:
    (tmp_path / "mail").write_text("in the way")
    html = after(client, send(client, "/events/day/mail/send", all="drafts", confirmed="1"))
    assert "1 letter could not be sent" in html
    assert "1 letter is left as it was" in html
    assert "shelf=failed" in html
    (tmp_path / "mail").unlink()
    assert page(client, "/events/day/mail?shelf=failed").count('name="letter"') == 1
    html = after(client, send(client, "/events/day/mail/send", all="failed", confirmed="1"))
    assert "1 letter was sent" in html
    assert page(client, "/events/day/mail?shelf=sent").count("<tr>") == 2


def test_letters_of_no_event_have_a_place_of_their_own(
    client: FlaskClient, store: Store, lee: Account, drafts: list[int]
) -> None:
    send(client, f"/people/{lee.number}/link")
    html = page(client, "/people/mail")
    assert html.count('name="letter"') == 1
    number = store.letters()[0].number
    assert page(client, f"/people/mail/{number}")
    assert page(client, f"/events/day/mail/{number}", 404)
    assert page(client, f"/people/mail/{drafts[0]}", 404)
    assert "No letter was ticked" in after(
        client, send(client, "/people/mail/send", letter=[str(drafts[0])], confirmed="1")
    )
    assert "there is no list" in page(client, "/people/mail?shelf=lost", 400)


def test_nothing_is_drafted_before_something_is_published(client: FlaskClient, store: Store) -> None:
    kept_day(store)
    assert "No timetable is published yet" in after(client, send(client, "/events/day/mail/draft"))
    assert "Letters are drafted when" in page(client, "/events/day/mail")


def test_those_told_already_are_told_nothing_twice(
    client: FlaskClient, store: Store, drafts: list[int]
) -> None:
    after(client, send(client, "/events/day/mail/send", all="drafts", confirmed="1"))
    assert "told already" in after(client, send(client, "/events/day/mail/draft"))
    late = store.add_account(Role.PARTNER, "Late", email="late@pharmo.example", profile_id="pharmo")
    assert "1 letter is drafted" in after(client, send(client, "/events/day/mail/draft"))
    assert [each.account for each in store.letters(state=LetterState.DRAFT)] == [late.number]
