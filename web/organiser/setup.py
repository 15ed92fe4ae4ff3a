"""An event's set-up: days, rooms, interpreters, tracks and rules, and what they come to before saving."""

from __future__ import annotations

import json
from copy import deepcopy

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.consultations import Consultation
from profiles.dayplan import DayPlan
from profiles.errors import ConflictError
from profiles.event import Schedule
from profiles.model import Topic
from web import audit, messages
from web.access import store
from web.organiser import setup_words
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.people import namer
from web.organiser.planform import (
    Draft,
    add_row,
    draft_of,
    names_of,
    read_draft,
    remove_row,
    settle,
    tidied,
)
from web.organiser.preview import Difference, Effects, day_file, differences, effects_of, shape_of
from web.phrases import gettext as _

Answer = str | Response | tuple[str, int]


@pages.get("/events/<event_id>/setup")
@onlooker
def setup(event_id: str) -> str:
    """The form as the event is stored."""
    event = event_of(event_id)
    return _page(event, draft_of(event), event.revision)


@pages.post("/events/<event_id>/setup")
@organiser
def setup_save(event_id: str) -> Answer:
    """Save, or do what another button of the form says: add or remove a row, look what would come of it."""
    event = event_of(event_id)
    draft, done = read_draft(request.form), request.form.get("do", "save")
    revision = _revision(event)
    if done.startswith(("add:", "remove:", "check")):
        audit.skip()
        focus = add_row(draft, done.removeprefix("add:")) if done.startswith("add:") else ""
        if done.startswith("remove:"):
            remove_row(draft, done.removeprefix("remove:"))
        return _page(event, draft, revision, focus=focus, checked=done == "check")
    draft = tidied(draft)
    if revision != event.revision:
        return _conflict(event, draft)
    made, wrong = settle(draft, event)
    if made is None:
        audit.skip()
        return _page(event, draft, revision, wrong), 400
    effects = _effects(event, made.plan)
    if effects.any and done != "save-all":
        audit.skip()
        return _page(event, draft, revision, effects=effects), 400
    try:
        store().save_consultation(made)
    except ConflictError:
        return _conflict(event_of(event_id), draft)
    changed = [each.name for each in differences(names_of(draft_of(event)), names_of(draft_of(made)))]
    audit.note(event.name, fields=changed)
    messages.done(_("Saved."))
    return redirect(url_for("organiser.setup", event_id=event.id))


@pages.get("/events/<event_id>/setup/day.json")
@onlooker
def setup_file(event_id: str) -> Response:
    """The day as the command reads it."""
    event = event_of(event_id)
    text = json.dumps(day_file(event), ensure_ascii=False, indent=1)
    answer = Response(f"{text}\n", mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{event.id}.json")
    return answer


@pages.get("/events/<event_id>/remove")
@organiser
def setup_remove(event_id: str) -> str:
    """What goes with an event and what stays."""
    return _remove_page(event_of(event_id))


@pages.post("/events/<event_id>/remove")
@organiser
def setup_removed(event_id: str) -> Answer:
    """Remove an event; whoever asks has ticked that it is meant."""
    event = event_of(event_id)
    if not request.form.get("sure"):
        audit.skip()
        return _remove_page(event, _("Tick the box if you want to remove the event.")), 400
    store().remove_consultation(event.id)
    audit.note(event.name)
    messages.done(_("The event “{name}” is removed.", name=event.name))
    return redirect(url_for("organiser.events"))


def _remove_page(event: Consultation, error: str = "") -> str:
    kept = store()
    return render_template(
        "organiser/remove.html",
        event=event,
        error=error,
        attendees=len(kept.attendees(event.id)),
        choices=len(kept.choices(event.id)),
        timetables=len(kept.timetables(event.id)),
    )


def _revision(event: Consultation) -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 10 else event.revision


def _conflict(stored: Consultation, draft: Draft) -> tuple[str, int]:
    """The form as it was typed, and where it differs from what another one saved; saved again, it wins."""
    audit.skip()
    found = differences(names_of(draft_of(stored)), names_of(draft))
    return _page(stored, draft, stored.revision, conflict=found), 409


def _effects(event: Consultation, plan: DayPlan) -> Effects:
    kept = store()
    return effects_of(event.plan, plan, kept.attendees(event.id), kept.choices(event.id), newest(event.id))


def newest(event_id: str) -> Schedule | None:
    """The newest timetable of an event, if there is one."""
    kept = store()
    return kept.timetable(event_id).schedule if kept.timetables(event_id) else None


def _page(
    event: Consultation,
    draft: Draft,
    revision: int,
    wrong: dict[str, str] | None = None,
    *,
    focus: str = "",
    checked: bool = False,
    effects: Effects | None = None,
    conflict: list[Difference] | None = None,
) -> str:
    """The form with a draft, and what the draft comes to where it is a day."""
    seen = tidied(deepcopy(draft))
    made, faults = settle(seen, event)
    told: list[str] = []
    if made is not None and (checked or effects):
        found = effects or _effects(event, made.plan)
        told = setup_words.effects_told(
            found, namer([*found.people, *(who for pair in found.confirmed for who in pair)])
        )
    return render_template(
        "organiser/setup.html",
        event=event,
        draft=draft,
        revision=revision,
        wrong=wrong or {},
        focus=focus,
        opened=lambda prefix: any(name.startswith(prefix) for name in (focus, *(wrong or {}))),
        shape=shape_of(made.plan, store().attendees(event.id)) if made else None,
        faults=faults,
        told=told,
        must_confirm=effects is not None,
        conflict=conflict or [],
        words=setup_words,
        topics=tuple(Topic),
    )
