"""Everyone in the directory: searched, narrowed down, put in order, chosen for an event."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.accounts import Role
from profiles.errors import InputError
from profiles.model import Topic
from profiles.store import Narrowed, Order
from web import audit, messages, phrases
from web.access import may
from web.pages.views import read_count, read_kind, read_query, read_side, read_track, service
from web.phrases import N_, ngettext
from web.phrases import gettext as _

pages = Blueprint("directory", __name__)

PAGE_SIZE = 25
MOST_CHOSEN = 1000
UNDO_MOST = 20
"""So many ids fit into what the browser keeps of a message."""
_ORDERS = {
    Order.NAME: N_("Name"),
    Order.KIND: N_("Kind"),
    Order.COUNTRY: N_("Country"),
    Order.NEWEST: N_("Last changed"),
}
_LANGUAGES = ("ko", "en", "ja", "zh", "de", "fr", "es", "pt", "vi", "th", "ar")


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed down to, as it stands in the address."""

    q: str = ""
    side: str = ""
    kind: str = ""
    country: str = ""
    market: str = ""
    topic: str = ""
    language: str = ""
    stage: str = ""
    event: str = ""
    sort: str = ""

    def address(self, **more: Any) -> str:
        """The directory narrowed down so."""
        given = {name: value for name, value in asdict(self).items() if value}
        return url_for("directory.index", **{**given, **more})

    @property
    def beyond(self) -> bool:
        """Whether any of the fields is used that stand under "more"."""
        return any((self.country, self.market, self.topic, self.language, self.stage, self.event))


@pages.get("/directory")
@may(Role.ORGANISER, Role.READER)
def index() -> str:
    """A page of organisations that hold every word of ``q`` and fit all that is asked."""
    asked = Asked(**{name: request.args.get(name, "") for name in asdict(Asked())})
    number = read_count(request.args.get("page", ""), "page", 1, 10**6)
    query = read_query(asked.q)
    side, kind = read_side(asked.side), read_kind(asked.kind)
    store = service().store
    found = store.search(
        query,
        side=side,
        kind=kind,
        narrowed=_narrowed(asked),
        order=_order(asked.sort),
        page=number,
        size=PAGE_SIZE,
    )
    events = store.consultations()
    return render_template(
        "directory.html",
        found=found,
        asked=asked,
        query=query,
        side=side,
        kind=kind,
        counts=store.counts(),
        orders=[(order.value, _(text)) for order, text in _ORDERS.items()],
        countries=_named(store.countries(), phrases.country_name),
        languages=_named([*_LANGUAGES, asked.language], phrases.language_name),
        topic_choices=[(each.value, phrases.topic_name(each)) for each in Topic],
        stage_choices=[(each, phrases.stage_name(each)) for each in phrases.STAGES],
        events=events,
        places=_event_choices([(each.id, each.name) for each in events]),
    )


@pages.post("/directory/attend")
@may(Role.ORGANISER)
def attend() -> Response:
    """Let those chosen take part in an event."""
    store = service().store
    back = request.form.get("back", "")
    here = back if re.match(r"/directory(\?|$)", back) else url_for("directory.index")
    chosen = list(dict.fromkeys(request.form.getlist("profile")))[:MOST_CHOSEN]
    event_id = request.form.get("event", "")
    if not chosen or not event_id:
        audit.skip()
        messages.refused(_("Tick organisations in the list and choose an event first."))
        return redirect(here)
    event = store.consultation(event_id)
    known = store.get_many(chosen)
    there = {each.profile_id for each in store.attendees(event.id)}
    new = [each for each in known.values() if each.id not in there]
    added = store.add_attendees(event.id, [(each.id, each.side) for each in new])
    audit.note(", ".join(each.id for each in new)[:500], event_id=event.id, added=added)
    text = ngettext(
        "{number} organisation now takes part in {event}.",
        "{number} organisations now take part in {event}.",
        added,
        event=event.name,
    )
    already = len(known) - len(new)
    if already:
        text += " " + ngettext("{number} took part already.", "{number} took part already.", already)
    if 0 < added <= UNDO_MOST:
        fields = {"event": event.id, "profiles": "\n".join(each.id for each in new), "back": here}
        messages.undoable(text, url_for(".attend_undo"), fields)
    else:
        messages.done(text)
    return redirect(here)


@pages.post("/directory/attend/undo")
@may(Role.ORGANISER)
def attend_undo() -> Response:
    """Take back that some take part; what they said of meetings since would go with it, so then it stays."""
    store = service().store
    back = request.form.get("back", "")
    here = back if re.match(r"/directory(\?|$)", back) else url_for("directory.index")
    event = store.consultation(request.form.get("event", ""))
    ids = [each for each in request.form.get("profiles", "").splitlines() if each]
    if any(store.choices(event.id, profile_id=each) for each in ids):
        audit.skip()
        messages.refused(
            _("Somebody has said since whom they want to meet: remove them on the event's page.")
        )
        return redirect(here)
    removed = store.remove_attendees(event.id, ids)
    audit.note(", ".join(ids)[:500], event_id=event.id, removed=removed)
    messages.done(
        ngettext(
            "{number} organisation no longer takes part in {event}.",
            "{number} organisations no longer take part in {event}.",
            removed,
            event=event.name,
        )
    )
    return redirect(here)


def _narrowed(asked: Asked) -> Narrowed:
    where, _space, event = asked.event.partition(" ")
    return Narrowed(
        country=_code(asked.country, "country", "[A-Z]{2}"),
        market=_code(asked.market, "market", "[A-Z]{2}"),
        topic=read_track(asked.topic),
        language=_code(asked.language, "language", "[a-z]{2}"),
        stage=asked.stage if asked.stage in phrases.STAGES else None,
        attends=event if where == "in" and event else None,
        misses=event if where == "not" and event else None,
    )


def _code(value: str, field: str, pattern: str) -> str | None:
    if not value:
        return None
    if not re.fullmatch(pattern, value):
        raise InputError(_("“{value}” is not a code of two letters", value=value[:20]), field=field)
    return value


def _order(value: str) -> Order:
    return Order(value) if value in set(Order) else Order.NAME


def _named(codes: list[str], name: Any) -> list[tuple[str, str]]:
    return sorted({(code, name(code)) for code in codes if code}, key=lambda each: str(each[1]))


def _event_choices(events: list[tuple[str, str]]) -> list[tuple[str, str]]:
    inside = [(f"in {event_id}", _("in {event}", event=name)) for event_id, name in events]
    return inside + [(f"not {event_id}", _("not in {event}", event=name)) for event_id, name in events]
