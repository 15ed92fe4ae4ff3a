"""Scores as six levels of one colour, for tables too large to be read number by number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from babel.numbers import format_decimal
from numpy.typing import NDArray

from web import phrases
from web.phrases import gettext as _

LEVELS = 6
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, eq=False)
class Heat:
    """Levels of a matrix of scores.

    Attributes:
        bounds: the five least scores of levels 1 to 5, rising.
        levels: (S, P) 0 to 5; -1 for pairs that must not meet.
    """

    bounds: tuple[float, ...]
    levels: NDArray[np.int8]

    def css(self, row: int, column: int) -> str:
        """The class of a cell: ``level-0`` to ``level-5``, or ``level-none``."""
        return css_of(int(self.levels[row, column]))

    @property
    def counts(self) -> tuple[int, ...]:
        """How many pairs each level has, 0 to 5."""
        return tuple(int((self.levels == level).sum()) for level in range(LEVELS))

    @property
    def barred(self) -> int:
        """How many pairs must not meet."""
        return int((self.levels < 0).sum())

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """Class and text of each level: the scores that it holds; then of barred pairs, if there are any."""
        written = [format_decimal(bound, "0.##", locale=phrases.language()) for bound in self.bounds]
        texts = [_("below {score}", score=written[0])]
        texts += [f"{low}–{high}" for low, high in pairwise(written)]
        texts.append(_("{score} and more", score=written[-1]))
        found = [(css_of(level), text) for level, text in enumerate(texts)]
        return (*found, (css_of(-1), _("not to be matched"))) if self.barred else tuple(found)

    @property
    def title(self) -> str:
        """What the levels are of."""
        return _("Fit by colour")


def heat(scores: np.ndarray, bounds: Sequence[float] | None = None) -> Heat:
    """The levels of a score matrix.

    Half of all pairs, the ordinary ones, are at level 0; the levels above go up in equal steps of a round
    number, so that about one pair in a hundred is at level 5. As the steps are equal, a colour twice as far
    up means twice as many points.

    Args:
        scores: (S, P); what is not finite is a pair that must not meet.
        bounds: five rising scores to use instead, as for a part of a table that has levels already.

    Raises:
        ValueError: ``bounds`` are not five rising numbers.
    """
    if bounds is None:
        bounds = _bounds(np.asarray(scores, np.float64))
    if len(bounds) != LEVELS - 1 or any(low >= high for low, high in pairwise(bounds)):
        raise ValueError(f"levels need {LEVELS - 1} rising bounds, not {list(bounds)}")
    # As they are written in a table, so that no cell contradicts the legend.
    written = np.round(np.asarray(scores, np.float64), 1)
    levels = np.searchsorted(np.asarray(bounds, np.float64), written, side="right").astype(np.int8)
    levels[~np.isfinite(scores)] = -1
    return Heat(tuple(map(float, bounds)), levels)


def css_of(level: int) -> str:
    """The class of a level."""
    return f"level-{level}" if level >= 0 else "level-none"


def _bounds(scores: np.ndarray) -> list[float]:
    known = scores[np.isfinite(scores)]
    middle, high = np.percentile(known, [50, 99]) if known.size else (0.0, 0.0)
    rough = max(float(high - middle) / (LEVELS - 2), 0.5)
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((factor * power for factor in _STEPS), key=lambda each: abs(each - rough))
    first = max(round(float(middle) / step), 1)
    return [round((first + place) * step, 6) for place in range(LEVELS - 1)]
