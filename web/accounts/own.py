"""One's own account: name, language of mail, password, sessions."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.errors import InputError
from web import access, audit, messages, passwords
from web.access import may, me, store
from web.accounts import states
from web.accounts.blueprint import pages
from web.limits import GUESSES, failed, limiter
from web.phrases import LANGUAGES
from web.phrases import gettext as _


@pages.get("/account")
@may()
def own() -> str:
    """What can be changed, and the tokens of the API."""
    return shown()


@pages.post("/account")
@may()
def own_save() -> Response:
    """Change name and language of mail."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        raise InputError(_("choose a language"), field="language")
    store().change_account(me().number, name=read_name(request.form.get("name", "")), language=language)
    audit.note(me().name)
    messages.done(_("Saved."))
    return redirect(url_for("accounts.own"))


@pages.post("/account/password")
@may()
@limiter.limit(GUESSES, deduct_when=failed)
def own_password() -> Response | tuple[str, int]:
    """Choose another password; whoever has one gives it too. All other sessions end."""
    account = me()
    given = request.form.get("before", "")[: passwords.LONGEST + 1]
    try:
        if account.has_password and not passwords.fits(store(), account.number, given):
            raise InputError(_("this is not your present password"), field="before")
        new = request.form.get("password", "")
        if new != request.form.get("again", ""):
            raise InputError(_("the two passwords differ"), field="again")
        store().set_password(account.number, passwords.hashed(new, account.email or "", account.name))
    except InputError as error:
        audit.skip()
        return shown(error=error.reason), 400
    access.sign_in(store().account(account.number))
    audit.note(account.name)
    messages.done(_("Your password is changed. Other sessions of yours have ended."))
    return redirect(url_for("accounts.own"))


@pages.post("/account/sessions")
@may()
def own_sessions() -> Response:
    """End all other sessions."""
    account = me()
    store().end_sessions(account.number)
    access.sign_in(store().account(account.number))
    audit.note(account.name)
    messages.done(_("Other sessions of yours have ended."))
    return redirect(url_for("accounts.own"))


def shown(**said: str) -> str:
    """The page of one's own account, with what went wrong in one of its forms."""
    tokens = [each for each in store().tokens_of(me().number) if each.revoked_at is None]
    return render_template("accounts/own.html", **{"error": "", **said}, tokens=tokens, moment=states.moment)


def read_name(text: str) -> str:
    """A person's name as a form gives it.

    Raises:
        InputError: there is none, or it is too long.
    """
    name = " ".join(text.split())
    if not name or len(name) > 200:
        raise InputError(_("give a name of up to 200 characters"), field="name")
    return name
