"""The folder of a timetable: what may lie in it."""

from __future__ import annotations

import re

from web.render import folder

PEOPLE, TABLES, CALENDARS, BRIEFINGS = "people", "tables", "calendars", "briefings"
LAYOUT = folder.Layout(
    "timetable",
    f"{folder.OWN}/timetable",
    re.compile(
        rf"(?:(?:{PEOPLE}|{TABLES}|{CALENDARS}|{BRIEFINGS})/)?"
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}\.(?:html|ics|xlsx|json)"
    ),
)
