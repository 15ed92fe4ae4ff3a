"""Long lists, a page at a time: numbered from 1, the same order on every page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from flask import request, url_for
from pydantic import BaseModel, Field

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


def pages_of(total: int, query: PageQuery) -> int:
    """How many pages there are, at least one."""
    return max(1, -(-total // query.per_page))


def links(total: int, query: PageQuery) -> dict[str, str]:
    """The header with the addresses of the first, previous, next and last page."""
    last = pages_of(total, query)
    wanted = {"first": 1, "prev": query.page - 1, "next": query.page + 1, "last": last}
    found = [f'<{_address(number)}>; rel="{name}"' for name, number in wanted.items() if 1 <= number <= last]
    return {"Link": ", ".join(found)}


def _address(page: int) -> str:
    asked = {**request.args.to_dict(), "page": str(page)}
    return url_for(request.endpoint or "", **(request.view_args or {}), **asked, _external=False)
