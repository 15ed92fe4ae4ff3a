"""The list of events, and how a new one begins."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.consultations import Consultation
from profiles.errors import InputError
from web import audit, messages
from web.access import store
from web.organiser import newevent, progress, setup_words
from web.organiser.blueprint import onlooker, organiser, pages
from web.phrases import gettext as _

Answer = str | Response | tuple[str, int]


@pages.get("/events")
@onlooker
def events() -> str:
    """All events, the latest first, with how far each has come."""
    now, kept = datetime.now(UTC), store()
    found = [progress.progress_of(kept, event, now) for event in kept.consultations()]
    return render_template("organiser/events.html", events=found, progress=progress)


@pages.get("/events/new")
@organiser
def events_new() -> str:
    """The short form."""
    return _page(newevent.first_draft(datetime.now(UTC).date()))


@pages.post("/events/new")
@organiser
def events_add() -> Answer:
    """Keep a new event; its set-up is next."""
    draft, known = newevent.read_new(request.form), _known()
    made, wrong = newevent.made_new(draft, known, known.get(draft["copy_of"]))
    if made is None:
        audit.skip()
        return _page(draft, wrong), 400
    added = store().add_consultation(made)
    if draft["copy_of"] and request.form.get("people"):
        people = store().attendees(draft["copy_of"])
        store().add_attendees(added.id, ((each.profile_id, each.side) for each in people))
    return _added(added, copied=draft["copy_of"])


@pages.post("/events/upload")
@organiser
def events_upload() -> Answer:
    """Keep the event of a DAY.json file."""
    file = request.files.get("file")
    if file is None or not file.filename:
        audit.skip()
        return _page(newevent.first_draft(datetime.now(UTC).date()), faults=[_("Choose a file.")]), 400
    try:
        made = newevent.read_day(file.stream.read(), _known())
    except InputError as error:
        audit.skip()
        draft = newevent.first_draft(datetime.now(UTC).date())
        return _page(draft, faults=error.reason.splitlines()), 400
    return _added(store().add_consultation(made), file=file.filename)


def _added(event: Consultation, **detail: str) -> Response:
    audit.note(event.name, event_id=event.id, **{name: value for name, value in detail.items() if value})
    messages.done(
        _("The event “{name}” is there. Check its set-up, then choose who takes part.", name=event.name)
    )
    return redirect(url_for("organiser.setup", event_id=event.id))


def _known() -> dict[str, Consultation]:
    return {event.id: event for event in store().consultations()}


def _page(draft: dict[str, str], wrong: dict[str, str] | None = None, faults: list[str] | None = None) -> str:
    return render_template(
        "organiser/new.html",
        draft=draft,
        wrong=wrong or {},
        faults=faults or [],
        copies=[(event.id, event.name) for event in store().consultations()],
        words=setup_words,
        with_people=bool(request.form.get("people")),
    )
