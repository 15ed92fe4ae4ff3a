"""Moments for people: in the event's time zone and, where the clock differs there, in the reader's own.

The reader's zone comes from the browser, in a cookie that ``static/reader.js`` sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_skeleton, format_time, get_timezone_location

from web.phrases import gettext as _
from web.phrases import language


@dataclass(frozen=True)
class Moment:
    """A moment as a page shows it.

    Attributes:
        iso: with its offset, for machines.
        text: in the event's zone.
        reader: in the reader's, with the zone's name; empty where the clock is the same.
    """

    iso: str
    text: str
    reader: str = ""


def known_zone(name: str) -> ZoneInfo | None:
    """The zone of this name, or None."""
    if not name or len(name) > 60:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def hour(moment: datetime, zone: str, reader: str = "") -> Moment:
    """The time of day.

    Args:
        moment: with a zone, or local time of the event.
        zone: the event's.
        reader: the reader's, if known.
    """
    here, there = _both(moment, zone, reader)
    if there is None:
        return Moment(here.isoformat(), clock(here))
    return Moment(here.isoformat(), clock(here), _elsewhere(here, there))


def full(moment: datetime, zone: str, reader: str = "") -> Moment:
    """Day and time."""
    here, there = _both(moment, zone, reader)
    text = f"{day(here.date())} {clock(here)}"
    if there is None:
        return Moment(here.isoformat(), text)
    return Moment(here.isoformat(), text, _elsewhere(here, there))


def _elsewhere(here: datetime, there: datetime) -> str:
    """The reader's time, with the day where it is another one."""
    other_day = f"{day(there.date(), short=True)} " if there.date() != here.date() else ""
    return f"{other_day}{clock(there)} {place(str(there.tzinfo))}"


def day(which: date, *, short: bool = False) -> str:
    """A day with its day of the week; ``short`` without the year."""
    skeleton = "MMMEd" if short else "yMMMEd"
    return format_skeleton(skeleton, datetime(which.year, which.month, which.day), locale=language())


def long_day(which: date) -> str:
    """A day in full."""
    return format_date(which, "full", locale=language())


def clock(moment: datetime) -> str:
    """The time of day as timetables write it."""
    return format_time(moment.time(), "HH:mm", locale=language())


def place(zone: str) -> str:
    """A zone by its place, such as Seoul, for a reader of the language in use."""
    if zone in ("UTC", "Etc/UTC"):
        return "UTC"
    return str(get_timezone_location(zone, locale=language(), return_city=True))


def zone_note(zone: str) -> str:
    """Which zone the times of an event are in."""
    return _("Times are those of {place}.", place=place(zone))


def _both(moment: datetime, zone: str, reader: str) -> tuple[datetime, datetime | None]:
    event = known_zone(zone) or ZoneInfo("UTC")
    here = moment.astimezone(event) if moment.tzinfo else moment.replace(tzinfo=event)
    own = known_zone(reader)
    if own is None:
        return here, None
    there = here.astimezone(UTC).astimezone(own)
    return here, there if there.utcoffset() != here.utcoffset() else None
