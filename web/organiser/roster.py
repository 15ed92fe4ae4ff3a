"""Who takes part in an event, with what is known of each: a table to search, sort and page. Without Flask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from profiles.accounts import Account
from profiles.consultations import Attendee, By, Choice, Consultation
from profiles.dayplan import slots_of
from profiles.importers.wishes import Answer
from profiles.model import Kind, Profile, Side
from profiles.store import Store
from web import phrases
from web.phrases import N_
from web.phrases import gettext as _

ACCOUNTS = ("none", "invited", "joined")
_ACCOUNTS = {"none": N_("No account"), "invited": N_("Invited"), "joined": N_("Signed up")}


@dataclass(frozen=True)
class Entry:
    """Somebody who takes part.

    Attributes:
        profile: None where it is no longer in the directory.
        said: how often it said wanted, maybe and never.
        wanted_by: how many of the other side want to meet it.
        free, slots: times at which it is there, and all there are.
        account: one of ``ACCOUNTS``.
    """

    attendee: Attendee
    profile: Profile | None
    said: Mapping[Answer, int]
    wanted_by: int
    free: int
    slots: int
    account: str

    @property
    def id(self) -> str:
        return self.attendee.profile_id

    @property
    def name(self) -> str:
        """For the reader of the language in use."""
        return str(phrases.name(self.profile)) if self.profile else self.id

    @property
    def touched(self) -> bool:
        """Whether anything is kept of it that would be lost if it no longer took part."""
        kept = self.attendee
        spoken = self.said or self.wanted_by or kept.unavailable or kept.terms.said()
        return bool(spoken or kept.checked_in_at or kept.absent_at)


def roster(store: Store, event: Consultation) -> list[Entry]:
    """Everybody who takes part, startups first."""
    attendees = store.attendees(event.id)
    profiles = store.get_many([each.profile_id for each in attendees])
    said, wanted_by = _spoken(store.choices(event.id))
    accounts: dict[str, list[Account]] = {}
    for account in store.accounts():
        if account.profile_id and not account.disabled:
            accounts.setdefault(account.profile_id, []).append(account)
    slots = {slot.id for slot in slots_of(event.plan)}
    return [
        Entry(
            attendee=each,
            profile=profiles.get(each.profile_id),
            said=said.get(each.profile_id, Counter()),
            wanted_by=wanted_by[each.profile_id],
            free=len(slots - set(each.unavailable)),
            slots=len(slots),
            account=_account(accounts.get(each.profile_id, ())),
        )
        for each in attendees
    ]


def _spoken(choices: Sequence[Choice]) -> tuple[dict[str, Counter[Answer]], Counter[str]]:
    said: dict[str, Counter[Answer]] = {}
    wanted_by: Counter[str] = Counter()
    for choice in choices:
        if choice.by is By.ORGANISER or choice.answer is None:
            continue
        who, whom = choice.key if choice.by is By.STARTUP else choice.key[::-1]
        said.setdefault(who, Counter())[choice.answer] += 1
        wanted_by[whom] += choice.answer is Answer.WANTED
    return said, wanted_by


def _account(accounts: Sequence[Account]) -> str:
    if not accounts:
        return "none"
    return "joined" if any(each.has_password for each in accounts) else "invited"


def account_name(state: str) -> str:
    """One of ``ACCOUNTS`` in words."""
    return _(_ACCOUNTS[state])


@dataclass(frozen=True)
class Wanted:
    """Which entries a page shows, in which order; empty for all.

    Attributes:
        words: every one of them is in the name, the id, the city or the country.
        account: one of ``ACCOUNTS``.
        sort: a key of ``SORTS``; with a ``-`` before it, the other way round.
    """

    words: str = ""
    side: Side | None = None
    kind: Kind | None = None
    account: str = ""
    sort: str = "name"

    def of(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries wanted, in order."""
        words = self.words.casefold().split()
        found = [
            each
            for each in entries
            if (self.side is None or each.attendee.side is self.side)
            and (self.kind is None or (each.profile is not None and each.profile.kind is self.kind))
            and self.account in ("", each.account)
            and all(word in _text(each) for word in words)
        ]
        found.sort(key=lambda each: (each.name.casefold(), each.id))
        if key := SORTS.get(self.sort.removeprefix("-")):
            found.sort(key=key, reverse=self.sort.startswith("-"))
        if self.sort == "name":  # as one looks for somebody
            found.sort(key=lambda each: each.attendee.side is Side.PARTNER)
        return found


SORTS: Mapping[str, Callable[[Entry], Any]] = {
    "name": lambda each: each.name.casefold(),
    "kind": lambda each: phrases.kind_name(each.profile.kind) if each.profile else "",
    "country": lambda each: phrases.country_name(each.profile.country or "") if each.profile else "",
    "wishes": lambda each: each.said.get(Answer.WANTED, 0),
    "wanted_by": lambda each: each.wanted_by,
    "free": lambda each: each.free,
    "account": lambda each: ACCOUNTS.index(each.account),
}


def _text(entry: Entry) -> str:
    profile = entry.profile
    if profile is None:
        return entry.id.casefold()
    country = phrases.country_name(profile.country or "")
    return "\n".join((profile.id, profile.name, profile.name_ko, profile.city or "", country)).casefold()
