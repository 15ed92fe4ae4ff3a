"""The button that makes a timetable: the search in the background, how far it is, and its end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.consultations import Consultation
from profiles.errors import ConflictError, InputError
from profiles.event import Event, State
from profiles.job_store import StopAsked
from web import access, audit, consulting, jobs, messages, timetable_words
from web.access import me, store
from web.organiser import searches
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.timetable import overview
from web.pages.views import service
from web.phrases import gettext as _
from web.settings import Settings

LONGEST = 3600
"""Seconds a search may be given."""

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Options:
    """How a timetable is to be made.

    Attributes:
        seconds: by then the search ends.
        seed: of its decisions.
        fair: whether the startup that is worst off comes before the sum of all.
        keep: whether the present timetable is kept as far as possible.
        from_now: whether what has begun by now stays as it is; only with ``keep``.
    """

    seconds: int
    seed: int
    fair: bool
    keep: bool
    from_now: bool


@pages.post("/events/<event_id>/timetable/start")
@organiser
def timetable_start(event_id: str) -> Answer:
    """Start the search, unless one runs."""
    event = event_of(event_id)
    try:
        options = read_options(request.form)
        asked = ask(event, options)
    except InputError as error:
        audit.skip()
        errors = {error.field if error.field in ("seconds", "seed") else "event": error.reason}
        return overview(event, request.form.to_dict(), errors), 400
    try:
        settings: Settings = access.settings()
        job = jobs.start(store(), settings, event.id, jobs.SCHEDULE, asked, me().number)
    except ConflictError:
        audit.skip()
        messages.refused(_("Work for this event is being done already: wait for it, or stop it."))
    else:
        audit.note(event.name, job=job.number, seconds=options.seconds, keep=asked["keep"])
    return redirect(url_for("organiser.timetable", event_id=event.id))


@pages.get("/events/<event_id>/timetable/progress")
@onlooker
def timetable_progress(event_id: str) -> Answer:
    """How far the search is, as a part of the page; when it is over, the whole page is loaded anew."""
    event = event_of(event_id)
    job = jobs.newest(store(), event.id, jobs.SCHEDULE)
    address = url_for("organiser.timetable", event_id=event.id)
    if not request.headers.get("HX-Request"):
        return redirect(address)
    if job is None or job.state.is_over:
        return Response(status=200, headers={"HX-Redirect": address})
    return render_template(
        "organiser/timetable/progress.html",
        event=event,
        timetable_words=timetable_words,
        **searches.running(job),
    )


@pages.post("/events/<event_id>/timetable/stop")
@organiser
def timetable_stop(event_id: str) -> Response:
    """End the search early, with the best it has or with nothing."""
    event = event_of(event_id)
    how = StopAsked.KEEP if request.form.get("how") == "keep" else StopAsked.DISCARD
    job = jobs.newest(store(), event.id, jobs.SCHEDULE)
    # A page that was open for long must not stop another search than the one it shows.
    if job is None or job.state.is_over or str(job.number) != request.form.get("job"):
        audit.skip()
        messages.refused(_("This search is over already."))
    else:
        store().ask_to_stop(job.number, how)
        audit.note(event.name, job=job.number, how=how.value)
    return redirect(url_for("organiser.timetable", event_id=event.id))


def read_options(form: Mapping[str, str]) -> Options:
    """The options as the form gives them.

    Raises:
        InputError: a number is none, or too small or large.
    """
    keep = form.get("keep") == "1"
    return Options(
        seconds=_read_whole(form.get("seconds", ""), "seconds", 1, LONGEST),
        seed=_read_whole(form.get("seed", "") or "0", "seed", 0, 2**31 - 1),
        fair=form.get("fair") == "1",
        keep=keep,
        from_now=keep and form.get("from_now") == "1",
    )


def ask(event: Consultation, options: Options) -> dict[str, Any]:
    """What the search is asked, with the event as it stands now.

    Raises:
        InputError: nobody takes part, or no pair could meet.
    """
    now: Event = consulting.built(service(), event.id).event
    if all(pair.state is State.DECLINED for pair in now.pairs):
        raise InputError(_("nobody has anybody to meet: add attendees or wishes first"))
    newest = next(iter(store().timetables(event.id)), None)
    keep = newest.number if newest is not None and options.keep else None
    moment = datetime.now(ZoneInfo(now.event.timezone)).replace(tzinfo=None, microsecond=0)
    return {
        "event": now.model_dump(mode="json"),
        "seconds": options.seconds,
        "seed": options.seed,
        "fair": options.fair,
        "keep": keep,
        "now": moment.isoformat() if keep is not None and options.from_now else None,
        "note": "scheduled" if keep is None else f"scheduled, keeping version {keep}",
    }


def _read_whole(text: str, field: str, least: int, most: int) -> int:
    digits = text.strip()
    if not re.fullmatch("[0-9]{1,12}", digits) or not least <= int(digits) <= most:
        raise InputError(_("give a whole number from {least} to {most}", least=least, most=most), field=field)
    return int(digits)
