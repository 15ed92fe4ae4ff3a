"""The timetable in a real browser: made with live progress, looked at, changed by hand, undone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Site, Watch, browser, served
from playwright.sync_api import Browser, Page, expect
from timetable_helpers import PROFILES, is_over, wait_for

from matcher.service import Service
from profiles.consultations import Consultation
from profiles.dayplan import read_day_plan
from profiles.job_store import JobState
from profiles.model import Side
from profiles.store import Store
from web import create_app
from web.settings import SAMPLE_DIRECTORY, Settings

pytestmark = NEEDS_BROWSER
__all__ = ["PROFILES", "browser"]  # of the service; a fixture

STARTUPS, PARTNERS = 30, 40


@pytest.fixture(scope="module")
def event_id(sample_service: Service) -> str:
    """A day of a part of the sample directory, too large to be settled within the time of a test."""
    plan = read_day_plan(SAMPLE_DIRECTORY / "day.json")
    info = plan.event.model_copy(update={"id": "browser-day"})
    store = sample_service.store
    store.add_consultation(Consultation(plan=plan.model_copy(update={"event": info})))
    some = [
        (each.id, side)
        for side, most in ((Side.STARTUP, STARTUPS), (Side.PARTNER, PARTNERS))
        for each in sample_service.directory().side(side).profiles[:most]
    ]
    store.add_attendees("browser-day", some)
    return "browser-day"


@pytest.fixture(scope="module")
def site(sample_service: Service, tmp_path_factory: pytest.TempPathFactory, event_id: str) -> Iterator[Site]:
    sample_service.warm_up()
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("browser")), sample_service)
    with served(app) as site:
        yield site


@pytest.fixture
def store(sample_service: Service) -> Store:
    return sample_service.store


def is_accessible(page: Page) -> None:
    assert Axe().run(page).response["violations"] == []


def test_made_with_live_progress_then_changed_and_undone(
    browser: Browser, site: Site, store: Store, event_id: str
) -> None:
    watch = Watch(browser, site, "en-US")
    page, address = watch.page, f"/events/{event_id}/timetable"
    page.goto(address)
    is_accessible(page)
    page.get_by_label("Seconds to search").fill("600")
    page.get_by_role("button", name="Make the timetable").click()

    progress = page.locator("#progress")
    expect(progress).to_contain_text("meetings in the best timetable so far", timeout=60_000)
    expect(progress.locator("tr", has_text="Value")).to_contain_text(re.compile("[0-9]"))
    is_accessible(page)
    page.reload()
    expect(progress).to_contain_text("meetings in the best timetable so far")
    before = progress.locator(".run span").inner_text()
    expect(progress.locator(".run span")).not_to_have_text(before, timeout=10_000)  # without a reload

    page.get_by_role("button", name="Stop and keep the best so far").click()
    expect(page.locator("table.board")).to_be_visible(timeout=90_000)
    expect(progress).to_have_count(0)
    job = store.newest_job(event_id)
    assert job is not None
    assert job.state is JobState.DONE
    is_accessible(page)
    assert watch.width_over() == 0

    page.locator("table.board .meeting a").first.click()
    name = page.locator("h1").inner_text()
    is_accessible(page)
    page.locator(".best a").first.click()
    is_accessible(page)
    page.get_by_role("button", name="Keep the change").click()
    message = page.locator("#messages")
    expect(message).to_contain_text("is now at")
    assert store.timetable(event_id).version.number == 2
    message.get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("The timetable is again as in version 1.")
    assert store.timetable(event_id).schedule == store.timetable(event_id, 1).schedule
    assert name
    watch.close()


def test_by_keyboard_and_on_a_phone_in_korean(
    browser: Browser, site: Site, store: Store, event_id: str
) -> None:
    assert store.timetables(event_id)
    watch = Watch(browser, site, "ko-KR", phone=True)
    page = watch.page
    page.goto(f"/events/{event_id}/timetable")
    expect(page.locator("table.board")).to_be_visible()
    for address in ("?view=people", "?view=interpreters", "/unscheduled", "/publish", "/check", "/print"):
        page.goto(f"/events/{event_id}/timetable{address}")
        assert watch.width_over() == 0, address
        is_accessible(page)
    for address in ("versions", "versions/compare", "exports"):
        page.goto(f"/events/{event_id}/{address}")
        assert watch.width_over() == 0, address
        is_accessible(page)
    page.goto(f"/events/{event_id}/timetable")
    page.locator("table.board .meeting a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="여기에 고정")).to_be_visible()
    page.get_by_role("button", name="여기에 고정").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("상담 1건을 고정했습니다.")
    page.locator("#messages").get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("상담 1건의 고정을 풀었습니다.")
    watch.close()


def test_progress_without_scripts(browser: Browser, site: Site, store: Store, event_id: str) -> None:
    watch = Watch(browser, site, "en-US", scripts=False)
    page = watch.page
    page.goto(f"/events/{event_id}/timetable")
    page.locator(".again summary").click()
    page.get_by_label("Seconds to search").fill("600")
    page.get_by_role("button", name="Make a new version").click()
    expect(page.locator("#progress")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    # The page asks again by itself until the search is over.
    expect(page.locator("#progress")).to_have_count(0, timeout=90_000)
    job = store.newest_job(event_id)
    assert job is not None
    assert wait_for(store, job.number, is_over).state is JobState.DISCARDED
    watch.close()
