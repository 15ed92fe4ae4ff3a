"""When an attendee can meet, and how much: slots as ticks, shortcuts, and limits of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from profiles.consultations import OwnTerms
from profiles.dayplan import slots_of
from profiles.event import Slot
from profiles.importers.places import read_language
from profiles.importers.values import split_choices
from web import audit, messages, phrases
from web.access import store
from web.participant.blueprint import attendee, pages
from web.participant.day import MyDay, day_tabs
from web.participant.suggestions import closed
from web.phrases import gettext as _

MOST_REPRESENTATIVES = 10
LIMITS = ("max_meetings", "max_consecutive", "representatives")


@dataclass(frozen=True)
class DaySlots:
    """The slots of one of the event's days."""

    number: int
    date: date
    slots: Sequence[Slot]


def by_day(slots: Sequence[Slot]) -> list[DaySlots]:
    """Slots by their day, in the order of time."""
    found: dict[date, list[Slot]] = {}
    for slot in slots:
        found.setdefault(slot.start.date(), []).append(slot)
    return [DaySlots(number, day, own) for number, (day, own) in enumerate(found.items(), start=1)]


@pages.get("/<event_id>/availability")
@attendee
def availability(event_id: str) -> str:
    """The grid and the limits."""
    day = MyDay.of(event_id)
    return _page(day, set(day.me.unavailable), _as_form(day), {})


@pages.post("/<event_id>/availability")
@attendee
def availability_save(event_id: str) -> Response | tuple[str, int]:
    """Keep what is ticked and the limits; a shortcut changes the ticks of one day first."""
    day = MyDay.of(event_id)
    address = url_for("participant.availability", event_id=day.id)
    if not day.is_open:
        audit.skip()
        messages.refused(closed())
        return redirect(address)
    slots = slots_of(day.event.plan)
    here = set(request.form.getlist("here"))
    away = {slot.id for slot in slots if slot.id not in here}
    try:
        away = shortened(away, by_day(slots), request.form)
        terms = read_terms(day, request.form)
    except FieldsError as wrong:
        audit.skip()
        return _page(day, away, request.form, wrong.errors), 400
    unavailable = tuple(slot.id for slot in slots if slot.id in away)
    former = day.me
    store().save_attendee(former.model_copy(update={"unavailable": unavailable, "terms": terms}))
    audit.note(former.profile_id, away=len(unavailable))
    _tell(day, former.unavailable, unavailable, former.terms, terms)
    return redirect(address)


def _tell(
    day: MyDay,
    before: Sequence[str],
    after: Sequence[str],
    terms_before: OwnTerms,
    terms_after: OwnTerms,
) -> None:
    free = len(slots_of(day.event.plan)) - len(after)
    text = phrases.ngettext(
        "Saved: you are free in {number} time slot.", "Saved: you are free in {number} time slots.", free
    )
    if terms_before != terms_after or set(before) == set(after):
        messages.done(text)
        return
    url = url_for("participant.availability_restore", event_id=day.id)
    messages.undoable(text, url, {"away": " ".join(before)})


@pages.post("/<event_id>/availability/restore")
@attendee
def availability_restore(event_id: str) -> Response:
    """Put the ticks back as they were."""
    day = MyDay.of(event_id)
    if not day.is_open:
        audit.skip()
        messages.refused(closed())
    else:
        asked = set(request.form.get("away", "").split())
        away = tuple(slot.id for slot in slots_of(day.event.plan) if slot.id in asked)
        store().save_attendee(day.me.model_copy(update={"unavailable": away}))
        audit.note(day.me.profile_id, away=len(away))
        messages.done(_("Your availability is as it was before."))
    return redirect(url_for("participant.availability", event_id=day.id))


class FieldsError(Exception):
    """What is wrong with a form, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors


def shortened(away: set[str], days: Sequence[DaySlots], form: Mapping[str, str]) -> set[str]:
    """The slots that are barred after the shortcut of the button pressed.

    ``set``: ``1:all`` and ``1:none`` for a whole day, ``1:before`` and ``1:from`` for the hours before the
    time chosen in ``time-1``, and from it on.

    Raises:
        FieldsError: there is no such shortcut, or no time was chosen for it.
    """
    pressed = form.get("set", "")
    if not pressed:
        return away
    found = re.fullmatch(r"([0-9]{1,3}):(all|none|before|from)", pressed)
    day = next((each for each in days if found and each.number == int(found[1])), None)
    if found is None or day is None:
        raise FieldsError({"here": _("there is no such day")})
    own = {slot.id for slot in day.slots}
    what = found[2]
    if what == "all":
        return away - own
    if what == "none":
        return away | own
    time = form.get(f"time-{day.number}", "")
    if time not in {f"{slot.start:%H:%M}" for slot in day.slots}:
        raise FieldsError({f"time-{day.number}": _("Choose a time first.")})
    kept = {
        slot.id
        for slot in day.slots
        if (f"{slot.end:%H:%M}" <= time if what == "before" else f"{slot.start:%H:%M}" >= time)
    }
    return (away | own) - kept


def read_terms(day: MyDay, form: Mapping[str, str]) -> OwnTerms:
    """An attendee's own limits, within those of the day; what an organiser set besides stays.

    Raises:
        FieldsError: a field cannot be read, or goes beyond the day's.
    """
    errors: dict[str, str] = {}
    said: dict[str, object] = {}
    most = most_of(day)
    for name in LIMITS:
        text = form.get(name, "").strip()
        if not text:
            said[name] = None
            continue
        if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) < 1:
            errors[name] = _("Write a whole number from 1, or leave it empty.")
        elif (limit := most[name]) is not None and int(text) > limit:
            errors[name] = _("On this day {most} is the most.", most=limit)
        else:
            said[name] = int(text)
    least = day.me.terms.min_meetings
    wanted = said.get("max_meetings")
    if least is not None and isinstance(wanted, int) and wanted < least:
        errors["max_meetings"] = _("The organiser has planned at least {least} for you.", least=least)
    spoken: list[str] = []
    for entry in split_choices(form.get("languages", "")):
        code = read_language(entry)
        if code is None:
            errors["languages"] = _("“{entry}” is not a language known here.", entry=entry[:60])
        else:
            spoken.append(code)
    if errors:
        raise FieldsError(errors)
    said["languages"] = tuple(dict.fromkeys(spoken)) or None
    return day.me.terms.model_copy(update=said)


def most_of(day: MyDay) -> dict[str, int | None]:
    """The most an attendee may say for each limit; None: anything."""
    terms = day.event.plan.defaults.of(day.me.side)
    return {
        "max_meetings": terms.max_meetings,
        "max_consecutive": terms.max_consecutive,
        "representatives": max(MOST_REPRESENTATIVES, terms.representatives),
    }


def _as_form(day: MyDay) -> dict[str, str]:
    terms = day.me.terms
    shown = {name: "" if (value := getattr(terms, name)) is None else str(value) for name in LIMITS}
    spoken = [phrases.language_name(code) for code in terms.languages or ()]
    return {**shown, "languages": phrases.listed(spoken)}


def _page(
    day: MyDay, away: set[str], form: Mapping[str, str] | MultiDict[str, str], errors: Mapping[str, str]
) -> str:
    return render_template(
        "participant/availability.html",
        day=day,
        tabs=day_tabs(day.event),
        days=by_day(slots_of(day.event.plan)),
        away=away,
        form=form,
        errors=errors,
        most=most_of(day),
        defaults=day.event.plan.defaults.of(day.me.side),
    )
