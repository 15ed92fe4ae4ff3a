"""The blueprint that all operations are on: who asks is known by the token, how often is counted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, request
from flask_limiter.util import get_remote_address

from profiles.accounts import Account, ApiToken, Role, digest
from web import audit
from web.access import roles_of, store
from web.api.addresses import PREFIX
from web.api.errors import Refused, handle
from web.limits import limiter

ORGANISER = frozenset({Role.ORGANISER})
ONLOOKERS = frozenset({Role.ORGANISER, Role.READER})
EVERYBODY = frozenset(Role)
SIDES = frozenset({Role.STARTUP, Role.PARTNER})

RATE = "600 per minute"
"""Requests of one token."""


def _secret() -> str:
    """The token as it was sent; empty where there is none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _whose() -> str:
    """Whose requests are counted together."""
    secret = _secret()
    return f"token {digest(secret)}" if secret else f"address {get_remote_address()}"


api = Blueprint("api", __name__, url_prefix=PREFIX)
handle(api)
limiter.shared_limit(lambda: str(current_app.config["API_RATE"]), scope="api", key_func=_whose)(api)


@api.before_request
def ask_for_token() -> None:
    """Take whoever asks for the account of its token; the session of a browser counts for nothing here."""
    view = current_app.view_functions[request.endpoint or ""]
    roles = roles_of(current_app, request.endpoint or "")
    if roles is None:
        return
    found = store().token(_secret())
    if found is None:
        raise Refused(
            401,
            "no_token",
            "send a token that is in force: Authorization: Bearer rt_...",
            headers={"WWW-Authenticate": 'Bearer realm="Roundtable"'},
        )
    g.token, g.account = found
    store().saw_token(found[0])
    account: Account = g.account
    if account.role not in roles:
        raise Refused(403, "not_for_role", f"a {account.role.value}'s token may not do this")
    changes = request.method in audit.UNSAFE and not getattr(view, "changes_nothing", False)
    if changes and not token().can_write:
        raise Refused(403, "token_reads_only", "this token may only read: make one that may write")


def changed(subject: str, *, event_id: str | None = None, **detail: Any) -> None:
    """Say for the audit trail what a request changed, and with which token."""
    audit.note(subject, event_id=event_id, **{**detail, "token": token().name})


def token() -> ApiToken:
    """The token of this request."""
    found: ApiToken = g.token
    return found
