"""What every answer carries so that a browser keeps to this server, and the key that signs sessions."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from flask import Flask, Response, request
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    XContentTypeOptions,
    XFrameOptions,
)

from profiles.errors import StoreError

_HEADERS = Secure(
    csp=ContentSecurityPolicy()
    .default_src("'none'")
    .script_src("'self'")
    .style_src("'self'")
    .img_src("'self'", "data:")
    .connect_src("'self'")
    .form_action("'self'")
    .frame_ancestors("'none'")
    .base_uri("'none'"),
    coop=CrossOriginOpenerPolicy().same_origin(),
    corp=CrossOriginResourcePolicy().same_origin(),
    permissions=PermissionsPolicy().geolocation().microphone().camera(),
    # Not no-referrer: the CSRF check over HTTPS compares the Referer of a POST with the host.
    referrer=ReferrerPolicy().same_origin(),
    xcto=XContentTypeOptions().nosniff(),
    xfo=XFrameOptions().deny(),
)


def protect(app: Flask) -> None:
    """Set the session cookie's attributes and the headers of every answer of ``app``."""
    app.config.update(
        SESSION_COOKIE_NAME="roundtable",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # The token lives as long as the session: who writes on a profile for two hours loses nothing.
        WTF_CSRF_TIME_LIMIT=None,
    )

    @app.after_request
    def set_headers(response: Response) -> Response:
        for header, value in _HEADERS.headers.items():
            response.headers.setdefault(header, value)
        if request.endpoint != "static":
            # Profiles are other people's business: no copy stays in a shared computer's cache.
            response.headers["Cache-Control"] = "no-store"
            response.vary.update(("Accept-Language", "Cookie"))
        return response


def secret_key(configured: str, data_dir: Path) -> str:
    """The configured key, or one made at random once and kept in ``data_dir`` for the owner alone.

    Raises:
        StoreError: the key's file cannot be written or read.
    """
    if configured:
        return configured
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # Written aside and linked into place, so that two servers starting at once agree on a key.
            draft = data_dir / f"secret_key.{secrets.token_hex(8)}"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        key = path.read_text().strip()
    except OSError as cause:
        raise StoreError(f"cannot keep the session key in {path}: {cause.strerror}") from cause
    if len(key) < 32:
        raise StoreError(f"the session key in {path} is damaged: delete the file, a new one is made")
    return key
