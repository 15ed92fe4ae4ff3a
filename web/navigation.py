"""The first row of every page: where each role can go from anywhere."""

from __future__ import annotations

from flask import request, url_for

from profiles.accounts import Role
from web import access
from web.phrases import gettext as _

Item = tuple[bool, str, str]
"""Whether it is where the reader is, the address, the text."""


def navigation() -> list[Item]:
    """What whoever asks can go to."""
    account = access.visitor()
    if account is None:
        return []
    if account.side is not None:
        places = [("participant.home", _("My days")), ("participant.profile", _("My profile"))]
    else:
        places = [
            ("organiser.events", _("Events")),
            ("start.index", _("Match")),
            ("directory.index", _("Directory")),
        ]
        if account.role is Role.ORGANISER:
            places += [
                ("organiser.uploads", _("Import")),
                ("accounts.people", _("People")),
                ("accounts.trail", _("Changes")),
            ]
    here = request.endpoint or ""
    return [
        (here == endpoint or here.startswith(f"{endpoint}_"), url_for(endpoint), text)
        for endpoint, text in places
    ]
