"""Learning from the command line: train, list what was learned, choose what is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from profiles.errors import InputError
from web.terminal import ProgressLine, show_json

if TYPE_CHECKING:
    from web.context import Context

SHIPPED_NAME = "shipped"


def train_model(context: Context, *, dry_run: bool, as_json: bool) -> None:
    """Learn, keep the card unless ``dry_run``, and show it. An interruption leaves the store as it was."""
    from matcher.training import keep, train

    with context.service() as service:
        card = train(service, ProgressLine())
        if not dry_run:
            card = keep(service, card)
    if as_json:
        show_json(card)
    else:
        show_card(card, kept=not dry_run)


def list_models(context: Context, *, as_json: bool) -> None:
    """Every model learned so far, the newest first."""
    with context.store() as store:
        cards = store.models()
    if as_json:
        show_json(cards)
        return
    if not cards:
        click.echo("no model was learned yet; the shipped points are in use")
    for card in cards:
        mark = "*" if card["in_use"] else " "
        click.echo(f"{mark}{card['version']:>4}  {card['created_at']}  {card['reason']}")


def use_model(context: Context, name: str, *, as_json: bool) -> None:
    """Use a version, or the shipped points, from now on.

    Raises:
        InputError: there is no such version.
    """
    if name != SHIPPED_NAME and not name.isdecimal():
        raise InputError(f"{name!r} is no version: give a number or {SHIPPED_NAME}", field="--use")
    version = None if name == SHIPPED_NAME else int(name)
    with context.store() as store:
        store.use_model(version)
    if as_json:
        show_json({"in_use": version})
    else:
        click.echo("the shipped points are in use" if version is None else f"model {version} is in use")


def show_card(card: dict[str, Any], *, kept: bool) -> None:
    """What was learned, how it was measured, and what follows."""
    data = card["data"]
    click.echo(
        f"{data['engagements']:,} past engagements ({data['groups']:,} different), "
        f"{data['examples']:,} asked; {data['outcomes']:,} outcomes of {data['outcome_pairs']:,} pairs"
    )
    for title, validation in (
        ("past engagements", card["cross_validation"]),
        ("outcomes", card["outcome_validation"]),
    ):
        if validation is not None:
            _show_validation(title, validation)
    _show_weights(card["weights"])
    if card["calibration"] is not None:
        _show_calibration(card["calibration"])
    click.echo(card["reason"])
    click.echo(f"kept as model {card['version']}" if kept else "nothing was kept")


def _show_validation(title: str, validation: dict[str, Any]) -> None:
    click.echo(f"\n{title}: {validation['examples']:,} questions, {validation['folds']} folds")
    click.echo(f"{'system':<16}{'ndcg@10':>18}{'learned ahead by':>24}{'p':>8}")
    for system, row in validation["systems"].items():
        gain = validation["gains"].get(system)
        tail = f"{gain['difference']:>+16.3f} ±{gain['se']:.3f}{gain['p']:>9.4f}" if gain else ""
        click.echo(f"{system:<16}{row['ndcg@10']:>10.3f} ±{row['se']:.3f} {tail}")


def _show_weights(weights: dict[str, dict[str, float]]) -> None:
    click.echo(f"\n{'most points':<16}{'wants named':>14}{'not named':>14}")
    for part, points in weights["named"].items():
        click.echo(f"{part:<16}{points:>14.1f}{weights['unnamed'][part]:>14.1f}")
    click.echo()


def _show_calibration(calibration: dict[str, Any]) -> None:
    pairs = f"{calibration['fruitful']:,} of {calibration['pairs']:,} decided pairs met"
    if calibration["brier"] is None:
        click.echo(f"{pairs}: too few for probabilities\n")
        return
    verdict = "shown" if calibration["used"] else "not shown"
    click.echo(
        f"{pairs}; probabilities ({calibration['method']}) are {verdict}: Brier score "
        f"{calibration['brier']:.4f}, of the base rate {calibration['brier_base']:.4f}"
    )
    click.echo(f"{'predicted':>18}{'pairs':>8}{'mean':>8}{'observed':>10}")
    for row in calibration["reliability"]:
        span = f"{row['from']:.2f} to {row['to']:.2f}"
        click.echo(f"{span:>18}{row['pairs']:>8,}{row['predicted']:>8.2f}{row['observed']:>10.2f}")
    click.echo()
