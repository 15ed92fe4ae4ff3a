"""Calendars of participants and interpreters (RFC 5545), with the event's time zone spelled out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from profiles.importers.text import mend
from web import phrases
from web.phrases import gettext as _
from web.render.timetable import words
from web.render.timetable.names import Key
from web.render.timetable.revisions import Revision, Revisions
from web.render.timetable.rows import Timetable
from web.render.timetable.zones import timezone_component

PARTICIPANT, INTERPRETER = "participant", "interpreter"


@dataclass(frozen=True)
class Calendars:
    """The calendars of an event in the language in use."""

    timetable: Timetable
    revisions: Revisions

    def keys(self) -> list[Key]:
        """Whom there is a calendar for: everybody of the event, and who left it with meetings cancelled."""
        event = self.timetable.event
        people = [person.id for person in event.participants]
        people += [who for each in self.revisions.meetings for who in (each.startup, each.partner)]
        helpers = [interpreter.id for interpreter in event.interpreters]
        helpers += [who for each in self.revisions.meetings for who in _helpers(each)]
        keys = [(PARTICIPANT, who) for who in people] + [(INTERPRETER, who) for who in helpers]
        return list(dict.fromkeys(keys))

    def of(self, key: Key) -> bytes:
        """The calendar of one participant or interpreter."""
        sort, who = key
        if sort == PARTICIPANT:
            events = [
                self._event(each, who)
                for each in self.revisions.meetings
                if who in (each.startup, each.partner)
            ]
        else:
            events = [
                self._event(each, None, gone=who in each.former)
                for each in self.revisions.meetings
                if who in _helpers(each)
            ]
        person = self.timetable.people.get(who) if sort == PARTICIPANT else None
        return self._calendar(events, words.name(person) if person else who)

    def everybody(self) -> bytes:
        """All meetings in one calendar."""
        return self._calendar([self._event(each, None) for each in self.revisions.meetings], "")

    def _calendar(self, events: Sequence[Event], whose: str) -> bytes:
        calendar = Calendar()
        calendar.add("prodid", "-//Roundtable//Timetable//EN")
        calendar.add("version", "2.0")
        name = " · ".join(part for part in (words.title(self.timetable), whose) if part)
        calendar.add("name", _plain(name))
        calendar.add("x-wr-calname", _plain(name))
        for zone in self._zones.values():
            calendar.add_component(zone)
        for event in sorted(events, key=lambda event: (event.start.isoformat(), str(event["uid"]))):
            calendar.add_component(event)
        return bytes(calendar.to_ical())

    @cached_property
    def _zones(self) -> dict[str, Timezone]:
        """The time zones in use, over the years of their meetings; UTC needs none."""
        years: dict[str, set[int]] = {}
        for each in self.revisions.meetings:
            used = years.setdefault(each.details.timezone, set())
            used |= {each.details.start.year, each.details.end.year}
        return {
            name: timezone_component(name, min(used), max(used))
            for name, used in years.items()
            if name != "UTC"
        }

    def _event(self, revision: Revision, viewer: str | None, *, gone: bool = False) -> Event:
        """One meeting as ``viewer`` sees it: the other side's name first.

        Args:
            gone: the viewer helps no longer, so that the meeting is cancelled for it alone.
        """
        details, cancelled = revision.details, revision.cancelled or gone
        zone = ZoneInfo(details.timezone)
        event = Event()
        event.add("uid", revision.uid)
        event.add("sequence", revision.sequence)
        event.add("dtstamp", revision.changed)
        event.add("last-modified", revision.changed)
        event.add("dtstart", _local(details.start, zone))
        event.add("dtend", _local(details.end, zone))
        event.add("summary", _plain(self._summary(revision, viewer)))
        event.add("location", _plain(words.table(details.table)))
        event.add("description", "\n".join(_plain(line) for line in self._description(revision)))
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
        if details.track:
            event.add("categories", [details.track.value])
        return event

    def _summary(self, revision: Revision, viewer: str | None) -> str:
        names = [
            self._name(revision.startup, revision.names[0]),
            self._name(revision.partner, revision.names[1]),
        ]
        return " – ".join(reversed(names) if viewer == revision.startup else names)

    def _description(self, revision: Revision) -> list[str]:
        details = revision.details
        lines = [words.title(self.timetable)]
        for who, name in zip((revision.startup, revision.partner), revision.names, strict=True):
            person = self.timetable.people.get(who)
            others = words.second(person) if person else ""
            lines.append(self._name(who, name) + (f" ({others})" if others else ""))
        if details.track:
            lines.append(f"{_('Topic of the meeting')}: {phrases.topic_name(details.track)}")
        if details.interpreter:
            lines.append(words.interpreter(details.interpreter))
        return lines

    def _name(self, who: str, last: str) -> str:
        person = self.timetable.people.get(who)
        return words.name(person) if person else last


def _helpers(revision: Revision) -> Iterable[str]:
    now = revision.details.interpreter
    return (*((now,) if now is not None else ()), *revision.former)


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """A local time of the event. Of an hour that comes twice it is the first, as RFC 5545 has it."""
    return moment.replace(tzinfo=zone)


def _plain(text: str) -> str:
    """``text`` as one line without what a calendar cannot hold."""
    return "".join(c if c.isprintable() else " " for c in mend(text)).strip()
