"""The first page: choose a startup, or describe one."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from profiles.model import Side
from web.pages.pasted import EMPTY_FORM
from web.pages.views import read_query, service

pages = Blueprint("start", __name__)

LISTED = 12


@pages.get("/")
def index() -> str:
    """Startups to choose from, narrowed by ``q``, and an empty form."""
    store = service().store
    query = read_query(request.args.get("q", ""))
    found = store.search(query, side=Side.STARTUP, size=LISTED)
    return render_template(
        "start.html", counts=store.counts(), query=query, found=found, form=EMPTY_FORM, errors={}
    )
