"""The OpenAPI document, made of the operations and of the JSON schemas of what they take and give.

Nothing is said in it that the operations do not do: the records that it describes are those by which requests
are read and answers are written.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from profiles.accounts import Role
from profiles.consultation_store import plan_record
from web.api.addresses import HIGHEST, LONGEST, PREFIX
from web.api.errors import Problem
from web.api.operations import JSON, Operation

VERSION = "1.0.0"

_ABOUT = """Profiles, matches, events, wishes, schedules and outcomes, as on the pages.

Send a token with every request: `Authorization: Bearer rt_...`. It is made on the page of the account it acts
for, and sees and does what that account may: an organiser's everything, a reader's the same without changing
anything, a startup's or a partner's what is its own.

In ids that stand in a path a slash is written `~1` and a tilde `~0`; the rest is percent-encoded.
Times of a day are local to the event, moments are in UTC.
"""
_SEGMENT = {"type": "string", "minLength": 1, "maxLength": LONGEST}
_PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "profile_id": ("id of a profile", _SEGMENT),
    "event_id": ("id of an event", _SEGMENT),
    "startup": ("id of a startup", _SEGMENT),
    "partner": ("id of a partner", _SEGMENT),
    "by": ("who says it", {"type": "string", "enum": ["startup", "partner", "organiser"]}),
    "version": ("number of a version", {"type": "integer", "minimum": 1, "maximum": HIGHEST}),
    "number": ("number of a job", {"type": "integer", "minimum": 1, "maximum": HIGHEST}),
}
_TEXT = {"type": "string"}
_HEADERS = {
    "Link": "addresses of the first, previous, next and last page (RFC 8288)",
    "ETag": "the revision, for If-Match",
    "Location": "where it is",
    "If-Match": "only if this is still its ETag; otherwise the answer is 412",
    "WWW-Authenticate": "how to show a token",
    "Retry-After": "seconds to wait",
}
_SAID = {
    400: "The address or its query cannot be read, or the body is no JSON",
    401: "No token, or one that is not in force",
    403: "The token may not do this",
    404: "There is no such thing, or it is somebody else's",
    409: "It does not go with how things are now",
    412: "Somebody else changed it in the meantime",
    413: "The body is too large",
    415: "The body is of another content type",
    422: "The body can be read, but something in it is wrong",
    429: "Too many requests",
    503: "The language model or the database does not answer",
}


_ATTRIBUTE = re.compile(r"^    (\w+(?:, \w+)*): (.+(?:\n {8}.+)*)", re.MULTILINE)
"""A line of a docstring's section on attributes, with those that go on from it."""


class _Schemas(GenerateJsonSchema):
    """JSON schemas as these records are read and written: local times without seconds or offset."""

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:  # noqa: ARG002
        return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["09:00"]}

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:  # noqa: ARG002
        pattern = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$"
        return {"type": "string", "pattern": pattern, "examples": ["2027-05-11T09:00:00"]}

    def encode_default(self, dft: Any) -> Any:
        return plan_record(super().encode_default(dft))


def document_of(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document, ready for JSON."""
    used: set[tuple[type[BaseModel], Any]] = {(Problem, "serialization")}
    for each in operations:
        used |= {(model, "validation") for model in (each.query, each.body) if model is not None}
        used |= {(model, "serialization") for model in each.gives.values() if model is not None}
    found, schemas = models_json_schema(
        sorted(used, key=lambda each: (each[0].__name__, each[1])),
        schema_generator=_Schemas,
        ref_template="#/components/schemas/{model}",
    )
    made = _Document(found, schemas["$defs"])
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = made.operation(each)
    queries = {made.name_of(each.query) for each in operations if each.query is not None}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Roundtable", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "tags": [{"name": name} for name in dict.fromkeys(each.tag for each in operations)],
        "paths": paths,
        "components": {
            "schemas": {
                name: _described(schema) for name, schema in made.schemas.items() if name not in queries
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Document:
    """The parts of the document that need the schemas.

    Attributes:
        schemas: by name.
    """

    def __init__(self, found: dict[Any, JsonSchemaValue], schemas: dict[str, Any]) -> None:
        self._found, self.schemas = found, schemas

    def name_of(self, model: type[BaseModel], mode: str = "validation") -> str:
        """The name of a record among the schemas."""
        return str(self._found[(model, mode)]["$ref"]).rpartition("/")[2]

    def operation(self, each: Operation) -> dict[str, Any]:
        """One operation."""
        made: dict[str, Any] = {"operationId": each.name, "tags": [each.tag], "summary": each.summary}
        if each.description or each.may is not None:
            made["description"] = " ".join(filter(None, (each.description, _whose(each.may))))
        if parameters := [*self._parameters(each)]:
            made["parameters"] = parameters
        if each.body is not None:
            content: dict[str, Any] = {"schema": self._found[(each.body, "validation")]}
            if each.example is not None:
                content["example"] = each.example
            made["requestBody"] = {"required": True, "content": {JSON: content}}
        elif each.media:
            kinds = {media: _file(media, each.example) for media in each.media}
            made["requestBody"] = {"required": True, "content": kinds}
        made["responses"] = {
            **{str(status): self._gives(each, status) for status in each.gives},
            **{str(status): self._problem(status) for status in each.problems},
        }
        made["security"] = [] if each.may is None else [{"token": []}]
        return made

    def _parameters(self, each: Operation) -> Iterable[dict[str, Any]]:
        for name in each.places:
            said, schema = _PLACES[name]
            yield {"name": name, "in": "path", "required": True, "description": said, "schema": schema}
        if each.query is not None:
            model = self.schemas[self.name_of(each.query)]
            for name, schema in model.get("properties", {}).items():
                plain = _without_null(schema)
                said = plain.pop("description", None)
                made = {"name": name, "in": "query", "required": name in model.get("required", ())}
                yield {**made, **({"description": said} if said else {}), "schema": plain}
        for name in each.takes:
            yield {"name": name, "in": "header", "description": _HEADERS[name], "schema": _TEXT}

    def _gives(self, each: Operation, status: int) -> dict[str, Any]:
        model = each.gives[status]
        made: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if model is not None:
            made["content"] = {JSON: {"schema": self._found[(model, "serialization")]}}
        if each.headers:
            made["headers"] = {name: _header(name) for name in each.headers}
        return made

    def _problem(self, status: int) -> dict[str, Any]:
        schema = self._found[(Problem, "serialization")]
        made: dict[str, Any] = {"description": _SAID[status], "content": {JSON: {"schema": schema}}}
        named = {401: "WWW-Authenticate", 429: "Retry-After"}.get(status)
        if named:
            made["headers"] = {named: _header(named)}
        return made


def _file(media: str, example: Any) -> dict[str, Any]:
    """A body that is a file; the example is the one in JSON lines."""
    if not media.startswith("text/") and "json" not in media:
        return {"schema": {**_TEXT, "format": "binary"}}
    return {"schema": _TEXT, **({"example": example} if "json" in media else {})}


def _header(name: str) -> dict[str, Any]:
    return {"description": _HEADERS[name], "required": True, "schema": _TEXT}


def _whose(may: frozenset[Role] | None) -> str:
    if may is None:
        return ""
    return f"Tokens of: {', '.join(role.value for role in Role if role in may)}."


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a query's value, which is left away where it would be null."""
    kept = {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    kept.pop("title", None)
    choices = [each for each in kept.pop("anyOf", ()) if each != {"type": "null"}]
    return {**(choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {}), **kept}


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with the docstring of its record as text: each attribute's words stand at its field."""
    made = {name: value for name, value in schema.items() if name not in ("description", "title")}
    text, _, attributes = inspect.cleandoc(str(schema.get("description", ""))).partition("\nAttributes:\n")
    if text.strip():
        made["description"] = _plain(text)
    said = {
        name: _plain(words) for names, words in _ATTRIBUTE.findall(attributes) for name in names.split(", ")
    }
    if "properties" in made:
        made["properties"] = {name: _field(each, said.get(name)) for name, each in made["properties"].items()}
    return made


def _field(schema: dict[str, Any], said: str | None) -> dict[str, Any]:
    made = {name: value for name, value in schema.items() if name != "title"}
    return made if said is None else {**made, "description": said}


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
