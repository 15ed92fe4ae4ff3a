"""What ``roundtable plan`` shows: the fewest tables, slots or interpreters for what is wished for."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from babel.dates import format_date
from babel.numbers import format_percent

from profiles.errors import InputError
from profiles.event import read_event
from web import phrases
from web.interrupts import interruptible
from web.phrases import N_, ngettext
from web.phrases import gettext as _
from web.terminal import show_json

if TYPE_CHECKING:
    from matcher.schedule.coverage import Coverage
    from matcher.schedule.plan import Plan, Row
    from matcher.schedule.resources import Kind, What

_EXIT_IMPOSSIBLE = 3
_SHARES = {
    "value": N_("{share} of the value that any number could bring"),
    "wishes": N_("{share} of all pairs that have not declined"),
    "agreed": N_("{share} of the pairs that were asked for"),
}


def coverage_of(share: str | None, of: str, each: int | None) -> Coverage:
    """What ``--coverage``, ``--of`` and ``--each`` ask for.

    Raises:
        InputError: neither or both are given, or the share is none.
    """
    from matcher.schedule.coverage import Coverage

    if (share is None) == (each is None):
        raise InputError("give either --coverage or --each")
    if each is not None:
        return Coverage("each", each)
    text = str(share).strip()
    try:
        amount = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= 1:
        raise InputError(f"{text!r} is no share: write one like 95% or 0.95", field="--coverage")
    if of not in ("value", "wishes", "agreed"):
        raise InputError(f"no coverage of {of!r}: choose value, wishes or agreed", field="--of")
    return Coverage(of, amount)  # type: ignore[arg-type]


def show_plan(
    event_path: Path,
    what: What,
    coverage: Coverage,
    *,
    language: str,
    as_json: bool = False,
    seconds: float = 60.0,
    seed: int = 0,
) -> int:
    """Plan for an event file and show on standard output what to book.

    Returns:
        the exit code: 0, or 3 if it is proven that no number is enough.

    Raises:
        InputError: the file cannot be read.
    """
    from matcher.schedule.plan import plan

    event = read_event(event_path)
    with phrases.use_language(language):
        with interruptible() as stopped:
            found = plan(
                event,
                what,
                coverage=coverage,
                seconds=seconds,
                seed=seed,
                stop=stopped,
                progress=_progress,
            )
        if as_json:
            show_json(found.to_dict())
        else:
            _show(found)
    return _EXIT_IMPOSSIBLE if found.possible is False else 0


def _progress(least: int, fewest: int) -> None:
    if sys.stderr.isatty():
        click.echo(_("between {least} and {fewest}", least=least, fewest=fewest), err=True)


def _show(found: Plan) -> None:
    click.echo(conclusion(found))
    if found.without:
        click.echo(_("These startups cannot have so many: {names}", names=_names(found.without)))
    if found.counts is not None and (len(found.kinds) > 1 or found.kinds[0].about):
        for kind, count in zip(found.kinds, found.counts, strict=True):
            given = _("now {number}", number=phrases.number(len(kind.given)))
            click.echo(f"  {phrases.number(count):>5}  {_about(found.what, kind)} ({given})")
    for text, ids in (
        (_("To keep: {names}"), found.kept),
        (_("Not needed: {names}"), found.dropped),
        (_("To add: {names}"), found.added),
    ):
        if ids:
            click.echo(text.format(names=_names(ids)))
    if found.what == "slots" and found.added:
        click.echo(_("Everybody is taken to be there in the slots to add."))
    click.echo()
    for row in found.rows:
        counts = " + ".join(map(phrases.number, row.counts))
        total = f"{counts} = {phrases.number(row.total)}" if len(row.counts) > 1 else counts
        click.echo(f"  {total:>12}  {_covered(row)}")


def conclusion(found: Plan) -> str:
    """What to book and how sure that is, in a sentence or two."""
    wished = _wished(found.coverage)
    if found.possible is False:
        return _("No number is enough for {wished}: proven.", wished=wished)
    if found.fewest is None:
        return _("Time ran out before any number was found to be enough for {wished}.", wished=wished)
    enough = _("{things} are enough for {wished}.", things=_things(found.what, found.fewest), wished=wished)
    if found.proven:
        proof = _("Fewer are not: proven.")
    else:
        proof = _("Time ran out: perhaps {least} would do, but no fewer.", least=phrases.number(found.least))
    return f"{enough} {proof}"


def _wished(coverage: Coverage) -> str:
    if coverage.of == "each":
        return ngettext(
            "{number} meeting for every startup",
            "{number} meetings for every startup",
            round(coverage.amount),
        )
    return _(_SHARES[coverage.of], share=_percent(coverage.amount))


def _things(what: What, number: int) -> str:
    if what == "tables":
        return ngettext("{number} table", "{number} tables", number)
    if what == "slots":
        return ngettext("{number} time slot", "{number} time slots", number)
    return ngettext("{number} interpreter", "{number} interpreters", number)


def _about(what: What, kind: Kind) -> str:
    if what == "slots":
        return format_date(date.fromisoformat(kind.about[0]), "full", locale=phrases.language())
    name = phrases.topic_name if what == "tables" else phrases.language_name
    text = phrases.listed([name(each) for each in kind.about]) or _("for any topic")
    return _("{kind}, not always there", kind=text) if kind.away else text


def _covered(row: Row) -> str:
    sign = {True: _("enough"), False: _("too few"), None: _("not known")}[row.enough]
    if row.high - row.low < 1e-6:
        return f"{_percent(row.low):>8}  {sign}"
    between = _("{low} to {high}", low=_percent(row.low), high=_percent(row.high))
    return f"{between:>8}  {sign}"


def _percent(share: float) -> str:
    return format_percent(share, "0.##%", locale=phrases.language())


def _names(ids: tuple[str, ...]) -> str:
    """Ids may hold anything, also line breaks and a terminal's commands."""
    return phrases.listed(["".join(c if c.isprintable() else "?" for c in each) for each in ids])
