"""The first page: choose a startup, or describe one."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.model import Side
from web.access import may, me
from web.pages.pasted import EMPTY_FORM
from web.pages.views import read_query, service

pages = Blueprint("start", __name__)

LISTED = 12


@pages.get("/")
@may()
def index() -> str | Response:
    """Startups to choose from, narrowed by ``q``, and an empty form; attendees go to their days."""
    if me().side is not None:
        return redirect(url_for("participant.home"))
    store = service().store
    query = read_query(request.args.get("q", ""))
    found = store.search(query, side=Side.STARTUP, size=LISTED)
    return render_template(
        "start.html", counts=store.counts(), query=query, found=found, form=EMPTY_FORM, errors={}
    )
