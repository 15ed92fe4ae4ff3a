"""What the roles of accounts are called, and what each may do."""

from __future__ import annotations

from profiles.accounts import Role
from profiles.errors import InputError
from web.phrases import N_
from web.phrases import gettext as _

ROLES = (Role.ORGANISER, Role.READER, Role.STARTUP, Role.PARTNER)
"""In the order of lists."""

_NAMES = {
    Role.ORGANISER: (N_("Organiser"), N_("prepares and runs the days; sees and changes everything")),
    Role.READER: (N_("Reader"), N_("sees directory, matches and days; changes nothing")),
    Role.STARTUP: (N_("Startup"), N_("speaks for one startup; sees what is its own")),
    Role.PARTNER: (N_("Partner"), N_("speaks for one partner; sees what is its own")),
}


def role_name(role: Role) -> str:
    """A role in the language in use."""
    return _(_NAMES[role][0])


def role_hint(role: Role) -> str:
    """What an account of the role may do."""
    return _(_NAMES[role][1])


def read_role(value: str) -> Role | None:
    """A role as written in a query; empty for all.

    Raises:
        InputError: there is none of this name.
    """
    if not value:
        return None
    try:
        return Role(value)
    except ValueError as cause:
        raise InputError(_("there is no role “{value}”", value=value), field="role") from cause
