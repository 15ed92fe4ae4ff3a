"""The match table: right fits, levels, order and filters; pins and bans that change the event."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Watch, browser, served
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect
from web_helpers import page, signed_in, token

from matcher.schedule.fits import Fits
from matcher.service import Service, open_service
from profiles.accounts import Role
from profiles.consultations import By, Choice, Consultation
from profiles.dayplan import DayPlan, read_day_plan
from profiles.event import Meeting, Schedule, State
from profiles.importers.wishes import Answer
from profiles.model import Profile, Topic
from profiles.store import Store
from web import create_app
from web.consulting import built
from web.matchtable import Look, MatchTable, match_table
from web.matchwords import signs, spoken
from web.phrases import use_language
from web.settings import SAMPLE_DIRECTORY, Settings

__all__ = ["browser"]  # a fixture

TRACKS = (Topic.CLINICAL, Topic.IP, Topic.SUPPLY)
_numbers = count(1)


@pytest.fixture(scope="module")
def over_few(
    tmp_path_factory: pytest.TempPathFactory, cache_dir: Path
) -> Iterator[tuple[Service, list[Profile]]]:
    """A service, whose store each test gives an event of its own."""
    folder = tmp_path_factory.mktemp("matches")
    store = Store.open(f"sqlite:///{folder / 'matches.db'}")
    yield open_service(store, index_dir=folder / "index", cache_dir=cache_dir), []
    store.close()


@pytest.fixture
def service(over_few: tuple[Service, list[Profile]], few_profiles: list[Profile]) -> Service:
    service, known = over_few
    if not known:
        known += few_profiles
        service.store.apply(few_profiles)
    return service


@pytest.fixture
def event_id(service: Service) -> str:
    """An event of everybody."""
    event_id = f"matches-{next(_numbers)}"
    plan = DayPlan.model_validate(
        {
            "event": {"id": event_id, "name": "Day", "timezone": "America/New_York"},
            "days": [{"date": "2027-05-11", "start": "09:00", "end": "11:00", "slot_minutes": 20}],
            "rooms": [{"name": "Hall", "tables": 3}],
            "tracks": list(TRACKS),
        }
    )
    service.store.add_consultation(Consultation(plan=plan))
    service.store.add_attendees(event_id, ((each.id, each.side) for _entry, each in service.store.profiles()))
    return event_id


def say(service: Service, event_id: str, startup: str, partner: str, by: By, **said: Any) -> None:
    service.store.choose(Choice(event_id=event_id, startup=startup, partner=partner, by=by, **said))


def state_of(service: Service, event_id: str, key: tuple[str, str]) -> State:
    return next(pair.state for pair in built(service, event_id).event.pairs if pair.key == key)


def shown(table: MatchTable, look: Look) -> set[tuple[str, str]]:
    return {table.cell(*at).key for at in table.listed(look, "-fit")}


# -- the table itself ----------------------------------------------------------------------------


def test_a_fit_is_that_of_the_best_track_open_to_both(service: Service, event_id: str) -> None:
    table = match_table(service, event_id)
    directory = service.directory()
    scores = {track: service.scores(track) for track in TRACKS}
    rows = {each.id: at for at, each in enumerate(directory.startups.profiles)}
    columns = {each.id: at for at, each in enumerate(directory.partners.profiles)}

    def score(track: Topic, key: tuple[str, str]) -> float:
        return round(float(scores[track][rows[key[0]], columns[key[1]]]), 2)

    # Came for clinical trials and patents; the hospital for clinical trials alone, the law firm for patents.
    clinic = table.cell(*table.place(("s-heart", "p-hospital")))
    assert (clinic.track, clinic.open) == (Topic.CLINICAL, True)
    assert clinic.fit == score(Topic.CLINICAL, clinic.key)
    law = table.cell(*table.place(("s-heart", "p-law")))
    assert (law.track, law.open, law.fit) == (Topic.IP, True, score(Topic.IP, law.key))
    # The vaccine startup came for supply, the hospital did not: no common track, the best of all is shown.
    off = table.cell(*table.place(("s-vaccine", "p-hospital")))
    assert not off.open
    assert off.fit == max(score(track, off.key) for track in TRACKS)
    assert table.css(*table.place(off.key)) == "level-off"
    # Asked for a track, all fits are of it.
    by_ip = match_table(service, event_id, Topic.IP)
    assert by_ip.cell(*by_ip.place(clinic.key)).fit == score(Topic.IP, clinic.key)
    assert not by_ip.cell(*by_ip.place(clinic.key)).open


def test_fits_of_pairs_are_those_that_the_timetable_is_made_with(service: Service, event_id: str) -> None:
    say(service, event_id, "s-heart", "p-bank", By.STARTUP, answer=Answer.WANTED, track=Topic.SUPPLY)
    table, pairs = match_table(service, event_id), built(service, event_id).event.pairs
    assert pairs
    for pair in pairs:
        cell = table.cell(*table.place(pair.key))
        assert cell.fit == pytest.approx(100 * pair.fit, abs=0.01)
        assert (cell.track, cell.state) == (pair.track, pair.state)
    assert table.cell(*table.place(("s-heart", "p-bank"))).track is Topic.SUPPLY


def test_best_tracks_of_all_pairs_are_those_of_each(service: Service, event_id: str) -> None:
    fits: Fits = match_table(service, event_id).fits
    best = fits.best_tracks()
    assert best.shape == fits.value.shape
    for at in np.ndindex(best.shape):
        assert fits.tracks[best[at]] is fits.best_track((at[0], at[1]))


def test_levels_rise_with_the_fit(service: Service, event_id: str) -> None:
    table = match_table(service, event_id)
    cells = [
        (cell.fit, table.css(*at)) for at in np.ndindex(table.scores.shape) if (cell := table.cell(*at)).open
    ]
    levels = [css for _fit, css in sorted(cells, key=lambda each: each[0] or 0)]
    assert levels == sorted(levels)
    assert set(levels) <= {f"level-{level}" for level in range(6)}
    for fit, css in cells:
        level = int(css.removeprefix("level-"))
        assert sum(round(fit or 0, 1) >= bound for bound in table.heat.bounds) == level


def test_rows_and_columns_are_in_the_order_asked_for(service: Service, event_id: str) -> None:
    table = match_table(service, event_id)
    look = Look(rows="best", columns="best")
    rows, columns = table.ordered(look, table.wanted(look))
    best = np.where(table.open, table.scores, -1.0)
    assert list(best.max(axis=1)[rows]) == sorted(best.max(axis=1), reverse=True)
    assert list(best.max(axis=0)[columns]) == sorted(best.max(axis=0), reverse=True)
    look = Look(rows="name", columns="name")
    rows, columns = table.ordered(look, table.wanted(look))
    assert [table.startups[at].id for at in rows] == ["s-vaccine", "s-heart"]  # Carrier Bio, 하트사운드
    names = [table.partners[at].name for at in columns]
    assert names == sorted(names)
    fits = [table.scores[at] for at in table.listed(Look(), "-fit")]
    assert fits == sorted(fits, reverse=True)
    assert next(table.startups[at[0]].id for at in table.listed(Look(), "startup")) == "s-vaccine"
    assert next(table.partners[at[1]].id for at in table.listed(Look(), "-partner")) == "p-bank"


def test_filters(service: Service, event_id: str) -> None:
    say(service, event_id, "s-heart", "p-hospital", By.STARTUP, answer=Answer.WANTED)
    say(service, event_id, "s-heart", "p-hospital", By.PARTNER, answer=Answer.WANTED, comment="Tuesday")
    say(service, event_id, "s-heart", "p-law", By.PARTNER, answer=Answer.WANTED)
    say(service, event_id, "s-vaccine", "p-law", By.ORGANISER, answer=Answer.NEVER)
    say(service, event_id, "s-vaccine", "p-vaccines", By.ORGANISER, answer=Answer.MUST)
    say(service, event_id, "s-vaccine", "p-bank", By.ORGANISER, comment="perhaps")
    event = built(service, event_id).event
    meeting = Meeting(startup="s-heart", partner="p-law", slot="d1-0900", table="Hall-1")
    service.store.keep_timetable(event, Schedule(status="feasible", meetings=(meeting,)))
    table = match_table(service, event_id)
    expected = {
        "wishes": {("s-heart", "p-hospital"), ("s-heart", "p-law")},
        "agreed": {("s-heart", "p-hospital")},
        "pinned": {("s-vaccine", "p-vaccines")},
        "forbidden": {("s-vaccine", "p-law")},
        "commented": {("s-heart", "p-hospital"), ("s-vaccine", "p-bank")},
        "unscheduled": {("s-heart", "p-hospital"), ("s-vaccine", "p-vaccines")},
        "scheduled": {("s-heart", "p-law")},
    }
    for only, keys in expected.items():
        assert shown(table, Look(only=only)) == keys, only
    assert shown(table, Look(kind=table.cell(*table.place(("s-heart", "p-law"))).partner.kind)) == {
        ("s-heart", "p-law"),
        ("s-vaccine", "p-law"),
    }
    assert shown(table, Look(startup="하트", partner="heart hospital")) == {("s-heart", "p-hospital")}
    least = float(np.sort(table.scores, axis=None)[-3])
    assert len(shown(table, Look(least=least))) == 3
    assert len(shown(table, Look())) == 8
    assert [signs(table.cell(*table.place(key)))[0][0] for key in sorted(expected["wishes"])] == ["⇄", "←"]
    with use_language("ko"):
        law = spoken(table.cell(*table.place(("s-heart", "p-law"))))
    assert law.startswith("하트사운드 – Harbor Patent Law: ")
    assert law.endswith("파트너 희망, 일정표에 있음")


def test_who_is_avoided_has_no_fit(service: Service, event_id: str, few_profiles: list[Profile]) -> None:
    heart = next(each for each in few_profiles if each.id == "s-heart")
    service.store.apply([heart.model_copy(update={"avoid": ("p-bank",)})])
    try:
        table = match_table(service, event_id)
        cell = table.cell(*table.place(("s-heart", "p-bank")))
        assert cell.fit is None
        assert table.css(*table.place(cell.key)) == "level-none"
        assert ("s-heart", "p-bank") not in shown(table, Look(least=1.0))
    finally:
        service.store.apply([heart])


# -- pages ---------------------------------------------------------------------------------------


def cells_of(html: str) -> dict[str, tuple[str, str]]:
    """Name -> level and text of each cell of the heat map."""
    found = re.findall(r'class="cell ([a-z0-9-]+)" href="[^"]*"[^>]*>(.*?)</a>', html, re.DOTALL)
    texts = [(level, re.sub(r"\s+", " ", re.sub("<[^>]+>", "", text)).strip()) for level, text in found]
    return {text.split(": ")[0]: (level, text.split(": ")[1]) for level, text in texts}


def test_the_heat_map_shows_each_pair_with_its_number(
    client: FlaskClient, service: Service, event_id: str
) -> None:
    say(service, event_id, "s-heart", "p-hospital", By.STARTUP, answer=Answer.WANTED)
    html = page(client, f"/events/{event_id}/matches")
    cells, table = cells_of(html), match_table(service, event_id)
    assert len(cells) == 8
    at = table.place(("s-heart", "p-hospital"))
    level, text = cells["하트사운드 – Lakeside Heart Hospital"]
    assert level == table.css(*at)
    assert text.startswith(f"{table.scores[at]:.1f}→")
    assert "the startup wants it" in text
    assert cells["Carrier Bio – Lakeside Heart Hospital"][1].startswith("(")
    assert html.count('scope="row"') == 2
    assert "<caption" in html
    few = page(client, f"/events/{event_id}/matches?only=wishes&track=ip")
    assert list(cells_of(few)) == ["하트사운드 – Lakeside Heart Hospital"]
    assert "No pair is all of this." in page(client, f"/events/{event_id}/matches?only=pinned")
    for wrong in ("least=x", "least=200", "track=golf", "kind=golf", "rp=x"):
        assert page(client, f"/events/{event_id}/matches?{wrong}", 400)


def test_an_event_without_people_says_what_to_do(
    client: FlaskClient, service: Service, event_id: str
) -> None:
    service.store.remove_attendees(event_id, [each.profile_id for each in service.store.attendees(event_id)])
    assert "Nobody to match yet" in page(client, f"/events/{event_id}/matches")
    assert page(client, "/events/nowhere/matches", 404)


def test_the_list_and_its_exports(client: FlaskClient, service: Service, event_id: str) -> None:
    say(service, event_id, "s-heart", "p-law", By.STARTUP, answer=Answer.MAYBE, comment="=cmd()")
    html = page(client, f"/events/{event_id}/matches?view=list&sort=-said")
    first = html[html.index("<tbody>") :]
    assert first.index("하트사운드") < first.index("Harbor Patent Law") < first.index("Carrier Bio")
    answer = client.get(f"/events/{event_id}/matches/pairs.csv?startup=s-heart")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 4
    table = match_table(service, event_id)
    law = next(row for row in rows if row["partner"] == "p-law")
    assert float(law["fit"]) == table.scores[table.place(("s-heart", "p-law"))]
    assert (law["track"], law["startup_answer"], law["startup_comment"]) == ("ip", "maybe", "'=cmd()")
    assert [float(row["fit"]) for row in rows] == sorted((float(row["fit"]) for row in rows), reverse=True)
    book = client.get(f"/events/{event_id}/matches/pairs.xlsx", headers={"Accept-Language": "ko"})
    sheet = load_workbook(io.BytesIO(book.data)).active
    assert sheet is not None
    cells = list(sheet.iter_rows(values_only=True))
    assert len(cells) == 9
    assert cells[0][:2] == ("스타트업", "협력 파트너")
    comments = [value for row in cells for value in row if isinstance(value, str) and "cmd" in value]
    assert comments == ["'=cmd()"]
    assert client.get(f"/events/{event_id}/matches/pairs.exe").status_code == 404


def choose(client: FlaskClient, event_id: str, key: tuple[str, str], do: str, **more: str) -> Any:
    form = {"csrf_token": token(client), "startup": key[0], "partner": key[1], "do": do, **more}
    return client.post(f"/events/{event_id}/matches/pair", data=form, headers={"Accept-Language": "en"})


def test_pinning_and_forbidding_change_the_event(
    client: FlaskClient, service: Service, event_id: str
) -> None:
    key = ("s-vaccine", "p-vaccines")
    assert state_of(service, event_id, key) is State.SUGGESTED
    assert choose(client, event_id, key, "pin", comment="Key pair", track="supply").status_code == 302
    assert state_of(service, event_id, key) is State.MUST
    html = page(client, f"/events/{event_id}/matches/pair?startup={key[0]}&partner={key[1]}")
    assert "Pinned: Carrier Bio – Conjugate Vaccines Inc. must take place." in html
    assert 'aria-pressed="true"' in html
    assert "Key pair" in html
    assert choose(client, event_id, key, "forbid", comment="Key pair").status_code == 302
    assert state_of(service, event_id, key) is State.DECLINED
    assert (
        choose(client, event_id, key, "confirm", comment="", slot="d1-0920", table="Hall-2").status_code
        == 302
    )
    pair = next(pair for pair in built(service, event_id).event.pairs if pair.key == key)
    assert (pair.state, pair.slot, pair.table) == (State.CONFIRMED, "d1-0920", "Hall-2")
    assert choose(client, event_id, key, "clear").status_code == 302
    assert state_of(service, event_id, key) is State.SUGGESTED
    assert service.store.choices(event_id) == []
    trail, total = service.store.changes_made(event_id=event_id)
    assert total == 4
    assert trail[-1].subject == "s-vaccine – p-vaccines"
    assert trail[-1].detail["answer"] == "must"


def test_a_word_can_be_taken_back(client: FlaskClient, service: Service, event_id: str) -> None:
    key = ("s-heart", "p-law")
    choose(client, event_id, key, "pin", comment="first", track="ip")
    choose(client, event_id, key, "forbid", comment="second", track="")
    html = page(client, f"/events/{event_id}/matches/pair?startup={key[0]}&partner={key[1]}")
    messages = html[html.index('id="messages"') : html.index("<h1")]
    forms = re.findall(r"<form.*?</form>", messages, re.DOTALL)
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', forms[-1]))
    assert client.post(f"/events/{event_id}/matches/pair", data=fields).status_code == 302
    (choice,) = service.store.choices(event_id)
    assert (choice.answer, choice.comment, choice.track) == (Answer.MUST, "first", Topic.IP)


def test_a_side_that_never_wants_is_stronger_than_a_pin(
    client: FlaskClient, service: Service, event_id: str
) -> None:
    key = ("s-heart", "p-law")
    say(service, event_id, *key, By.PARTNER, answer=Answer.NEVER)
    choose(client, event_id, key, "pin", comment="")
    assert state_of(service, event_id, key) is State.DECLINED
    html = page(client, f"/events/{event_id}/matches/pair?startup={key[0]}&partner={key[1]}", language="ko")
    assert re.search(r'<p class="error">[^<]*Harbor Patent Law', html)


@pytest.mark.parametrize(
    ("do", "more", "text"),
    [
        ("confirm", {"slot": "d9-0900"}, "Choose a time."),
        ("confirm", {"slot": ""}, "Choose a time."),
        ("confirm", {"slot": "d1-0900", "table": "Moon"}, "There is no such table."),
        ("pin", {"track": "golf"}, "Choose one of the event&#39;s tracks."),
        ("keep", {"comment": "x" * 5001}, "At most 5,000 characters."),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    client: FlaskClient, service: Service, event_id: str, do: str, more: dict[str, str], text: str
) -> None:
    answer = choose(client, event_id, ("s-heart", "p-law"), do, **{"comment": "kept words", **more})
    assert answer.status_code == 400
    assert text in answer.text
    assert more.get("comment", "kept words") in answer.text
    assert service.store.choices(event_id) == []


def test_pairs_of_people_who_do_not_take_part_are_not_there(
    client: FlaskClient, service: Service, event_id: str
) -> None:
    service.store.remove_attendees(event_id, ["p-bank"])
    address = f"/events/{event_id}/matches/pair"
    assert page(client, f"{address}?startup=s-heart&partner=p-bank", 404)
    assert page(client, address, 404)
    assert choose(client, event_id, ("s-heart", "p-bank"), "pin").status_code == 404
    assert choose(client, event_id, ("p-law", "s-heart"), "pin").status_code == 404


def test_a_reader_sees_and_changes_nothing(app: Flask, service: Service, event_id: str) -> None:
    reader = signed_in(app, Role.READER)
    assert len(cells_of(page(reader, f"/events/{event_id}/matches"))) == 8
    html = page(reader, f"/events/{event_id}/matches/pair?startup=s-heart&partner=p-law")
    assert 'value="pin"' not in html
    assert reader.get(f"/events/{event_id}/matches/pairs.csv").status_code == 200
    assert choose(reader, event_id, ("s-heart", "p-law"), "pin").status_code == 403
    startup = signed_in(app, Role.STARTUP, "s-heart")
    assert page(startup, f"/events/{event_id}/matches", 403)
    assert service.store.choices(event_id) == []


def test_pages_of_a_large_table(sample_profiles: list[Profile], cache_dir: Path, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'sample.db'}")
    store.apply(sample_profiles)
    vectors = Store.open(f"sqlite:///{cache_dir / 'evaluation-vectors.db'}")
    large = open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir, vectors=vectors)
    store.add_consultation(Consultation(plan=read_day_plan(SAMPLE_DIRECTORY / "day.json")))
    store.add_attendees("sample-2027", ((each.id, each.side) for each in sample_profiles))
    client = signed_in(create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), large))
    address = "/events/sample-2027/matches"
    table = match_table(large, "sample-2027")
    look = Look(rows="name")
    rows, columns = table.ordered(look, table.wanted(look))
    assert (len(rows), len(columns)) == (61, 135)
    first, last = page(client, f"{address}?rows=name"), page(client, f"{address}?rows=name&rp=3&cp=7")
    assert (len(cells_of(first)), len(cells_of(last))) == (25 * 20, 11 * 15)
    assert "Startups 51 to 61 of 61" in last
    assert "Partners 121 to 135 of 135" in last
    with use_language("en"):
        corner = table.cell(rows[-1], columns[-1])
        name = f"{corner.startup.label('en')} – {corner.partner.label('en')}"
    assert name.replace("&", "&amp;").replace("'", "&#39;") in last
    assert page(client, f"{address}?rp=99&cp=99")
    vectors.close()
    store.close()


# -- in a browser ----------------------------------------------------------------------------------


@NEEDS_BROWSER
def test_pinning_beside_the_heat_map(
    browser: Browser, service: Service, event_id: str, tmp_path: Path
) -> None:
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)
    with served(app) as site:
        watch = Watch(browser, site, "ko-KR")
        page_ = watch.page
        page_.goto(f"/events/{event_id}/matches")
        cell = page_.get_by_role("link", name=re.compile("하트사운드 – Harbor Patent Law"))
        cell.focus()
        page_.keyboard.press("Enter")
        panel = page_.get_by_role("complementary", name="선택한 쌍")
        expect(panel.get_by_role("heading", level=1)).to_be_focused()
        expect(page_).to_have_url(re.compile("/matches$"))
        panel.get_by_text("시간 확정하기").click()
        panel.get_by_role("button", name="확정", exact=True).click()
        expect(panel.get_by_text("시간을 선택해 주십시오.")).to_be_visible()
        panel.get_by_label("주최자 메모").fill("특허 먼저")
        panel.get_by_role("button", name="고정").click()
        expect(panel.get_by_role("button", name="고정")).to_have_attribute("aria-pressed", "true")
        expect(page_.locator("#messages")).to_contain_text("고정했습니다")
        expect(cell.first).to_contain_text("●")
        assert state_of(service, event_id, ("s-heart", "p-law")) is State.MUST
        assert Axe().run(page_).response["violations"] == []
        panel.get_by_role("link", name="닫기").click()
        expect(panel).to_be_hidden()
        expect(page_.get_by_role("link", name=re.compile("하트사운드 – Harbor Patent Law"))).to_be_focused()
        page_.locator("#messages").get_by_role("button", name="되돌리기").click()
        expect(page_.locator("#messages")).to_contain_text("되돌렸습니다")
        expect(page_).to_have_url(re.compile("/matches$"))
        assert service.store.choices(event_id) == []
        watch.close()


@NEEDS_BROWSER
def test_pinning_without_scripts_on_a_phone(
    browser: Browser, service: Service, event_id: str, tmp_path: Path
) -> None:
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)
    with served(app) as site:
        watch = Watch(browser, site, "en-US", scripts=False, phone=True)
        page_ = watch.page
        page_.goto(f"/events/{event_id}/matches")
        page_.get_by_role("link", name=re.compile("Carrier Bio – Conjugate Vaccines")).click()
        page_.get_by_role("button", name="Forbid").click()
        expect(page_.locator("#messages")).to_contain_text("Forbidden: Carrier Bio")
        assert state_of(service, event_id, ("s-vaccine", "p-vaccines")) is State.DECLINED
        watch.close()
