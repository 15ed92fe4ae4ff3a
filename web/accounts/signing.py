"""Signing in and out, and personal links."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.accounts import Account, Actor, Purpose, Role
from profiles.errors import InputError
from profiles.store import Store
from web import access, audit, passwords
from web.access import may, public, store
from web.accounts.blueprint import pages
from web.limits import GUESSES, GUESSES_OF_ONE, failed, limiter, whose
from web.pages.site import local_path
from web.phrases import gettext as _

ENTER_FOR = timedelta(hours=12)
"""How long the link is good that ``serve`` prints."""
INVITED_FOR = timedelta(days=14)
RESET_FOR = timedelta(days=1)

Answer = str | Response | tuple[str, int]


@pages.get("/sign-in")
@public
def sign_in() -> Answer:
    """The form; who has signed in already goes on."""
    if (account := access.visitor()) is not None:
        return redirect(local_path(request.args.get("next", "")) or home_of(account))
    return render_template("accounts/sign-in.html", email="", error="")


@pages.post("/sign-in")
@public
@limiter.limit(GUESSES, deduct_when=failed)
@limiter.limit(GUESSES_OF_ONE, key_func=whose, deduct_when=failed)
def enter() -> Answer:
    """Sign in with address and password; why it failed is not said, so that nobody learns who is known."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    account = store().account_of_email(email)
    good = passwords.fits(store(), account.number if account else None, password[: passwords.LONGEST + 1])
    if account is None or not good or account.disabled:
        audit.skip()
        error = _("Address and password do not fit. After too many tries, wait a minute.")
        return render_template("accounts/sign-in.html", email=email, error=error), 400
    access.sign_in(account)
    audit.note(account.name)
    return redirect(local_path(request.args.get("next", "")) or home_of(account))


@pages.post("/sign-out")
@may()
def sign_out() -> Response:
    """End this session."""
    audit.skip()
    access.sign_out()
    return redirect(url_for("accounts.sign_in"))


@pages.get("/link/<secret>")
@public
@limiter.limit(GUESSES, deduct_when=failed)
def link(secret: str) -> Answer:
    """A personal link: one to enter signs in at once, others ask for a password first."""
    found = store().open_link(secret)
    if found is None:
        return _too_late()
    opened, account = found
    if opened.purpose is Purpose.ENTER:
        used = store().use_link(secret)
        if used is None:
            return _too_late()
        access.sign_in(used)
        store().record_change(Actor(used.number, used.name), "accounts.link_used", used.name)
        return redirect(home_of(used))
    return render_template("accounts/link.html", account=account, purpose=opened.purpose, error="")


@pages.post("/link/<secret>")
@public
@limiter.limit(GUESSES, deduct_when=failed)
def use_link(secret: str) -> Answer:
    """Choose a password and sign in; the link is used up."""
    found = store().open_link(secret)
    if found is None or found[0].purpose is Purpose.ENTER:
        return _too_late()
    opened, account = found
    try:
        password = request.form.get("password", "")
        if password != request.form.get("again", ""):
            raise InputError(_("the two passwords differ"), field="again")
        hashed = passwords.hashed(password, account.email or "", account.name)
    except InputError as error:
        audit.skip()
        return render_template(
            "accounts/link.html", account=account, purpose=opened.purpose, error=error.reason
        ), 400
    used = store().use_link(secret, password=hashed)
    if used is None:
        return _too_late()
    access.sign_in(used)
    audit.note(used.name)
    flash(_("Your password is set, and you are signed in."))
    return redirect(home_of(used))


def home_of(account: Account) -> str:
    """The page where an account's work begins."""
    if account.side is not None:
        return url_for("participant.home")
    return url_for("organiser.events")


def organiser_link(kept: Store) -> tuple[str, Account]:
    """The secret of a new link that signs an organiser in, who is made where there is none yet."""
    known = [each for each in kept.accounts() if each.role is Role.ORGANISER and not each.disabled]
    account = min(known, key=lambda each: each.number, default=None)
    account = account or kept.add_account(Role.ORGANISER, "Organiser")
    secret, _link = kept.make_link(account.number, Purpose.ENTER, ENTER_FOR)
    return secret, account


def _too_late() -> tuple[str, int]:
    audit.skip()
    return render_template("accounts/too-late.html"), 410
