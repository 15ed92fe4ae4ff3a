"""An operation of the API: what it takes and gives is said once, for reading requests and for the document.

::

    @operation("GET", "/profiles/{profile_id}", may=ONLOOKERS, gives={200: Profile}, tag="Profiles")
    def get_profile(profile_id: str) -> Reply:
        \"\"\"One profile.\"\"\"
        return Reply(store().get(profile_id))

The function gets the ids of the path by name, the query as ``query`` and the body as ``body`` where the
operation has them, checked; its docstring is the document's. Requests are read strictly: what the document
does not allow is refused, a query that is not known too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Response, request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from profiles.accounts import Role
from web.access import may as may_ask
from web.access import own_sign_in, public
from web.api.addresses import HIGHEST, LONGEST
from web.api.blueprint import api
from web.api.errors import CODES, Refused, from_model
from web.audit import UNSAFE, changes_nothing

JSON = "application/json"

_CONVERTERS = {
    "version": f"int(min=1, max={HIGHEST})",
    "number": f"int(min=1, max={HIGHEST})",
    "by": 'any("startup", "partner", "organiser")',
}
"""How the names in paths are read; all others are ids."""


@dataclass(frozen=True)
class Reply:
    """What an operation answers with.

    Attributes:
        content: None: nothing.
        headers: beside those that every answer has.
    """

    content: BaseModel | Mapping[str, Any] | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One method of one address.

    Attributes:
        name: its id in the document, and the end of its endpoint.
        path: with names in braces, without the prefix.
        may: whose tokens may ask; None: no token is needed.
        query, body: what is read of the request.
        media: content types of the body.
        gives: status -> what the body holds, None: there is none.
        headers: those that answers of success carry.
        refuses: statuses of problems beside those that follow from the rest.
        takes: headers that requests may carry.
        example: of the body.
    """

    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    may: frozenset[Role] | None
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    media: tuple[str, ...]
    gives: Mapping[int, type[BaseModel] | None]
    headers: tuple[str, ...]
    refuses: frozenset[int]
    takes: tuple[str, ...]
    example: Any

    @property
    def places(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def problems(self) -> tuple[int, ...]:
        """All statuses of problems it may answer with."""
        found = {*self.refuses, 429, 503}
        if self.may is not None:
            found |= {401}
        if self.may is not None and (self.may != frozenset(Role) or self.method in UNSAFE):
            found |= {403}
        if self.places:
            found |= {404}
        if self.query is not None or self.media:
            found |= {400}
        if self.media:
            found |= {413, 415, 422}
        return tuple(sorted(found))


OPERATIONS: list[Operation] = []
"""All of them, in the order of the document."""


def operation(
    method: str,
    path: str,
    *,
    tag: str,
    may: frozenset[Role] | None,
    gives: Mapping[int, type[BaseModel] | None],
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    media: Collection[str] = (),
    headers: Collection[str] = (),
    refuses: Collection[int] = (),
    takes: Collection[str] = (),
    asks_only: bool = False,
    example: Any = None,
) -> Callable[[Callable[..., Reply]], Callable[..., Response]]:
    """Put a function on the blueprint as an operation, see ``Operation``.

    Args:
        media: only for a body that is not JSON: the function reads it from the request.
        asks_only: an unsafe method that changes nothing: tokens that only read may ask too.
    """

    def add(view: Callable[..., Reply]) -> Callable[..., Response]:
        summary, _, description = (view.__doc__ or "").partition("\n")
        found = Operation(
            name=view.__name__,
            method=method,
            path=path,
            tag=tag,
            summary=summary.strip().rstrip("."),
            description=" ".join(description.split()),
            may=may,
            query=query,
            body=body,
            media=(JSON,) if body is not None else tuple(media),
            gives=gives,
            headers=tuple(headers),
            refuses=frozenset(refuses),
            takes=tuple(takes),
            example=example,
        )
        OPERATIONS.append(found)

        @wraps(view)
        def answer(**asked: Any) -> Response:
            if any(isinstance(each, str) and not _may_be_id(each) for each in asked.values()):
                raise Refused(404, *CODES[404])
            if found.query is not None:
                asked["query"] = _read_query(found.query)
            elif request.args:
                raise Refused(400, "invalid", "this address takes no query", field=next(iter(request.args)))
            if found.media:
                _check_media(found.media)
            if found.body is not None:
                asked["body"] = _read_body(found.body)
            return _written(view(**asked))

        marked = public(answer) if may is None else own_sign_in(may_ask(*may)(answer))
        if asks_only:
            changes_nothing(marked)
        rule = re.sub(r"\{(\w+)\}", lambda name: f"<{_CONVERTERS.get(name[1], 'segment')}:{name[1]}>", path)
        api.add_url_rule(rule, found.name, marked, methods=[method], provide_automatic_options=False)
        return marked

    return add


def _may_be_id(text: str) -> bool:
    """Whether there can be an id like this; PostgreSQL would refuse to look for NUL."""
    return len(text) <= LONGEST and "\0" not in text


def _read_query(model: type[BaseModel]) -> BaseModel:
    if any("\0" in name + value for name, value in request.args.items()):
        raise Refused(400, "invalid", "a text holds the character NUL: leave it out")
    twice = next((name for name in request.args if len(request.args.getlist(name)) > 1), None)
    if twice is not None:
        raise Refused(400, "invalid", "given more than once", field=twice)
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise from_model(error, 400) from error


def _check_media(media: tuple[str, ...]) -> None:
    if request.mimetype not in media:
        raise Refused(415, "wrong_media_type", f"send the content type {' or '.join(media)}")


def _read_body(model: type[BaseModel]) -> BaseModel:
    data = request.get_data()
    try:
        # Not the standard library's: that takes half characters, which nobody can print, for text.
        content = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        reason = str(error).partition(" at line ")
        raise Refused(400, "bad_json", f"this is no JSON: {reason[0]}", row=_line_of(reason[2])) from error
    if b"\\u0000" in data and (place := _nul_in(content)) is not None:
        raise Refused(422, "invalid", "a text holds the character NUL: leave it out", field=place or None)
    try:
        return model.model_validate_json(data, strict=True)
    except ValidationError as error:
        raise from_model(error, 422) from error


def _line_of(place: str) -> int | None:
    found = re.match(r"\d+", place)
    return int(found[0]) if found else None


def _nul_in(content: Any, place: str = "") -> str | None:
    """Where a text holds NUL, which no database keeps; None: nowhere."""
    if isinstance(content, str):
        return place if "\0" in content else None
    pairs: Any = ()
    if isinstance(content, dict):
        if any("\0" in name for name in content):
            return place
        pairs = content.items()
    elif isinstance(content, list):
        pairs = enumerate(content)
    found = (_nul_in(each, f"{place}.{name}".lstrip(".")) for name, each in pairs)
    return next((each for each in found if each is not None), None)


def _written(reply: Reply) -> Response:
    if reply.content is None:
        answer = Response(status=reply.status)
        del answer.headers["Content-Type"]
    elif isinstance(reply.content, BaseModel):
        answer = Response(reply.content.model_dump_json(), reply.status, mimetype=JSON)
    else:
        answer = Response(json.dumps(reply.content, ensure_ascii=False), reply.status, mimetype=JSON)
    answer.headers.update(reply.headers)
    return answer
