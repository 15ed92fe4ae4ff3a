"""Who asks to meet me, answered with one click, and those I asked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from profiles.model import Profile, Topic
from web.access import store
from web.pages.views import service
from web.participant.blueprint import attendee, pages
from web.participant.day import MyDay, Standing, day_tabs
from web.participant.suggestions import choosing


@dataclass(frozen=True)
class Request:
    """A meeting that one of the two asked for.

    Attributes:
        track: what the one who asks wants it to be about.
        place: of the other among all whom I could meet; 0 where the two are not to be matched.
    """

    other: Profile
    standing: Standing
    track: Topic | None
    score: float | None
    place: int


_TO_ME = (Standing.ASKS_ME, Standing.AGREED, Standing.I_DECLINED)
_BY_ME = (Standing.ASKED, Standing.AGREED, Standing.DECLINED)


@pages.get("/<event_id>/requests")
@attendee
def requests(event_id: str) -> str:
    """Requests to me, open ones first, and mine to others; those that fit better before others."""
    day = MyDay.of(event_id)
    choices = day.choices()
    ranked = service().among(day.me.profile_id, day.others())
    places = {other: (at, score) for at, (other, score) in enumerate(ranked, start=1)}
    profiles = store().get_many(list({*choices.mine, *choices.theirs} & day.others()))

    def collected(standings: tuple[Standing, ...], *, mine: bool) -> list[Request]:
        found = []
        for other_id, other in profiles.items():
            standing = choices.standing(other_id)
            if standing not in standings:
                continue
            said = (choices.mine if mine else choices.theirs).get(other_id)
            at, score = places.get(other_id, (0, None))
            found.append(Request(other, standing, said.track if said else None, score, at))
        return sorted(found, key=lambda each: (standings.index(each.standing), each.place or len(places) + 1))

    return render_template(
        "participant/requests.html",
        day=day,
        tabs=day_tabs(day.event),
        to_me=collected(_TO_ME, mine=False),
        by_me=collected(_BY_ME, mine=True),
        choices=choices,
        **choosing(),
    )
