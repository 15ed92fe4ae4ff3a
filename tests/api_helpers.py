"""What tests of the API share: tokens, requests as programs send them, a small day that can be scheduled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from profiles.accounts import Role
from profiles.store import Store

PREFIX = "/api/v1"

PLAN: dict[str, Any] = {
    "event": {"id": "boston", "name": "Boston", "timezone": "America/New_York"},
    "days": [{"date": "2027-05-11", "start": "09:00", "end": "11:00", "slot_minutes": 20}],
    "rooms": [{"name": "Harbour", "tables": 2}],
    "defaults": {"startup": {"languages": ["en"]}, "partner": {"languages": ["en"]}},
}


@dataclass(frozen=True)
class Program:
    """A program with a token; None: without one."""

    app: Flask
    token: str | None

    def ask(self, method: str, address: str, **sent: Any) -> TestResponse:
        """Send a request to an address below the API's."""
        headers = {**sent.pop("headers", {})}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.app.test_client().open(f"{PREFIX}{address}", method=method, headers=headers, **sent)

    def sent(self, method: str, address: str, **sent: Any) -> Any:
        """What a request is answered with, whatever its status."""
        return self.ask(method, address, **sent).json

    def get(self, address: str, status: int = 200, **sent: Any) -> Any:
        """What stands at an address, which must answer with ``status``."""
        return self._json("GET", address, status, sent)

    def post(self, address: str, json: Any, status: int = 200, **sent: Any) -> Any:
        """The answer to what is sent."""
        return self._json("POST", address, status, {"json": json, **sent})

    def put(self, address: str, json: Any, status: int = 200, **sent: Any) -> Any:
        """The answer to what is put in place."""
        return self._json("PUT", address, status, {"json": json, **sent})

    def delete(self, address: str, status: int = 204, **sent: Any) -> Any:
        """The answer to a removal."""
        return self._json("DELETE", address, status, sent)

    def _json(self, method: str, address: str, status: int, sent: dict[str, Any]) -> Any:
        answer = self.ask(method, address, **sent)
        assert answer.status_code == status, answer.text
        return answer.json if answer.data else None


def program(
    app: Flask, role: Role = Role.ORGANISER, profile_id: str | None = None, *, can_write: bool = True
) -> Program:
    """A program with a token of this role; an account is made where there is none."""
    store: Store = app.extensions["roundtable"].store
    known = [each for each in store.accounts(profile_id=profile_id) if each.role is role]
    account = known[0] if known else store.add_account(role, role.value, profile_id=profile_id)
    secret, _token = store.make_token(account.number, "test", can_write=can_write)
    return Program(app, secret)


def body(answer: TestResponse) -> Any:
    """What an answer holds."""
    assert answer.json is not None, answer.text
    return answer.json


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem of an answer, which must have this status and the shape that all problems have."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    assert answer.json is not None
    error: dict[str, Any] = answer.json["error"]
    assert set(error) == {"code", "message", "field", "row"}
    assert error["message"]
    return error
