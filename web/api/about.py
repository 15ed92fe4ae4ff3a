"""The document, and whom a token acts for."""

from __future__ import annotations

from typing import Any

from flask import current_app
from pydantic import BaseModel

from profiles.accounts import Role
from web.access import me
from web.api.blueprint import EVERYBODY, token
from web.api.operations import Reply, operation


class Document(BaseModel):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


class Me(BaseModel):
    """Whom a token acts for."""

    name: str
    role: Role
    profile_id: str | None
    token: str
    can_write: bool


@operation("GET", "/openapi.json", tag="About", may=None, gives={200: Document})
def get_document() -> Reply:
    """This document. It needs no token."""
    return Reply(current_app.extensions["roundtable.openapi"])


@operation("GET", "/me", tag="About", may=EVERYBODY, gives={200: Me})
def get_me() -> Reply:
    """The account a token acts for."""
    account, used = me(), token()
    return Reply(
        Me(
            name=account.name,
            role=account.role,
            profile_id=account.profile_id,
            token=used.name,
            can_write=used.can_write,
        )
    )
