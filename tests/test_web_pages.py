"""The pages over a handful of profiles, with the real service behind them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from web_helpers import PROFILES, page, paste, signed_in

from matcher.service import Service, open_service
from matcher.weights import PARTS
from profiles.model import Side
from profiles.store import Store
from web import create_app
from web.pages.pasted import LONGEST
from web.settings import Settings


def links(html: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'<a [^>]*href="(/[^"]*)"', html)]


# -- what the pages show ------------------------------------------------------------------------


def test_start_counts_and_lists_startups(client: FlaskClient) -> None:
    html = page(client, "/")
    assert 'Investors</a> <span class="count">30<' in html
    assert '<a class="name" href="/startups/vaxo"' in html
    assert "/partners/pharmo" not in html
    found = page(client, "/?q=stroke")
    assert "/startups/brainy" in found
    assert "/startups/vaxo" not in found
    assert "No startup holds all these words" in page(client, "/?q=zzz")


def test_startup_page_ranks_partners_with_reasons(client: FlaskClient) -> None:
    html = page(client, "/startups/vaxo")
    ranked = re.findall(r'<h3 id="match-(\d+)">.*?href="([^"]+)"', html, re.DOTALL)
    assert ranked[0] == ("1", "/partners/pharmo")
    assert len(ranked) == 10
    assert "relative fit within this directory, not a probability" in html
    assert re.search(r'title="\d+% of the points rest on something both sides state[^"]*">Confidence: ', html)
    assert html.count("What Vaxo would gain") == 10
    # Fund 00 and the others say nothing of what they seek, so nothing is said of what they would gain.
    assert re.search(r'What Fund \d\d would gain</span> <span class="count">names no wants<', html)
    assert '<blockquote lang="ko">CRM197 운반 단백질을 공급받을 백신 제조사</blockquote>' in html
    assert '<b lang="en">Vaxo</b> · Seeks' in html
    assert '<span class="terms">United States</span>' in html


def test_points_in_the_table_add_up_to_the_score(client: FlaskClient) -> None:
    table = page(client, "/pairs?startup=vaxo&partner=pharmo").split('<table class="parts">')[2]
    *points, total = [float(text) for text in re.findall(r'<td class="num">([\d.]+)</td>', table)]
    assert len(points) == len(PARTS)
    assert round(sum(points), 2) == total
    assert "12 past engagements." in table


def test_kind_filter(client: FlaskClient) -> None:
    html = page(client, "/startups/vaxo?kind=investor&track=&diversity=0")
    ranked = re.findall(r'<h3 id="match-\d+">.*?href="([^"]+)"', html, re.DOTALL)
    assert len(ranked) == 10
    assert all(link.startswith("/partners/fund") for link in ranked)
    assert "10 of 30." in html
    assert '<option value="investor" selected>Investors (30)</option>' in html


def test_show_more(client: FlaskClient) -> None:
    assert "top=25" in page(client, "/startups/vaxo")
    html = page(client, "/startups/vaxo?top=50")
    assert html.count('<h3 id="match-') == 33
    assert "top=" not in html.split("<main")[1]


def test_partner_page_ranks_startups(client: FlaskClient) -> None:
    html = page(client, "/partners/pharmo")
    ranked = re.findall(r'<h3 id="match-\d+">.*?href="([^"]+)"', html, re.DOTALL)
    assert ranked[0] == "/startups/vaxo"
    assert len(ranked) == 3
    assert 'href="https://www.pharmo.example/" rel="noopener noreferrer">pharmo.example</a>' in html
    assert 'href="mailto:hello@pharmo.example"' in html


def test_profile_under_the_other_side_is_redirected(client: FlaskClient) -> None:
    assert client.get("/startups/pharmo").headers["Location"] == "/partners/pharmo"
    assert client.get("/partners/vaxo").headers["Location"] == "/startups/vaxo"


def test_odd_ids_survive_as_addresses(client: FlaskClient) -> None:
    address = next(link for link in links(page(client, "/?q=wanted")) if link.startswith("/startups/"))
    assert "Evil" in page(client, address)
    switch = next(link for link in links(page(client, address)) if link.startswith("/language/en"))
    assert unquote(client.get(switch).headers["Location"]) == unquote(address)
    full = next(link for link in links(page(client, address)) if link.startswith("/pairs"))
    assert "Evil" in page(client, full)


def test_directory_search_filters_and_pages(client: FlaskClient) -> None:
    first = page(client, "/directory?kind=investor")
    assert "30 organisations" in first
    assert "Page 1 of 2" in first
    following = next(link for link in links(first) if "page=2" in link)
    second = page(client, following)
    assert "Page 2 of 2" in second
    assert len({*links(first), *links(second)} & {f"/partners/fund%20{n:02}" for n in range(30)}) == 30
    assert "1 organisation<" in page(client, "/directory?q=stroke&side=partner")
    assert "Nobody in the directory fits" in page(client, "/directory?q=stroke&kind=law_firm")


def test_every_link_of_the_pages_leads_somewhere(client: FlaskClient) -> None:
    seen, waiting = set[str](), ["/"]
    while waiting and len(seen) < 80:
        address = waiting.pop(0)
        if address in seen or address.startswith("/language"):
            continue
        seen.add(address)
        waiting += links(page(client, address))


# -- a pasted profile ---------------------------------------------------------------------------


def test_pasted_profile_is_ranked_and_not_stored(client: FlaskClient, service: Service) -> None:
    before = service.store.identity()
    status, html = paste(
        client,
        about="백신 기업",
        seeks="- CRM197 운반 단백질 공급사\n- 임상",
        markets="미국, JP",
        name="새 기업",
    )
    assert status == 200
    assert re.search(r'id="match-1">\s*<a class="name" href="/partners/pharmo"', html)
    assert "새 기업" in html
    assert '<blockquote lang="ko">CRM197 운반 단백질 공급사</blockquote>' in html
    assert "/pairs" not in html
    assert service.store.identity() == before


def test_pasted_profile_by_kind_and_in_the_other_language(client: FlaskClient) -> None:
    _status, html = paste(client, about="vaccines", kind="law_firm", track="ip", diversity="0.3")
    assert html.count('<h3 id="match-') == 1
    switch = html.split('id="switch"')[1].split("</form>")[0]
    for name, value in (("kind", "law_firm"), ("track", "ip"), ("diversity", "0.3"), ("top", "10")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in switch
    assert '<option value="ip" selected>' in html
    assert 'name="spread"' not in html  # attention is shared among stored startups
    _status, html = paste(client, about="vaccines", kind="law_firm", language="ko")
    assert html.count('<h3 id="match-') == 1
    assert '<html lang="ko">' in html
    assert "명부" in page(client, "/")  # the choice is remembered


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "Describe the startup"),
        ({"about": " \n\t"}, "Describe the startup"),
        ({"about": "가" * (LONGEST + 1)}, "20,001 characters long. Up to 20,000"),
        ({"about": "x", "markets": "Atlantis"}, "“Atlantis” is not a country"),
        ({"about": "x", "seeks": "\n".join(map(str, range(51)))}, "More than 50 entries"),
    ],
)
def test_what_is_wrong_with_a_pasted_profile(client: FlaskClient, form: dict[str, str], message: str) -> None:
    status, html = paste(client, **form)
    assert status == 400
    assert message in html
    assert 'aria-invalid="true"' in html
    if form.get("markets"):
        assert 'value="Atlantis"' in html


def test_refused_profile_keeps_its_text_in_the_other_language(client: FlaskClient) -> None:
    status, html = paste(client, about="백신 기업", markets="Atlantis", language="ko")
    assert status == 400
    assert "알 수 없는 국가입니다" in html
    assert html.count('value="Atlantis"') == 2  # in the form and in the switch
    assert re.search(r"<textarea[^>]*>\s*백신 기업</textarea>", html)


def test_too_large_a_form_is_refused_with_a_page(client: FlaskClient) -> None:
    answer = client.post("/match", data={"about": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_address_of_an_answer_that_is_kept_nowhere(client: FlaskClient) -> None:
    assert client.get("/match").headers["Location"] == "/#describe"


# -- state of the server ------------------------------------------------------------------------


def test_health(client: FlaskClient) -> None:
    assert client.get("/health").get_json() == {"status": "ok", "startups": 3, "partners": 33}


def test_empty_store_says_what_to_do_next(tmp_path: Path, cache_dir: Path) -> None:
    settings = Settings(data_dir=tmp_path, cache_dir=cache_dir, database=f"sqlite:///{tmp_path / 'empty.db'}")
    client = signed_in(create_app(settings))
    for address in ("/", "/directory"):
        html = page(client, address)
        assert "roundtable demo" in html
        assert "roundtable import FILE" in html


def test_directory_of_startups_alone(tmp_path: Path, cache_dir: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'one.db'}")
    store.apply([profile for profile in PROFILES if profile.side is Side.STARTUP])
    service = open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir)
    client = signed_in(create_app(Settings(data_dir=tmp_path), service))
    assert "Nobody of this kind can be matched here" in page(client, "/startups/vaxo")
