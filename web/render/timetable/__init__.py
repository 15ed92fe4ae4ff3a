"""A timetable as files: a workbook, pages to print, calendars and a briefing for each meeting."""

from __future__ import annotations

from web.render.timetable.rows import Timetable
from web.render.timetable.write import Written, write_timetable

__all__ = ["Timetable", "Written", "write_timetable"]
