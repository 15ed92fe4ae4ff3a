"""Who takes part in an event: looked through, added from the directory, removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.consultations import Consultation
from profiles.errors import InputError
from profiles.model import Profile, Side
from web import audit, messages, phrases
from web.access import store
from web.organiser import ownterms, setup_words
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.roster import ACCOUNTS, SORTS, Entry, Wanted, account_name, roster
from web.pages.views import read_count, read_kind, read_query, read_side
from web.phrases import gettext as _
from web.phrases import ngettext

Answer = str | Response | tuple[str, int]
SIZE = 50
UNDO_MOST = 20
"""So many ids fit into what the browser keeps of a message."""


@pages.get("/events/<event_id>/attendees")
@onlooker
def attendees(event_id: str) -> str:
    """A page of those who take part."""
    return _list(event_of(event_id))


def _list(event: Consultation) -> str:
    wanted = _wanted(request.args)
    everybody = roster(store(), event)
    found = wanted.of(everybody)
    count = max(1, -(-len(found) // SIZE))
    number = min(read_count(request.args.get("page", ""), "page", 1, 10**6), count)
    return render_template(
        "organiser/attendees.html",
        event=event,
        entries=found[(number - 1) * SIZE : number * SIZE],
        total=len(found),
        counts={side: sum(each.attendee.side is side for each in everybody) for side in Side},
        number=number,
        pages=count,
        wanted=wanted,
        query=_query(wanted),
        accounts=[(state, account_name(state)) for state in ACCOUNTS],
        account_name=account_name,
        words=setup_words,
    )


@pages.get("/events/<event_id>/attendees/add")
@organiser
def attendees_find(event_id: str) -> str:
    """Those of the directory who do not take part yet."""
    event = event_of(event_id)
    found = _not_there(event)
    count = max(1, -(-len(found) // SIZE))
    number = min(read_count(request.args.get("page", ""), "page", 1, 10**6), count)
    countries = {each.country for _entry, each in store().profiles() if each.country}
    return render_template(
        "organiser/attendees-add.html",
        event=event,
        profiles=found[(number - 1) * SIZE : number * SIZE],
        total=len(found),
        number=number,
        pages=count,
        asked=_asked(),
        countries=sorted(
            ((code, phrases.country_name(code)) for code in countries), key=lambda each: each[1]
        ),
        stored=sum(store().counts().values()),
    )


@pages.post("/events/<event_id>/attendees/add")
@organiser
def attendees_add(event_id: str) -> Response:
    """Let the ticked ones take part, or all who were found."""
    event = event_of(event_id)
    if request.form.get("scope") == "all":
        people = _not_there(event)
    else:
        people = list(store().get_many(_ids()).values())
    added = store().add_attendees(event.id, ((each.id, each.side) for each in people))
    if not added:
        audit.skip()
        messages.refused(_("Nobody was added: tick those who are to take part."))
        return redirect(url_for("organiser.attendees_find", event_id=event.id, **_asked()))
    audit.note(", ".join(each.id for each in people[:UNDO_MOST]), count=added)
    text = ngettext("{number} attendee was added.", "{number} attendees were added.", added)
    _done(event, text, "organiser.attendees_remove", [each.id for each in people])
    return redirect(url_for("organiser.attendees", event_id=event.id))


@pages.post("/events/<event_id>/attendees/remove")
@organiser
def attendees_remove(event_id: str) -> Answer:
    """Let people no longer take part; whoever said anything is named first, as that is lost."""
    event = event_of(event_id)
    chosen = _chosen(event)
    if not chosen:
        return _nobody(event)
    lost = [each for each in chosen if each.touched]
    if not request.form.get("sure") and (lost or len(chosen) > UNDO_MOST):
        audit.skip()
        return render_template(
            "organiser/attendees-remove.html",
            event=event,
            chosen=chosen,
            lost=lost,
            ids="\n".join(each.id for each in chosen),
        )
    ids = [each.id for each in chosen]
    removed = store().remove_attendees(event.id, ids)
    audit.note(", ".join(ids[:UNDO_MOST]), count=removed)
    text = ngettext("{number} attendee was removed.", "{number} attendees were removed.", removed)
    _done(event, text, "organiser.attendees_add", [] if lost else ids)
    return redirect(url_for("organiser.attendees", event_id=event.id))


@pages.post("/events/<event_id>/attendees/terms")
@organiser
def attendees_terms(event_id: str) -> Answer:
    """Give several people a rule of their own, or take it back where nothing is given."""
    event = event_of(event_id)
    chosen = _chosen(event)
    if not chosen:
        return _nobody(event)
    term, text = request.form.get("term", ""), request.form.get("value", "")
    try:
        changed = [
            each.attendee.model_copy(update={"terms": ownterms.changed(each.attendee.terms, {term: text})})
            for each in chosen
        ]
    except InputError as error:
        audit.skip()
        messages.refused(f"{setup_words.field_name(term)}: {error.reason}")
        return redirect(url_for("organiser.attendees", event_id=event.id, **_query(_wanted(request.form))))
    for attendee in changed:
        store().save_attendee(attendee)
    audit.note(", ".join(each.id for each in chosen[:UNDO_MOST]), count=len(chosen), **{term: text})
    messages.done(
        ngettext("Saved for {number} attendee.", "Saved for {number} attendees.", len(chosen))
        if text.strip()
        else ngettext(
            "The event's rule holds again for {number} attendee.",
            "The event's rule holds again for {number} attendees.",
            len(chosen),
        )
    )
    return redirect(url_for("organiser.attendees", event_id=event.id, **_query(_wanted(request.form))))


def _nobody(event: Consultation) -> Response:
    audit.skip()
    messages.refused(_("Nobody was chosen: tick the attendees first."))
    return redirect(url_for("organiser.attendees", event_id=event.id, **_query(_wanted(request.form))))


def _done(event: Consultation, text: str, endpoint: str, ids: Sequence[str]) -> None:
    if 0 < len(ids) <= UNDO_MOST:
        messages.undoable(text, url_for(endpoint, event_id=event.id), {"ids": "\n".join(ids), "sure": "1"})
    else:
        messages.done(text)


def _ids() -> list[str]:
    """Ids of ticked boxes, or in one field, a line each."""
    return [line for value in request.form.getlist("ids") for line in value.split("\n") if line]


def _chosen(event: Consultation) -> list[Entry]:
    """Whom a form means: the ticked ones, or all who were found."""
    everybody = roster(store(), event)
    if request.form.get("scope") == "all":
        return _wanted(request.form).of(everybody)
    ids = set(_ids())
    return [each for each in everybody if each.id in ids]


def _wanted(given: Any) -> Wanted:
    sort, account = given.get("sort", "") or "name", given.get("account", "")
    return Wanted(
        words=read_query(given.get("q", "")),
        side=read_side(given.get("side", "")),
        kind=read_kind(given.get("kind", "")),
        account=account if account in ACCOUNTS else "",
        sort=sort if sort.removeprefix("-") in SORTS else "name",
    )


def _query(wanted: Wanted) -> dict[str, Any]:
    """What an address says of a choice; nothing of what is not chosen."""
    said = {
        "q": wanted.words,
        "side": wanted.side.value if wanted.side else "",
        "kind": wanted.kind.value if wanted.kind else "",
        "account": wanted.account,
        "sort": wanted.sort if wanted.sort != "name" else "",
    }
    return {name: value for name, value in said.items() if value}


def _asked() -> dict[str, Any]:
    """What was looked for in the directory, as a query or a form says it."""
    said = {name: request.values.get(name, "") for name in ("q", "side", "kind", "country")}
    return {name: value for name, value in said.items() if value}


def _not_there(event: Consultation) -> list[Profile]:
    asked = _asked()
    found = store().search(
        read_query(asked.get("q", "")),
        side=read_side(asked.get("side", "")),
        kind=read_kind(asked.get("kind", "")),
        size=10**6,
    )
    there = {each.profile_id for each in store().attendees(event.id)}
    country = asked.get("country", "")
    return [each for each in found.profiles if each.id not in there and country in ("", each.country or "")]
