"""``roundtable serve`` and ``roundtable sign-in`` as processes of their own, followed from another one."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

ROUNDTABLE = Path(sys.executable).with_name("roundtable")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path, cache_dir: Path) -> dict[str, str]:
    """An installation of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDTABLE_")}
    return {
        **kept,
        "ROUNDTABLE_DATA_DIR": str(tmp_path / "data"),
        "ROUNDTABLE_CACHE_DIR": str(cache_dir),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def serving(environment: dict[str, str], *options: str) -> Iterator[str]:
    """``roundtable serve``: the sign-in link it printed. It ends with Ctrl-C."""
    process = subprocess.Popen(
        [ROUNDTABLE, "serve", *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what runs in its background deaf to Ctrl-C, and so would this be, started from there.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout
    try:
        link = process.stdout.readline().strip()
        assert link, process.stderr and process.stderr.read()
        yield link
        process.send_signal(signal.SIGINT)
        _out, said = process.communicate(timeout=60)
        assert "Traceback" not in said
        assert "sign in as" in said
    finally:
        process.kill()
        process.communicate()


class Visitor:
    """A browser that keeps cookies and follows redirects."""

    def __init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, address: str, **headers: str) -> tuple[int, str, str]:
        """Status, address in the end, and page."""
        asked = Request(address, headers={"Accept-Language": "en", **headers})
        try:
            with self._opener.open(asked, timeout=60) as answer:
                return answer.status, answer.url, answer.read().decode()
        except HTTPError as refusal:
            return refusal.code, refusal.url, refusal.read().decode()


def test_the_printed_links_sign_in_once(environment: dict[str, str]) -> None:
    port = str(free_port())
    with serving(environment, "--port", port) as link:
        site = f"http://127.0.0.1:{port}"
        assert re.fullmatch(rf"{site}/link/[A-Za-z0-9_-]{{43}}", link)
        assert "/sign-in" in Visitor().get(f"{site}/directory")[1]

        first = Visitor()
        status, address, html = first.get(link)
        assert (status, address) == (200, f"{site}/events")
        assert "Sign out" in html
        assert first.get(f"{site}/directory")[0] == 200
        status, _address, html = Visitor().get(link)
        assert status == 410
        assert "used up" in html

        done = subprocess.run(
            [ROUNDTABLE, "sign-in", "--port", port],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        another = done.stdout.strip()
        assert another != link
        assert Visitor().get(another)[:2] == (200, f"{site}/events")
        assert Visitor().get(another)[0] == 410
        assert first.get(f"{site}/directory")[0] == 200  # who is in stays in


def test_another_link_ends_the_printed_one(environment: dict[str, str]) -> None:
    with serving(environment, "--port", "0") as link:
        subprocess.run([ROUNDTABLE, "sign-in"], env=environment, capture_output=True, check=True)
        assert Visitor().get(link)[0] == 410


def test_links_lead_to_where_people_reach_the_pages(environment: dict[str, str]) -> None:
    outside = {**environment, "ROUNDTABLE_BASE_URL": "https://day.example.org/"}
    with serving(outside, "--port", "0") as link:
        assert link.startswith("https://day.example.org/link/")
    done = subprocess.run([ROUNDTABLE, "sign-in"], env=outside, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("https://day.example.org/link/")


@pytest.mark.parametrize(("trusted", "status"), [("127.0.0.1", 410), ("", 429)])
def test_tries_are_counted_by_where_they_come_from(
    environment: dict[str, str], trusted: str, status: int
) -> None:
    environment["ROUNDTABLE_TRUSTED_PROXY"] = trusted
    with serving(environment, "--port", "0") as link:
        wrong = f"{link.partition('/link/')[0]}/link/wrong"
        tries = [Visitor().get(wrong, **{"X-Forwarded-For": f"192.0.2.{number}"}) for number in range(12)]
    assert tries[0][0] == 410
    assert tries[-1][0] == status
