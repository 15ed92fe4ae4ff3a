"""How evenly breaks are shared out."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

_TILT = 0.02

_Breaks = TypeVar("_Breaks", float, npt.NDArray[np.float64])


def price(breaks: _Breaks) -> _Breaks:
    """What the breaks of a participant cost a search: each a little more than the one before it.

    So that among timetables with equally many breaks, those that share them out evenly are cheaper.
    """
    return breaks + _TILT * breaks * (breaks - 1) / 2


def spread(breaks: npt.NDArray[np.int64]) -> int:
    """The most breaks of a participant less the fewest."""
    return int(breaks.max() - breaks.min()) if len(breaks) else 0
