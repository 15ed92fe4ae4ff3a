"""From a spreadsheet to the directory in a real browser, in Korean: look, mend, apply; then merge."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Site, Watch, browser, served
from playwright.sync_api import Browser, Page, expect
from web_helpers import partner, startup

from matcher.service import open_service
from profiles.model import Kind
from profiles.store import Store
from web import create_app
from web.settings import Settings

pytestmark = NEEDS_BROWSER
__all__ = ["browser"]  # a fixture

PROFILES = [
    startup("Vaxo", "접합백신을 개발합니다.", name_ko="백소", website="https://vaxo.example"),
    startup("Vaxo Inc", "Vaccines.", id="vaxo-2", website="https://vaxo.example"),
    partner("Clinic", Kind.HOSPITAL, "A hospital."),
]


@pytest.fixture
def site(tmp_path: Path, cache_dir: Path) -> Iterator[Site]:
    store = Store.open(f"sqlite:///{tmp_path / 'site.db'}")
    store.apply(PROFILES)
    service = open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir)
    with served(create_app(Settings(data_dir=tmp_path), service)) as site:
        yield site
    store.close()


def spreadsheet() -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(
        [
            ["기업명", "구분", "기관유형", "회사소개", "투자유치 희망금액"],
            ["한빛바이오", "스타트업", "", "혈당 관리 앱을 만듭니다.", "20억원"],
            ["나래메디", "스타트업", "", "재활 로봇을 만듭니다.", "많이"],
            ["한강병원", "파트너", "의원급", "병원입니다.", ""],
        ]
    )
    return text.getvalue().encode("cp949")


def sound(page: Page) -> None:
    assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("phone", [False, True])
def test_from_a_spreadsheet_to_the_directory_in_korean(browser: Browser, site: Site, phone: bool) -> None:
    watch = Watch(browser, site, "ko-KR", phone=phone)
    page = watch.page
    page.goto("/import")
    sound(page)
    page.get_by_label("파일", exact=True).set_input_files(
        {"name": "참가기업.csv", "mimeType": "text/csv", "buffer": spreadsheet()}
    )
    page.get_by_role("button", name="미리 보기").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("참가기업.csv")
    expect(page.locator("article.mend")).to_have_count(2)
    sound(page)
    assert watch.width_over() <= 0

    row = page.locator("article.mend").first
    expect(row).to_contain_text("읽을 수 없는 금액입니다")
    row.get_by_label("투자유치 희망금액").fill("5억원")
    row.get_by_role("button", name="이 행 다시 확인").click()
    expect(page.locator("#messages")).to_contain_text("3행: 이제 쓸 수 있습니다.")
    expect(page.locator("article.mend")).to_have_count(1)

    row = page.locator("article.mend").first
    row.get_by_label("기관유형").select_option("hospital")
    row.get_by_label("기관유형").press("Tab")
    page.get_by_role("button", name="이 행 다시 확인").press("Enter")  # by keyboard
    expect(page.locator("article.mend")).to_have_count(0)
    expect(page.locator("#mend")).to_contain_text("없습니다. 모든 행을 쓸 수 있습니다.")

    page.get_by_role("button", name="3행 반영").click()
    expect(page.locator("#messages")).to_contain_text("반영했습니다: 3건 추가")
    sound(page)
    page.get_by_role("link", name="명부에서 보기").click()
    expect(page.locator("tbody")).to_contain_text("나래메디")
    watch.close()


def test_without_scripts(browser: Browser, site: Site) -> None:
    watch = Watch(browser, site, "ko-KR", scripts=False)
    page = watch.page
    page.goto("/import")
    page.get_by_label("파일", exact=True).set_input_files(
        {"name": "참가기업.csv", "mimeType": "text/csv", "buffer": spreadsheet()}
    )
    page.get_by_role("button", name="미리 보기").click()
    row = page.locator("article.mend").first
    row.get_by_label("투자유치 희망금액").fill("5억원")
    row.get_by_role("button", name="이 행 다시 확인").click()
    expect(page.locator("article.mend")).to_have_count(1)
    page.locator("article.mend").get_by_role("button", name="제외").click()
    expect(page.locator("article.mend")).to_have_count(0)
    page.locator("#messages").get_by_role("button").click()  # undo
    expect(page.locator("article.mend")).to_have_count(1)
    watch.close()


def test_duplicates_are_merged_and_unmerged(browser: Browser, site: Site) -> None:
    watch = Watch(browser, site, "en-US")
    page = watch.page
    page.goto("/duplicates")
    sound(page)
    page.get_by_role("link", name=re.compile("Compare and merge")).click()
    sound(page)
    page.get_by_role("group", name="About").get_by_label("2").check()
    page.get_by_role("button", name="Merge into one").click()
    expect(page.locator("#messages")).to_contain_text("was merged into “Vaxo”")
    expect(page.get_by_text("No likely duplicates")).to_be_visible()
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name=re.compile("Compare and merge"))).to_be_visible()
    page.goto("/profiles/vaxo/edit")
    sound(page)
    page.goto("/directory?country=KR")
    sound(page)
    watch.close()
