"""People, letters and the trail in a real browser: from an invitation to a first sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Site, Watch, browser, served
from kept_days import kept_day, kept_timetable
from playwright.sync_api import Browser, expect
from web_helpers import PROFILES

from matcher.service import open_service
from profiles.accounts import Purpose, Role
from profiles.store import opened
from web import create_app
from web.accounts.signing import INVITED_FOR
from web.settings import Settings

pytestmark = NEEDS_BROWSER
__all__ = ["browser"]  # a fixture


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of one's own with an event whose timetable is published."""
    folder = tmp_path_factory.mktemp("accounts")
    with opened(f"sqlite:///{folder / 'store.db'}") as store:
        store.apply(PROFILES)
        kept_day(store)
        kept_timetable(store, "vaxo pharmo 1 T1", publish=True)
        account = store.add_account(
            Role.STARTUP, "김백소", email="ceo@vaxo.example", profile_id="vaxo", language="ko"
        )
        store.make_link(account.number, Purpose.INVITE, INVITED_FOR)
        service = open_service(store, index_dir=folder / "index", cache_dir=Settings().cache_dir)
        with served(create_app(Settings(data_dir=folder), service)) as site:
            yield site


def test_from_an_invitation_to_the_first_sign_in(browser: Browser, site: Site) -> None:
    organiser = Watch(browser, site, "en-US")
    page = organiser.page
    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("Role").select_option("partner")
    choice = page.get_by_label("Organisation this person speaks for")
    expect(choice).to_contain_text("Fund 00")  # partners, no longer startups
    page.get_by_label("Search in the directory").press_sequentially("fund 07")
    expect(choice.locator("option")).to_have_count(2)
    choice.select_option("fund 07")
    page.get_by_label("Name", exact=True).fill("Jo Fund")
    page.get_by_label("E-mail", exact=True).fill("jo@fund.example")
    page.get_by_label("Language of e-mails").select_option("ko")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("heading", name="Jo Fund is invited")).to_be_visible()
    link = page.get_by_label("Link to copy").input_value()
    assert link.startswith(site.address)
    page.get_by_role("link", name="Look at it and send it").click()
    expect(page.get_by_role("region", name="Text of the letter")).to_contain_text(link)
    page.get_by_role("button", name="Send…").click()
    expect(page.get_by_role("heading", name="Send 1 letter?")).to_be_visible()
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("#messages")).to_contain_text("1 letter was sent")

    guest = Watch(browser, site, "ko-KR", role=None)
    guest.page.goto(link)
    guest.page.get_by_label("비밀번호", exact=True).fill("네 단어면 충분합니다")
    guest.page.get_by_label("비밀번호 확인").fill("네 단어면 충분합니다")
    guest.page.locator("main button.primary").click()
    expect(guest.page).to_have_url(re.compile("/my$"))
    guest.close()
    page.get_by_role("link", name="People").click()
    expect(page.get_by_role("row", name=re.compile("Jo Fund"))).to_contain_text("Active")
    organiser.close()


def test_the_list_narrows_while_typing(browser: Browser, site: Site) -> None:
    watch = Watch(browser, site, "ko-KR")
    page = watch.page
    page.goto("/people")
    expect(page.locator("#list tbody tr")).to_have_count(2)
    page.get_by_label("이름, 기관 또는 이메일").press_sequentially("백소")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q="))
    page.locator("#list tbody a").first.click()
    page.get_by_role("button", name="사용 중지").click()
    expect(page.locator("#messages")).to_contain_text("로그인할 수 없습니다")
    page.get_by_role("button", name="되돌리기").click()
    expect(page.locator("#messages")).to_contain_text("다시 로그인할 수 있습니다")
    watch.close()


@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
@pytest.mark.parametrize("phone", [False, True])
def test_every_page_is_accessible_and_fits(browser: Browser, site: Site, language: str, phone: bool) -> None:
    watch = Watch(browser, site, language, phone=phone)
    page = watch.page
    page.goto("/events/day/mail")
    page.locator("form[action='/events/day/mail/draft'] button").click()
    for path in (
        "/people",
        "/people/1",
        "/people/invite",
        "/events/day/invite",
        "/events/day/mail",
        "/events/day/mail?shelf=sent",
        "/events/day/mail/1",
        "/people/mail",
        "/changes",
        "/account",
    ):
        page.goto(path)
        assert watch.width_over() <= 0, path
        assert Axe().run(page).response["violations"] == [], path
    page.goto("/people/1")
    page.locator("form[action='/people/1/link'] button").click()
    page.wait_for_load_state()
    assert watch.width_over() <= 0
    assert Axe().run(page).response["violations"] == []
    watch.close()
    guest = Watch(browser, site, language, role=None, phone=phone)
    guest.page.goto("/sign-in")
    assert guest.width_over() <= 0
    assert Axe().run(guest.page).response["violations"] == []
    guest.context.close()
