"""What tests of the pages share: asking for a page, sending a profile, and markup that must never run.

The fixtures ``service``, ``app`` and ``client`` in ``conftest.py`` go with them.
"""

from __future__ import annotations

import re

from flask.testing import FlaskClient

SCRIPT = "<script>alert('x')</script>"


def page(client: FlaskClient, address: str, status: int = 200, language: str = "en") -> str:
    """The page at ``address``, which must answer with ``status``."""
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == status, answer.text
    return answer.text


def token(client: FlaskClient) -> str:
    """What a form of this client must bring along."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page(client, "/"))
    assert found
    return found[1]


def paste(client: FlaskClient, **form: str) -> tuple[int, str]:
    """Status and page for a profile that is described in the form."""
    answer = client.post(
        "/match", data={"csrf_token": token(client), **form}, headers={"Accept-Language": "en"}
    )
    return answer.status_code, answer.text
