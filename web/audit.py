"""The audit trail: every request that changes something is written down with who sent it.

A view may say what it changed with ``note``; one that only looks like a change (a preview that is sent with
POST) is marked ``@changes_nothing``. What the codes mean is said in ``web.audit_words``.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, request

from profiles.accounts import Actor
from web import access
from web.access import View

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def changes_nothing(view: View) -> View:
    """Leave the requests of a view out of the audit trail."""
    view.__dict__["changes_nothing"] = True
    return view


def note(subject: str = "", *, action: str | None = None, event_id: str | None = None, **detail: Any) -> None:
    """Say what this request changed; the last word counts.

    Args:
        subject: what was changed, as an id or a name.
        action: a code where the name of the view would not tell enough.
        event_id: the event it belongs to; that of the address where it is not given.
        detail: ready for JSON.
    """
    g.audit = {"subject": subject, "action": action, "event_id": event_id, "detail": detail}


def skip() -> None:
    """Say that this request changed nothing after all."""
    g.audit = None


def keep(app: Flask) -> None:
    """Write down what each request of ``app`` changes, after it has succeeded."""

    @app.after_request
    def write(response: Response) -> Response:
        if request.method not in UNSAFE or response.status_code >= 400 or request.endpoint is None:
            return response
        view = current_app.view_functions[request.endpoint]
        said = g.get("audit", {})
        if said is None or getattr(view, "changes_nothing", False):
            return response
        who: Actor = g.get("audit_actor") or access.actor()
        named = request.view_args or {}
        others = (str(value) for name, value in named.items() if name != "event_id")
        access.store().record_change(
            who,
            said.get("action") or request.endpoint,
            said.get("subject") or " ".join(others),
            event_id=said.get("event_id") or named.get("event_id"),
            detail=said.get("detail"),
        )
        return response
