"""Changes of one's own profile: kept, written down with what stood there before, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from profiles.accounts import Account
from profiles.model import Profile
from profiles.store import Store

SAVED, UNDONE = "participant.profile_saved", "participant.profile_undone"
_LOOKED_AT = 50
"""How many of somebody's last changes are looked through for one that can be taken back."""


@dataclass(frozen=True)
class Edit:
    """A change that can be taken back.

    Attributes:
        before: the fields as they stood before, ready for JSON.
        content: hash of the profile after it: of another one, somebody has changed it since.
        number: of its entry in the audit trail; 0 before it stands there.
    """

    before: dict[str, Any]
    content: str
    number: int = 0

    @property
    def fields(self) -> list[str]:
        """What changed."""
        return list(self.before)

    def fits(self, profile: Profile) -> bool:
        """Whether the profile is still as this change left it."""
        return profile.content_hash() == self.content

    def undone(self, profile: Profile) -> Profile:
        """The profile as it was before."""
        return Profile.model_validate({**profile.model_dump(mode="json"), **self.before})


def detail(before: Profile, after: Profile) -> dict[str, Any]:
    """What the audit trail keeps of a change, so that it can be taken back."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {
        "before": {field: value for field, value in old.items() if new[field] != value},
        "content": after.content_hash(),
    }


def last_edit(store: Store, account: Account, profile_id: str) -> Edit | None:
    """The last change of a profile by somebody that was not taken back; None: there is none."""
    entries, _total = store.changes_made(account=account.number, size=_LOOKED_AT)
    undone: set[int] = set()
    for entry in entries:
        if entry.subject != profile_id:
            continue
        if entry.action == UNDONE:
            undone.add(int(entry.detail["undoes"]))
        elif entry.action == SAVED and entry.number not in undone:
            return Edit(dict(entry.detail["before"]), str(entry.detail["content"]), entry.number)
    return None
