"""What the command line shows: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from matcher.evaluate import PRODUCT, Evaluation
from matcher.results import Match, MatchList, Quote
from matcher.whynot import WhyNot
from profiles.importers import Duplicate, Parsed, RowsRead
from profiles.model import Side
from profiles.store import Changes
from web import phrases, verdicts
from web.matchviews import ordered

_SHOWN = 20  # notices, rejections and duplicates listed before "and N more"
_SECONDS_BETWEEN_LINES = 5.0


def notify(line: str) -> None:
    """One line for the person, on standard error."""
    click.echo(line, err=True)


class ProgressLine:
    """Progress on standard error: one line that is rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._what, self._last = "", 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now, first, finished = time.monotonic(), what != self._what, done >= total
        pause = 0.1 if self._terminal else _SECONDS_BETWEEN_LINES
        if not (first or finished or now - self._last >= pause):
            return
        self._what, self._last = ("" if finished else what), now
        line = f"{what}: {done:,} of {total:,} ({100 * done // max(total, 1)} %)"
        if self._terminal:
            click.echo(f"\r{line}", err=True, nl=finished)
        elif finished or not first:
            click.echo(line, err=True)


def show_json(value: Any) -> None:
    """A result for a program."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


# -- import ------------------------------------------------------------------------------------


def show_import(
    files: Sequence[Parsed], changes: Changes, duplicates: Sequence[Duplicate], *, applied: bool
) -> None:
    """The preview or the result of an import."""
    verb = "" if applied else "would be "
    click.echo(
        f"{len(changes.added)} {verb}added, {len(changes.updated)} {verb}updated, "
        f"{len(changes.unchanged)} unchanged, {rejected_rows(files)} {verb}rejected"
    )
    show_rows(files)
    listed(
        "likely the same organisation twice",
        [f"{d.first_id} and {d.second_id} ({'; '.join(d.reasons)})" for d in duplicates],
    )


def show_rows(files: Sequence[RowsRead]) -> None:
    """What is to be said of the rows of files: notices, then rejections."""
    notices = [
        f"{read.file}{_place(n.sheet, n.row, n.field)}: {n.text}" for read in files for n in read.notices
    ]
    listed("note", notices)
    rejections = [
        f"{r.file}{_place(r.sheet, r.row, r.field)}: {r.reason}" for read in files for r in read.rejections
    ]
    listed("rejected", rejections)


def rejected_rows(files: Sequence[RowsRead]) -> int:
    """How many rows were rejected; each may have several rejections."""
    return sum(len({(r.sheet, r.row) for r in read.rejections}) for read in files)


def _place(sheet: str | None, row: int | None, field: str) -> str:
    parts = [
        f"sheet {sheet}" if sheet else "",
        f"row {row}" if row else "",
        f"field {field}" if field else "",
    ]
    return "".join(f", {part}" for part in parts if part)


def listed(title: str, lines: Sequence[str]) -> None:
    """Some of ``lines`` on standard error, and how many more there are."""
    for line in lines[:_SHOWN]:
        notify(f"{title}: {line}")
    if len(lines) > _SHOWN:
        notify(f"{title}: and {len(lines) - _SHOWN} more")


def import_dict(
    files: Sequence[Parsed], changes: Changes, duplicates: Sequence[Duplicate], *, applied: bool
) -> dict[str, Any]:
    """The same for a program."""
    return {
        "applied": applied,
        "added": list(changes.added),
        "updated": list(changes.updated),
        "unchanged": list(changes.unchanged),
        **rows_dict(files),
        "duplicates": [
            {"first": d.first_id, "second": d.second_id, "reasons": list(d.reasons)} for d in duplicates
        ],
    }


def rows_dict(files: Sequence[RowsRead]) -> dict[str, Any]:
    """What ``show_rows`` shows, for a program."""
    return {
        "rejected": [
            {
                "file": r.file,
                "sheet": r.sheet,
                "row": r.row,
                "field": r.field,
                "value": r.value,
                "reason": r.reason,
            }
            for read in files
            for r in read.rejections
        ],
        "notices": [
            {"file": read.file, "sheet": n.sheet, "row": n.row, "field": n.field, "text": n.text}
            for read in files
            for n in read.notices
        ],
    }


# -- match -------------------------------------------------------------------------------------


def show_matches(found: MatchList) -> None:
    """A ranked list with its reasons, in the language in use; what the score is stands on the first line."""
    subject = found.subject
    title = phrases.gettext("Best matches for {name}", name=phrases.name(subject))
    track = f" · {phrases.topic_name(found.track)}" if found.track else ""
    note = verdicts.score_note(calibrated=verdicts.calibrated(found))
    click.echo(f"{title} ({found.candidates}){track} · {note}")
    if not found.promising:
        detail = verdicts.no_good_partner_detail(phrases.name(subject))
        click.echo(f"{verdicts.no_good_partner()} {detail}")
    for match in found.matches:
        show_match(match, subject.side)


def show_cost(found: MatchList) -> None:
    """What difference and shared attention cost."""
    click.echo()
    click.echo(verdicts.fit_cost(found))


def show_match(match: Match, asked_by: Side) -> None:
    """One match: who, how well, and the strongest reasons."""
    other = match.other(asked_by)
    facts = [phrases.kind_name(other.kind), other.city or "", phrases.country_name(other.country or "")]
    figures = [phrases.score(match.score), verdicts.probability(match), verdicts.confidence(match)]
    click.echo()
    click.echo(
        f"{match.rank:>3}. {phrases.name(other)}{_second_name(other)}  "
        f"[{' · '.join(fact for fact in facts if fact)}]  "
        f"{' · '.join(figure for figure in figures if figure)}  ({other.id})"
    )
    for quote in match.quotes[:2]:
        _show_quote(quote, match)
    for code in ("common", "words", "topics", "markets"):
        part = match.part(code)
        if part.terms:
            click.echo(f"     {phrases.part_name(code)}: {phrases.terms_of(part, match)}")


def _show_quote(quote: Quote, match: Match) -> None:
    asks, gives = phrases.asker(quote, match), phrases.giver(quote, match)
    verb = phrases.gettext("seeks") if quote.ask_field == "seeks" else phrases.field_name(quote.ask_field)
    click.echo(f"     {phrases.name(asks)} · {verb}: {_short(quote.ask)}")
    click.echo(f"       {phrases.name(gives)} · {phrases.field_name(quote.give_field)}: {_short(quote.give)}")


def _second_name(profile: Any) -> str:
    names = dict.fromkeys(name for name in (profile.name, profile.name_ko) if name)
    names.pop(str(phrases.name(profile)), None)
    return "".join(f" ({name})" for name in names)


def _short(text: str, length: int = 150) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


# -- why ---------------------------------------------------------------------------------------


def show_why(found: WhyNot) -> None:
    """A pair in full: parts, what holds it back, what would change it, what each side would gain."""
    match, _ = found.match, phrases.gettext
    note = verdicts.score_note(calibrated=match.probability is not None)
    track = f" · {phrases.topic_name(match.track)}" if match.track else ""
    click.echo(f"{phrases.name(match.startup)} – {phrases.name(match.partner)}{track} · {note}")
    figures = [f"{phrases.score(match.score)} / 100", verdicts.probability(match), verdicts.rank_text(match)]
    click.echo(" · ".join(figure for figure in figures if figure))
    click.echo(f"{verdicts.confidence(match)}. {verdicts.confidence_detail(match)}")

    _heading(_("How the {score} points come about", score=phrases.score(match.score)))
    for part in ordered(match):
        points = f"{phrases.points(part.points)} / {phrases.points(part.most)}"
        click.echo(f"  {points:>14}  {phrases.part_name(part.code)}: {phrases.part_sentence(part, match)}")
    _heading(_("What holds it back"))
    for obstacle in found.obstacles:
        click.echo(f"  {-obstacle.missing:>+8.2f}  {phrases.part_name(obstacle.part.code)}")
    _heading(_("What would change it"))
    click.echo(f"  {verdicts.changes_note(found)}")
    for change in found.changes:
        basis = verdicts.change_basis(change, match.partner)
        click.echo(
            f"  {change.gain:>+8.2f}  {verdicts.change_name(change)} -> "
            f"{phrases.score(change.score)}{verdicts.new_rank(change)}"
        )
        click.echo(f"            {phrases.name(match.partner)} · {basis.field}: {_short(basis.text)}")
    _heading(_("What each side would gain"))
    for gain in verdicts.gains(match):
        click.echo(f"  {gain.title}: {gain.figure}")
        for quote in gain.quotes:
            _show_quote(quote, match)


def _heading(text: str) -> None:
    click.echo()
    click.echo(text)


# -- evaluate ----------------------------------------------------------------------------------


def show_evaluation(result: Evaluation) -> None:
    """The table of systems, each with its standard error and its paired comparison with the product."""
    table = result.to_dict()
    measures = [name for name in next(iter(table["systems"].values())) if name != "se"]
    click.echo(f"{table['startups']} startups, {table['partners']} partners")
    click.echo(
        f"{'system':<16}" + "".join(f"{name:>18}" for name in measures) + f"{'product ahead by':>24}{'p':>8}"
    )
    for system, row in table["systems"].items():
        cells = "".join(f"{row[name]:>10.3f} ±{row['se'][name]:.3f} " for name in measures)
        paired = table["paired"].get(system)
        tail = f"{paired['difference']:>+16.3f} ±{paired['se']:.3f}{paired['p']:>9.4f}" if paired else ""
        click.echo(f"{system:<16}{cells}{tail}{'  <- the product' if system == PRODUCT else ''}")
