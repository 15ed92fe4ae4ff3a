"""An event in pictures: who fits whom, which wishes got a meeting, how full everybody is, what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from matcher.schedule.tradeoff import Curve, curve_of
from profiles.consultations import Attendee, Consultation
from profiles.errors import ConflictError, UnknownError
from profiles.job_store import Job, JobState, StopAsked
from profiles.model import Side
from web import access, audit, jobs, messages, phrases, times, timetable_words
from web.access import me, store
from web.organiser import showing
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.board import Board
from web.organiser.fitmaps import FitMaps, Fits
from web.organiser.showing import Shown
from web.pages.views import read_count, service
from web.phrases import gettext as _
from web.render import charts
from web.render.curve import conclusion, rows, svg
from web.render.timetable import words
from web.settings import Settings

SECONDS, LONGEST = 60, 900
"""What the curve of fairness is given at first, and at most."""


@pages.get("/events/<event_id>/pictures")
@onlooker
def pictures(event_id: str) -> str:
    """All pictures; the map of fit comes after the page where it has still to be worked out."""
    event = event_of(event_id)
    shown = showing.shown(event, event.published)
    attendees = store().attendees(event.id)
    who = request.args.get("who", "")
    if who and who not in {each.profile_id for each in attendees}:
        raise UnknownError(f"{who!r} does not take part in {event.id!r}")
    ready = "map" in request.args or bool(who) or _maps().has(service(), attendees)
    return render_template(
        "organiser/pictures/index.html",
        event=event,
        shown=shown,
        attendees=attendees,
        who=who,
        ready=ready,
        **(_map(event, attendees, who) if ready else {"fit_map": None, "people": []}),
        **_timetable(event, shown),
        outcome=charts.funnel(Board.of(event, datetime.now(UTC)).courses()),
        fairness=_fairness(event),
        words=words,
        times=times,
    )


# -- the map -----------------------------------------------------------------------------------


def _maps() -> FitMaps:
    """The maps of this application."""
    found: FitMaps = current_app.extensions.setdefault("roundtable.fitmaps", FitMaps())
    return found


def _map(event: Consultation, attendees: list[Attendee], who: str) -> dict[str, Any]:
    """The map and the people to be found on it."""
    fits = _maps().of(service(), attendees)
    if fits is None:
        return {"fit_map": None, "people": []}
    places = charts.places_of(
        fits.found,
        fits.startups,
        fits.partners,
        lambda profile: url_for("organiser.pictures", event_id=event.id, who=profile.id, _anchor="map"),
    )
    drawing = charts.fit_picture(
        places,
        explained=fits.found.explained,
        found=fits.found.found,
        highlight=who or None,
        near=fits.best(who) if who else None,
    )
    return {"fit_map": drawing, "people": _named(fits)}


def _named(fits: Fits) -> list[tuple[str, list[tuple[str, str]]]]:
    """Both sides with ids and names, for the choice of one."""
    return [
        (
            phrases.side_name(side, many=True),
            sorted(
                ((each.id, str(phrases.name(each))) for each in some), key=lambda each: each[1].casefold()
            ),
        )
        for side, some in ((Side.STARTUP, fits.startups), (Side.PARTNER, fits.partners))
    ]


# -- the timetable -----------------------------------------------------------------------------


def _timetable(event: Consultation, shown: Shown | None) -> dict[str, Any]:
    """The pictures of a timetable."""
    if shown is None:
        return {"wishes": None, "loads": [], "timeline": None}
    names = {person.id: person.name or person.id for person in shown.event.participants}

    def link(who: str) -> str:
        return url_for("organiser.timetable", event_id=event.id, person=who)

    return {
        "wishes": charts.coverage(shown.event, shown.schedule),
        "loads": [(side, charts.load(shown.event, shown.schedule, side, names, link)) for side in Side],
        "timeline": charts.timeline(shown.event, shown.schedule),
    }


# -- the curve of fairness ---------------------------------------------------------------------


def _fairness(event: Consultation) -> dict[str, Any]:
    """The curve that was worked out last, and how far another one is."""
    job = jobs.newest(store(), event.id, jobs.FAIRNESS)
    found: dict[str, Any] = {"job": None, "error": "", "curve": None, "seconds": SECONDS}
    if job is None:
        return found
    if not job.state.is_over:
        return {**found, **_running(job)}
    if job.state is JobState.FAILED:
        return {**found, "error": timetable_words.job_error(str(job.result.get("error", "")))}
    if job.state is not JobState.DONE:
        return found
    made = curve_of(job.result["curve"])
    when = times.full(
        job.finished_at or job.created_at, event.plan.event.timezone, request.cookies.get("timezone", "")
    )
    return {
        **found,
        "curve": made,
        "version": job.result["version"],
        "when": when,
        "conclusion": conclusion(made) if made.points else "",
        "rows": rows(made),
        "drawing": _drawn(made, event.name),
        "number": words.number,
    }


def _running(job: Job) -> dict[str, Any]:
    return {
        "job": job,
        "elapsed": int((datetime.now(UTC) - job.created_at).total_seconds()),
    }


def _drawn(made: Curve, title: str) -> Markup:
    # Our own template, which escapes.
    return Markup(svg(made, title, alone=False)) if made.points else Markup("")  # noqa: S704


@pages.get("/events/<event_id>/pictures/fairness")
@onlooker
def pictures_progress(event_id: str) -> str | Response:
    """How far the curve is, as a part of the page; when it is over, the whole page is loaded anew."""
    event = event_of(event_id)
    address = url_for("organiser.pictures", event_id=event.id, _anchor="fairness")
    if not request.headers.get("HX-Request"):
        return redirect(address)
    job = jobs.newest(store(), event.id, jobs.FAIRNESS)
    if job is None or job.state.is_over:
        # To the same address but for what stands behind "#", browsers would not go.
        return Response(status=200, headers={"HX-Refresh": "true"})
    return render_template("organiser/pictures/progress.html", event=event, **_running(job))


@pages.post("/events/<event_id>/pictures/fairness")
@organiser
def pictures_fairness(event_id: str) -> Response:
    """Work the curve out for the event of the timetable that is shown."""
    event = event_of(event_id)
    shown = showing.shown(event, event.published)
    address = url_for("organiser.pictures", event_id=event.id, _anchor="fairness")
    if shown is None:
        audit.skip()
        messages.refused(_("There is no timetable yet: make one first."))
        return redirect(address)
    asked = {
        "version": shown.version.number,
        "seconds": read_count(request.form.get("seconds", ""), "seconds", SECONDS, LONGEST),
    }
    settings: Settings = access.settings()
    try:
        job = jobs.start(store(), settings, event.id, jobs.FAIRNESS, asked, me().number)
    except ConflictError:
        audit.skip()
        messages.refused(_("Work for this event is being done already: wait for it, or stop it."))
    else:
        audit.note(event.name, job=job.number, version=asked["version"])
    return redirect(address)


@pages.post("/events/<event_id>/pictures/fairness/stop")
@organiser
def pictures_stop(event_id: str) -> Response:
    """End the work on the curve, with what there is."""
    event = event_of(event_id)
    job = jobs.newest(store(), event.id, jobs.FAIRNESS)
    if job is None or job.state.is_over:
        audit.skip()
    else:
        store().ask_to_stop(job.number, StopAsked.KEEP)
        audit.note(event.name, job=job.number)
    return redirect(url_for("organiser.pictures", event_id=event.id, _anchor="fairness"))
