"""Pictures drawn on the server: data in, a frozen drawing out, which a macro of the same name turns into SVG.

Works without Flask: drawings are numbers and names, and speak (title, description, table) in the language in
use when they are asked. The macros are in ``templates/charts`` and need ``static/charts.css`` beside
``static/roundtable.css``.
"""

from __future__ import annotations

from web.render.charts.coverage import Coverage, coverage
from web.render.charts.fitmap import Picture, Place, fit_picture, places_of
from web.render.charts.frame import Table
from web.render.charts.funnel import Course, Funnel, Step, courses_of, funnel
from web.render.charts.heat import Heat, heat
from web.render.charts.load import Load, load
from web.render.charts.timeline import Timeline, timeline

__all__ = [
    "Course",
    "Coverage",
    "Funnel",
    "Heat",
    "Load",
    "Picture",
    "Place",
    "Step",
    "Table",
    "Timeline",
    "courses_of",
    "coverage",
    "fit_picture",
    "funnel",
    "heat",
    "load",
    "places_of",
    "timeline",
]
