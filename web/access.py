"""Who may see which page: every view says so itself, and what no view says nobody may.

``@may(Role.ORGANISER)`` below the route; ``@public`` for the few that need no account. ``guard`` asks before
every request, and refuses to start an application with a view that says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from matcher.service import Service
from profiles.accounts import Account, Actor, Role
from profiles.errors import UnknownError
from profiles.store import Store
from web.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])

EVERYBODY = frozenset(Role)
_PUBLIC: frozenset[Role] | None = None


class Visitor(UserMixin):  # type: ignore[misc]
    """An account as the session knows it: of an earlier epoch, the session is over."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        return f"{self.account.number}.{self.account.epoch}"


def may(*roles: Role) -> Callable[[View], View]:
    """Let accounts of these roles ask for a view; all of them where none is named."""

    def marked(view: View) -> View:
        view.__dict__["roles"] = frozenset(roles) or EVERYBODY
        return view

    return marked


def public(view: View) -> View:
    """Let anybody ask for a view, without an account."""
    view.__dict__["roles"] = _PUBLIC
    return view


def roles_of(app: Flask, endpoint: str) -> frozenset[Role] | None:
    """Who may ask for an endpoint; None: anybody.

    Raises:
        LookupError: the view does not say.
    """
    if endpoint == "static" or endpoint.endswith(".static"):
        return _PUBLIC
    marks = app.view_functions[endpoint].__dict__
    if "roles" not in marks:
        raise LookupError(f"the view {endpoint} does not say who may see it: see web.access")
    roles: frozenset[Role] | None = marks["roles"]
    return roles


def guard(app: Flask) -> None:
    """Ask before each request of ``app`` whether whoever asks may. Call it when all views are registered."""
    for endpoint in app.view_functions:
        roles_of(app, endpoint)
    manager = LoginManager(app)
    manager.session_protection = "basic"

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(session_id: str) -> Visitor | None:
        number, _, epoch = session_id.partition(".")
        try:
            account = store().account(int(number))
        except (UnknownError, ValueError):
            return None
        return Visitor(account) if str(account.epoch) == epoch and not account.disabled else None

    @app.before_request
    def ask() -> Response | None:
        if request.endpoint is None:  # there is no such page, or not this way: the router says so
            return None
        roles = roles_of(app, request.endpoint)
        if roles is None or getattr(app.view_functions[request.endpoint], "own_sign_in", False):
            return None
        account = visitor()
        if account is None:
            return _to_sign_in()
        if account.role not in roles:
            abort(403)
        return None

    @app.context_processor
    def who() -> dict[str, Any]:
        return {"visitor": visitor(), "Role": Role}


def own_sign_in(view: View) -> View:
    """For views that tell themselves who asks (tokens of the API): the session is not looked at."""
    view.__dict__["own_sign_in"] = True
    return view


def visitor() -> Account | None:
    """The account of whoever asks; None: nobody has signed in."""
    if "account" in g:  # an API token's
        found: Account | None = g.account
        return found
    return current_user.account if current_user and current_user.is_authenticated else None


def me() -> Account:
    """The account of whoever asks, in a view that needs one."""
    account = visitor()
    if account is None:
        abort(401)
    return account


def my_profile_id() -> str:
    """The profile that whoever asks speaks for; organisers and readers speak for none and are refused."""
    profile_id = me().profile_id
    if profile_id is None:
        abort(403)
    return profile_id


def actor() -> Actor:
    """Whoever asks, for the audit trail."""
    account = visitor()
    return Actor(account.number, account.name) if account else Actor(None, "")


def sign_in(account: Account) -> None:
    """Begin a session, a new one whatever was in the old: nobody can have prepared it."""
    from flask import session

    session.clear()
    login_user(Visitor(account))
    store().saw(account.number)


def sign_out() -> None:
    """End the session."""
    from flask import session

    logout_user()
    session.clear()


def store() -> Store:
    """The store of this application."""
    service: Service = current_app.extensions["roundtable"]
    return service.store


def settings() -> Settings:
    """The settings of this application."""
    found: Settings = current_app.extensions["roundtable.settings"]
    return found


def _to_sign_in() -> Response:
    """To the sign-in page, and from there back; a part of a page sends its whole page there."""
    asked = request.full_path.rstrip("?") if request.method == "GET" else ""
    address = url_for("accounts.sign_in", next=asked if asked not in ("", "/") else None)
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("accounts.sign_in")})
    return redirect(address)
