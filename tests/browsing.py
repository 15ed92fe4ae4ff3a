"""What tests in a real browser share: a live server, Chromium, and a page that notes what must not happen.

``Watch(browser, site, "ko-KR", role=Role.STARTUP, profile_id="kr-eubiologics")`` is a browser of somebody who
has signed in. At its end ``watch.close()`` asserts that nothing went wrong on its pages.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from web_helpers import entry
from werkzeug.serving import make_server

from profiles.accounts import Role

CHROMIUM = Path("/usr/bin/chromium")
NEEDS_BROWSER = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium")


@dataclass(frozen=True)
class Site:
    """A live server.

    Attributes:
        address: where it listens, without a slash at the end.
    """

    app: Flask
    address: str


@contextmanager
def served(app: Flask) -> Iterator[Site]:
    """Serve an application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(app, f"http://127.0.0.1:{server.port}")
    server.shutdown()
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once a module."""
    with sync_playwright() as running:
        opened = running.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


class Watch:
    """A page in a browser of ``language``, with everything that must not happen on it.

    ``role`` None is somebody who has not signed in.
    """

    def __init__(
        self,
        browser: Browser,
        site: Site,
        language: str,
        *,
        role: Role | None = Role.ORGANISER,
        profile_id: str | None = None,
        scripts: bool = True,
        phone: bool = False,
    ) -> None:
        self.context = browser.new_context(
            locale=language,
            base_url=site.address,
            java_script_enabled=scripts,
            viewport=ViewportSize(width=390 if phone else 1280, height=844),
        )
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(f"error {error}"))
        self.page.on("request", lambda request: self._check(request.url, site.address))
        if role is not None:
            self.page.goto(f"/link/{entry(site.app, role, profile_id)}")

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.troubles.append(f"console {text}")

    def _check(self, url: str, address: str) -> None:
        if not url.startswith(address + "/"):
            self.troubles.append(f"request to {url}")

    def width_over(self) -> int:
        """By how many pixels the page is wider than its window."""
        script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(script))

    def close(self) -> None:
        """End, and see that nothing went wrong."""
        self.context.close()
        assert self.troubles == [], self.troubles
