"""Three journeys from invitation to outcome, each in Korean and in English, in a real browser.

One story: the organiser imports a file and mends a row, opens a day, invites a startup and a partner, who say
what they want; a timetable is made, changed, published; the day is held, and what came of it noted. Every
page on the way is asked for violations of WCAG by axe, must not be wider than its window, and logs no error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Site, Watch, browser, served
from icalendar import Calendar
from playwright.sync_api import Browser, Locator, expect

from matcher.service import open_service
from profiles.model import Profile
from profiles.outcomes import Result
from profiles.store import Store
from web import create_app
from web.phrases import gettext, ngettext, use_language
from web.settings import Settings

pytestmark = NEEDS_BROWSER
__all__ = ["browser"]  # a fixture

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date()
"""The day is over, so that what came of it can be noted."""

NAMES = {"s-heart": "하트사운드", "p-hospital": "Lakeside Heart Hospital"}
EVENT = "roundtable-test-day"


class Walk(Watch):
    """A browser of one person in one language; ``say`` gives the words of a page in it."""

    def __init__(self, browser: Browser, site: Site, language: str, *, phone: bool = False) -> None:
        self.language = language
        self.width = 390 if phone else 1280
        locale = {"ko": "ko-KR", "en": "en-US"}[language]
        super().__init__(browser, site, locale, role=None, phone=phone)

    def say(self, message: str, /, **values: object) -> str:
        with use_language(self.language):
            return gettext(message) % values if "%(" in message else gettext(message, **values)

    def many(self, one: str, several: str, number: int) -> str:
        with use_language(self.language):
            return ngettext(one, several, number) % {"num": number}

    def press(self, message: str, /, **values: object) -> None:
        """Press the first button of these words; a name that follows them is for those who do not see."""
        self.button(message, **values).first.click()

    def button(self, message: str, /, **values: object) -> Locator:
        text = re.escape(self.say(message, **values))
        return self.page.get_by_role("button", name=re.compile(rf"^{text}\s*(:.*)?$"))

    def go(self, path: str) -> None:
        """Open a page, which must be there and be good."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        self.look()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds that the page only asked for."""
        for _attempt in range(200):
            if holds():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"does not come to hold: {self.page.url}")

    def look(self) -> None:
        """What holds for every page."""
        path = self.page.url
        expect(self.page.locator(".htmx-request")).to_have_count(0)  # what is on its way is dim
        assert self.page.locator("html").get_attribute("lang") == self.language, path
        assert self.width_over() <= 0, path
        found = Axe().run(self.page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], path


@pytest.fixture(params=["ko", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(tmp_path: Path, cache_dir: Path) -> Iterator[Site]:
    """A new laptop: nothing is stored."""
    settings = Settings(data_dir=tmp_path / "data", cache_dir=cache_dir)
    store = Store.open(settings.database_url)
    service = open_service(store, index_dir=settings.index_dir, cache_dir=cache_dir, threads=1)
    service.warm_up()
    with served(create_app(settings, service)) as site:
        yield site
    store.close()


@pytest.fixture
def spreadsheet(tmp_path: Path, few_profiles: list[Profile]) -> Path:
    """The startups and partners as a spreadsheet, as Korean Excel saves it; one amount cannot be read."""
    columns = "id side kind name name_ko about seeks offers topics country markets languages raising_usd"
    lines = [",".join((*columns.split(), "contact_email"))]
    for each in few_profiles:
        cells = [
            each.id,
            each.side.value,
            each.kind.value,
            each.name,
            each.name_ko,
            each.about,
            "; ".join(each.seeks),
            "; ".join(each.offers),
            "; ".join(each.topics),
            each.country or "",
            "; ".join(each.markets),
            "; ".join(each.languages),
            "많이" if each.id == "s-heart" else "",
            f"{each.id}@example.org",
        ]
        lines.append(",".join('"' + cell.replace('"', '""') + '"' for cell in cells))
    path = tmp_path / "명단.csv"
    path.write_bytes("\n".join(lines).encode("cp949"))
    return path


def test_from_invitation_to_outcome(
    browser: Browser, site: Site, language: str, spreadsheet: Path, tmp_path: Path
) -> None:
    organiser = Walk(browser, site, language)
    startup = Walk(browser, site, language, phone=True)
    partner = Walk(browser, site, language)

    first_sign_in(organiser, site)
    import_and_mend(organiser, spreadsheet, site)
    open_a_day(organiser, site)
    links = {who: invite(organiser, who) for who in ("s-heart", "p-hospital")}

    accept_invitation(startup, links["s-heart"])
    fill_in_the_profile(startup, site)
    choose_and_say_when(startup)
    accept_invitation(partner, links["p-hospital"])
    accept_a_request(partner)

    pin_a_match(organiser, site)
    make_the_timetable(organiser)
    move_a_meeting_and_undo(organiser, site)
    publish_and_send(organiser, tmp_path / "data" / "mail", site)

    read_the_agenda(startup, "p-hospital")
    note_the_outcome(startup, "follow_up")
    read_the_agenda(partner, "s-heart")
    note_the_outcome(partner, "follow_up")

    hold_the_day(organiser, site)
    sum_up(organiser, site)
    for walk in (organiser, startup, partner):
        walk.close()


# -- the organiser ------------------------------------------------------------------------------


def store_of(site: Site) -> Store:
    found: Store = site.app.extensions["roundtable"].store
    return found


def first_sign_in(organiser: Walk, site: Site) -> None:
    from web.accounts.signing import organiser_link

    secret, _account = organiser_link(store_of(site))
    organiser.go(f"/link/{secret}")
    expect(organiser.page).to_have_url(re.compile("/events$"))
    expect(organiser.page.get_by_role("heading", name=organiser.say("No events yet"))).to_be_visible()


def import_and_mend(organiser: Walk, spreadsheet: Path, site: Site) -> None:
    organiser.go("/import")
    page = organiser.page
    page.locator("#f-files").set_input_files(spreadsheet)
    organiser.press("Look at them")
    expect(page.locator("article.mend")).to_have_count(1)
    organiser.look()
    wrong = page.locator("article.mend [aria-invalid=true]")
    expect(wrong).to_have_value("많이")
    wrong.fill("20억원")
    organiser.press("Check this row again")
    expect(page.locator("article.mend")).to_have_count(0)
    page.get_by_role("button", name=organiser.many("Apply %(num)s row", "Apply %(num)s rows", 6)).click()
    organiser.until(lambda: sum(store_of(site).counts().values()) == 6)
    organiser.look()
    stored = store_of(site).get("s-heart")
    assert stored.raising_usd == pytest.approx(2_000_000_000 / 1350, rel=0.01)
    organiser.go("/directory?q=심전도")
    expect(page.locator("#list tbody tr")).to_have_count(1)


def open_a_day(organiser: Walk, site: Site) -> None:
    organiser.go("/events/new")
    page = organiser.page
    page.locator("#f-name").fill("Roundtable test day")
    page.locator("#f-date").fill(YESTERDAY.isoformat())
    page.locator("#f-start").fill("09:00")
    page.locator("#f-end").fill("12:00")
    organiser.press("Make the event")
    expect(page).to_have_url(re.compile(f"/events/{EVENT}"))
    organiser.look()
    organiser.go(f"/events/{EVENT}/setup")
    organiser.press("Add an interpreter")
    languages = page.locator("input[name='interpreters.0.languages']")
    languages.fill("ko, en")
    organiser.look()
    page.locator("#main button.primary").first.click()
    organiser.until(lambda: bool(store_of(site).consultation(EVENT).plan.interpreters))
    assert store_of(site).consultation(EVENT).plan.interpreters[0].languages == ("ko", "en")
    organiser.go(f"/events/{EVENT}/attendees/add")
    page.locator("button[name=scope][value=all]").click()
    organiser.until(lambda: len(store_of(site).attendees(EVENT)) == 6)
    organiser.look()
    organiser.go(f"/events/{EVENT}")


def invite(organiser: Walk, profile_id: str) -> str:
    """The personal link that somebody of this organisation gets."""
    page = organiser.page
    organiser.go(f"/people/invite?profile_id={profile_id}")
    expect(page.locator("#f-profile_id")).to_have_value(profile_id)
    page.locator("#f-name").fill("김 대표" if profile_id == "s-heart" else "Dr. Bauer")
    page.locator("#f-email").fill(f"{profile_id}@example.org")
    page.locator("#f-language").select_option(organiser.language)
    organiser.press("Invite")
    link = page.locator("#made-link").input_value()
    organiser.look()
    return link


def pin_a_match(organiser: Walk, site: Site) -> None:
    page = organiser.page
    organiser.go(f"/events/{EVENT}/matches")
    cell = page.locator("table a.cell").filter(has_text="Harbor Patent Law").first
    cell.click()
    organiser.press("Pin")
    pressed = page.get_by_role("button", name=organiser.say("Pin"), pressed=True)
    expect(pressed).to_be_visible()
    organiser.look()
    assert any(choice.answer == "must" for choice in store_of(site).choices(EVENT))


def make_the_timetable(organiser: Walk) -> None:
    page = organiser.page
    organiser.go(f"/events/{EVENT}/timetable")
    page.locator("#f-seconds").fill("5")
    organiser.press("Make the timetable")
    expect(page.locator("table.board").first).to_be_visible(timeout=60_000)
    organiser.look()


def move_a_meeting_and_undo(organiser: Walk, site: Site) -> None:
    page = organiser.page
    before = store_of(site).timetable(EVENT)
    organiser.go(
        f"/events/{EVENT}/timetable/meeting?startup=s-heart&partner=p-hospital&day={YESTERDAY.isoformat()}"
    )
    page.locator("td.spot.ok a, td.spot.costs a").first.click()
    expect(page.get_by_text(organiser.say("All rules are kept."))).to_be_visible()
    organiser.look()
    organiser.press("Keep the change")
    organiser.until(lambda: store_of(site).timetable(EVENT).version.number == before.version.number + 1)
    moved = store_of(site).timetable(EVENT)
    assert set(moved.schedule.meetings) != set(before.schedule.meetings)
    organiser.press("Undo")
    meetings = set(before.schedule.meetings)
    organiser.until(lambda: set(store_of(site).timetable(EVENT).schedule.meetings) == meetings)
    organiser.go(f"/events/{EVENT}/versions")


def publish_and_send(organiser: Walk, mail: Path, site: Site) -> None:
    organiser.go(f"/events/{EVENT}/timetable/publish")
    number = store_of(site).timetable(EVENT).version.number
    organiser.press("Publish version %(number)s", number=number)
    organiser.until(lambda: store_of(site).consultation(EVENT).published == number)
    assert not mail.exists() or not list(mail.iterdir()), "nothing is sent by surprise"
    organiser.go(f"/events/{EVENT}/mail")
    organiser.press("Send those ticked…")
    organiser.look()
    organiser.press("Send now")
    # An agenda to each of the two; the invitations wait among the letters of no event.
    organiser.until(lambda: mail.exists() and len(list(mail.iterdir())) == 2)
    letters = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in mail.iterdir()]
    assert {str(letter["To"]).partition("<")[2].rstrip(">") or str(letter["To"]) for letter in letters} == {
        "s-heart@example.org",
        "p-hospital@example.org",
    }


def hold_the_day(organiser: Walk, site: Site) -> None:
    page = organiser.page
    organiser.go(f"/events/{EVENT}/day?at={YESTERDAY.isoformat()}T09:00")
    organiser.go(f"/events/{EVENT}/day?at={YESTERDAY.isoformat()}T09:00&q=heart")
    page.locator("form[action$='/day/check-in'] button").first.click()
    organiser.until(lambda: any(each.checked_in_at for each in store_of(site).attendees(EVENT)))
    expect(page.locator("#main")).to_contain_text("✓")


def sum_up(organiser: Walk, site: Site) -> None:
    organiser.go(f"/events/{EVENT}/outcomes")
    organiser.go(f"/events/{EVENT}/outcomes/report")
    organiser.go(f"/events/{EVENT}/pictures")
    organiser.go("/changes")
    results = {each.outcome for each in store_of(site).outcomes()}
    assert {Result.MET, Result.FOLLOW_UP} <= results


# -- startup and partner ------------------------------------------------------------------------


def accept_invitation(walk: Walk, link: str) -> None:
    page = walk.page
    walk.go(link)
    page.locator("#f-password").fill("correct horse battery")
    page.locator("#f-again").fill("correct horse battery")
    walk.press("Set the password and sign in")
    expect(page).to_have_url(re.compile("/my$"))
    walk.look()
    # Good once: whoever finds the link later gets nowhere.
    answer = page.request.get(link)
    assert answer.status == 410
    walk.press("Sign out")
    email = "s-heart@example.org" if walk.width == 390 else "p-hospital@example.org"
    page.locator("#f-email").fill(email)
    page.locator("#f-password").fill("correct horse battery")
    walk.press("Sign in")
    expect(page).to_have_url(re.compile("/my$"))


def fill_in_the_profile(startup: Walk, site: Site) -> None:
    page = startup.page
    startup.go("/my/profile")
    page.locator("textarea[name=areas]").fill("부정맥\n심방세동")
    page.locator("textarea[name=areas]").blur()
    expect(page.locator("#w-areas .saved")).to_contain_text("✓")
    assert store_of(site).get("s-heart").areas == ("부정맥", "심방세동")
    page.locator("#preview table, #preview ul, #preview dl, #preview ol").first.wait_for(timeout=60_000)
    startup.look()


def choose_and_say_when(startup: Walk) -> None:
    page = startup.page
    startup.go(f"/my/{EVENT}/suggestions")
    hospital = page.locator("li.match").filter(has_text="Lakeside Heart Hospital")
    expect(hospital.locator("blockquote").first).to_be_visible()
    hospital.locator("button[name=answer][value=wanted]").click()
    expect(hospital.locator("button[name=answer][aria-pressed=true]")).to_have_count(1)
    startup.look()
    startup.go(f"/my/{EVENT}/with/p-hospital")
    startup.go(f"/my/{EVENT}/availability")
    page.locator("input[name=here]").first.uncheck()
    page.locator("button.primary").click()
    expect(page.locator("#messages .message")).to_be_visible()
    expect(page.locator("input[name=here]").first).not_to_be_checked()
    startup.go(f"/my/{EVENT}/requests")
    assert page.request.get(f"/my/{EVENT}/with/s-vaccine").status == 404


def accept_a_request(partner: Walk) -> None:
    page = partner.page
    partner.go(f"/my/{EVENT}/requests")
    expect(page.locator("table.requests").first).to_contain_text("하트사운드")
    partner.press("Accept")
    expect(partner.button("Accept")).to_have_count(0)
    partner.look()
    partner.go(f"/my/{EVENT}/suggestions")
    partner.go("/my/profile")


def read_the_agenda(walk: Walk, other: str) -> None:
    page = walk.page
    walk.go("/my")
    walk.go(f"/my/{EVENT}/agenda")
    expect(page.locator("#main")).to_contain_text(NAMES[other])
    address = page.locator("input[readonly]").input_value()
    calendar = Calendar.from_ical(page.request.get(address).body())
    assert any(NAMES[other] in str(each["SUMMARY"]) for each in calendar.walk("VEVENT"))
    walk.go(f"/my/{EVENT}/briefing/{other}")


def note_the_outcome(walk: Walk, result: str) -> None:
    page = walk.page
    walk.go(f"/my/{EVENT}/notes")
    other = "p-hospital" if walk.width == 390 else "s-heart"
    form = page.locator("section.noted").filter(has_text=NAMES[other]).locator("form")
    form.locator("select[name=held]").select_option("yes")
    form.locator("select[name=result]").select_option(result)
    form.locator("textarea[name=text]").fill("다음 주 화상회의")
    form.locator("button").click()
    expect(page.locator("#messages .message")).to_be_visible()
    section = page.locator("section.noted").filter(has_text=NAMES[other])
    expect(section.locator("select[name=result]")).to_have_value(result)
    walk.look()
