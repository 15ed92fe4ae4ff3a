"""The organisations that a list can name, by id or by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from profiles.importers.text import fold, shown
from profiles.model import Side


class People:
    """Profiles by what they are called. Case and spaces of a name do not count."""

    def __init__(self, known: Mapping[str, Side], names: Mapping[str, Collection[str]]) -> None:
        """
        Args:
            known: id -> side.
            names: id -> names.
        """
        self.sides = known
        self._by_name: defaultdict[tuple[Side, str], set[str]] = defaultdict(set)
        for profile_id, side in known.items():
            for name in filter(str.strip, names.get(profile_id, ())):
                self._by_name[side, _spaceless(name)].add(profile_id)

    def called(self, text: str, side: Side | None = None) -> set[str]:
        """The ids that ``text`` can mean, on one side or on both; an id means itself alone."""
        if text in self.sides and side in (None, self.sides[text]):
            return {text}
        sides = Side if side is None else (side,)
        return {found for each in sides for found in self._by_name.get((each, _spaceless(text)), ())}


def several(ids: Collection[str]) -> str:
    """What to say of a name that several bear."""
    some = ", ".join(shown(each, 40) for each in sorted(ids)[:3])
    return f"{len(ids)} profiles have this name: write the id of one ({some})"


def _spaceless(name: str) -> str:
    return fold(name).replace(" ", "")
