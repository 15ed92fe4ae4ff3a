"""Results as files: the match report as pages, tables and JSON in one folder."""

from __future__ import annotations

from web.render.cells import harmless
from web.render.report import Report, write_report

__all__ = ["Report", "harmless", "write_report"]
