"""A meeting by hand: where it could be, what each place breaks or costs, and the change that is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matcher.schedule.board import Obstacle
from matcher.schedule.hand import ByHand, Edited, Move, Place, Remove, Swap, apply_edit
from matcher.schedule.spots import Spot, options
from profiles.consultations import Consultation
from profiles.errors import ConflictError, InputError
from profiles.event import Pair, Slot, State, Table
from web import audit, jobs, messages, timetable_words
from web.access import store
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.showing import Key, Shown, pair_name
from web.organiser.timetable import frame, read_day, shown_or_404
from web.phrases import gettext as _

BEST = 8
"""Places that are named before the grid of all."""

NOTES: Mapping[type[ByHand], str] = {Move: "moved", Place: "placed", Remove: "taken out", Swap: "swapped"}
"""What a version made by hand says of itself; see ``timetable_words.note``."""

Answer = str | Response | tuple[str, int]


# -- a meeting and its places ------------------------------------------------------------------


@pages.get("/events/<event_id>/timetable/meeting")
@onlooker
def timetable_meeting(event_id: str) -> str:
    """A pair: its meeting, if it has one, what can be done with it, and every place it could have."""
    event = event_of(event_id)
    shown = shown_or_404(event)
    pair = _pair(shown, read_key(request.args))
    entry = shown.entries.get(pair.key)
    day = read_day(
        shown, request.args.get("day", "") or (entry.slot.start.date().isoformat() if entry else "")
    )
    movable = not (entry is not None and pair.state is State.CONFIRMED)
    spots = options(shown.table.event, shown.schedule, *pair.key) if movable else []
    return render_template(
        "organiser/timetable/meeting.html",
        **frame(event, shown),
        pair=pair,
        entry=entry,
        unmet=next((e for e in shown.schedule.unscheduled if (e.startup, e.partner) == pair.key), None),
        name=pair_name(shown.event, *pair.key),
        busy=is_searched(event),
        day=day,
        best=_best(shown, spots, pair.key),
        board=_board(shown, spots, day, pair.key) if spots else None,
        others=_others(shown, pair.key),
    )


@dataclass(frozen=True)
class Choice:
    """A place as it is offered.

    Attributes:
        present: whether the meeting is there now.
        tone: ``ok``, ``costs`` or ``breaks``.
        text: what the place costs or breaks, in a few words; what is told of its row or column is left out.
        faults: the rules it breaks, each in a sentence.
    """

    slot: Slot
    table: Table
    present: bool
    tone: str
    text: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Board:
    """The places of a day.

    Attributes:
        everywhere: what stands in the way at all of them.
        columns: the tables, each with what else bars it in every slot.
        rows: the slots, each with what else bars it at every table, and its places.
    """

    everywhere: tuple[str, ...]
    columns: tuple[tuple[Table, str], ...]
    rows: tuple[tuple[Slot, str, tuple[Choice, ...]], ...]


def _choice(shown: Shown, spot: Spot, key: Key, told: Collection[Obstacle] = ()) -> Choice:
    """
    Args:
        shown: the timetable.
        spot: the place.
        key: whose.
        told: what is told elsewhere.
    """
    entry = shown.entries.get(key)
    slot = next(each for each in shown.event.slots if each.id == spot.slot)
    table = next(each for each in shown.event.tables if each.id == spot.table)
    present = entry is not None and (entry.slot.id, entry.table.id) == (spot.slot, spot.table)
    if spot.obstacles:
        own = [shown.words.short(each.rule, each.who) for each in spot.obstacles if each not in told]
        faults = tuple(shown.words.fault(each.rule, each.who) for each in spot.obstacles)
        return Choice(slot, table, present, "breaks", "; ".join(own), faults)
    worse = any(timetable_words.is_worse(name, amount) for name, amount in _changes(spot))
    return Choice(slot, table, present, "costs" if worse else "ok", _costs(spot))


def _changes(spot: Spot) -> tuple[tuple[str, float], ...]:
    names = ("shortfall", "value", "breaks", "break_spread", "table_moves")
    return tuple((name, float(getattr(spot, name))) for name in names)


def _costs(spot: Spot) -> str:
    """What is different with the meeting there, in a few words."""
    told = [
        f"{timetable_words.stage_name(name)} {timetable_words.change(amount)}"
        for name, amount in _changes(spot)
        if timetable_words.change(amount)
    ]
    return ", ".join(told) or _("nothing else changes")


def _best(shown: Shown, spots: Sequence[Spot], key: Key) -> list[Choice]:
    """The places that cost least, the objective's first things first; none that breaks a rule."""

    def cost(spot: Spot) -> tuple[float, ...]:
        return spot.shortfall, -spot.value, spot.breaks, spot.break_spread, spot.table_moves

    free = sorted((spot for spot in spots if spot.ok), key=cost)
    found = [_choice(shown, spot, key) for spot in free[: BEST + 1]]
    return [each for each in found if not each.present][:BEST]


def _board(shown: Shown, spots: Sequence[Spot], day: date, key: Key) -> Board:
    by_slot = {slot: [spot for spot in spots if spot.slot == slot.id] for slot in shown.slots(day)}
    of_day = [spot for here in by_slot.values() for spot in here]
    always = _common(of_day)
    bars = {
        table.id: _common([each for each in of_day if each.table == table.id], always)
        for table in shown.event.tables
    }
    rows = []
    for slot, here in by_slot.items():
        across = _common(here, always)
        places = [_choice(shown, spot, key, (*always, *across, *bars[spot.table])) for spot in here]
        rows.append((slot, _listed(shown, across), tuple(places)))
    columns = tuple((table, _listed(shown, bars[table.id])) for table in shown.event.tables)
    told = tuple(shown.words.fault(each.rule, each.who) for each in always)
    return Board(told, columns, tuple(rows))


def _common(spots: Sequence[Spot], but: Collection[Obstacle] = ()) -> list[Obstacle]:
    """What stands in the way at each of several places, but for what is told anyway."""
    if not spots:
        return []
    own = (each for each in spots[0].obstacles if each not in but)
    return [each for each in own if all(each in spot.obstacles for spot in spots)]


def _listed(shown: Shown, obstacles: Sequence[Obstacle]) -> str:
    return "; ".join(shown.words.short(each.rule, each.who) for each in obstacles)


def _others(shown: Shown, key: Key) -> list[tuple[str, list[tuple[str, str]]]]:
    """The meetings this one could be swapped with, those of the same people first."""
    entry = shown.entries.get(key)
    if entry is None:
        return []
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    seen = {key}
    for person in (entry.startup, entry.partner):
        mine = [each for each in shown.table.of_person(person.id) if each.key not in seen]
        seen |= {each.key for each in mine}
        groups.append((str(person.participant.id), [_named(shown, each.key) for each in mine]))
    rest = [each for each in shown.table.entries if each.key not in seen]
    groups.append(("", [_named(shown, each.key) for each in rest]))
    return [group for group in groups if group[1]]


def _named(shown: Shown, key: Key) -> tuple[str, str]:
    entry = shown.entries[key]
    when = shown.words.time(entry.slot.id)
    return f"{key[0]}\n{key[1]}", f"{when} {entry.table.id} · {pair_name(shown.event, *key)}"


# -- one change --------------------------------------------------------------------------------


@pages.get("/events/<event_id>/timetable/preview")
@organiser
def timetable_preview(event_id: str) -> str:
    """What a change would break and cost, and who would have to be told."""
    event = event_of(event_id)
    shown = shown_or_404(event)
    return _preview(event, shown, read_edit(request.args))


@pages.post("/events/<event_id>/timetable/edit")
@organiser
def timetable_edit(event_id: str) -> Answer:
    """Keep a change; one that breaks a rule only where the form says so."""
    event = event_of(event_id)
    shown = shown_or_404(event)
    edit = read_edit(request.form)
    fields: dict[str, Any] = edit_fields(edit)
    back = redirect(url_for("organiser.timetable_preview", event_id=event.id, **fields))
    if is_searched(event):
        audit.skip()
        messages.refused(_("A new timetable is being made: wait for it or stop it, then change it by hand."))
        return back
    if request.form.get("after") != str(shown.newest):
        return _too_late(back)
    edited = apply_edit(shown.table.event, shown.schedule, edit)
    if edited.faults and request.form.get("force") != "1":
        audit.skip()
        return _preview(event, shown, edit), 409
    what = " / ".join(pair_name(shown.event, *key) for key in edit_keys(edit))
    try:
        version = store().keep_edited(
            shown.table.event, edited.schedule, f"{NOTES[type(edit)]}: {what}", after=shown.newest
        )
    except ConflictError:
        return _too_late(back)
    audit.note(what, version=version.number, edit=NOTES[type(edit)], faults=len(edited.faults))
    say_undoable(event, _done(shown, edit, what), before=shown.newest, now=version.number)
    return redirect(_after(event, shown, edit))


def _too_late(back: Response) -> Response:
    audit.skip()
    messages.refused(
        _("Somebody else changed this timetable in the meantime. This is how your change looks now.")
    )
    return back


def say_undoable(event: Consultation, text: str, *, before: int, now: int) -> None:
    """Say what was done, with the way back to the version before."""
    if before == now:  # the same as it was: there is nothing to undo
        messages.done(text)
        return
    address = url_for("organiser.timetable_restore", event_id=event.id)
    messages.undoable(text, address, {"version": str(before), "after": str(now)})


def _preview(event: Consultation, shown: Shown, edit: ByHand) -> str:
    edited = apply_edit(shown.table.event, shown.schedule, edit)
    return render_template(
        "organiser/timetable/preview.html",
        **frame(event, shown),
        edit=edit,
        fields=edit_fields(edit),
        title=_title(shown, edit),
        edited=edited,
        faults=[shown.words.fault(each.rule, each.who, each.sentence) for each in edited.faults],
        remaining=len(edited.remaining),
        told=timetable_words.told(edited.changes, shown.event, shown.event),
        busy=is_searched(event),
        swaps=_instead(shown, edit, edited),
        place=_place(shown, edit),
    )


def _instead(shown: Shown, edit: ByHand, edited: Edited) -> list[Key]:
    """The meetings at the place that is wanted, with which this one could be swapped."""
    if not isinstance(edit, Move) or not any(each.rule == "table" for each in edited.faults):
        return []
    here = shown.table.at_table(edit.table)
    return [
        each.key for each in here if each.slot.id == edit.slot and each.key != (edit.startup, edit.partner)
    ]


def _title(shown: Shown, edit: ByHand) -> str:
    if isinstance(edit, Swap):
        first, second = (pair_name(shown.event, *key) for key in (edit.first, edit.second))
        return _("Swap {first} and {second}", first=first, second=second)
    name = pair_name(shown.event, edit.startup, edit.partner)
    if isinstance(edit, Remove):
        return _("Take out {pair}", pair=name)
    return _("Move {pair}", pair=name) if isinstance(edit, Move) else _("Place {pair}", pair=name)


def _place(shown: Shown, edit: ByHand) -> str:
    """Where a pair is to be: “10:20 T1”."""
    return f"{shown.words.time(edit.slot)} {edit.table}" if isinstance(edit, Move | Place) else ""


def _done(shown: Shown, edit: ByHand, what: str) -> str:
    if isinstance(edit, Swap):
        return _("Swapped: {what}.", what=what)
    if isinstance(edit, Remove):
        return _("Taken out: {what}.", what=what)
    return _("{what} is now at {place}.", what=what, place=_place(shown, edit))


def _after(event: Consultation, shown: Shown, edit: ByHand) -> str:
    """Where to look next: the grid of the day of the change."""
    slot = edit.slot if isinstance(edit, Move | Place) else shown.entries[edit_keys(edit)[0]].slot.id
    day = next(each.start.date() for each in shown.event.slots if each.id == slot)
    return url_for("organiser.timetable", event_id=event.id, day=day.isoformat())


# -- reading -----------------------------------------------------------------------------------


def read_key(asked: Mapping[str, str]) -> Key:
    """The pair an address or a form names."""
    return asked.get("startup", ""), asked.get("partner", "")


def read_edit(asked: Mapping[str, str]) -> ByHand:
    """The change that an address or a form names.

    Raises:
        InputError: it names none.
    """
    startup, partner = read_key(asked)
    action, slot, table = (asked.get(name, "") for name in ("action", "slot", "table"))
    if action == "move":
        return Move(startup, partner, slot, table)
    if action == "place":
        return Place(startup, partner, slot, table)
    if action == "remove":
        return Remove(startup, partner)
    if action == "swap":
        other, _line, another = asked.get("with", "").partition("\n")
        return Swap((startup, partner), (other.strip(), another.strip()))
    raise InputError(_("say what is to be done with the meeting"), field="action")


def edit_fields(edit: ByHand) -> dict[str, str]:
    """The same as fields, from which ``read_edit`` reads it."""
    if isinstance(edit, Swap):
        return {
            "action": "swap",
            "startup": edit.first[0],
            "partner": edit.first[1],
            "with": "\n".join(edit.second),
        }
    both = {"startup": edit.startup, "partner": edit.partner}
    if isinstance(edit, Remove):
        return {"action": "remove", **both}
    action = "move" if isinstance(edit, Move) else "place"
    return {"action": action, **both, "slot": edit.slot, "table": edit.table}


def edit_keys(edit: ByHand) -> list[Key]:
    """The pairs a change is about."""
    return [edit.first, edit.second] if isinstance(edit, Swap) else [(edit.startup, edit.partner)]


def _pair(shown: Shown, key: Key) -> Pair:
    found = next((each for each in shown.event.pairs if each.key == key), None)
    if found is None:
        abort(404)
    return found


def is_searched(event: Consultation) -> bool:
    """Whether a search runs, whose timetable would take the place of what is changed by hand."""
    job = jobs.newest(store(), event.id, jobs.SCHEDULE)
    return job is not None and not job.state.is_over
