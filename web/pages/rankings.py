"""An organisation with those it should meet, and one pair in full."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from profiles.accounts import Role
from profiles.errors import InputError
from profiles.model import Kind, Profile, Side
from web.access import may
from web.pages.views import (
    FIRST,
    STEPS,
    profile_url,
    read_count,
    read_dial,
    read_kind,
    read_switch,
    read_track,
    service,
    stored,
)
from web.phrases import gettext as _

pages = Blueprint("rankings", __name__)


@pages.get("/startups/<id:profile_id>")
@may(Role.ORGANISER, Role.READER)
def startup(profile_id: str) -> str | Response:
    """A startup and its partners, of all kinds or one."""
    profile = stored(profile_id)
    if profile.side is not Side.STARTUP:
        return redirect(profile_url(profile))
    kind = read_kind(request.args.get("kind", ""))
    if kind is Kind.STARTUP:
        raise InputError(_("startups are matched with partners: choose a kind of partner"), field="kind")
    diversity = read_dial(request.args.get("diversity", ""))
    spread = read_switch(request.args.get("spread", ""), "spread")
    return _ranking(profile, kind=kind, diversity=diversity, spread=spread)


@pages.get("/partners/<id:profile_id>")
@may(Role.ORGANISER, Role.READER)
def partner(profile_id: str) -> str | Response:
    """A partner and its startups."""
    profile = stored(profile_id)
    if profile.side is not Side.PARTNER:
        return redirect(profile_url(profile))
    return _ranking(profile)


def _ranking(
    profile: Profile, *, kind: Kind | None = None, diversity: float = 0.0, spread: bool = False
) -> str:
    top = read_count(request.args.get("top", ""), "top", FIRST, STEPS[-1])
    track = read_track(request.args.get("track", ""))
    found = service().match(profile.id, top=top, kind=kind, track=track, diversity=diversity, spread=spread)
    return render_template(
        "ranking.html",
        profile=profile,
        found=found,
        counts=service().store.counts(),
        diversity=diversity,
        spread=spread,
    )


@pages.get("/pairs")
@may(Role.ORGANISER, Role.READER)
def pair() -> str:
    """Why a startup and a partner fit, or do not: statements, parts, and what would change the score."""
    ids = [request.args.get(side.value, "") for side in Side]
    if not all(ids):
        raise InputError(_("name a startup and a partner: /pairs?startup=ID&partner=ID"))
    startup, partner = (stored(profile_id) for profile_id in ids)
    if startup.side is not Side.STARTUP or partner.side is not Side.PARTNER:
        raise InputError(_("a pair is one startup and one partner, in this order"))
    track = read_track(request.args.get("track", ""))
    found = service().why_not(startup.id, partner.id, track)
    return render_template("pair.html", found=found, match=found.match)
