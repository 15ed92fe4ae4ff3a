"""The API does what its document says: schemathesis asks every operation, with good and with bad requests."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
import schemathesis
from api_helpers import PLAN, Program, program
from flask import Flask
from schemathesis import Case
from web_helpers import PROFILES

from matcher.service import Service
from profiles.consultations import Consultation
from profiles.dayplan import DayPlan
from profiles.errors import UnknownError
from profiles.store import Store
from web import create_app
from web.api import MODULES
from web.api.document import document_of
from web.api.imports import MEDIA
from web.api.operations import OPERATIONS
from web.settings import Settings

CONFIG: dict[str, Any] = {
    # Texts with NUL are no text for a database; that they are refused is tested by itself.
    "generation": {"max-examples": 6, "allow-x00": False, "deterministic": True, "database": "none"},
    "suppress-health-check": ["all"],
    "phases": {"coverage": {"generate-duplicate-query-parameters": True}},
    # Rules between fields (an end after its start) cannot be said in a schema: they are answered with 422.
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "401", "403", "404", "409", "412", "422", "503"]
        },
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422"]
        },
    },
    "operations": [
        # Not every parameter goes with every other.
        {
            "include-operation-id": "list_matches",
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404", "503"]}
            },
        },
        # A file is any text at all: none is against the schema.
        {
            "include-operation-id": "import_profiles",
            "checks": {"negative_data_rejection": {"enabled": False}},
        },
    ],
    "dictionaries": {
        "events": {"values": ["boston"]},
        "profiles": {"values": ["vaxo", "brainy", "pharmo", "clinic"]},
        "startups": {"values": ["vaxo", "brainy"]},
        "partners": {"values": ["pharmo", "clinic"]},
    },
    "parameters": {
        "path.event_id": {"dictionary": "events", "probability": 0.8},
        "path.profile_id": {"dictionary": "profiles", "probability": 0.7},
        "path.startup": {"dictionary": "startups", "probability": 0.9},
        "path.partner": {"dictionary": "partners", "probability": 0.9},
        "query.startup": {"dictionary": "startups", "probability": 0.9},
        "query.partner": {"dictionary": "partners", "probability": 0.9},
    },
}


@pytest.fixture(scope="module")
def asked(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("api"), secret_key="k" * 40), service)
    app.config["API_RATE"] = "1000000 per minute"
    schema.app.app = app
    Token.secret = program(app).token or ""
    return app


for name in MODULES:
    import_module(f"web.api.{name}")


@schemathesis.serializer(*MEDIA)
def as_file(_context: Any, value: Any) -> bytes:
    """A file to import as it is sent."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


class Token:
    """The organiser's token, which is there only once the tests run."""

    secret = ""

    def get(self, _case: Case[Any], _context: Any) -> str:
        return self.secret

    def set(self, case: Case[Any], data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


class Late:
    """The application under test, which is there only once the tests run."""

    app: Flask

    def __call__(self, environ: Any, start: Any) -> Any:
        return self.app(environ, start)


schema = schemathesis.openapi.from_dict(document_of(OPERATIONS), config=schemathesis.Config.from_dict(CONFIG))
schema.app = Late()
schema.auth(refresh_interval=None)(Token)


def test_the_document_is_served(asked: Flask) -> None:
    served = Program(asked, None).get("/openapi.json")
    assert served == schema.raw_schema


@schema.parametrize()
def test_every_operation_keeps_its_word(case: Case[Any], asked: Flask, service: Service) -> None:
    seed(service.store)
    case.call_and_validate()


def seed(store: Store) -> None:
    """Bring back what another request has removed."""
    try:
        store.consultation("boston")
    except UnknownError:
        store.add_consultation(Consultation(plan=DayPlan.model_validate(PLAN)))
        store.add_attendees("boston", ((each.id, each.side) for each in PROFILES[:6]))
