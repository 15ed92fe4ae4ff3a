"""The pages as people use them: a real browser against a live server over the sample directory."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Site, Watch, browser, served
from playwright.sync_api import Browser, expect

from matcher.service import Service
from web import create_app
from web.settings import Settings

pytestmark = NEEDS_BROWSER
__all__ = ["browser"]  # a fixture

PASTED = (
    "CRM197 운반 단백질을 자체 생산하는 백신 기업입니다. 접합백신을 개발하고 있으며, "
    "미국의 글로벌 제약사와 공동 개발하고자 합니다."
)


@pytest.fixture(scope="module")
def site(sample_service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    sample_service.warm_up()
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("browser")), sample_service)
    with served(app) as site:
        yield site


@pytest.fixture
def english(browser: Browser, site: Site) -> Iterator[Watch]:
    watch = Watch(browser, site, "en-US")
    yield watch
    watch.context.close()
    assert watch.troubles == []


def test_from_a_name_to_partners_of_one_kind_in_korean(english: Watch) -> None:
    page = english.page
    page.goto("/")
    page.get_by_label("Name, field or technology").press_sequentially("eubio")
    expect(page.locator("#found")).to_have_text("1 startup")
    expect(page).to_have_url(re.compile(r"\?q=eubio$"))
    page.get_by_role("link", name="EuBiologics").click()

    rows = page.locator(".match")
    expect(rows).to_have_count(10)
    scores = [float(text) for text in page.locator(".match .score strong").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)

    page.get_by_label("Kind of partner").focus()
    page.get_by_label("Kind of partner").select_option("law_firm")
    expect(page.locator(".match .who .sub").first).to_contain_text("Law firm")
    expect(page.get_by_label("Kind of partner")).to_be_focused()
    expect(page).to_have_url(re.compile("kind=law_firm"))
    assert all("Law firm" in text for text in page.locator(".match .who .sub").all_inner_texts())

    page.go_back()
    expect(page.locator(".match .who .sub").first).not_to_contain_text("Law firm")
    expect(page.get_by_label("Kind of partner")).to_have_value("")
    page.get_by_role("link", name="Show 25").click()
    expect(rows).to_have_count(25)

    page.get_by_role("link", name="한국어").click()
    expect(page.get_by_role("heading", name="유바이오로직스", exact=False).first).to_be_visible()
    expect(page).to_have_url(re.compile("top=25$"))
    expect(page.get_by_role("heading", name="협력 파트너 (적합도순)")).to_be_visible()


def test_reasons_of_a_pair(english: Watch) -> None:
    page = english.page
    page.goto("/startups/kr-eubiologics")
    first = page.locator(".match").first
    first.locator("summary").click()
    score = float(first.locator(".score strong").inner_text())
    points = [float(text) for text in first.locator("tbody .num:not(.most)").all_inner_texts()]
    assert abs(sum(points) - score) < 0.06
    first.get_by_role("link", name="This pair in full").click()
    for heading in ("What each side would gain", "What holds it back", "What would change it"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert page.locator("blockquote").count() >= 2
    page.get_by_label("Topic of the meeting").select_option("supply")
    expect(page).to_have_url(re.compile("track=supply"))
    expect(page.locator(".mark-yes", has_text="Topics")).to_contain_text("Supply")


def test_the_control_row_by_mouse_and_keyboard(english: Watch) -> None:
    page = english.page
    page.goto("/startups/kr-eubiologics")
    first = page.locator(".match .name").first
    best = first.inner_text()
    expect(page.get_by_role("button", name="Apply")).to_be_hidden()

    page.get_by_label("Difference within the list").select_option("0.6")
    expect(page.locator("#found")).to_contain_text("points of mean fit")
    expect(page.get_by_role("heading", name="Partners, by fit and the choices made")).to_be_visible()
    expect(first).to_have_text(best)  # the best stays the best
    ranks = [int(text) for text in page.locator(".match .rank").all_inner_texts()]
    assert ranks[0] == 1
    assert ranks != list(range(1, 11))

    page.get_by_label("Share attention").focus()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("spread=1"))
    expect(page.get_by_label("Share attention")).to_be_focused()

    page.get_by_label("Topic of the meeting").select_option("ip")
    expect(page.locator(".match .who .sub").first).to_contain_text("Law firm")
    page.reload()
    expect(page.get_by_label("Topic of the meeting")).to_have_value("ip")
    expect(page.get_by_label("Share attention")).to_be_checked()
    page.get_by_role("link", name="Show 25").click()
    expect(page).to_have_url(re.compile(r"track=ip&diversity=0\.6&spread=1&top=25"))
    # The switch of languages leads back to the same choice.
    page.get_by_role("link", name="한국어").click()
    expect(page.get_by_label("상담 주제")).to_have_value("ip")
    expect(page.get_by_label("추천 쏠림 방지")).to_be_checked()


def test_how_the_ranking_works(english: Watch) -> None:
    page = english.page
    page.goto("/")
    page.get_by_role("contentinfo").get_by_role("link", name="How the ranking works").click()
    expect(page.get_by_role("heading", name="How the ranking works")).to_be_visible()
    row = page.locator(".weights tr", has_text="Topics").locator(".num").first
    shipped = float(row.inner_text())
    page.get_by_label("Topic of the meeting").select_option("ip")
    expect(page.locator("#weights")).to_contain_text("was not measured")
    assert float(row.inner_text()) > shipped


def test_pasting_a_korean_profile(browser: Browser, site: Site) -> None:
    watch = Watch(browser, site, "ko-KR")
    page = watch.page
    page.goto("/")
    page.get_by_label("스타트업 소개").fill(PASTED)
    page.get_by_role("button", name="협력 파트너 찾기").click()
    expect(page.locator(".match")).to_have_count(10)
    page.get_by_label("파트너 유형").select_option("pharma")
    page.get_by_role("button", name="적용").click()
    expect(page.get_by_label("파트너 유형")).to_have_value("pharma")
    assert "CRM197" in page.locator(".match").first.inner_text()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Partners, best fit first")).to_be_visible()
    expect(page.get_by_label("Kind of partner")).to_have_value("pharma")
    # Enter in a field of the form ranks again; it does not press the switch.
    page.get_by_text("More, if you like").click()
    page.get_by_label("Name").fill("New")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("heading", name="New", exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    watch.context.close()
    assert watch.troubles == []


def test_directory_narrows_while_typing(english: Watch) -> None:
    page = english.page
    page.goto("/directory")
    page.get_by_label("Kind").select_option("hospital")
    expect(page.locator("#found")).to_have_text("22 organisations")
    page.get_by_label("Search words").press_sequentially("mayo")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.locator("#list tbody a.name").click()
    expect(page.get_by_role("heading", name="Startups, best fit first")).to_be_visible()


def test_keyboard_reaches_the_content_first(english: Watch) -> None:
    page = english.page
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
def test_every_page_fits_a_phone_and_everybody(browser: Browser, site: Site, language: str) -> None:
    watch = Watch(browser, site, language, phone=True)
    for path in (
        "/",
        "/startups/kr-eubiologics?top=50",
        "/startups/kr-eubiologics?diversity=0.6&spread=1&track=ip",
        "/partners/us-polaris",
        "/ranking",
        "/pairs?startup=kr-eubiologics&partner=us-polaris",
        "/directory",
        "/directory?q=vaccine",
    ):
        watch.page.goto(path)
        for details in watch.page.locator("details").all()[:3]:
            details.evaluate("element => element.open = true")
        assert watch.width_over() <= 0, path
        assert Axe().run(watch.page).response["violations"] == [], path
    watch.context.close()
    assert watch.troubles == []


def test_works_without_scripts(browser: Browser, site: Site) -> None:
    watch = Watch(browser, site, "en-US", scripts=False)
    page = watch.page
    page.goto("/")
    page.get_by_label("Name, field or technology").fill("eubio")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="EuBiologics").click()
    page.get_by_label("Kind of partner").select_option("investor")
    page.get_by_label("Share attention").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_label("Kind of partner")).to_have_value("investor")
    expect(page.get_by_label("Share attention")).to_be_checked()
    expect(page.locator(".match .who .sub").first).to_contain_text("Investor")
    watch.context.close()
