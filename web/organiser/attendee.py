"""One attendee of an event: rules of its own, when it is there, what it wishes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.consultations import Attendee, By, Choice, Consultation
from profiles.dayplan import slots_of
from profiles.errors import InputError
from profiles.event import Slot
from profiles.model import Side
from web import audit, messages, schedule_words, times
from web.access import store
from web.organiser import ownterms, setup_words
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.people import namer
from web.organiser.planform import terms_draft
from web.phrases import gettext as _

Answer = str | Response | tuple[str, int]


@pages.get("/events/<event_id>/attendee/<id:profile_id>")
@onlooker
def attendees_one(event_id: str, profile_id: str) -> str:
    """What is kept of it."""
    event, attendee = event_of(event_id), store().attendee(event_id, profile_id)
    return _page(event, attendee, ownterms.own_draft(attendee.terms), set(attendee.unavailable))


@pages.post("/events/<event_id>/attendee/<id:profile_id>")
@organiser
def attendees_save(event_id: str, profile_id: str) -> Answer:
    """Keep its rules and the times at which it is there."""
    event, before = event_of(event_id), store().attendee(event_id, profile_id)
    draft = {name: request.form.get(name, "").strip() for name in ownterms.own_draft(before.terms)}
    if "away" in request.form:  # the way back of a message
        away = {each for each in request.form["away"].split() if each}
    else:
        there = set(request.form.getlist("there"))
        away = {slot.id for slot in slots_of(event.plan)} - there
    wrong: dict[str, str] = {}
    terms = before.terms
    try:
        terms = ownterms.changed(before.terms, draft)
    except InputError as error:
        wrong[error.field or ""] = error.reason
    if problem := ownterms.contradiction(terms, event.plan.defaults.of(before.side)):
        wrong.setdefault("min_meetings", problem)
    if wrong:
        audit.skip()
        return _page(event, before, draft, away, wrong), 400
    ordered = tuple(slot.id for slot in slots_of(event.plan) if slot.id in away)
    after = before.model_copy(update={"terms": terms, "unavailable": ordered})
    address = url_for("organiser.attendees_one", event_id=event.id, profile_id=profile_id)
    if after == before:
        audit.skip()
        messages.done(_("Nothing was changed."))
        return redirect(address)
    store().save_attendee(after)
    audit.note(profile_id, terms=terms.model_dump(mode="json", exclude_none=True), away=len(ordered))
    messages.undoable(
        _("Saved."),
        url_for("organiser.attendees_save", event_id=event.id, profile_id=profile_id),
        {**ownterms.own_draft(before.terms), "away": " ".join(before.unavailable)},
    )
    return redirect(address)


def _page(
    event: Consultation,
    attendee: Attendee,
    draft: dict[str, str],
    away: set[str],
    wrong: dict[str, str] | None = None,
) -> str:
    kept = store()
    profile = kept.get_many([attendee.profile_id]).get(attendee.profile_id)
    choices = kept.choices(event.id, profile_id=attendee.profile_id)
    others = namer([who for choice in choices for who in choice.key])
    zone, reader = event.plan.event.timezone, request.cookies.get("timezone", "")
    slots = slots_of(event.plan)
    return render_template(
        "organiser/attendee.html",
        event=event,
        attendee=attendee,
        profile=profile,
        name=others if choices else namer([attendee.profile_id]),
        draft=draft,
        usual=terms_draft(event.plan.defaults.of(attendee.side)),
        spoken=setup_words.languages_of(profile),
        days=_days(slots),
        away=away,
        reader_hours={slot.id: times.hour(slot.start, zone, reader).reader for slot in slots},
        zone_note=times.zone_note(zone),
        wrong=wrong or {},
        wishes=_wishes(choices, attendee),
        accounts=kept.accounts(profile_id=attendee.profile_id),
        seen=times.full(attendee.checked_in_at, zone, reader) if attendee.checked_in_at else None,
        gone=times.full(attendee.absent_at, zone, reader) if attendee.absent_at else None,
        words=setup_words,
        word=schedule_words.word,
    )


def _days(slots: Sequence[Slot]) -> dict[date, list[Slot]]:
    found: dict[date, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.start.date(), []).append(slot)
    return found


def _wishes(choices: Sequence[Choice], attendee: Attendee) -> list[tuple[str, dict[By, Choice]]]:
    """Whom it is about and what each says, by the other's id."""
    found: dict[str, dict[By, Choice]] = {}
    for choice in choices:
        other = choice.partner if attendee.side is Side.STARTUP else choice.startup
        found.setdefault(other, {})[choice.by] = choice
    return sorted(found.items())
