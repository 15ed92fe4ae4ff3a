"""How it stands with an account, for whoever looks after accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import request

from profiles.accounts import Account, Link, Purpose
from web import times
from web.phrases import N_
from web.phrases import gettext as _


class State(StrEnum):
    """Whether somebody can come in."""

    ACTIVE = "active"
    INVITED = "invited"
    LAPSED = "lapsed"
    DISABLED = "disabled"


NAMES = {
    State.ACTIVE: N_("Active"),
    State.INVITED: N_("Invited"),
    State.LAPSED: N_("No open link"),
    State.DISABLED: N_("Disabled"),
}
_TONES = {State.ACTIVE: "good", State.INVITED: "wait", State.LAPSED: "bad", State.DISABLED: "plain"}


@dataclass(frozen=True)
class Standing:
    """The state of an account as a page shows it.

    Attributes:
        tone: as ``status`` of the components takes it.
        detail: since when, or until when.
    """

    state: State
    name: str
    tone: str
    detail: str


def standing(account: Account, link: Link | None, now: datetime) -> Standing:
    """How it stands with an account whose last link is ``link``."""
    state = _state(account, link, now)
    return Standing(state, _(NAMES[state]), _TONES[state], _detail(account, link, state, now))


def _state(account: Account, link: Link | None, now: datetime) -> State:
    if account.disabled:
        return State.DISABLED
    if account.has_password or account.last_seen_at is not None:
        return State.ACTIVE
    return State.INVITED if link is not None and link.is_open(now) else State.LAPSED


def _detail(account: Account, link: Link | None, state: State, now: datetime) -> str:
    if state is State.INVITED and link is not None:
        return _("link good until {until}", until=moment(link.expires_at))
    if state is State.LAPSED:
        return _lapse(link)
    seen = _("last signed in {when}", when=moment(account.last_seen_at)) if account.last_seen_at else ""
    resets = link is not None and link.is_open(now) and link.purpose is Purpose.RESET
    return "; ".join(
        part for part in (seen, _("a link for another password is open") if resets else "") if part
    )


def _lapse(link: Link | None) -> str:
    if link is None:
        return _("no link was made yet")
    if link.revoked_at is not None:
        return _("the link was revoked")
    return _("the link expired {when}", when=moment(link.expires_at))


def zone() -> str:
    """The time zone of whoever reads, as the browser told it; UTC where it did not."""
    told = request.cookies.get("timezone", "")
    return told if times.known_zone(told) else "UTC"


def zone_note() -> str:
    """Which zone the moments of a page are in."""
    return times.zone_note(zone())


def moment(at: datetime) -> str:
    """Day and time for whoever reads."""
    return times.full(at, zone()).text
