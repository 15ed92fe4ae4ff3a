"""What came of each meeting, noted by whoever was there, from its beginning on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.consultations import Came, Note
from web import audit, messages, times
from web.access import store
from web.noting import FIELDS, as_form, read_note
from web.participant.blueprint import attendee, pages
from web.participant.day import MyDay, day_tabs, reader_zone
from web.participant.timetable import own_timetable, starts_at
from web.phrases import N_
from web.phrases import gettext as _
from web.render.timetable import words
from web.render.timetable.revisions import uid
from web.render.timetable.rows import Entry
from web.times import Moment

_CAME = {
    Came.NOTHING: N_("Nothing further"),
    Came.FOLLOW_UP: N_("We go on talking"),
    Came.AGREEMENT: N_("An agreement"),
}


def came_name(result: Came) -> str:
    """What came of a meeting, in words."""
    return _(_CAME[result])


@dataclass(frozen=True)
class Noted:
    """A meeting with what is noted of it.

    Attributes:
        has_begun: whether something can be noted.
        form: the note as a form shows it, or as it was typed.
    """

    entry: Entry
    when: Moment
    has_begun: bool
    note: Note | None
    form: Mapping[str, str]
    errors: Mapping[str, str]


@pages.get("/<event_id>/notes")
@attendee
def notes(event_id: str) -> str:
    """All my meetings, each with its note."""
    return _page(MyDay.of(event_id))


@pages.post("/<event_id>/notes")
@attendee
def notes_save(event_id: str) -> Response | tuple[str, int]:
    """Keep the note on one meeting."""
    day = MyDay.of(event_id)
    other_id = request.form.get("other", "")
    entry = next((each for each in _entries(day) if each.other(day.me.profile_id).id == other_id), None)
    if entry is None:
        abort(404)
    form = {name: request.form.get(name, "") for name in FIELDS}
    anchor = f"{url_for('participant.notes', event_id=day.id)}#{_anchor(entry, day)}"
    if not _has_begun(entry, day):
        audit.skip()
        messages.refused(_("This meeting has not begun yet."))
        return redirect(anchor)
    note, errors = read_note(form, event_id=day.id, key=entry.key, by=day.by)
    if note is None:
        audit.skip()
        return _page(day, {other_id: (form, errors)}), 400
    store().keep_note(note, entry.slot.start.date())
    audit.note(other_id, held=note.held, result=note.result.value if note.result else None)
    messages.done(_("Your note is saved."))
    return redirect(anchor)


def to_note(day: MyDay) -> int:
    """How many of my meetings have begun and have no note of mine."""
    noted = {note.key for note in store().notes(day.id, profile_id=day.me.profile_id, by=day.by)}
    return sum(_has_begun(entry, day) and entry.key not in noted for entry in _entries(day))


def _page(day: MyDay, typed: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] | None = None) -> str:
    typed = typed or {}
    kept = {note.key: note for note in store().notes(day.id, profile_id=day.me.profile_id, by=day.by)}
    shown = []
    for entry in _entries(day):
        note = kept.get(entry.key)
        form, errors = typed.get(entry.other(day.me.profile_id).id, (as_form(note), {}))
        when = times.full(entry.slot.start, day.zone, reader_zone())
        shown.append(Noted(entry, when, _has_begun(entry, day), note, form, errors))
    return render_template(
        "participant/notes.html",
        day=day,
        tabs=day_tabs(day.event),
        noted=shown,
        anchor=lambda entry: _anchor(entry, day),
        came=[(came.value, came_name(came)) for came in Came],
        words=words,
    )


def _entries(day: MyDay) -> tuple[Entry, ...]:
    mine = own_timetable(store(), day.event, day.me.profile_id)
    return mine.of_person(day.me.profile_id) if mine is not None else ()


def _has_begun(entry: Entry, day: MyDay) -> bool:
    begins: datetime = starts_at(entry, day.zone)
    return begins <= day.now


def _anchor(entry: Entry, day: MyDay) -> str:
    """A meeting's place on the page: ids of people may hold anything."""
    return f"note-{uid(day.id, *entry.key)}"
