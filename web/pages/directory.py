"""Everyone in the directory, searchable."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from profiles.accounts import Role
from web.access import may
from web.pages.views import read_count, read_kind, read_query, read_side, service

pages = Blueprint("directory", __name__)

PAGE_SIZE = 25


@pages.get("/directory")
@may(Role.ORGANISER, Role.READER)
def index() -> str:
    """A page of organisations that hold every word of ``q``, by side and kind."""
    query = read_query(request.args.get("q", ""))
    side, kind = read_side(request.args.get("side", "")), read_kind(request.args.get("kind", ""))
    number = read_count(request.args.get("page", ""), "page", 1, 10**6)
    store = service().store
    found = store.search(query, side=side, kind=kind, page=number, size=PAGE_SIZE)
    return render_template(
        "directory.html", found=found, query=query, side=side, kind=kind, counts=store.counts()
    )
