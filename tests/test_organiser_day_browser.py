"""The desk on a phone, in a real browser: check in, a no-show with who steps in, and back."""

from __future__ import annotations

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Watch, browser, served
from day_helpers import PLANNED, PROFILES, add_event, at, meetings
from flask import Flask
from playwright.sync_api import Browser, expect

from matcher.service import Service
from web import create_app
from web.settings import Settings

__all__ = ["PROFILES", "browser"]

pytestmark = NEEDS_BROWSER


def opened(service: Service, folder: Path) -> Flask:
    return create_app(Settings(data_dir=folder, secret_key="k" * 40), service)


def test_check_in_no_show_and_back_on_a_phone(browser: Browser, service: Service, tmp_path: Path) -> None:
    store = service.store
    add_event(store, "phone")
    with served(opened(service, tmp_path)) as site:
        watch = Watch(browser, site, "ko-KR", phone=True)
        page = watch.page
        page.goto(f"/events/phone/day?at={at('08:55')}")
        assert Axe().run(page).response["violations"] == []
        assert watch.width_over() == 0

        # One tap, in place: what is typed and where the reader is stays.
        page.locator("#f-q").fill("알파")
        found = page.locator("#found")
        expect(found.get_by_role("link", name="알파")).to_be_visible()
        found.get_by_role("button", name="도착 확인").click()
        expect(found.get_by_text("✓ 도착")).to_be_visible()
        expect(page.locator("#f-q")).to_have_value("알파")
        assert page.url.endswith(at("08:55"))
        assert store.attendee("phone", "alpha").checked_in_at is not None
        expect(page.locator("#now .sums li").first).to_contain_text("1/2")

        # Pine does not come: Gamma and Beta meet Reed in its places.
        page.get_by_role("link", name=re.compile("불참.*Pine")).click()
        effect = page.locator("#effect")
        expect(effect.locator("tbody tr")).to_have_count(2)
        expect(effect).to_contain_text("대신 진행")
        assert Axe().run(page).response["violations"] == []
        assert watch.width_over() == 0
        page.get_by_role("button", name="불참으로 표시").click()
        expect(page.locator("#messages")).to_contain_text("버전 2")
        assert ("gamma", "reed", "09:00") in meetings(store, "phone")
        assert store.consultation("phone").published == 2
        expect(page.locator("#now")).to_contain_text("Gamma")
        assert watch.width_over() == 0

        page.locator("#messages").get_by_role("button", name="되돌리기").click()
        expect(page.locator("#messages")).to_contain_text("이전대로")
        assert meetings(store, "phone") == PLANNED
        assert store.consultation("phone").published == 3
        assert Axe().run(page).response["violations"] == []
        watch.close()


def test_the_desk_renews_itself_and_leaves_what_is_typed(
    browser: Browser,
    service: Service,
    tmp_path: Path,
) -> None:
    store = service.store
    add_event(store, "renewed")
    with served(opened(service, tmp_path)) as site:
        watch = Watch(browser, site, "en-US", phone=True)
        page = watch.page
        page.clock.install()
        page.goto(f"/events/renewed/day?at={at('08:55')}")
        button = page.locator("#now").get_by_role("button", name=re.compile("Check in.*Beta")).first
        button.focus()
        store.mark("renewed", "alpha", checked_in_at=store.consultation("renewed").created_at, absent_at=None)
        with page.expect_response(lambda answer: "/day?" in answer.url):
            page.clock.fast_forward(31_000)
        expect(page.locator("#now .sums li").first).to_contain_text("1/2")
        expect(button).to_be_focused()
        page.locator("#f-q").fill("be")
        expect(page.locator("#found")).to_contain_text("Beta")
        with page.expect_response(lambda answer: "/day?" in answer.url):
            page.clock.fast_forward(31_000)
        expect(page.locator("#f-q")).to_have_value("be")
        expect(page.locator("#f-q")).to_be_focused()
        watch.close()


def test_without_scripts_all_of_it_works(browser: Browser, service: Service, tmp_path: Path) -> None:
    store = service.store
    add_event(store, "plain")
    with served(opened(service, tmp_path)) as site:
        watch = Watch(browser, site, "en-US", phone=True, scripts=False)
        page = watch.page
        page.goto(f"/events/plain/day?at={at('09:05')}")
        page.get_by_role("button", name=re.compile("Check in.*Quay")).first.click()
        expect(page.locator("#messages")).to_contain_text("Quay is here.")
        assert store.attendee("plain", "quay").checked_in_at is not None
        held = page.get_by_role("button", name=re.compile("Yes.*Beta – Quay"))
        held.click()
        expect(held).to_have_attribute("aria-pressed", "true")
        assert [note.held for note in store.notes("plain")] == [True]
        watch.close()
