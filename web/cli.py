"""The ``roundtable`` command: each command reads its arguments, makes one call and shows the answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from profiles.errors import InputError, RoundtableError
from profiles.model import Kind, Side
from web import day_commands, options, phrases
from web.context import Context, pass_context
from web.options import DIVERSITY as _DIVERSITY
from web.options import JSON as _JSON
from web.options import KIND as _KIND
from web.options import LANGUAGE as _LANGUAGE
from web.options import SPREAD as _SPREAD
from web.options import TOP as _TOP
from web.options import TRACK as _TRACK
from web.settings import load_settings

EXIT_UNEXPECTED, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--database", help="SQLAlchemy URL [ROUNDTABLE_DATABASE; SQLite in the data folder].")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Data folder [ROUNDTABLE_DATA_DIR].")
@click.option("--cache-dir", type=click.Path(path_type=Path), help="Cache folder [ROUNDTABLE_CACHE_DIR].")
@click.option("--model", help="sentence-transformers folder or hub name [ROUNDTABLE_MODEL; built in].")
@click.version_option(package_name="roundtable")
@click.pass_context
def cli(context: click.Context, /, **overrides: Any) -> None:
    """Match startups with partners abroad, with reasons, offline, in Korean and English."""
    context.obj = Context(load_settings(**overrides))


@cli.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--side", type=click.Choice([side.value for side in Side]), help="Side of rows that name none.")
@click.option("--map", "mapping", multiple=True, metavar="HEADER=FIELD", help="Read a column as this field.")
@click.option("--dry-run", is_flag=True, help="Show what would happen; write nothing.")
@click.option("--strict", is_flag=True, help="Apply nothing if any row is rejected.")
@_JSON
@pass_context
def import_(
    context: Context,
    files: tuple[Path, ...],
    side: str | None,
    mapping: tuple[str, ...],
    dry_run: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Import profiles from JSONL, CSV or XLSX FILES.

    All good rows are applied in one transaction. Rejected rows are written to NAME.rejected.csv beside each
    file: mend them there and import that file.
    """
    from web.importing import run_import

    run_import(
        context,
        files,
        side=Side(side) if side else None,
        mapping=mapping,
        dry_run=dry_run,
        strict=strict,
        as_json=as_json,
    )


@cli.command()
@click.argument("profile_id", metavar="ID", required=False)
@click.option("--text", help="Match a startup described in this text instead of a stored one; - reads it in.")
@_TOP
@_KIND
@_TRACK
@_DIVERSITY
@_SPREAD
@_LANGUAGE
@_JSON
@pass_context
def match(
    context: Context,
    profile_id: str | None,
    text: str | None,
    top: int,
    kind: str | None,
    track: str | None,
    diversity: float,
    spread: bool,
    lang: str | None,
    as_json: bool,
) -> None:
    """Show the best partners for the startup ID (or the best startups for a partner), with reasons."""
    from web.terminal import show_cost, show_json, show_matches

    if (profile_id is None) == (text is None):
        raise InputError("give either an ID or --text")
    if text is not None and spread:
        raise InputError("attention is shared among stored startups: import this one first", field="--spread")
    asked: dict[str, Any] = {
        "top": top,
        "kind": options.kind(kind),
        "track": options.topic(track),
        "diversity": diversity,
    }
    with context.service() as service, phrases.use_language(options.language(lang)):
        if text is None:
            found = service.match(str(profile_id), spread=spread, **asked)
        else:
            found = service.match_profile(options.described(text), **asked)
        if as_json:
            show_json(found.to_dict())
            return
        show_matches(found)
        if diversity or spread:
            show_cost(found)


@cli.command()
@click.argument("startup")
@click.argument("partner")
@_TRACK
@_LANGUAGE
@_JSON
@pass_context
def why(
    context: Context, startup: str, partner: str, track: str | None, lang: str | None, as_json: bool
) -> None:
    """Show what holds a pair of ids back, what would change it, and what each side would gain."""
    from web.terminal import show_json, show_why

    with context.service() as service, phrases.use_language(options.language(lang)):
        found = service.why_not(startup, partner, options.topic(track))
        if as_json:
            show_json(found.to_dict())
        else:
            show_why(found)


@cli.command()
@click.argument("words", metavar="TEXT")
@click.option("--side", type=click.Choice([side.value for side in Side]), default=Side.PARTNER.value)
@_TOP
@_KIND
@_JSON
@pass_context
def search(context: Context, words: str, side: str, top: int, kind: str | None, as_json: bool) -> None:
    """Find profiles by meaning and by words, in Korean or English."""
    from web.terminal import show_json

    with context.service() as service:
        hits = service.search(words, side=Side(side), kind=Kind(kind) if kind else None, top=top)
        rows: list[dict[str, Any]] = [
            {"id": h.profile.id, "name": h.profile.label(), "score": h.score, "ranks": h.ranks} for h in hits
        ]
        if as_json:
            show_json(rows)
            return
        for place, row in enumerate(rows, start=1):
            ranks = ", ".join(f"{index} #{rank}" for index, rank in row["ranks"].items())
            click.echo(f"{place:>3}. {row['name']}  ({row['id']})  {row['score']:.2f}  [{ranks}]")


@cli.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("roundtable-report"), show_default=True)
@click.option(
    "--startup", "startups", multiple=True, metavar="ID", help="Only this startup; may be repeated."
)
@_TOP
@_KIND
@_TRACK
@_DIVERSITY
@_SPREAD
@_LANGUAGE
@pass_context
def report(
    context: Context,
    out: Path,
    startups: tuple[str, ...],
    top: int,
    kind: str | None,
    track: str | None,
    diversity: float,
    spread: bool,
    lang: str | None,
) -> None:
    """Write the match report: HTML pages, CSV, XLSX and JSON in one folder."""
    from web.reporting import write

    with context.service() as service:
        index = write(
            service,
            out,
            language=options.language(lang),
            startups=startups or None,
            top=top,
            kind=options.kind(kind),
            track=options.topic(track),
            diversity=diversity,
            spread=spread,
        )
    click.echo(str(index))


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--query-markets", is_flag=True, help="Rank only partners in a startup's markets.")
@click.option("--train", is_flag=True, help="Learn from the partners' histories first, as train does.")
@click.option("--ablate", is_flag=True, help="Rank without each part of the score too.")
@_JSON
@pass_context
def evaluate(
    context: Context, folder: Path, query_markets: bool, train: bool, ablate: bool, as_json: bool
) -> None:
    """Measure the ranking on a labelled set: startups.jsonl, partners.jsonl and qrels.tsv in FOLDER."""
    from web.evaluating import evaluate_folder
    from web.terminal import show_evaluation, show_json

    result = evaluate_folder(
        folder, context.settings, query_markets=query_markets, train=train, ablate=ablate
    )
    if as_json:
        show_json(result.to_dict())
    else:
        show_evaluation(result)


@cli.command()
@click.option("--dry-run", is_flag=True, help="Learn and measure; keep nothing.")
@click.option("--list", "as_list", is_flag=True, help="Show the models learned so far.")
@click.option("--use", metavar="VERSION|shipped", help="Use this model from now on, or the shipped points.")
@_JSON
@pass_context
def train(context: Context, dry_run: bool, as_list: bool, use: str | None, as_json: bool) -> None:
    """Learn the score from past engagements and outcomes; what is learned is used only if it ranks better."""
    from web.training import list_models, train_model, use_model

    if sum((dry_run, as_list, use is not None)) > 1:
        raise InputError("give one of --dry-run, --list and --use")
    if as_list:
        list_models(context, as_json=as_json)
    elif use is not None:
        use_model(context, use, as_json=as_json)
    else:
        train_model(context, dry_run=dry_run, as_json=as_json)


@cli.command()
@pass_context
def index(context: Context) -> None:
    """Read all texts and build the index now; otherwise the first question does."""
    with context.service() as service:
        directory = service.directory()
        click.echo(f"{len(directory.startups)} startups and {len(directory.partners)} partners are indexed")


@cli.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@pass_context
def remove(context: Context, ids: tuple[str, ...]) -> None:
    """Remove profiles by ID; if one is unknown, nothing is removed."""
    with context.store() as store:
        store.remove(ids)
    click.echo(f"{len(ids)} removed")


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would happen; write nothing.")
@click.option("--strict", is_flag=True, help="Record nothing if any row is rejected.")
@_JSON
@pass_context
def outcomes(context: Context, files: tuple[Path, ...], dry_run: bool, strict: bool, as_json: bool) -> None:
    """Record what came of matches from JSONL, CSV or XLSX FILES; without FILES, count what is known.

    Columns: startup, partner, outcome (shown, declined, accepted, met, follow_up, agreement), date and, if
    known, rank in the list shown. Rejected rows are written to NAME.rejected.csv beside each file.
    """
    from web.outcomes import count_outcomes, record_outcomes

    if files:
        record_outcomes(context, files, dry_run=dry_run, strict=strict, as_json=as_json)
    elif dry_run or strict:
        raise InputError("name the files to read", field="--dry-run" if dry_run else "--strict")
    else:
        count_outcomes(context, as_json=as_json)


@cli.command()
@click.option("--host", help="Address to listen on [ROUNDTABLE_HOST; 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port [ROUNDTABLE_PORT; 8350].")
@pass_context
def serve(context: Context, host: str | None, port: int | None) -> None:
    """Open the pages in a web browser at the address shown."""
    from web.serving import serve as run

    settings = context.settings
    run(settings, host or settings.host, settings.port if port is None else port)


@cli.command("sign-in")
@click.option("--host", help="Where serve listens [ROUNDTABLE_HOST; 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="Where serve listens [ROUNDTABLE_PORT; 8350].")
@pass_context
def sign_in(context: Context, host: str | None, port: int | None) -> None:
    """Print a link that signs you in once as an organiser, for 12 hours; earlier ones end."""
    from web.accounts.signing import organiser_link

    settings = context.settings
    shown = f"http://{host or settings.host}:{settings.port if port is None else port}"
    with context.store() as store:
        secret, _account = organiser_link(store)
    click.echo(f"{settings.base_url.rstrip('/') or shown}/link/{secret}")


@cli.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("roundtable-report"), show_default=True)
@pass_context
def demo(context: Context, out: Path) -> None:
    """Import the sample directory and show the main job on it, in Korean and English."""
    from web.demo import run

    run(context, out)


for command in day_commands.COMMANDS:
    cli.add_command(command)


def guarded(command: Callable[[], Any]) -> int:
    """Run a command and turn what goes wrong into one line and an exit code."""
    try:
        code = command()
    except RoundtableError as error:
        click.echo(f"roundtable: {error}", err=True)
        return EXIT_BAD_INPUT
    except click.ClickException as error:
        click.echo(f"roundtable: {error.format_message()}", err=True)
        return EXIT_BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("roundtable: interrupted; what was computed so far is kept", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("ROUNDTABLE_DEBUG"):
            raise
        click.echo(
            f"roundtable: unexpected {type(error).__name__}: {error} (ROUNDTABLE_DEBUG=1 shows where)",
            err=True,
        )
        return EXIT_UNEXPECTED
    return code if isinstance(code, int) else 0  # click hands on the code that a command exits with


def main() -> None:
    """Entry point of the ``roundtable`` command."""
    sys.exit(guarded(lambda: cli.main(standalone_mode=False)))
