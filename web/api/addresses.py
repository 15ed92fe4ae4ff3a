"""Ids in the path of an address, whatever characters they hold."""

from __future__ import annotations

from urllib.parse import quote

from werkzeug.routing import BaseConverter

PREFIX = "/api/v1"

LONGEST = 200
"""Characters of an id."""

HIGHEST = 2**31 - 1
"""The highest number of a version or a job."""


class Segment(BaseConverter):
    """An id as one segment. Servers hand ``%2F`` on as a slash, so one is written ``~1``, and a tilde ``~0``.

    That is the escape of RFC 6901; a tilde with another character behind it stands for itself.
    """

    def to_python(self, value: str) -> str:
        return value.replace("~1", "/").replace("~0", "~")

    def to_url(self, value: str) -> str:
        return quote(value.replace("~", "~0").replace("/", "~1"), safe="~")
