"""Pages that are whole by themselves: their styles inside, without scripts or anything from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from web import phrases

ROOT = Path(__file__).resolve().parent.parent

_STYLES = ("static/vendor/modern-normalize.css", "static/roundtable.css")


def environment(*styles: str, **shown: Any) -> Environment:
    """The templates for such pages.

    Args:
        styles: style sheets of their own, in addition to those of all pages; from the folder ``web``.
        shown: what the templates can name.
    """
    found = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_callables(phrases.gettext, phrases.ngettext, newstyle=True)  # type: ignore[attr-defined]
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in (*_STYLES, *styles)]
    found.globals.update(phrases=phrases, style=Markup("\n".join(texts)))  # noqa: S704  (our own style sheets)
    found.globals.update(shown)
    return found
