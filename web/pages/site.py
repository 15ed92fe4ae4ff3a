"""The language switch, and a sign of life for whoever keeps the server running."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from profiles.model import Side
from web.access import public
from web.pages.views import service
from web.phrases import LANGUAGES

pages = Blueprint("site", __name__)


@pages.get("/language/<code>")
@public
def language(code: str) -> Response:
    """Remember the reader's language in a cookie and return to the page at ``next``."""
    if code not in LANGUAGES:
        abort(404)
    answer = redirect(local_path(request.args.get("next", "")) or url_for("start.index"))
    remember(code, answer)
    return answer


def remember(code: str, answer: Response) -> None:
    """Let the browser keep the reader's choice of language for a year."""
    year = timedelta(days=365)
    answer.set_cookie("language", code, max_age=year, httponly=True, samesite="Lax", secure=request.is_secure)


def local_path(address: str) -> str | None:
    """``address`` if it is a path on this server, else None: a link must not lead people elsewhere.

    Browsers take ``//host`` and ``/\\host`` for another server, and first drop tabs and line breaks.
    """
    if not address.startswith("/") or address.startswith("//"):
        return None
    if "\\" in address or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else address


@pages.get("/health")
@public
def health() -> dict[str, Any]:
    """Whether the server and its database answer."""
    counts = service().store.counts()
    startups = sum(count for kind, count in counts.items() if kind == Side.STARTUP.value)
    return {"status": "ok", "startups": startups, "partners": sum(counts.values()) - startups}
