"""How the ranking works: the points of the parts, where they come from, and how well they do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel.dates import format_date
from flask import Blueprint, render_template, request

from matcher.weights import SHIPPED
from web.access import may
from web.pages.views import read_track, service
from web.phrases import gettext as _
from web.phrases import language
from web.reliability import curve

pages = Blueprint("method", __name__)


@pages.get("/ranking")
@may()
def index() -> str:
    """The weights in use, of all topics or one, with what was measured where something was learned."""
    track = read_track(request.args.get("track", ""))
    in_use = service().model_card()
    card = in_use or next(iter(service().store.models()), None)
    calibration = card and card["calibration"]
    weights = service().weights()
    return render_template(
        "method.html",
        card=card,
        day=_day(card),
        track=track,
        learned=weights != SHIPPED,
        weights=weights.for_track(track),
        shipped=SHIPPED.for_track(track),
        validations=_validations(card),
        calibration=calibration,
        calibrated=bool(in_use and calibration and calibration["used"]),
        curve=curve(calibration["reliability"]) if calibration else None,
    )


def _validations(card: dict[str, Any] | None) -> list[tuple[str, dict[str, Any]]]:
    """What was measured, by what it was learned from."""
    titles = {
        "cross_validation": _("Learned from the partners' past engagements"),
        "outcome_validation": _("Learned from what came of matches"),
    }
    return [(title, card[name]) for name, title in titles.items() if card and card.get(name)]


def _day(card: dict[str, Any] | None) -> str:
    if not card or not card["created_at"]:
        return ""
    return format_date(datetime.fromisoformat(card["created_at"]), "long", locale=language())
