"""Locked meetings: the organiser's confirmed pairs, so that every search leaves them where they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from matcher.schedule.locks import restated
from profiles.consultations import By, Choice, Consultation
from profiles.errors import ConflictError, InputError
from profiles.event import Event
from profiles.importers.wishes import Answer
from web import audit, consulting, messages
from web.access import store
from web.organiser.blueprint import event_of, organiser, pages
from web.organiser.editing import is_searched, read_key
from web.organiser.showing import Key, Shown, is_locked, pair_name
from web.organiser.timetable import shown_or_404
from web.pages.views import service
from web.phrases import gettext as _
from web.phrases import ngettext


@pages.post("/events/<event_id>/timetable/lock")
@organiser
def timetable_lock(event_id: str) -> Response:
    """Lock a meeting, or all of somebody."""
    event = event_of(event_id)
    shown = shown_or_404(event)
    keys = [key for key in _asked(shown) if not is_locked(shown.entries[key])]
    before = _said(event)
    new = [
        _of(event, key, before).model_copy(
            update={
                "answer": Answer.CONFIRMED,
                "slot": shown.entries[key].slot.id,
                "table": shown.entries[key].table.id,
            }
        )
        for key in keys
    ]
    if _keep(event, shown, new, "locked"):
        held = shown_or_404(event)
        lost = [key for key in keys if not is_locked(held.entries[key])]
        if lost:
            names = ", ".join(pair_name(shown.event, *key) for key in lost)
            messages.refused(_("Not locked, because one side does not want to meet: {pairs}.", pairs=names))
        # Undone, each is again what the organiser said of it before.
        was = [[*key, _answer(before.get(key))] for key in keys]
        _say(
            event,
            "organiser.timetable_unlock",
            was,
            ngettext("{number} meeting locked.", "{number} meetings locked.", len(keys)),
        )
    return _back(event)


@pages.post("/events/<event_id>/timetable/unlock")
@organiser
def timetable_unlock(event_id: str) -> Response:
    """Let a meeting be moved again, or all of somebody."""
    event = event_of(event_id)
    shown = shown_or_404(event)
    answers = _answers()
    keys = [key for key in _asked(shown) if is_locked(shown.entries[key])]
    before = _said(event)
    new = [
        _of(event, key, before).model_copy(update={"answer": answers.get(key), "slot": None, "table": None})
        for key in keys
    ]
    if _keep(event, shown, new, "unlocked"):
        was = [[*key, ""] for key in keys]
        _say(
            event,
            "organiser.timetable_lock",
            was,
            ngettext("{number} meeting unlocked.", "{number} meetings unlocked.", len(keys)),
        )
    return _back(event)


def _keep(event: Consultation, shown: Shown, new: list[Choice], note: str) -> bool:
    """Keep what the organiser says of pairs, and the timetable with these pairs as they are then.

    The meetings stay the same, so that what was proven of the timetable can stay proven.
    """
    if is_searched(event):
        audit.skip()
        messages.refused(_("A new timetable is being made: wait for it or stop it, then change it by hand."))
        return False
    if not new:
        audit.skip()
        messages.refused(_("There is nothing to change: load the page again."))
        return False
    kept = store()
    names = ", ".join(pair_name(shown.event, *each.key) for each in new)
    before = kept.choose_all(new)
    try:
        now = _with_pairs(
            shown.table.event, consulting.built(service(), event.id).event, {e.key for e in new}
        )
        schedule = restated(shown.table.event, now, shown.schedule)
        version = kept.keep_edited(now, schedule, f"{note}: {names}", after=shown.newest)
    except ConflictError:
        empty = [each.model_copy(update={"answer": None, "comment": ""}) for each in new]
        kept.choose_all([old or none for old, none in zip(before, empty, strict=True)])
        audit.skip()
        messages.refused(
            _("Somebody else changed this timetable in the meantime: look at it, then try again.")
        )
        return False
    audit.note(names, version=version.number)
    return True


def _with_pairs(event: Event, now: Event, keys: set[Key]) -> Event:
    """The event with some pairs as they are now."""
    known = {pair.key: pair for pair in now.pairs}
    pairs = tuple(known.get(each.key, each) if each.key in keys else each for each in event.pairs)
    return event.model_copy(update={"pairs": pairs})


def _said(event: Consultation) -> dict[Key, Choice]:
    return {each.key: each for each in store().choices(event.id, by=By.ORGANISER)}


def _of(event: Consultation, key: Key, said: Mapping[Key, Choice]) -> Choice:
    return said.get(key) or Choice(event_id=event.id, startup=key[0], partner=key[1], by=By.ORGANISER)


def _answer(choice: Choice | None) -> str:
    return choice.answer.value if choice is not None and choice.answer is not None else ""


def _asked(shown: Shown) -> list[Key]:
    """The meetings a form names: those of somebody, several, or one."""
    form = request.form
    if who := form.get("who", ""):
        shown.person(who)
        wanted: Iterable[Key] = [entry.key for entry in shown.table.of_person(who)]
    elif "pairs" in form:
        wanted = _pairs()
    else:
        wanted = [read_key(form)]
    return [key for key in wanted if key in shown.entries]


def _pairs() -> dict[Key, str]:
    """Pairs as an Undo button sends them, each with what the organiser said of it before."""
    try:
        read = json.loads(request.form.get("pairs", "[]"))
        return {(str(startup), str(partner)): str(answer) for startup, partner, answer in read}
    except (TypeError, ValueError) as cause:
        raise InputError(_("the meetings cannot be read"), field="pairs") from cause


def _answers() -> dict[Key, Answer]:
    """What the organiser said of pairs before they were locked, of those it said anything."""
    allowed = {each.value: each for each in (Answer.MUST, Answer.MAYBE, Answer.WANTED)}
    return {key: allowed[answer] for key, answer in _pairs().items() if answer in allowed}


def _say(event: Consultation, endpoint: str, pairs: list[list[str]], text: str) -> None:
    told = json.dumps(pairs, ensure_ascii=False)
    messages.undoable(text, url_for(endpoint, event_id=event.id), {"pairs": told})


def _back(event: Consultation) -> Response:
    """To the meeting or the person the form came from."""
    form = request.form
    if who := form.get("who", ""):
        return redirect(url_for("organiser.timetable", event_id=event.id, person=who))
    if "startup" in form:
        startup, partner = read_key(form)
        return redirect(
            url_for("organiser.timetable_meeting", event_id=event.id, startup=startup, partner=partner)
        )
    return redirect(url_for("organiser.timetable", event_id=event.id))
