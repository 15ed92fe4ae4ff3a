"""What went wrong, as a page that says what to do; one place maps errors to statuses."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from profiles.errors import (
    ConflictError,
    InputError,
    ModelError,
    NotFoundError,
    RoundtableError,
    StoreError,
    UnknownError,
)
from web.phrases import gettext as _

Answer = tuple[str, int]

_STATUS: tuple[tuple[type[RoundtableError], int], ...] = (
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (UnknownError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (InputError, HTTPStatus.BAD_REQUEST),
    (ModelError, HTTPStatus.SERVICE_UNAVAILABLE),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def register(app: Flask) -> None:
    """Answer errors with pages of the same look."""
    app.register_error_handler(RoundtableError, _known)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, http_error)


def _known(error: RoundtableError) -> Answer:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    if isinstance(error, NotFoundError):
        return _page(status, _("There is no profile “{id}” here.", id=error.profile_id))
    if isinstance(error, UnknownError):
        return _page(status, _("There is no page at this address."))
    if isinstance(error, ConflictError):
        return _page(status, _("Somebody else changed this in the meantime."), error.reason)
    if isinstance(error, ModelError):
        what = _("The language model is not ready, so nothing can be ranked. Tell whoever runs this server:")
        return _page(status, what, str(error))
    if isinstance(error, StoreError):
        return _page(status, _("The database does not answer. Tell whoever runs this server:"), str(error))
    return _page(status, "", error.reason if isinstance(error, InputError) else str(error))


def _forged(_error: CSRFError) -> Answer:
    what = _("The form could not be accepted: it was open too long, or cookies are switched off.")
    return _page(400, what, "", _("Go back, reload the page and send the form again."))


def http_error(error: HTTPException) -> Answer | Response:
    """The page for what the server's own machinery refuses."""
    if error.code is None or error.code < 400:  # a redirect of the router
        return error.get_response()
    page, status = _page(error.code, _explanations().get(error.code, ""))
    if "Allow" in (headers := error.get_response().headers):
        return Response(page, status, {"Allow": headers["Allow"]}, mimetype="text/html")
    return page, status


def _explanations() -> dict[int, str]:
    return {
        400: _("The request could not be read."),
        401: _("Sign in first."),
        403: _("Your account does not show this page."),
        404: _("There is no page at this address."),
        405: _("This address cannot be used this way."),
        413: _("What was sent is too large. A profile may have up to 20,000 characters."),
        429: _("Too many tries. Wait a minute, then try again."),
        500: _("Something went wrong on the server. It has been noted in the server's log."),
    }


def _page(status: int, what: str, detail: str = "", advice: str = "") -> Answer:
    titles = {
        400: _("This could not be understood"),
        403: _("Not for this account"),
        404: _("Not found"),
        409: _("Changed in the meantime"),
        429: _("Too many tries"),
        413: _("Too large"),
        503: _("Not ready"),
    }
    title = titles.get(status) or _("This did not work")
    return render_template(
        "error.html", status=int(status), title=title, what=what, detail=detail, advice=advice
    ), int(status)
