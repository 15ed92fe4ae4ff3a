"""What went wrong, as ``{"error": {"code", "message", "field", "row"}}``; one place knows the statuses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from profiles.errors import (
    ConflictError,
    InputError,
    ModelError,
    NotFoundError,
    RoundtableError,
    StoreError,
    UnknownError,
)
from profiles.event import FieldError
from web.api.addresses import PREFIX
from web.pages.errors import http_error


class ErrorDetail(BaseModel):
    """What went wrong.

    Attributes:
        code: for programs: one word for one cause, the same in every release.
        message: for people: what is wrong and what to do.
        field: the field of what was sent that is meant, with dots: `plan.days.0.start`.
        row: the row or entry that is meant, from 1.
    """

    code: str
    message: str
    field: str | None = None
    row: int | None = None


class Problem(BaseModel):
    """The body of every answer of 400 and above."""

    error: ErrorDetail


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered with a problem.

    Attributes:
        more: further fields of the body.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        row: int | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.headers, self.more = status, dict(headers or {}), dict(more or {})
        self.detail = ErrorDetail(code=code, message=message, field=field, row=row)


CODES = {
    400: ("bad_request", "the request could not be read"),
    401: ("no_token", "send a token that is in force"),
    403: ("forbidden", "this token may not do this"),
    404: ("not_found", "there is nothing at this address (in an id, a slash is written ~1)"),
    405: ("wrong_method", "this address cannot be used this way"),
    413: ("too_large", "what was sent is too large"),
    415: ("wrong_media_type", "send the content type that the document names"),
    429: ("too_many_requests", "too many requests: wait as long as Retry-After says"),
}
"""Code and message for what the server's own machinery refuses."""


def register(app: Flask) -> None:
    """Answer with JSON where the router finds nothing under the API's addresses, which asks no blueprint."""
    for kind in (NotFound, MethodNotAllowed):
        app.register_error_handler(kind, _anywhere)


def handle(api: Blueprint) -> None:
    """Answer whatever goes wrong in an operation with JSON."""
    api.register_error_handler(Refused, refused)
    api.register_error_handler(RoundtableError, _known)
    api.register_error_handler(HTTPException, _http)


def refused(error: Refused) -> Response:
    """The answer to a refused request."""
    body = {**Problem(error=error.detail).model_dump(mode="json"), **error.more}
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, error.status, error.headers, mimetype="application/json")


def from_model(error: ValidationError, status: int) -> Refused:
    """The first thing that is wrong with what was sent."""
    first = error.errors(include_url=False)[0]
    place, reason = [str(part) for part in first["loc"]], first["msg"].removeprefix("Value error, ")
    wrong = first.get("ctx", {}).get("error")
    if isinstance(wrong, FieldError):
        place, reason = [*place, wrong.field], wrong.reason
    elif isinstance(wrong, ValueError) and (named := re.match(r"([a-z_]+): (.+)", reason, re.DOTALL)):
        place, reason = [*place, named[1]], named[2]  # as the records of profiles say it
    return Refused(status, "invalid", _line(reason), field=_line(".".join(place)) or None)


def _known(error: RoundtableError) -> Response:
    if isinstance(error, ModelError | StoreError):
        current_app.logger.error("%s", error)
        what = "language model" if isinstance(error, ModelError) else "database"
        return refused(
            Refused(
                503, "not_ready", f"the {what} does not answer; whoever runs the server finds why in its log"
            )
        )
    if not isinstance(error, InputError):
        current_app.logger.error("%s", error)
        return refused(Refused(500, "failed", "something went wrong; it is noted in the server's log"))
    # A query that cannot be answered is a bad request; a body that can be read but not used is not.
    bad = HTTPStatus.BAD_REQUEST if request.method == "GET" else HTTPStatus.UNPROCESSABLE_ENTITY
    statuses: tuple[tuple[type[InputError], int, str], ...] = (
        (NotFoundError, HTTPStatus.NOT_FOUND, "not_found"),
        (UnknownError, HTTPStatus.NOT_FOUND, "not_found"),
        (ConflictError, HTTPStatus.CONFLICT, "conflict"),
        (InputError, bad, "invalid"),
    )
    status, code = next((status, code) for kind, status, code in statuses if isinstance(error, kind))
    return refused(Refused(status, code, _line(error.reason), field=error.field, row=error.row))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code, message = CODES.get(status, ("failed", "something went wrong; it is noted in the server's log"))
    kept = ("Allow", "Retry-After")
    headers = {name: value for name, value in error.get_headers() if name in kept}
    return refused(Refused(status, code, message, headers=headers))


def _anywhere(error: HTTPException) -> Any:
    if request.path.startswith(f"{PREFIX}/"):
        return _http(error)
    return http_error(error)


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
