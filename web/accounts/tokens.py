"""Tokens of the JSON API: each account makes its own, which may do what the account may."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.errors import InputError
from web import audit, messages
from web.access import may, me, store
from web.accounts.blueprint import pages
from web.accounts.own import read_name, shown
from web.phrases import gettext as _

MOST = 20
"""Tokens an account may have at once: more are rather forgotten than used."""


@pages.post("/account/tokens")
@may()
def tokens_make() -> str | tuple[str, int]:
    """Make a token and show it, this once."""
    account, form = me(), request.form
    try:
        name = read_name(form.get("token_name", ""))
        open_ones = [each for each in store().tokens_of(account.number) if each.revoked_at is None]
        if len(open_ones) >= MOST:
            raise InputError(_("there are {number} tokens already: revoke one first", number=MOST))
    except InputError as error:
        audit.skip()
        return shown(token_error=error.reason, token_name=form.get("token_name", "")), 400
    secret, token = store().make_token(account.number, name, can_write=form.get("can_write") == "1")
    audit.note(token.name, can_write=token.can_write)
    return render_template("accounts/token.html", token=token, secret=secret)


@pages.post("/account/tokens/<int:number>/revoke")
@may()
def tokens_revoke(number: int) -> Response:
    """End one of one's own tokens; somebody else's is answered as one that is not there."""
    account = me()
    token = next((each for each in store().tokens_of(account.number) if each.number == number), None)
    store().revoke_token(account.number, number)
    audit.note(token.name if token else "")
    messages.done(_("The token has ended."))
    return redirect(url_for("accounts.own"))
