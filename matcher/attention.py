"""Attention is scarce: a partner wanted by everybody must not be suggested to everybody.

Every startup gets a list of up to k partners, every partner stands in no more lists than its capacity. Among
all such choices those with the most suggestions are taken, among these the ones with the most even lists
(the smallest sum of their squared lengths: nobody goes without for another's longer list), and among these
the one with the largest total score.

This is a b-matching, solved exactly as a flow of least cost (Ahuja, Magnanti and Orlin, Network Flows, 1993,
chapters 9, 12 and 14): a startup's first, second, third ... suggestion comes over an arc of its own, each
dearer than the last by more than all scores together; each pair lets one through at the cost of minus its
score; and a partner takes in as many as its capacity. OR-Tools solves it in integers, with scores in
thousandths of a point. For 2,000 startups and 200 partners that takes less than half a second.

No suggestion is given up for points, and no list is shorter than need be for points.
``default_capacity`` fills all lists unless many pairs are forbidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import numpy as np

UNITS_A_POINT = 1000
"""Resolution of the total: finer differences of score are rounded away. Scores have two decimals."""


@dataclass(frozen=True)
class Shared:
    """Suggestions under limited attention.

    Attributes:
        chosen: (S, P) True where the partner is suggested to the startup.
        fit_cost: mean score of all suggestions in the plain lists (each startup's best k) minus that in these
            lists, in score points. Not negative where these lists are as full as the plain ones.
        exposure_before, exposure_after: (P,) how many startups each partner is suggested to by the plain
            lists and by these.
    """

    chosen: np.ndarray
    fit_cost: float
    exposure_before: np.ndarray
    exposure_after: np.ndarray

    @property
    def gini(self) -> tuple[float, float]:
        """Gini coefficients of both exposures, before and after."""
        return gini_of(self.exposure_before), gini_of(self.exposure_after)

    @property
    def largest(self) -> tuple[int, int]:
        """How many startups the most suggested partner is suggested to, before and after."""
        return int(self.exposure_before.max(initial=0)), int(self.exposure_after.max(initial=0))


def share(scores: np.ndarray, k: int, capacity: int | np.ndarray, strength: float = 1.0) -> Shared:
    """Choose up to ``k`` partners for every startup, each partner ``capacity`` times at most.

    Where the plain lists keep to the limits they are the answer. Among equally good choices the solver takes
    one that depends on nothing but the arguments.

    Args:
        scores: (S, P) in points; -inf where the two must not meet.
        k: longest list.
        capacity: for all partners, or (P,) for each.
        strength: how much of what a partner has above its capacity is taken away: 1 all of it; 0.5 leaves
            one that has 30 and a capacity of 20 with 25; 0 leaves the plain lists.

    Raises:
        ValueError: scores are not a matrix or hold NaN or +inf, capacities are not P whole numbers from 0
            on, k is negative or strength outside 0..1.
        RuntimeError: the solver gives up, which only scores far beyond a million points make it do.
    """
    scores, capacity = np.asarray(scores, np.float64), np.asarray(capacity)
    if scores.ndim != 2 or np.isnan(scores).any() or np.isposinf(scores).any():
        raise ValueError("scores must be a matrix of finite numbers and -inf")
    if k < 0 or not 0.0 <= strength <= 1.0:
        raise ValueError(f"k must not be negative and strength must lie in 0..1, not {k} and {strength}")
    if not np.issubdtype(capacity.dtype, np.integer) or (capacity < 0).any():
        raise ValueError("capacities must be whole numbers that are not negative")
    capacity = np.broadcast_to(capacity, scores.shape[1:])
    plain = best(scores, k)
    exposure = plain.sum(axis=0)
    limits = capacity + np.floor((1.0 - strength) * np.maximum(exposure - capacity, 0)).astype(np.int64)
    chosen = plain if (exposure <= limits).all() else _fullest(scores, k, limits)
    return Shared(chosen, _mean(scores[plain]) - _mean(scores[chosen]), exposure, chosen.sum(axis=0))


def best(scores: np.ndarray, k: int) -> np.ndarray:
    """(S, P) each startup's plain list: its ``k`` best partners, or all if fewer are allowed.

    Of equal scores the partner that comes first is taken.
    """
    chosen = np.zeros(scores.shape, bool)
    np.put_along_axis(chosen, np.argsort(-scores, axis=1, kind="stable")[:, :k], True, axis=1)
    return np.asarray(chosen & np.isfinite(scores))


def default_capacity(startups: int, partners: int, k: int) -> int:
    """How often a partner may be suggested unless an organiser says otherwise: twice the even share.

    If ``startups`` lists of ``k`` were spread evenly, each partner would stand in startups * k / partners of
    them. Twice that leaves room for partners to differ in what they are worth, and, nothing being forbidden,
    it always fills all lists. It is at least ``k``: small directories are not restrained for a rule's sake.
    """
    return max(k, -(-2 * startups * k // partners)) if partners else k


def gini_of(counts: np.ndarray) -> float:
    """Gini coefficient of counts: 0 where all are equal, (n - 1) / n where one of n has everything.

    With the counts in rising order x_1 ... x_n it is 2 * sum(i * x_i) / (n * sum(x)) - (n + 1) / n. It is 0
    where there is nothing to share.
    """
    total, n = int(counts.sum()), len(counts)
    if total == 0:
        return 0.0
    return float(2.0 * (np.arange(1, n + 1) * np.sort(counts)).sum() / (n * total) - (n + 1) / n)


def _fullest(scores: np.ndarray, k: int, limits: np.ndarray) -> np.ndarray:
    """(S, P) the most pairs that ``k`` a row and ``limits`` (P,) a column allow, in the most even rows, with
    the largest total."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    startups, partners = scores.shape
    k = min(k, partners)
    allowed = np.isfinite(scores)
    rows, columns = np.nonzero(allowed)
    costs = -np.rint(scores[allowed] * UNITS_A_POINT).astype(np.int64)
    step = (int(np.ptp(costs)) if len(costs) else 0) * startups * k + 1
    flow = SimpleMinCostFlow()
    pairs = flow.add_arcs_with_capacity_and_unit_cost(
        rows.astype(np.int32), (startups + columns).astype(np.int32), np.ones(len(rows), np.int64), costs
    )
    places = np.tile(np.arange(k, dtype=np.int64), startups)
    flow.add_arcs_with_capacity_and_unit_cost(
        np.full(startups * k, startups + partners, np.int32),
        np.repeat(np.arange(startups, dtype=np.int32), k),
        np.ones(startups * k, np.int64),
        places * step,
    )
    flow.set_nodes_supplies(
        np.arange(startups + partners + 1, dtype=np.int32),
        # No more than there are of the other side: sums of larger numbers need not fit the solver.
        np.concatenate([np.zeros(startups), -np.minimum(limits, startups), [startups * k]]).astype(np.int64),
    )
    status = flow.solve_max_flow_with_min_cost()
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the flow could not be solved: {status.name}")
    chosen = np.zeros(scores.shape, bool)
    chosen[allowed] = flow.flows(pairs) > 0
    return chosen


def _mean(scores: np.ndarray) -> float:
    """Mean with an exact sum, the same in any order; 0 of nothing."""
    return fsum(scores) / max(len(scores), 1)
