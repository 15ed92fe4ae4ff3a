"""What came of an event's meetings: every one with what is noted of it, filtered and summed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from matcher.outcome_summary import Meant, Sum, summed, summed_by
from profiles.agreed import Agreed, agreed, by_pair
from profiles.consultations import Attendee, By, Came, Consultation
from profiles.model import Kind, Profile, Side, Topic
from web import phrases
from web.access import store
from web.noting import CAME
from web.organiser import showing
from web.organiser.showing import Key, Shown
from web.phrases import N_, Name
from web.phrases import gettext as _
from web.render.charts import Course, Step
from web.render.timetable.rows import Entry


class State(StrEnum):
    """How far a meeting is, for the filter. The last three are of meetings that were held."""

    OPEN = "open"
    NOT_HELD = "not_held"
    HELD = "held"
    NOTHING = "nothing"
    FOLLOW_UP = "follow_up"
    AGREEMENT = "agreement"


class Noted(StrEnum):
    """Who has noted something, for the filter."""

    STARTUP = "startup"
    PARTNER = "partner"
    ORGANISER = "organiser"
    NOBODY = "nobody"
    DIFFER = "differ"


class Group(StrEnum):
    """What sums are made by."""

    TRACK = "track"
    STARTUP = "startup"
    PARTNER = "partner"
    KIND = "kind"


_STATES = {
    State.OPEN: N_("Not settled"),
    State.NOT_HELD: N_("Not held"),
    State.HELD: N_("Held"),
    **{State(came.value): text for came, text in CAME.items()},
}
_NOTED = {
    Noted.STARTUP: N_("The startup"),
    Noted.PARTNER: N_("The partner"),
    Noted.ORGANISER: N_("The organiser"),
    Noted.NOBODY: N_("Nobody yet"),
    Noted.DIFFER: N_("The two sides differ"),
}
_GROUPS = {
    Group.TRACK: N_("Track"),
    Group.STARTUP: N_("Startup"),
    Group.PARTNER: N_("Partner"),
    Group.KIND: N_("Kind of partner"),
}


def state_name(state: State) -> str:
    """How far a meeting is, in a word or two."""
    return _(_STATES[state])


def noted_name(noted: Noted) -> str:
    """Who has noted something."""
    return _(_NOTED[noted])


def group_name(group: Group) -> str:
    """What sums are made by."""
    return _(_GROUPS[group])


def track_name(track: Topic | None) -> str:
    """What meetings were about."""
    return phrases.topic_name(track) if track is not None else _("No topic named")


@dataclass(frozen=True)
class Line:
    """A meeting with what is noted of it.

    Attributes:
        entry: where the timetable has it; None where it has been dropped since.
        begun: whether its time has come.
    """

    meant: Meant
    startup: Name
    partner: Name
    partner_kind: Kind | None
    entry: Entry | None
    begun: bool

    @property
    def agreed(self) -> Agreed:
        return self.meant.agreed

    @property
    def states(self) -> frozenset[State]:
        """All of ``State`` that hold for it."""
        found = self.agreed
        if found.held is None:
            return frozenset({State.OPEN})
        if not found.held:
            return frozenset({State.NOT_HELD})
        return frozenset({State.HELD, *([State(found.result.value)] if found.result else [])})

    @property
    def noted(self) -> frozenset[Noted]:
        """All of ``Noted`` that hold for it."""
        said = {Noted(by.value) for by in self.agreed.said}
        return frozenset({*(said or {Noted.NOBODY}), *([Noted.DIFFER] if self.agreed.differing else [])})

    def holds(self, words: str) -> bool:
        """Whether names, ids and notes hold all words."""
        notes = (note.text for note in self.agreed.said.values())
        texts = [*self.meant.key, self.startup, self.partner, *notes]
        held = "\n".join(texts).casefold()
        return all(word in held for word in words.casefold().split())


@dataclass(frozen=True)
class Wanted:
    """Which meetings are listed."""

    track: Topic | None = None
    state: State | None = None
    noted: Noted | None = None
    words: str = ""

    def of(self, lines: Sequence[Line]) -> list[Line]:
        """Those of them that are."""
        return [
            line
            for line in lines
            if self.track in (None, line.meant.track)
            and (self.state is None or self.state in line.states)
            and (self.noted is None or self.noted in line.noted)
            and line.holds(self.words)
        ]

    def query(self) -> dict[str, str]:
        """What an address says of it."""
        said = {
            "track": self.track.value if self.track else "",
            "state": self.state.value if self.state else "",
            "noted": self.noted.value if self.noted else "",
            "q": self.words,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Board:
    """All meetings of an event: by time as the timetable has them, then those that were dropped since."""

    event: Consultation
    shown: Shown | None
    lines: tuple[Line, ...]
    now: datetime

    @classmethod
    def of(cls, event: Consultation, now: datetime) -> Board:
        """The board at ``now`` (UTC), by the timetable that attendees see, else by the newest one."""
        shown = showing.shown(event, event.published)
        noted = by_pair(store().notes(event.id))
        entries = shown.entries if shown is not None else {}
        dropped = [key for key in noted if key not in entries]
        profiles = store().get_many(list(dict.fromkeys(who for key in [*entries, *dropped] for who in key)))
        local = now.astimezone(ZoneInfo(event.plan.event.timezone)).replace(tzinfo=None)
        tracks = {pair.key: pair.track for pair in shown.event.pairs} if shown is not None else {}
        lines = [
            _line(key, tracks.get(key), noted.get(key) or agreed(()), entries.get(key), profiles, local)
            for key in [*entries, *dropped]
        ]
        return cls(event, shown, tuple(lines), now)

    @cached_property
    def sum(self) -> Sum:
        """How far all of them got."""
        return summed(line.meant for line in self.lines)

    def sums(self, group: Group) -> list[tuple[str, Sum]]:
        """The same by group, with its name; tracks in their own order, else whoever got farthest first."""
        meant = [line.meant for line in self.lines]
        if group is Group.TRACK:
            by_track = summed_by(meant, lambda each: each.track)
            return [(track_name(track), by_track[track]) for track in (*Topic, None) if track in by_track]
        lines = {line.meant.key: line for line in self.lines}
        if group is Group.KIND:
            by_kind = summed_by(meant, lambda each: lines[each.key].partner_kind)
            return _farthest([(_kind_name(kind), each) for kind, each in by_kind.items()])
        if group is Group.STARTUP:
            names = {each.meant.startup: str(each.startup) for each in self.lines}
            by_id = summed_by(meant, lambda each: each.startup)
        else:
            names = {each.meant.partner: str(each.partner) for each in self.lines}
            by_id = summed_by(meant, lambda each: each.partner)
        return _farthest([(names[who], each) for who, each in by_id.items()])

    def courses(self) -> list[Course]:
        """The meetings for the picture of what came of them."""
        return [
            Course(
                line.meant.track,
                _reached(line.agreed),
                {Step.AGREEMENT: line.agreed.amount_usd} if line.agreed.amount_usd is not None else {},
            )
            for line in self.lines
            if line.meant.counts
        ]

    def silent(self) -> list[Silent]:
        """Who has noted nothing of meetings that have begun, those with the most such meetings first."""
        owed: dict[str, list[Line]] = {}
        for line in self.lines:
            if line.entry is None or not line.begun:
                continue
            for who, by in zip(line.meant.key, (By.STARTUP, By.PARTNER), strict=True):
                if by not in line.agreed.said:
                    owed.setdefault(who, []).append(line)
        attendees = self.shown.attendees if self.shown is not None else {}
        found = [
            Silent(attendees[who], line.startup if who == line.meant.startup else line.partner, len(some))
            for who, some in owed.items()
            if who in attendees
            for line in some[:1]
        ]
        return sorted(found, key=lambda each: (-each.meetings, each.name))


@dataclass(frozen=True)
class Silent:
    """Somebody who has still to say what came of ``meetings``."""

    attendee: Attendee
    name: Name
    meetings: int

    @property
    def side(self) -> Side:
        return self.attendee.side


def _line(
    key: Key,
    track: Topic | None,
    found: Agreed,
    entry: Entry | None,
    profiles: Mapping[str, Profile],
    now: datetime,
) -> Line:
    startup, partner = (
        phrases.name(profiles[who]) if who in profiles else Name(_event_name(who, entry)) for who in key
    )
    known = profiles.get(key[1])
    return Line(
        Meant(*key, entry.track if entry is not None else track, entry is not None, found),
        startup,
        partner,
        known.kind if known is not None else None,
        entry,
        entry is not None and entry.slot.start <= now,
    )


def _event_name(who: str, entry: Entry | None) -> str:
    """What the event calls somebody who is no longer in the directory."""
    people = (entry.startup, entry.partner) if entry is not None else ()
    return next((each.participant.name for each in people if each.id == who and each.participant.name), who)


def _kind_name(kind: Kind | None) -> str:
    return phrases.kind_name(kind) if kind is not None else _("not in the directory")


def _reached(found: Agreed) -> Step:
    if not found.held:
        return Step.PLANNED
    further = {Came.FOLLOW_UP: Step.FOLLOW_UP, Came.AGREEMENT: Step.AGREEMENT}
    return further.get(found.result or Came.NOTHING, Step.HELD)


def _farthest(sums: list[tuple[str, Sum]]) -> list[tuple[str, Sum]]:
    def far(each: tuple[str, Sum]) -> tuple[int, int, int, int, str]:
        name, found = each
        return -found.agreement, -found.follow_up, -found.held, -found.planned, name

    return sorted(sums, key=far)
