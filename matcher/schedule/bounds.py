"""How good a timetable can be at best: proven bounds on the shortfall and on the value.

Both come from linear programmes (``rows``), and from their dual: for whatever prices on the limits, what the
limits cost in all, and what every pair is still worth after it has paid for its best slot, is a bound
(Lagrange). So a solver is only asked for good prices, those of part of the columns are enough, and neither
its tolerance nor its stopping early makes a bound wrong.

First the programme of pairs alone, then, where there is time, that of pairs in slots.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix, hstack, identity, vstack

from matcher.schedule.model import Problem
from matcher.schedule.rows import Floats, Ints, Rows, pair_rows, write_rows

_MARGIN = 1e-9
"""Relative; far above what sums of floats are wrong by, far below what the checker tells apart."""

_NEAR = 0.1
"""Of a pair's mean value: columns that fall short by more at the pairs' prices are left to the proof."""

_MOST_COLUMNS = 400_000
_LARGE = 1e9  # from here on, whole thousandths of values are not exact
_FEW_PAIRS_SECONDS = 30.0


@dataclass(frozen=True)
class Bound:
    """What no timetable can beat.

    Attributes:
        shortfall: the least there can be.
        value: the most there can be among the timetables with no more than the shortfall asked for.
        rest: of each column of ``Rows``, what it is worth above the prices of the proof, and above what its
            pair has left in its best column: 0 or less, and the nearer to 0, the likelier it is chosen.
        pairs: the pairs that the programme of pairs chooses, wherever they may meet.
        unit: their mean value, or 1: what is much and what is little.
    """

    shortfall: float
    value: float
    rest: Floats
    pairs: Ints
    unit: float


def bound(
    problem: Problem,
    *,
    seconds: float,
    stop: Callable[[], bool],
    shortfall: float | None = None,
    rows: Rows | None = None,
    slots: bool = True,
    known: Bound | None = None,
) -> Bound:
    """Proven bounds, the tighter the more time there is.

    Args:
        problem: the event. If its required pairs cannot take place together, the bounds hold for nothing.
        seconds: about as long as it may take, beyond the programme of pairs (a few seconds at most).
        stop: asked between programmes; if true, the bounds proven so far are returned.
        shortfall: the bound on the value is of timetables with at most so much, or with the least there can
            be by its bound if that is more; None for any shortfall.
        rows: the problem's programme, if it is written already.
        slots: whether to go on to the programme of pairs in slots.
        known: an earlier bound for the same shortfall, to begin with.
    """
    end = time.monotonic() + seconds
    rows = rows or write_rows(problem)
    found = known or _of_pairs(problem, rows, shortfall)
    if not slots or stop():
        return found
    missing = found.shortfall
    cols = likely(rows, found, _NEAR, _MOST_COLUMNS)
    if shortfall is not None and shortfall > missing and (left := end - time.monotonic()) > 0:
        found = replace(found, shortfall=max(missing, _shortfall(rows, cols, left / 2)))
    while (left := end - time.monotonic()) > 0 and not stop():
        proof = _value(rows, cols, _most_short(found.shortfall, shortfall), left)
        value = _rounded(proof.value, rows.worth)
        if value < found.value:
            found = replace(found, value=value, rest=proof.rest)
        # The programme of some columns is worth no more than that of all, whose proof is sought.
        sought = proof.reached < found.value - 1e-7 * abs(found.value)
        if not sought or not len(proof.lacking) or len(cols) + len(proof.lacking) > _MOST_COLUMNS:
            break
        cols = np.union1d(cols, proof.lacking)
    return found


def _of_pairs(problem: Problem, rows: Rows, shortfall: float | None) -> Bound:
    """The bound by the programme of pairs."""
    pairs = pair_rows(problem, rows)
    whole = np.arange(len(pairs.pair))
    missing = _shortfall(pairs, whole, _FEW_PAIRS_SECONDS)
    proof = _value(pairs, whole, _most_short(missing, shortfall), _FEW_PAIRS_SECONDS)
    place = np.searchsorted(pairs.pair, rows.pair)
    chosen = pairs.pair[proof.chosen]
    unit = float(rows.worth[chosen].mean()) if len(chosen) else 0.0
    return Bound(missing, _rounded(proof.value, rows.worth), proof.rest[place], chosen, unit or 1.0)


def likely(rows: Rows, found: Bound, near: float, most: int, *, by_pair: bool = True) -> Ints:
    """The columns that a good timetable may have.

    Args:
        rows: the programme.
        found: its bound.
        near: how far below the prices of the proof they may be, in mean values of a pair.
        most: this many columns at most, the nearest ones.
        by_pair: whether all columns of a pair are as near as its nearest one.
    """
    rest = found.rest
    if by_pair:
        some = np.flatnonzero(np.diff(rows.first))
        best = np.full(len(rows.worth), -np.inf)
        best[some] = np.maximum.reduceat(rest, rows.first[some]) if len(some) else 0.0
        rest = best[rows.pair]
    rest = np.where(rows.required[rows.pair], np.inf, rest)
    order = np.argsort(-rest, kind="stable")[:most]
    return np.sort(order[rest[order] >= -near * found.unit])


def _scale(rows: Rows) -> float:
    """The size of a value: the mean of the pairs that have one, 1 if none has."""
    positive = rows.worth[rows.worth > 0]
    return float(positive.mean()) if len(positive) else 1.0


def _most_short(least: float, known: float | None) -> float | None:
    return None if known is None else max(least, known)


def _shortfall(rows: Rows, cols: Ints, seconds: float) -> float:
    """The bound on the shortfall."""
    if not rows.least.any():
        return 0.0
    found = _solve(rows, cols, None, None, seconds)
    needs = np.clip(found.needs, 0.0, 1.0)
    cost, _, _ = _cost(rows, np.zeros(len(rows.pair)), found.limits, needs)
    missing = float(needs @ rows.least) - cost
    return float(max(0, math.ceil(missing - 1e-6)))


@dataclass(frozen=True)
class _Proof:
    """A bound on the value.

    Attributes:
        value: the bound.
        reached: what the programme of the columns looked at comes to; infinite if it was not solved.
        rest: as in ``Bound``.
        chosen: the columns that the programme chooses.
        lacking: columns that were not looked at and are worth more than their price, so that the bound is
            higher than that of all columns could be.
    """

    value: float
    reached: float
    rest: Floats
    chosen: Ints
    lacking: Ints


def _value(rows: Rows, cols: Ints, most_short: float | None, seconds: float) -> _Proof:
    """The bound on the value where at most so many meetings are missing."""
    worth = rows.worth[rows.pair]
    found = _solve(rows, cols, worth, most_short, seconds)
    needs = np.clip(found.needs, 0.0, found.short)
    cost, left, best = _cost(rows, worth, found.limits, needs)
    total = cost - float(needs @ rows.least)
    if most_short is not None:
        total += found.short * most_short
    known = np.zeros(len(rows.worth))
    np.maximum.at(known, rows.pair[cols], left[cols])
    lacking = np.flatnonzero(left > known[rows.pair] + 1e-7 * _scale(rows))
    return _Proof(
        value=total + _MARGIN * (abs(total) + 1),
        reached=found.reached,
        rest=left - best[rows.pair],
        chosen=found.chosen,
        lacking=np.setdiff1d(lacking, cols),
    )


def _cost(rows: Rows, worth: Floats, prices: Floats, needs: Floats) -> tuple[float, Floats, Floats]:
    """What the limits cost and the pairs keep at the prices: at least what any choice of columns is worth.

    Also what each column has left after paying, and each pair in its best column, if that is more than 0.
    ``needs`` is added to the worth of a participant's columns.
    """
    prices = np.maximum(prices, 0.0)
    left = worth + needs[rows.sides[rows.pair]].sum(axis=1) - rows.matrix.T @ prices
    some = np.flatnonzero(np.diff(rows.first))
    best = np.maximum.reduceat(left, rows.first[some]) if len(some) else np.zeros(0)
    kept = np.where(rows.required[some], best, np.maximum(best, 0.0))
    full = np.zeros(len(rows.worth))
    full[some] = np.maximum(best, 0.0)
    return float(prices @ rows.limit + math.fsum(kept)), left, full


@dataclass(frozen=True)
class _Prices:
    """Prices from the solver: of the limits, of the wished meetings, and of the allowed shortfall.

    All are 0 if there were none in time. ``chosen`` are the columns of the solution that goes with them, as
    far as they are at least half in it; ``reached`` is what it comes to, infinite if there was none.
    """

    limits: Floats
    needs: Floats
    short: float
    chosen: Ints
    reached: float


def _solve(rows: Rows, cols: Ints, worth: Floats | None, most_short: float | None, seconds: float) -> _Prices:
    """Solve the programme of some columns. Without a worth of columns, the shortfall is made least."""
    people = len(rows.least)
    asks = worth is None or most_short is not None
    needy = np.flatnonzero(rows.least) if asks else np.zeros(0, dtype=np.int64)
    count = len(cols)
    part = rows.matrix[:, cols]
    bound = np.flatnonzero(np.diff(part.indptr) > rows.limit)
    asked, inverse = np.unique(rows.pair[cols], return_inverse=True)
    once = csr_matrix((np.ones(count), (inverse, np.arange(count))), shape=(len(asked), count))
    must = rows.required[asked]
    sides = rows.sides[rows.pair[cols]]
    member = coo_matrix(
        (np.ones(2 * count), (sides.T.ravel(), np.tile(np.arange(count), 2))), shape=(people, count)
    ).tocsr()[needy]
    spare = csr_matrix((len(bound) + int((~must).sum()), len(needy)))
    upper = hstack([vstack([part[bound], once[~must]]), spare])
    upper = vstack([upper, hstack([-member, -identity(len(needy))])])
    limits = [rows.limit[bound], np.ones(int((~must).sum())), -rows.least[needy]]
    # The solver's tolerances are absolute.
    unit = 1.0 if worth is None else _scale(rows)
    gains = np.concatenate([np.zeros(count), np.full(len(needy), -1.0)])
    if worth is not None:
        gains = np.concatenate([worth[cols] / unit, np.zeros(len(needy))])
    if worth is not None and most_short is not None:
        row = np.concatenate([np.zeros(count), np.ones(len(needy))])
        upper = vstack([upper, csr_matrix(row)])
        limits.append(np.array([most_short]))
    prices, needs, short = np.zeros(len(rows.limit)), np.zeros(people), 0.0
    chosen, reached = np.zeros(0, dtype=np.int64), math.inf
    if not len(gains):
        return _Prices(prices, needs, short, chosen, reached)
    result = linprog(
        -gains,
        A_ub=upper.tocsr(),
        b_ub=np.concatenate(limits),
        A_eq=hstack([once[must], csr_matrix((int(must.sum()), len(needy)))]).tocsr() if must.any() else None,
        b_eq=np.ones(int(must.sum())) if must.any() else None,
        bounds=(0, None),
        method="highs-ipm",
        options={"time_limit": max(seconds, 0.01)},
    )
    if result.status == 0:
        duals = -result.ineqlin.marginals * unit
        prices[bound] = duals[: len(bound)]
        place = len(bound) + int((~must).sum())
        needs[needy] = duals[place : place + len(needy)]
        if worth is not None and most_short is not None:
            short = max(0.0, float(duals[-1]))
        chosen = cols[result.x[:count] >= 0.5]
        reached = -float(result.fun) * unit
    return _Prices(prices, needs, short, chosen, reached)


def _rounded(value: float, worth: Floats) -> float:
    """The bound, lowered to the next sum that values can have if all are multiples of one number."""
    if worth.max(initial=0.0) > _LARGE:
        return value
    for digits in range(4):
        whole = worth * 10**digits
        if np.abs(whole - np.round(whole)).max(initial=0.0) < 1e-9:
            step = int(np.gcd.reduce(np.round(whole).astype(np.int64), initial=0))
            if step == 0:
                return 0.0
            return float(math.floor(value * 10**digits / step + 1e-6) * step / 10**digits)
    return value
