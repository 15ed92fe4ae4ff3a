"""Languages, protection and errors of the pages, with the real service behind them."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_helpers import SCRIPT, page, paste, token

import web
from profiles.errors import ModelError, StoreError
from profiles.model import Kind, Profile, Side
from web.matchviews import mail_link, safe_link
from web.pages.site import local_path
from web.security import secret_key

PROFILES = [
    Profile(
        id="vaxo",
        side=Side.STARTUP,
        kind=Kind.STARTUP,
        name="Vaxo",
        name_ko="백소",
        about=f"Vaccines {SCRIPT}",
        seeks=(f"Vaccine makers {SCRIPT}",),
        areas=(SCRIPT,),
        stage=SCRIPT,
        website="javascript:alert(1)",
        contact_email=SCRIPT,
    ),
    Profile(
        id="pharmo",
        side=Side.PARTNER,
        kind=Kind.PHARMA,
        name=f"Pharmo {SCRIPT}",
        about=f"Vaccines {SCRIPT}",
        seeks=(f"Vaccines {SCRIPT}",),
        areas=(SCRIPT,),
        city=SCRIPT,
    ),
]


# -- languages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.5", "ko"),
        ("en-GB", "en"),
        ("fr,de;q=0.8", "en"),
        ("fr,ko;q=0.2", "ko"),
        ("", "en"),
    ],
)
def test_language_follows_the_browser(client: FlaskClient, accepted: str, language: str) -> None:
    assert f'<html lang="{language}">' in page(client, "/", language=accepted)


def test_switch_wins_over_the_browser_and_returns(client: FlaskClient) -> None:
    answer = client.get("/language/ko?next=/startups/vaxo%3Fkind%3Dpharma")
    assert answer.headers["Location"] == "/startups/vaxo?kind=pharma"
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    html = page(client, "/startups/vaxo", language="en")
    assert '<html lang="ko">' in html
    assert "협력 파트너 (적합도순)" in html
    assert '<span class="name" lang="ko">백소</span>' in html
    client.get("/language/en")
    assert '<html lang="en">' in page(client, "/", language="ko")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\/evil",
        "/\t/evil.example",
        "javascript:1",
        "",
    ],
)
def test_switch_leads_nowhere_else(client: FlaskClient, address: str) -> None:
    assert local_path(address) is None
    answer = client.get("/language/ko", query_string={"next": address})
    assert answer.headers["Location"] == "/"


def test_unknown_language_is_not_found(client: FlaskClient) -> None:
    assert client.get("/language/fr").status_code == 404


# -- protection ---------------------------------------------------------------------------------


def test_markup_in_profiles_is_text(client: FlaskClient) -> None:
    addresses = ("/startups/vaxo", "/partners/pharmo", "/pairs?startup=vaxo&partner=pharmo", "/directory")
    pages = [page(client, address) for address in addresses]
    pages += [page(client, f"/?q={SCRIPT}"), paste(client, about=SCRIPT, name=SCRIPT)[1]]
    for html in pages:
        assert "alert" in html
        assert "<script>alert" not in html
        assert 'href="javascript:' not in html


@pytest.mark.parametrize("address", ["/", "/startups/vaxo", "/nowhere", "/health", "/static/roundtable.css"])
def test_headers(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert (headers["Cache-Control"] == "no-store") == (not address.startswith("/static"))


def test_nothing_is_loaded_from_elsewhere_nor_inline(client: FlaskClient) -> None:
    for address in (
        "/",
        "/startups/vaxo",
        "/partners/pharmo",
        "/pairs?startup=vaxo&partner=pharmo",
        "/directory",
    ):
        html = page(client, address)
        assert not re.search(r'(src|action)="(https?:)?//', html)
        assert not re.search(r'<link[^>]+href="(https?:)?//', html)
        assert not re.search(r"<[^>]+ (style|on\w+)=", html)
        assert "<style" not in html


def test_vendored_files_are_the_published_ones() -> None:
    folder = Path(web.__file__).parent / "static" / "vendor"
    listed = dict(
        re.findall(r"^\| `(\S+)` \|.*`([0-9a-f]{64})` \|$", (folder / "README.md").read_text(), re.M)
    )
    files = [path for path in folder.iterdir() if path.suffix in (".js", ".css")]
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in files} == listed


def test_post_without_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/match", data={"about": "vaccines"})
    assert answer.status_code == 400
    assert "could not be accepted" in answer.text


def test_session_cookie(client: FlaskClient) -> None:
    cookie = client.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_secret_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    key = secret_key("", folder)
    assert secret_key("", folder) == key
    assert secret_key("given", folder) == "given"
    assert (folder / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in folder.iterdir()] == ["secret_key"]
    (folder / "secret_key").write_text("")
    with pytest.raises(StoreError, match="delete the file"):
        secret_key("", folder)


def test_links_of_profiles() -> None:
    assert safe_link("https://a.example/b") == "https://a.example/b"
    for bad in (
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "www.a.example",
        "http://[x",
    ):
        assert safe_link(bad) is None
    assert mail_link("a@b.example") == "mailto:a@b.example"
    assert mail_link("a@b.example?bcc=c@d.example") is None


# -- what can go wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        ("/nowhere", 404, "There is no page at this address"),
        ("/startups/nobody", 404, "There is no profile “nobody” here"),
        ("/startups/%00", 404, "There is no profile"),
        ("/pairs?startup=vaxo&partner=nobody", 404, "There is no profile"),
        ("/pairs?startup=vaxo", 400, "name a startup and a partner"),
        ("/pairs?startup=pharmo&partner=vaxo", 400, "in this order"),
        ("/startups/vaxo?kind=bank", 400, "there is no kind “bank”"),
        ("/startups/vaxo?kind=startup", 400, "choose a kind of partner"),
        ("/startups/vaxo?top=51", 400, "not a number from 1 to 50"),
        ("/directory?side=both", 400, "there is no side “both”"),
        ("/directory?page=0", 400, "not a number"),
        ("/directory?q=" + "x" * 201, 400, "longer than 200 characters"),
    ],
)
def test_errors_say_what_to_do(client: FlaskClient, address: str, status: int, message: str) -> None:
    html = page(client, address, status)
    assert message in html
    assert 'href="/directory"' in html


def test_errors_in_korean(client: FlaskClient) -> None:
    assert "“nobody” 프로필을 찾을 수 없습니다." in page(client, "/startups/nobody", 404, "ko")
    assert "이 주소에는 페이지가 없습니다." in page(client, "/nowhere", 404, "ko")


def test_wrong_method(client: FlaskClient) -> None:
    answer = client.put("/directory", headers={"X-CSRFToken": token(client)})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_model_and_server_failures(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise ModelError("the model's folder is damaged")

    monkeypatch.setattr(app.extensions["roundtable"], "match", fail)
    assert "the model&#39;s folder is damaged" in page(client, "/startups/vaxo", 503)
    monkeypatch.setattr(app.extensions["roundtable"], "match", lambda *_a, **_k: 1 / 0)
    assert "noted in the server" in page(client, "/startups/vaxo", 500)
