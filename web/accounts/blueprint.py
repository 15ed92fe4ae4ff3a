"""The blueprint that all views of accounts are on."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("accounts", __name__)
