"""What a new timetable changes for one person, in sentences to that person: in letters, as on its pages."""

from __future__ import annotations

from collections.abc import Callable

from matcher.schedule.changes import Change
from web.phrases import gettext as _
from web.versions import Times


def sentence(change: Change, who: str, name: Callable[[str], str], spoken: Times) -> str:
    """What a change means for one of its two, such as “Pfizer: 10:00 T3 → 10:20 T1”.

    Args:
        who: the one of the two who is told.
        name: what the other is called, by its id.
        spoken: how times are written.
    """
    other = name(change.partner if who == change.startup else change.startup)
    if change.before is not None and change.after is not None:
        before, after = spoken.both(change.before, change.after, change.moves)
        return _("{other}: {before} → {after}", other=other, before=before, after=after)
    if change.after is not None:
        return _("{other}: new, {after}", other=other, after=spoken.place(change.after, ("interpreter",)))
    if change.before is not None:
        return _("{other}: cancelled (was {before})", other=other, before=spoken.place(change.before))
    raise ValueError("a change of nothing")
