"""How often somebody may try: on the pages where guessing could pay."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

GUESSES = "10 per minute; 100 per hour"
"""Failed tries to sign in or to use a link, by the address they come from: a whole hall may share one."""

GUESSES_OF_ONE = "6 per minute; 30 per hour"
"""Failed tries for one account, wherever they come from."""

limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=True)


def whose() -> str:
    """The account a try to sign in is for."""
    return f"account {request.form.get('email', '').strip().lower()[:320]}"


def failed(response: Response) -> bool:
    """Whether a try counts: whoever knows the way in is not hindered, and a whole office may come at once."""
    return response.status_code >= 400


def limit(app: Flask) -> None:
    """Count tries in ``app``, in the memory of this process."""
    limiter.init_app(app)
