"""The versions of a timetable: listed, compared, brought back. None is ever lost."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matcher.schedule.changes import Changes, differences
from profiles.errors import ConflictError, UnknownError
from profiles.timetable_store import Timetable
from web import audit, messages, timetable_words
from web.access import store
from web.organiser import showing
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.editing import say_undoable
from web.organiser.timetable import frame, read_version, shown_or_404
from web.pages.views import read_count
from web.phrases import gettext as _

SHOWN = 50
"""Versions on a page."""


@pages.get("/events/<event_id>/versions")
@onlooker
def timetable_versions(event_id: str) -> str:
    """All versions, the newest first, with what each says of itself."""
    event = event_of(event_id)
    versions = store().timetables(event.id)
    pages_ = max(1, -(-len(versions) // SHOWN))
    page = min(read_count(request.args.get("page", ""), "page", 1, 10**6), pages_)
    return render_template(
        "organiser/timetable/versions.html",
        **frame(event, showing.shown(event)),
        versions=versions[(page - 1) * SHOWN : page * SHOWN],
        page=page,
        pages=pages_,
        zone=event.plan.event.timezone,
        reader=request.cookies.get("timezone", ""),
    )


@pages.get("/events/<event_id>/versions/compare")
@onlooker
def timetable_compare(event_id: str) -> str:
    """What differs between two versions: meeting by meeting, and by person."""
    event = event_of(event_id)
    shown = shown_or_404(event)
    numbers = [each.number for each in store().timetables(event.id)]
    new = read_version(request.args.get("new", "")) or numbers[0]
    old = read_version(request.args.get("old", "")) or next((each for each in numbers if each < new), new)
    for number in (old, new):
        if number not in numbers:
            raise UnknownError(f"no version {number} of the event {event.id!r}")
    one, other = store().timetable(event.id, old), store().timetable(event.id, new)
    changes, people = compared(one, other)
    return render_template(
        "organiser/timetable/compare.html",
        **frame(event, shown),
        one=one,
        other=other,
        numbers=numbers,
        changes=changes,
        told=people,
        stages=_stages(one, other),
    )


def compared(one: Timetable, other: Timetable) -> tuple[Changes, list[timetable_words.Told]]:
    """What changes from one version to another, and what each person would be told."""
    events = [one.event, other.event]
    profiles = store().get_many(list({person.id for event in events for person in event.participants}))
    changes = differences(one.event, one.schedule, other.event, other.schedule)
    before, after = (timetable_words.named(event, profiles) for event in events)
    return changes, timetable_words.told(changes, before, after)


def _stages(one: Timetable, other: Timetable) -> list[tuple[str, float | None, float | None]]:
    """The stages of both, with what each comes to."""
    values = [{stage.name: stage.value for stage in each.schedule.stages} for each in (one, other)]
    return [(name, values[0].get(name), values[1].get(name)) for name in {**values[0], **values[1]}]


@pages.post("/events/<event_id>/versions/restore")
@organiser
def timetable_restore(event_id: str) -> Response:
    """Bring a version back as the newest; those in between stay, so that this too can be undone."""
    event = event_of(event_id)
    number = read_version(request.form.get("version", ""))
    after = read_version(request.form.get("after", ""))
    if number is None or number not in {each.number for each in store().timetables(event.id)}:
        raise UnknownError(f"no version {number} of the event {event.id!r}")
    old = store().timetable(event.id, number)
    try:
        version = store().keep_edited(old.event, old.schedule, f"version {number} restored", after=after or 0)
    except ConflictError:
        audit.skip()
        messages.refused(
            _("Somebody else changed this timetable in the meantime: look at it, then try again.")
        )
    else:
        audit.note(event.name, version=number, now=version.number)
        text = _("The timetable is again as in version {number}.", number=number)
        say_undoable(event, text, before=after or 0, now=version.number)
    return redirect(url_for("organiser.timetable", event_id=event.id))
