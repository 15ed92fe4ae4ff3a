"""What tests of the pages share: a few profiles, asking for a page, sending one, markup that must never run.

The fixtures ``service``, ``app`` and ``client`` in ``conftest.py`` go with them.
"""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from profiles.accounts import Purpose, Role
from profiles.model import Kind, Profile

SCRIPT = "<script>alert('x')</script>"
ODD_ID = "한 글/x?y#z&w"


def startup(name: str, about: str, **more: object) -> Profile:
    return Profile.model_validate(
        {"id": name.lower(), "side": "startup", "kind": "startup", "name": name, "about": about, **more}
    )


def partner(name: str, kind: Kind, about: str, **more: object) -> Profile:
    return Profile.model_validate(
        {"id": name.lower(), "side": "partner", "kind": kind, "name": name, "about": about, **more}
    )


PROFILES = [
    startup(
        "Vaxo",
        "접합백신을 개발하는 기업입니다.",
        name_ko="백소",
        seeks=["CRM197 운반 단백질을 공급받을 백신 제조사"],
        offers=["CRM197 carrier protein at scale"],
        markets=["US"],
        languages=["ko", "en"],
        topics=["supply"],
    ),
    startup("Brainy", "Software that reads stroke scans.", seeks=["A hospital for a clinical trial"]),
    startup("Evil", SCRIPT, id=ODD_ID, seeks=[f"{SCRIPT} wanted"], website="javascript:alert(1)"),
    partner(
        "Pharmo",
        Kind.PHARMA,
        "Makes conjugate vaccines on several continents.",
        seeks=["CRM197 carrier protein"],
        offers=["Joint development of vaccines"],
        country="US",
        city="Boston",
        languages=["en"],
        topics=["supply"],
        past_deals=12,
        website="https://www.pharmo.example/",
        contact_email="hello@pharmo.example",
    ),
    partner(
        "Clinic", Kind.HOSPITAL, "A teaching hospital with a stroke unit.", country="DE", languages=["de"]
    ),
    partner("Lawyers", Kind.LAW_FIRM, "Patents in life sciences.", offers=[f"Patents {SCRIPT}"]),
    *(partner(f"Fund {number:02}", Kind.INVESTOR, f"Fund number {number}.") for number in range(30)),
]


def signed_in(app: Flask, role: Role = Role.ORGANISER, profile_id: str | None = None) -> FlaskClient:
    """A browser without scripts, of somebody with this role; an account is made where there is none."""
    client = app.test_client()
    answer = client.get(f"/link/{entry(app, role, profile_id)}")
    assert answer.status_code == 302
    return client


def entry(app: Flask, role: Role = Role.ORGANISER, profile_id: str | None = None) -> str:
    """The secret of a link that signs somebody with this role in once."""
    store = app.extensions["roundtable"].store
    known = [each for each in store.accounts(profile_id=profile_id) if each.role is role]
    name = f"{role.value} {profile_id or ''}".strip()
    email = f"{re.sub('[^a-z0-9]+', '-', name.lower())}@example.org"
    account = known[0] if known else store.add_account(role, name, email=email, profile_id=profile_id)
    secret: str
    secret, _link = store.make_link(account.number, Purpose.ENTER, timedelta(hours=1))
    return secret


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
