"""A startup's and a partner's day in a real browser: saving as one goes, choosing by keyboard, the phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Site, Watch, browser, served
from participant_helpers import encoder, service_over
from playwright.sync_api import Browser, expect
from test_participant import ODD, PLAN, PROFILES, publish

from matcher.encoder import Encoder
from profiles.accounts import Role
from profiles.consultations import By, Choice, Consultation
from profiles.dayplan import DayPlan
from profiles.importers.wishes import Answer
from profiles.store import Store
from web import create_app
from web.settings import Settings

pytestmark = NEEDS_BROWSER
__all__ = ["browser", "encoder"]  # fixtures

PATHS = (
    "/my",
    "/my/profile",
    "/my/day-1",
    "/my/day-1/suggestions",
    "/my/day-1/requests",
    "/my/day-1/availability",
    "/my/day-1/agenda",
    "/my/day-1/briefing",
    "/my/day-1/notes",
)


@pytest.fixture(scope="module")
def site(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A day that lies in the past, so that all of it can be seen, and whose wishes are open."""
    folder = tmp_path_factory.mktemp("participants")
    store = Store.open(f"sqlite:///{folder / 'day.db'}")
    store.apply(PROFILES)
    day = {**PLAN["days"][0], "date": "2024-05-11"}  # type: ignore[index]
    plan = DayPlan.model_validate({**PLAN, "days": [day]})
    until = datetime.now(UTC) + timedelta(days=3)
    store.add_consultation(Consultation(plan=plan, wishes_until=until))
    store.add_attendees("day-1", [(each.id, each.side) for each in PROFILES if each.id != "absent"])
    store.choose(
        Choice(event_id="day-1", startup="brainy", partner="pharmo", by=By.STARTUP, answer=Answer.WANTED)
    )
    service = service_over(store, encoder, folder)
    service.warm_up()
    publish(service, ("vaxo", "pharmo", "d1-0900", "Hall-1"), ("vaxo", ODD, "d1-1030", "Hall-2"), tell=True)
    with served(create_app(Settings(data_dir=folder, secret_key="k" * 40), service)) as site:
        yield site
    store.close()


def store_of(site: Site) -> Store:
    store: Store = site.app.extensions["roundtable"].store
    return store


def test_the_profile_saves_as_it_goes(browser: Browser, site: Site) -> None:
    watch = Watch(browser, site, "en-US", role=Role.STARTUP, profile_id="vaxo")
    page = watch.page
    page.goto("/my/profile")
    expect(page.locator("#preview .mean")).to_contain_text("mean fit of your best 3")
    before = store_of(site).get("vaxo")

    page.get_by_label("Markets", exact=True).fill("United Stats")
    page.get_by_label("Markets", exact=True).press("Tab")
    expect(page.locator("#w-markets .error")).to_contain_text("“United Stats” is not a country known here.")
    expect(page.get_by_label("Markets", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Markets", exact=True)).to_have_value("United Stats")
    assert store_of(site).get("vaxo") == before

    page.get_by_label("Markets", exact=True).fill("United States")
    page.get_by_label("Markets", exact=True).press("Tab")
    expect(page.locator("#w-markets .saved")).to_have_text("✓ Saved")
    expect(page.get_by_label("Markets", exact=True)).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Languages", exact=True)).to_be_focused()
    assert store_of(site).get("vaxo").markets == ("US",)
    expect(page.locator("#preview .gain-now")).to_contain_text("before your last change")

    # Two fields left quickly one after the other are both kept.
    page.get_by_label("Areas", exact=True).fill("감염병\n백신")
    page.get_by_label("Technologies", exact=True).fill("접합백신")
    page.get_by_label("City", exact=True).fill("Chuncheon")
    page.get_by_label("City", exact=True).press("Tab")
    expect(page.locator("#w-city .saved")).to_have_text("✓ Saved")
    expect(page.locator("#w-technologies .saved")).to_have_text("✓ Saved")
    kept = store_of(site).get("vaxo")
    assert (kept.areas, kept.technologies, kept.city) == (("감염병", "백신"), ("접합백신",), "Chuncheon")

    page.get_by_label("Supply", exact=True).uncheck()
    expect(page.locator("#w-topics .saved")).to_have_text("✓ Saved")
    assert store_of(site).get("vaxo").topics == ()
    page.get_by_role("button", name="Take back the last change").click()
    expect(page.locator("#messages")).to_contain_text("Taken back: Topics.")
    expect(page.get_by_label("Supply", exact=True)).to_be_checked()
    watch.close()


def test_choosing_by_keyboard(browser: Browser, site: Site) -> None:
    watch = Watch(browser, site, "en-US", role=Role.STARTUP, profile_id="vaxo")
    page = watch.page
    page.goto("/my/day-1/suggestions")
    row = page.locator(".match", has=page.get_by_role("link", name="Pharmo", exact=True))
    wanted = row.get_by_role("button", name="Wanted")
    row.get_by_role("link", name="Pharmo", exact=True).focus()
    page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    page.keyboard.press("Enter")
    expect(wanted).to_have_attribute("aria-pressed", "true")
    expect(wanted).to_be_focused()  # and one can go on from there
    expect(row.locator(".status")).to_have_text("Asked, no answer yet")
    expect(page.locator("#messages")).to_contain_text("Pharmo: Wanted.")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(row.get_by_role("button", name="Maybe")).to_have_attribute("aria-pressed", "true")
    expect(wanted).to_have_attribute("aria-pressed", "false")
    page.locator("#messages").get_by_role("button", name="Undo").press("Enter")
    expect(page.locator("#messages")).to_contain_text("Pharmo: Wanted.")
    expect(wanted).to_have_attribute("aria-pressed", "true")
    (choice,) = store_of(site).choices("day-1", profile_id="vaxo")
    assert choice.answer is Answer.WANTED

    page.get_by_label("My choice", exact=True).select_option("open")
    expect(page.locator("#found")).to_have_text("2 of 3.")
    expect(page).to_have_url(re.compile("chosen=open"))
    page.get_by_label("Search words").press_sequentially("patents")
    expect(page.locator("#found")).to_have_text("1 of 3.")
    watch.close()


def test_a_partner_answers_and_notes_in_korean(browser: Browser, site: Site) -> None:
    watch = Watch(browser, site, "ko-KR", role=Role.PARTNER, profile_id="pharmo", phone=True)
    page = watch.page
    page.goto("/my")
    page.get_by_role("link", name="답하지 않은 상담 요청").click()
    page.get_by_role("row", name="Brainy").get_by_role("button", name="수락").click()
    expect(page.locator("#messages")).to_contain_text("Brainy")
    page.get_by_role("link", name="상담 결과").click()
    page.get_by_label("상담이 진행되었습니까?").select_option("yes")
    page.get_by_label("결과", exact=True).select_option("agreement")
    page.get_by_label("계약·협약 금액").fill("20억원")
    page.get_by_role("button", name="저장").click()
    expect(page.locator("#messages")).to_contain_text("상담 결과를 저장하였습니다.")
    assert watch.width_over() <= 0
    watch.close()
    (note,) = store_of(site).notes("day-1", by=By.PARTNER)
    assert note.amount_usd == pytest.approx(1_481_481.48)


@pytest.mark.parametrize(
    ("role", "who", "other"), [(Role.STARTUP, "vaxo", "pharmo"), (Role.PARTNER, "pharmo", "vaxo")]
)
@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
def test_every_page_is_accessible_and_fits_a_phone(
    browser: Browser, site: Site, role: Role, who: str, other: str, language: str
) -> None:
    watch = Watch(browser, site, language, role=role, profile_id=who, phone=True)
    for path in (*PATHS, f"/my/day-1/with/{other}"):
        watch.page.goto(path)
        if path == "/my/profile":
            expect(watch.page.locator("#preview .mean")).to_be_visible(timeout=20_000)
        assert watch.width_over() <= 0, path
        assert Axe().run(watch.page).response["violations"] == [], path
    watch.close()


def test_works_without_scripts(browser: Browser, site: Site) -> None:
    watch = Watch(browser, site, "en-US", role=Role.STARTUP, profile_id="brainy", scripts=False)
    page = watch.page
    page.goto("/my/profile")
    page.get_by_label("Offers", exact=True).fill("Software for stroke scans")
    page.get_by_role("button", name="Save everything").click()
    expect(page.locator("#messages")).to_contain_text("Your profile is saved.")
    page.get_by_role("link", name="Show what would improve the match").click()
    expect(page.locator(".mean")).to_contain_text("mean fit of your best 3")
    page.goto("/my/day-1/suggestions")
    page.get_by_role("button", name="Maybe").first.click()
    expect(page.get_by_role("button", name="Maybe").first).to_have_attribute("aria-pressed", "true")
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Maybe").first).to_have_attribute("aria-pressed", "false")
    page.goto("/my/day-1/availability")
    page.get_by_label("Time", exact=True).select_option("10:00")
    page.get_by_role("button", name="Free from then on").click()
    expect(page.locator("#messages")).to_contain_text("you are free in 2 time slots")
    expect(page.locator("input[value='d1-0930']")).not_to_be_checked()
    watch.close()
