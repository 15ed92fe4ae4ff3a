"""Time zones spelled out for calendars (RFC 5545, 3.6.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_STEP, _EXACT = timedelta(hours=6), timedelta(seconds=1)


def timezone_component(name: str, first_year: int, last_year: int) -> Timezone:
    """The zone's rules over whole years, both ends included, each change of clocks by itself.

    A change is given in the local time before it, as the standard asks; ``Timezone.from_tzinfo`` gives the
    spring one an hour late.
    """
    zone = ZoneInfo(name)
    start = datetime(first_year, 1, 1, tzinfo=UTC) - timedelta(days=1)
    end = datetime(last_year + 1, 1, 2, tzinfo=UTC)
    found = Timezone()
    found.add("tzid", name)
    found.add_component(_observance(zone, start, start))
    for before, after in _changes(zone, start, end):
        found.add_component(_observance(zone, before, after))
    return found


def _observance(zone: ZoneInfo, before: datetime, after: datetime) -> TimezoneStandard | TimezoneDaylight:
    new = after.astimezone(zone)
    observance = TimezoneDaylight() if new.dst() else TimezoneStandard()
    observance.TZOFFSETFROM, observance.TZOFFSETTO = _offset(zone, before), _offset(zone, after)
    observance.DTSTART = (after + observance.TZOFFSETFROM).replace(tzinfo=None)
    observance.add("tzname", new.tzname() or zone.key)
    return observance


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The last second before each change of the clocks, and the first one after it."""
    at = start
    while at < end:
        low, high = at, at + _STEP
        if _offset(zone, low) != _offset(zone, high):
            while high - low > _EXACT:
                middle = (low + (high - low) / 2).replace(microsecond=0)
                if _offset(zone, middle) == _offset(zone, low):
                    low = middle
                else:
                    high = middle
            yield low, high
        at += _STEP


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
