"""Results as files: the match report as pages, tables and JSON in one folder."""

from __future__ import annotations

from web.render.cells import harmless
from web.render.choices import Attention, Choices
from web.render.report import Report, write_report

__all__ = ["Attention", "Choices", "Report", "harmless", "write_report"]
