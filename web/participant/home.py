"""Where a startup's or partner's work begins: its days."""

from __future__ import annotations

from flask import render_template

from web.access import store
from web.participant.blueprint import attendee, my_profile, pages


@pages.get("")
@attendee
def home() -> str:
    """The days whoever asks takes part in, the latest first."""
    mine = my_profile()
    return render_template(
        "participant/home.html", mine=mine, events=store().consultations(profile_id=mine.id)
    )
