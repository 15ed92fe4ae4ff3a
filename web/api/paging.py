"""Long lists, a page at a time: numbered from 1, the same order on every page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from flask import request, url_for
from pydantic import BaseModel, Field

from web.api.operations import Reply
from web.api.values import Query

Item = TypeVar("Item", bound=BaseModel)


class PageQuery(Query):
    """Which page of a list."""

    page: Annotated[int, Field(ge=1, le=1_000_000, description="from 1")] = 1
    per_page: Annotated[int, Field(ge=1, le=200, description="entries of a page")] = 50


class Listed(BaseModel, Generic[Item]):
    """One page of a list. The header `Link` has the addresses of the pages around it (RFC 8288).

    Attributes:
        total: entries on all pages.
    """

    items: tuple[Item, ...]
    total: int
    page: int
    per_page: int
    pages: int


def cut(found: Sequence[Item], query: PageQuery) -> tuple[Item, ...]:
    """The entries of the page that is asked for; beyond the last there are none."""
    first = (query.page - 1) * query.per_page
    return tuple(found[first : first + query.per_page])


def listed(kind: type[Listed[Item]], items: Sequence[Item], total: int, query: PageQuery) -> Reply:
    """The answer with one page of a list and, in its header, the pages around it.

    Args:
        kind: of list.
        items: of this page.
        total: entries on all pages.
    """
    pages = max(1, -(-total // query.per_page))
    page = kind(items=tuple(items), total=total, page=query.page, per_page=query.per_page, pages=pages)
    return Reply(page, headers=_links(pages, query))


def _links(last: int, query: PageQuery) -> dict[str, str]:
    """The addresses of the first, previous, next and last page."""
    wanted = {"first": 1, "prev": query.page - 1, "next": query.page + 1, "last": last}
    found = [f'<{_address(number)}>; rel="{name}"' for name, number in wanted.items() if 1 <= number <= last]
    return {"Link": ", ".join(found)}


def _address(page: int) -> str:
    asked = {**request.args.to_dict(), "page": str(page)}
    return url_for(request.endpoint or "", **(request.view_args or {}), **asked, _external=False)
