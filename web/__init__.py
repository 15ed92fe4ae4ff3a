"""The pages: ``create_app`` wires settings, service, languages and protection. Nothing happens at import."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from matcher.service import Service
    from web.settings import Settings

MAX_REQUEST_BYTES = 2**20
"""A pasted profile of 20,000 Korean characters is about 180 kB as a form; nothing larger is expected."""


def create_app(settings: Settings, service: Service | None = None) -> Flask:
    """The web application.

    Args:
        settings: where data lies and what the session key is.
        service: answers questions; opened from ``settings`` when not given. Its model loads with the first
            ranking, or before it when the caller has called ``service.warm_up()``.

    Raises:
        StoreError: the database or the session key cannot be opened.
    """
    from flask import Flask
    from flask_babel import Babel  # type: ignore[import-untyped]
    from flask_wtf.csrf import CSRFProtect

    from web import access, accounts, api, audit, limits, organiser, pages, participant, phrases, security

    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=security.secret_key(settings.secret_key, settings.data_dir),
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES,
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
    )
    app.url_map.merge_slashes = False  # an id may hold two slashes
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["roundtable"] = service or _open_service(settings, app)
    app.extensions["roundtable.settings"] = settings
    security.protect(app)
    _speak(app)  # before CSRF protection, whose refusals are sentences too
    Babel(app, locale_selector=phrases.language)
    CSRFProtect(app)
    limits.limit(app)
    for faces in (pages, accounts, organiser, participant, api):
        faces.register(app)
    audit.keep(app)
    access.guard(app)
    return app


def _open_service(settings: Settings, app: Flask) -> Service:
    from matcher.service import open_service
    from profiles.store import Store

    return open_service(
        Store.open(settings.database_url),
        index_dir=settings.index_dir,
        cache_dir=settings.cache_dir,
        model=settings.model,
        threads=settings.threads,
        notify=app.logger.info,
    )


def _speak(app: Flask) -> None:
    """Answer every request in its reader's language: the one chosen by the switch, else the browser's."""
    from flask import g, request

    from web.phrases import LANGUAGES, use_language

    @app.before_request
    def enter_language() -> None:
        chosen = request.cookies.get("language", "")
        if chosen not in LANGUAGES:
            chosen = request.accept_languages.best_match(LANGUAGES) or "en"
        g.language = ExitStack()
        g.language.enter_context(use_language(chosen))

    @app.teardown_request
    def leave_language(_error: BaseException | None) -> None:
        if block := g.pop("language", None):
            block.close()
