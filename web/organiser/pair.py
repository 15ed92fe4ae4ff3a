"""One pair of an event: why it fits, what each side says of it, and the organiser's word on it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response

from matcher.schedule.wording import Told
from profiles.consultations import By, Choice, Consultation
from profiles.dayplan import slots_of, tables_of
from profiles.errors import InputError
from profiles.event import Slot
from profiles.importers.wishes import Answer as Word
from profiles.model import Topic
from web import audit, matchwords, messages, phrases, schedule_words, times
from web.access import store
from web.matchtable import Cell, MatchTable, match_table
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.people import namer
from web.pages.site import local_path
from web.pages.views import service
from web.phrases import N_
from web.phrases import gettext as _

Answer = str | Response | tuple[str, int]
UNDO_LENGTH = 500
"""A longer comment does not fit into what the browser keeps of a message."""

_DONE = {
    "pin": N_("Pinned: {pair} must take place."),
    "forbid": N_("Forbidden: {pair} will not take place."),
    "clear": N_("Free again: {pair} goes by fit and wishes."),
    "confirm": N_("Confirmed: {pair}."),
    "keep": N_("Saved: {pair}."),
    "undo": N_("As before: {pair}."),
}


@pages.get("/events/<event_id>/matches/pair")
@onlooker
def matches_pair(event_id: str) -> str:
    """A pair by itself; beside the heat map it is the panel."""
    event, key = event_of(event_id), _key(request.args)
    return _page(event, key)


@pages.post("/events/<event_id>/matches/pair")
@organiser
def matches_choose(event_id: str) -> Answer:
    """Keep the organiser's word on a pair: pinned, forbidden, confirmed, free, a track, a comment."""
    event, key = event_of(event_id), _key(request.form)
    done = request.form.get("do", "keep")
    before = _said(event, key)
    try:
        choice = _choice(event, key, done if done in _DONE else "keep", before)
    except InputError as error:
        audit.skip()
        # htmx shows nothing of an answer that is an error.
        status = 200 if request.headers.get("HX-Request") else 400
        return _page(event, key, {error.field or "": error.reason}), status
    store().choose(choice)
    name = namer(key)
    pair = f"{name(key[0])} – {name(key[1])}"
    audit.note(
        " – ".join(key), answer=choice.answer, track=choice.track, slot=choice.slot, table=choice.table
    )
    text = _(_DONE.get(done, _DONE["keep"]), pair=pair)
    if done == "undo" or len(before.comment) > UNDO_LENGTH:
        messages.done(text)
    else:
        messages.undoable(text, url_for("organiser.matches_choose", event_id=event.id), _way_back(before))
    back = local_path(request.form.get("back", ""))
    return redirect(
        back or url_for("organiser.matches_pair", event_id=event.id, startup=key[0], partner=key[1])
    )


def _key(given: Any) -> tuple[str, str]:
    return given.get("startup", ""), given.get("partner", "")


def _said(event: Consultation, key: tuple[str, str]) -> Choice:
    """What the organiser said so far."""
    found = store().choices(event.id, profile_id=key[0], by=By.ORGANISER)
    nothing = Choice(event_id=event.id, startup=key[0] or "?", partner=key[1] or "?", by=By.ORGANISER)
    return next((choice for choice in found if choice.key == key), nothing)


def _way_back(before: Choice) -> dict[str, str]:
    """The fields that put back what was said before; beside the map, with the map to return to."""
    fields = {
        "do": "undo",
        "startup": before.startup,
        "partner": before.partner,
        "answer": before.answer.value if before.answer else "",
        "track": before.track.value if before.track else "",
        "slot": before.slot or "",
        "table": before.table or "",
        "comment": before.comment,
    }
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    if shown.path.endswith("/matches"):
        fields["back"] = f"{shown.path}?{shown.query}" if shown.query else shown.path
    return fields


def _choice(event: Consultation, key: tuple[str, str], done: str, before: Choice) -> Choice:
    """The word that a form gives.

    Raises:
        InputError: a field does not fit.
    """
    form = request.form
    answer = _answer(done, before)
    slot, table = form.get("slot", ""), form.get("table", "")
    if answer is Word.CONFIRMED and slot not in {each.id for each in slots_of(event.plan)}:
        raise InputError(_("Choose a time."), field="slot")
    if answer is Word.CONFIRMED and table and table not in {each.id for each in tables_of(event.plan)}:
        raise InputError(_("There is no such table."), field="table")
    track = form.get("track", "")
    if track and track not in set(event.plan.tracks):
        raise InputError(_("Choose one of the event's tracks."), field="track")
    try:
        return Choice(
            event_id=event.id,
            startup=key[0],
            partner=key[1],
            by=By.ORGANISER,
            answer=answer,
            track=Topic(track) if track and (answer or form.get("comment", "").strip()) else None,
            slot=slot if answer is Word.CONFIRMED else None,
            table=(table or None) if answer is Word.CONFIRMED else None,
            comment=form.get("comment", "").replace("\r\n", "\n").strip(),
        )
    except ValidationError as error:
        raise InputError(
            _("At most {number} characters.", number=phrases.number(5000)), field="comment"
        ) from error


def _answer(done: str, before: Choice) -> Word | None:
    if done == "undo":
        said = request.form.get("answer", "")
        return Word(said) if said in set(Word) else None
    fixed: dict[str, Word | None] = {
        "pin": Word.MUST,
        "forbid": Word.NEVER,
        "confirm": Word.CONFIRMED,
        "clear": None,
    }
    return fixed.get(done, before.answer)


def _page(event: Consultation, key: tuple[str, str], wrong: dict[str, str] | None = None) -> str:
    table = match_table(service(), event.id)
    try:
        row, column = table.place(key)
    except KeyError:
        store().attendee(event.id, key[0])  # whoever does not take part is not found
        store().attendee(event.id, key[1])
        raise InputError(_("One of the two is no longer in the directory.")) from None
    cell = table.cell(row, column)
    match = service().explain(*key, cell.track)
    said = cell.said.get(By.ORGANISER)
    form = request.form if wrong else {}
    return render_template(
        "organiser/pair.html",
        event=event,
        table=table,
        cell=cell,
        at=(row, column),
        match=match,
        by_track=[
            (track, table.fits.score(track, (row, column)), bool(table.fits.open[at, row, column]))
            for at, track in enumerate(table.fits.tracks)
        ],
        draft={
            "track": form.get("track", said.track if said and said.track else ""),
            "comment": form.get("comment", said.comment if said else ""),
            "slot": form.get("slot", said.slot if said and said.slot else ""),
            "table": form.get("table", said.table if said and said.table else ""),
        },
        wrong=wrong or {},
        told=_told(table, cell),
        slots=[(slot.id, _time(slot)) for slot in slots_of(event.plan)],
        words=matchwords,
        By=By,
        closed="closed" in request.args,
    )


def _time(slot: Slot) -> str:
    return f"{times.day(slot.start.date(), short=True)} {slot.start:%H:%M}"


def _told(table: MatchTable, cell: Cell) -> list[str]:
    """What contradicts itself about this pair."""
    name = namer(cell.key)
    return [
        schedule_words.told(text, name)
        for text in table.told
        if isinstance(text, Told)
        and set(cell.key) <= {str(text.values.get(field)) for field in ("who", "whom", "no")}
    ]
