"""The audit trail: who changed what, to look through and to take away as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request

from profiles.accounts import Role
from profiles.audit_store import AuditEntry
from web import audit_words, phrases
from web.access import may, store
from web.accounts import states
from web.accounts.blueprint import pages
from web.pages.views import read_count
from web.phrases import gettext as _
from web.render.cells import harmless

PAGE_SIZE = 50
MOST_ROWS = 50_000
"""Rows of an exported table: what a spreadsheet opens without trouble."""


@dataclass(frozen=True)
class Line:
    """An entry as a page shows it.

    Attributes:
        sentence: who did what.
        subject: to what, by its name.
        event: in which event, by its name; empty where in none.
        detail: field and value of what there is besides.
    """

    entry: AuditEntry
    when: str
    sentence: str
    subject: str
    event: str
    detail: tuple[tuple[str, str], ...]


@pages.get("/changes")
@may(Role.ORGANISER)
def trail() -> str:
    """A page of the trail, the newest first."""
    wanted = _wanted()
    number = read_count(request.args.get("page", ""), "page", 1, 10**6)
    kept = store()
    found, total = kept.changes_made(**wanted, page=number, size=PAGE_SIZE)
    many = max(1, -(-total // PAGE_SIZE))
    if number > many:
        number = many
        found, total = kept.changes_made(**wanted, page=number, size=PAGE_SIZE)
    actions = {code: audit_words.done(code) for code in kept.actions_made()}
    return render_template(
        "accounts/trail.html",
        lines=_lines(found),
        total=total,
        number=number,
        many=many,
        wanted=wanted,
        accounts=[(each.number, each.name) for each in kept.accounts()],
        actions=sorted(actions.items(), key=lambda item: item[1]),
        events=sorted(_event_names(kept.events_changed()).items(), key=lambda item: item[1]),
        zone_note=states.zone_note(),
    )


@pages.get("/changes.csv")
@may(Role.ORGANISER)
def trail_table() -> Response:
    """The same entries as a table, all pages of them."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(
        [
            _("Time (UTC)"),
            _("Account"),
            _("Name"),
            _("What"),
            _("Of what"),
            _("Event"),
            _("Code"),
            _("Detail"),
        ]
    )
    entries, _total = store().changes_made(**_wanted(), size=MOST_ROWS)
    for line in _lines(entries):
        entry = line.entry
        detail = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
        cells = [entry.actor, audit_words.done(entry.action), line.subject, line.event, entry.action, detail]
        when = entry.at.isoformat(timespec="seconds")
        table.writerow([when, entry.account or "", *(harmless(cell) for cell in cells)])
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=changes.csv"
    return answer


def _wanted() -> dict[str, Any]:
    account = request.args.get("account", "")
    return {
        "account": read_count(account, "account", 1, 10**9) if account else None,
        "event_id": request.args.get("event") or None,
        "action": request.args.get("action") or None,
    }


def _lines(entries: list[AuditEntry]) -> list[Line]:
    words = {word for entry in entries for word in (entry.subject, *entry.subject.split())}
    profiles = store().get_many(sorted(words))
    names = {profile_id: str(phrases.name(profile)) for profile_id, profile in profiles.items()}
    events = _event_names({entry.event_id for entry in entries if entry.event_id})
    return [
        Line(
            entry,
            states.moment(entry.at),
            audit_words.sentence(entry),
            _named(entry.subject, names),
            events.get(entry.event_id or "", ""),
            tuple((name, _plain(value)) for name, value in entry.detail.items()),
        )
        for entry in entries
    ]


def _named(subject: str, names: dict[str, str]) -> str:
    """A subject that is the id of a profile, or ids of several, by names."""
    if subject in names:
        return names[subject]
    words = subject.split()
    return " – ".join(names[word] for word in words) if words and all(w in names for w in words) else subject


def _event_names(ids: Iterable[str]) -> dict[str, str]:
    known = {event.id: event.name for event in store().consultations()}
    return {each: known.get(each, each) for each in ids}


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
