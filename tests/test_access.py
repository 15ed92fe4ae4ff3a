"""Who may do what: every address of the application as every role, on one's own things and on others'."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from access_rows import (
    BODIES,
    CHANGE_NOTHING,
    FOREIGN,
    FORMS,
    NOT_THERE_YET,
    NUMBERS,
    OTHER_FORMS,
    OTHER_QUERIES,
    OTHERS,
    QUERIES,
    TOKENS,
    VALUES,
    Row,
)
from flask import Flask, url_for
from itsdangerous import URLSafeSerializer
from kept_days import PAST, kept_day, kept_timetable
from web_helpers import PROFILES, signed_in
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from matcher.service import open_service
from profiles.accounts import Purpose, Role
from profiles.consultations import By, Choice, Note
from profiles.importers.wishes import Answer
from profiles.letter_store import Letter
from profiles.store import Store
from web import audit_words, create_app
from web.access import roles_of
from web.audit import UNSAFE
from web.limits import limiter
from web.settings import Settings

OPEN, SIGN_IN, FORBIDDEN, HIDDEN = "open", "sign in", "forbidden", "hidden"
"""Classes of answers: it is answered; 302 to the sign-in page or 401; 403; 404."""

LEADS_OUT = {"accounts.sign_out"}
"""What is answered with the way to the sign-in page when all is well."""

SIDES = frozenset({Role.STARTUP, Role.PARTNER})


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks.

    Attributes:
        names: what stands for the braces in rows.
        cookie: of the session.
        csrf: what the forms of the session bring along.
        bearer: token of the API; empty: none.
    """

    name: str
    role: Role | None
    names: dict[str, Any]
    cookie: str
    csrf: str
    bearer: str


class World:
    """An application with two events, and everybody who may ask it something."""

    def __init__(self, folder: Path, cache_dir: Path) -> None:
        self.path = folder / "world.db"
        self.store = store = Store.open(f"sqlite:///{self.path}")
        store.apply(PROFILES)
        service = open_service(store, index_dir=folder / "index", cache_dir=cache_dir)
        self.app = create_app(Settings(data_dir=folder, secret_key="k" * 40), service)
        self.app.config["API_RATE"] = "100000 per minute"
        self.numbers = _fill(store, self.app)
        self.visitors = [
            self._visitor("anonymous", None, None),
            self._visitor("organiser", Role.ORGANISER, None),
            self._visitor("reader", Role.READER, None),
            self._visitor("startup", Role.STARTUP, "vaxo"),
            self._visitor("partner", Role.PARTNER, "pharmo"),
        ]
        self._snapshot = sqlite3.connect(":memory:", check_same_thread=False)
        self._copy(into=self._snapshot)

    def _visitor(self, name: str, role: Role | None, profile_id: str | None) -> Visitor:
        client = signed_in(self.app, role, profile_id) if role else self.app.test_client()
        page = client.get("/account" if role else "/sign-in").text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        cookie = client.get_cookie("roundtable")
        assert found
        assert cookie
        bearer = ""
        numbers = dict(self.numbers)
        if role is not None:
            account = next(
                each for each in self.store.accounts() if each.role is role and each.profile_id == profile_id
            )
            bearer, token = self.store.make_token(account.number, name, can_write=True)
            numbers["token_number"] = token.number
        partner = role is Role.PARTNER
        names = {
            **numbers,
            "me": profile_id or "vaxo",
            "other": "vaxo" if partner else "pharmo",
            "rival": "clinic" if partner else "brainy",
            "stranger": "fund 00" if partner else "lawyers",
            "side": role.value if role in SIDES and role else "organiser",
            "kind": "pharma" if partner else "startup",
            "startup": "vaxo",
            "partner": "pharmo",
        }
        if role not in SIDES:
            names["side"] = "startup"
        return Visitor(name, role, names, cookie.value, found[1], bearer)

    def restore(self) -> None:
        """Put everything back as it was made."""
        self.store.engine.dispose()
        with sqlite3.connect(self.path) as live:
            self._snapshot.backup(live)
        live.close()

    def _copy(self, into: sqlite3.Connection) -> None:
        with sqlite3.connect(self.path) as live:
            live.backup(into)
        live.close()

    def kept(self) -> dict[str, dict[Any, tuple[Any, ...]]]:
        """All rows that say something of somebody, by table and key; not when somebody was here last."""
        found: dict[str, dict[Any, tuple[Any, ...]]] = {}
        with sqlite3.connect(self.path) as live:
            for table, key in KEYS.items():
                rows = live.execute(f"SELECT * FROM {table}")
                names = [column[0] for column in rows.description]
                found[table] = {
                    tuple(row[names.index(each)] for each in key): tuple(
                        value
                        for name, value in zip(names, row, strict=True)
                        if name not in ("last_seen_at", "last_used_at")
                    )
                    for row in rows
                }
        live.close()
        return found

    def ask(
        self,
        rule: Rule,
        method: str,
        visitor: Visitor,
        changed: Row,
        *,
        query: Row | None = None,
        form: Row | None = None,
    ) -> TestResponse:
        """Send a request; ``changed`` are parameters over the row's own."""
        limiter.reset()
        values = {**self.row(rule), **changed}
        arguments = _filled({**values, **QUERIES.get(rule.endpoint, {}), **(query or {})}, visitor)
        with self.app.test_request_context():
            address = url_for(rule.endpoint, **arguments, _method=method)
        client = self.app.test_client()
        client.set_cookie("roundtable", visitor.cookie)
        headers = {"Accept-Language": "en"}
        if rule.endpoint.startswith("api."):
            if visitor.bearer:
                headers["Authorization"] = f"Bearer {visitor.bearer}"
            body = None if method == "GET" else _filled(BODIES.get(rule.endpoint, {}), visitor)
            return client.open(address, method=method, headers=headers, json=body)
        fields = _filled({**FORMS.get(rule.endpoint, {}), **(form or {})}, visitor)
        data = None if method == "GET" else {"csrf_token": visitor.csrf, **fields}
        return client.open(address, method=method, headers=headers, data=data)

    def row(self, rule: Rule) -> Row:
        """Values for the parameters of an address."""
        values = {}
        for name in rule.arguments - set(rule.defaults or {}):
            if name == "number":
                values[name] = next(
                    (value for start, value in NUMBERS.items() if rule.endpoint.startswith(start)), None
                )
                if rule.endpoint.startswith("organiser.mail") and "event_id" not in rule.arguments - set(
                    rule.defaults or {}
                ):
                    values[name] = "{lone_letter}"
            elif name == "token":
                values[name] = TOKENS.get(rule.endpoint)
            elif isinstance(converter := rule._converters[name], AnyConverter) and name not in VALUES:
                values[name] = min(converter.items)
            else:
                values[name] = VALUES.get(name)
            assert values[name] is not None, (
                f"{rule.endpoint}: say in tests/access_rows.py what its parameter {name} is"
            )
        return {**values, **(rule.defaults or {})}


KEYS = {
    "accounts": ("pk",),
    "api_tokens": ("pk",),
    "links": ("pk",),
    "consultations": ("id",),
    "attendees": ("event_id", "profile_id"),
    "choices": ("event_id", "startup", "partner", "by"),
    "notes": ("event_id", "startup", "partner", "by"),
    "profiles": ("id",),
    "letters": ("pk",),
    "timetables": ("event_id", "number"),
    "uploads": ("pk",),
    "jobs": ("pk",),
    "merges": ("pk",),
    "outcomes": ("pk",),
}


def _fill(store: Store, app: Flask) -> dict[str, Any]:
    """Two events and what belongs to them; the numbers of what has one."""
    for event_id, startups, partners in (
        ("day", ("vaxo", "brainy"), ("pharmo", "clinic")),
        ("elsewhere", ("brainy", "한 글/x?y#z&w"), ("lawyers", "fund 00")),
    ):
        kept_day(store, event_id, startups=startups, partners=partners, on=PAST)
    kept_timetable(store, "vaxo pharmo 1 T1", "brainy clinic 1 T2", publish=True)
    kept_timetable(store, "brainy lawyers 1 T1", event_id="elsewhere", publish=True)
    for event_id, startup, partner in (
        ("day", "vaxo", "pharmo"),
        ("day", "brainy", "pharmo"),
        ("day", "brainy", "clinic"),
        ("elsewhere", "brainy", "lawyers"),
    ):
        for by in By:
            store.choose(
                Choice(
                    event_id=event_id,
                    startup=startup,
                    partner=partner,
                    by=by,
                    answer=Answer.WANTED,
                    comment=remark(by, startup, partner),
                )
            )
            store.keep_note(
                Note(
                    event_id=event_id,
                    startup=startup,
                    partner=partner,
                    by=by,
                    held=True,
                    text=remark(by, startup, partner),
                )
            )
    boss = store.add_account(Role.ORGANISER, "Boss", email="boss@example.org")
    lee = store.add_account(Role.READER, "Lee", email="lee@example.org")
    rivals = store.add_account(Role.STARTUP, "Bo", email="bo@example.org", profile_id="brainy")
    store.make_link(lee.number, Purpose.INVITE, timedelta(days=1))
    letters = store.draft_letters(
        [
            Letter("agenda", lee.number, "lee@example.org", "en", "Subject", "Body", event_id="day"),
            Letter("reset", lee.number, "lee@example.org", "en", "Subject", "Body"),
        ]
    )
    upload = store.add_upload(boss.number, "few.csv", b"id,side,kind,name\nnew,partner,hospital,New\n", {})
    wishes = store.add_upload(boss.number, "w.csv", b"startup,partner,wish\nvaxo,pharmo,yes\n", {})
    asked = {"seconds": 60, "seed": 0, "fair": False, "keep": None, "now": None, "note": ""}
    job = store.add_job("day", "schedule", asked)
    store.apply([PROFILES[-1].model_copy(update={"id": "gone", "name": "Gone"})])
    removal = store.remove_profile("gone", was=store.get("gone").content_hash())
    _token, foreign = store.make_token(rivals.number, "theirs", can_write=True)
    with store.engine.begin() as connection:  # so that the work is neither over nor taken for dead
        connection.exec_driver_sql("UPDATE jobs SET heard_at = '2099-01-01 00:00:00.000000'")
    signer = URLSafeSerializer(str(app.config["SECRET_KEY"]), salt="roundtable.calendar")
    return {
        "account": lee.number,
        "letter": letters[0].number,
        "lone_letter": letters[1].number,
        "upload": upload.number,
        "wishes_upload": wishes.number,
        "job": job.number,
        "removal": removal,
        "token_number": foreign.number,
        "foreign_token": foreign.number,
        "calendar": signer.dumps(["day", "vaxo", "en"]),
    }


def _filled(row: Row, visitor: Visitor) -> Row:
    """A row with the names of a visitor in place of its braces."""

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return visitor.names[value[1:-1]] if re.fullmatch(r"\{\w+\}", value) else value
        return value

    return {name: fill(value) for name, value in row.items()}


def kind_of(answer: TestResponse, endpoint: str, visitor: Visitor) -> str:
    """The class of an answer."""
    if endpoint in NOT_THERE_YET and answer.status_code == 404:
        return OPEN
    if answer.status_code == 401:
        return SIGN_IN
    if answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in"):
        return OPEN if endpoint in LEADS_OUT and visitor.role else SIGN_IN
    return {403: FORBIDDEN, 404: HIDDEN}.get(answer.status_code, OPEN)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("world"), cache_dir)
    yield made
    made.store.close()


def every_request(world: World) -> Iterator[tuple[Rule, str]]:
    """Every address with every method that it takes."""
    for rule in sorted(world.app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def expected(world: World, rule: Rule, visitor: Visitor) -> str:
    """The class of the answer to one's own."""
    roles = roles_of(world.app, rule.endpoint)
    if roles is None:
        return OPEN
    if visitor.role is None:
        return SIGN_IN
    return OPEN if visitor.role in roles else FORBIDDEN


def test_every_address_as_every_role(world: World) -> None:
    wrong, asked = [], 0
    for rule, method in every_request(world):
        for visitor in world.visitors:
            wanted = expected(world, rule, visitor)
            answer = world.ask(rule, method, visitor, {})
            asked += 1
            found = kind_of(answer, rule.endpoint, visitor)
            if found != wanted or answer.status_code >= 500:
                wrong.append(
                    f"{method} {rule.rule} as {visitor.name}: {found} {answer.status_code}, not {wanted}"
                )
            if method in UNSAFE and wanted == OPEN:
                world.restore()
    assert not wrong, "\n".join(wrong)
    assert asked > 500


def test_what_is_not_allowed_changes_nothing(world: World) -> None:
    before = world.kept()
    for rule, method in every_request(world):
        if method in UNSAFE:
            for visitor in world.visitors:
                if expected(world, rule, visitor) != OPEN:
                    world.ask(rule, method, visitor, {})
    assert world.kept() == before


def open_to_sides(world: World) -> Iterator[tuple[Rule, str, Visitor]]:
    """Every request that a startup or partner may send, but for what everybody may."""
    for rule, method in every_request(world):
        roles = roles_of(world.app, rule.endpoint)
        if roles is None:
            continue
        for visitor in world.visitors:
            if visitor.role in SIDES and visitor.role in roles:
                yield rule, method, visitor


def test_what_is_others_is_not_there(world: World) -> None:
    """404 in every case, and nothing changes, whatever the address, the query or the form names."""
    wrong, asked = [], 0
    before = world.kept()
    for rule, method, visitor in open_to_sides(world):
        free = rule.arguments - set(rule.defaults or {})
        cases: list[tuple[Row, Row, Row]] = []
        if "event_id" in free:
            cases.append(({"event_id": "elsewhere"}, {}, {}))
        if free - {"event_id"}:
            assert rule.endpoint in OTHERS, (
                f"{rule.endpoint}: say in tests/access_rows.py what of others its address could name"
            )
        if "{other}" in FORMS.get(rule.endpoint, {}).values():
            assert rule.endpoint in OTHER_FORMS, (
                f"{rule.endpoint}: say in tests/access_rows.py whom of others its form could name"
            )
        cases += [(row, {}, {}) for row in OTHERS.get(rule.endpoint, [])]
        cases += [({}, row, {}) for row in OTHER_QUERIES.get(rule.endpoint, [])]
        cases += [({}, {}, row) for row in OTHER_FORMS.get(rule.endpoint, [])]
        for changed, query, form in cases:
            if (
                rule.endpoint == "api.get_pair"
                and query["partner"] == "pharmo"
                and visitor.role is Role.PARTNER
            ):
                continue
            answer = world.ask(rule, method, visitor, changed, query=query, form=form)
            asked += 1
            if answer.status_code != 404:
                named = changed or query or form
                wrong.append(f"{method} {rule.rule} as {visitor.name} on {named}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert world.kept() == before
    assert asked > 60


def belongs_to(
    visitor: Visitor, table: str, key: tuple[Any, ...], row: tuple[Any, ...], account: int
) -> bool:
    """Whether a row is for this startup or partner to change."""
    me, role = visitor.names["me"], visitor.role
    assert role is not None
    if table == "accounts":
        return key == (account,)
    if table == "api_tokens":
        return account in row
    if table == "attendees":
        return key == ("day", me)
    if table in ("choices", "notes"):
        return key[0] == "day" and me in key[1:3] and key[3] == role.value
    if table == "outcomes":
        return me in row
    return table == "profiles" and key == (me,)


def test_a_form_changes_what_is_ones_own_whatever_is_sent_along(world: World) -> None:
    """Ids and fields of others, of the role, of the account: in no form do they count."""
    moved = 0
    for rule, method, visitor in open_to_sides(world):
        if method not in UNSAFE or rule.endpoint.startswith("api."):
            continue
        assert rule.endpoint in FORMS, f"{rule.endpoint}: give a form in tests/access_rows.py that it accepts"
        account = next(
            each.number
            for each in world.store.accounts(profile_id=visitor.names["me"])
            if each.role is visitor.role
        )
        before = world.kept()
        foreign = {name: value for name, value in FOREIGN.items() if name not in FORMS[rule.endpoint]}
        answer = world.ask(rule, method, visitor, {}, form=foreign)
        assert answer.status_code < 400, f"{rule.endpoint}: {answer.status_code} {answer.text[:2000]}"
        after = world.kept()
        for table in KEYS:
            for key in before[table].keys() | after[table].keys():
                was, now = before[table].get(key), after[table].get(key)
                if was != now:
                    assert belongs_to(visitor, table, key, now or was or (), account), (
                        f"{rule.endpoint} as {visitor.name} changed {table} {key}"
                    )
                    moved += 1
                    if table == "accounts":
                        kept = world.store.account(account)
                        assert (kept.role, kept.profile_id, kept.disabled) == (
                            visitor.role,
                            visitor.names["me"],
                            False,
                        )
                        assert kept.email != FOREIGN["email"]
                    if table == "profiles":
                        kept_profile = world.store.get(visitor.names["me"])
                        assert kept_profile.kind.value == visitor.names["kind"]
                        assert kept_profile.source != "x"
        if rule.endpoint not in CHANGE_NOTHING:
            assert before != after, f"{rule.endpoint}: its form in tests/access_rows.py changes nothing"
        world.restore()
    assert moved >= 16


def test_the_api_refuses_fields_it_does_not_know(world: World) -> None:
    for rule, method, visitor in open_to_sides(world):
        if method != "PUT" or not rule.endpoint.startswith("api."):
            continue
        before = world.kept()
        body = {**BODIES[rule.endpoint], "role": "organiser", "account": 1, "by": "organiser"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(BODIES, rule.endpoint, body)
            answer = world.ask(rule, method, visitor, {})
        assert answer.status_code == 422, f"{rule.endpoint}: {answer.status_code} {answer.text}"
        assert world.kept() == before


def remark(by: By, startup: str, partner: str) -> str:
    """What one says of a meeting, for itself and those who run the day."""
    return f"sealed/{by.value}/{startup}/{partner}/"


def test_no_side_reads_what_others_remarked(world: World) -> None:
    """Remarks of organisers, of the other side and of rivals are on no page of a side."""
    read = 0
    for rule, method, visitor in open_to_sides(world):
        if method != "GET":
            continue
        answer = world.ask(rule, method, visitor, {})
        for by, startup, partner in re.findall(r"sealed/(\w+)/(\w+)/(\w+)/", answer.text):
            own = by == visitor.names["side"] and visitor.names["me"] in (startup, partner)
            assert own, f"{rule.endpoint} as {visitor.name} tells what {by} says of {startup} and {partner}"
            read += 1
    assert read >= 4  # one's own stand there


def test_every_change_has_its_words(world: World) -> None:
    missing = [
        rule.endpoint
        for rule, method in every_request(world)
        if method in UNSAFE
        and not getattr(world.app.view_functions[rule.endpoint], "changes_nothing", False)
        and rule.endpoint not in audit_words.DONE
        and rule.endpoint not in ("accounts.sign_out",)
    ]
    assert not missing, "\n".join(sorted(set(missing)))


def test_changes_are_written_down(world: World) -> None:
    """Every accepted form of a side, and what an organiser does to accounts, stands in the trail."""
    for rule, method, visitor in open_to_sides(world):
        if method not in UNSAFE or rule.endpoint.startswith("api.") or rule.endpoint in CHANGE_NOTHING:
            continue
        before = world.store.changes_made()[1]
        world.ask(rule, method, visitor, {})
        entries, count = world.store.changes_made(size=1)
        assert count == before + 1, rule.endpoint
        assert entries[0].actor, rule.endpoint
        assert json.dumps(dict(entries[0].detail)) is not None
        world.restore()


def test_every_unsafe_address_wants_its_token(world: World) -> None:
    """Without the token of the form nothing is done: CSRF. The API knows no cookies, and needs none."""
    before = world.kept()
    for rule, method in every_request(world):
        if method not in UNSAFE:
            continue
        for visitor in world.visitors:
            answer = world.ask(rule, method, visitor, {}, form={"csrf_token": "forged"})
            if rule.endpoint.startswith("api."):
                continue
            assert answer.status_code == 400, f"{method} {rule.rule} as {visitor.name}: {answer.status_code}"
            assert "could not be accepted" in answer.text
        if rule.endpoint.startswith("api."):
            cookies = Visitor(
                "cookie", Role.ORGANISER, world.visitors[1].names, world.visitors[1].cookie, "", ""
            )
            world.restore()
            assert world.ask(rule, method, cookies, {}).status_code == 401, rule.endpoint
    assert world.kept() == before
