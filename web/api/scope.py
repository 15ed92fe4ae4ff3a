"""What a token may see: organisers and readers all, a startup or partner what is its own.

What somebody may not see is answered as if it were not there.
"""

from __future__ import annotations

from datetime import UTC, datetime

from profiles.accounts import Account
from profiles.consultations import By, Consultation
from profiles.errors import NotFoundError, UnknownError
from profiles.model import Profile, Side
from web.access import me, store
from web.api.errors import Refused


def own_id() -> str | None:
    """The profile that whoever asks is held to; None: it sees all."""
    account: Account = me()
    return account.profile_id if account.side is not None else None


def profile_of(profile_id: str) -> Profile:
    """A profile of an address.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    if own_id() not in (None, profile_id):
        raise NotFoundError(profile_id)
    return store().get(profile_id)


def event_of(event_id: str) -> Consultation:
    """An event of an address.

    Raises:
        UnknownError: there is none, or whoever asks does not take part in it.
    """
    mine = own_id()
    if mine is not None:
        try:
            store().attendee(event_id, mine)
        except UnknownError as cause:
            raise UnknownError(f"no event {event_id!r}") from cause
    return store().consultation(event_id)


def pair_of(event_id: str, startup: str, partner: str) -> Consultation:
    """The event of an address about two who take part in it; whoever asks is one of them, or sees all.

    Raises:
        UnknownError: it is not like that.
    """
    event = event_of(event_id)
    if own_id() not in (None, startup, partner):
        raise UnknownError(f"nothing of {startup!r} and {partner!r} in {event_id!r}")
    for who, side in ((startup, Side.STARTUP), (partner, Side.PARTNER)):
        if store().attendee(event_id, who).side is not side:
            raise UnknownError(f"{who!r} does not take part in {event_id!r} as a {side.value}")
    return event


def speak_as(by: str) -> By:
    """On whose behalf something is said: organisers may speak for both sides, a side for itself alone."""
    side = me().side
    if side is not None and by != side.value:
        raise Refused(
            403, "not_yours", f"a {side.value} speaks for itself alone: end the address with {side.value}"
        )
    return By(by)


def while_open(event: Consultation) -> None:
    """Let a side change what it wants only as long as the event is open for that."""
    if me().side is not None and not event.is_open(datetime.now(UTC)):
        raise Refused(409, "closed", "wishes and availability of this event are closed: ask its organiser")


def others_of(event_id: str | None) -> dict[str, None]:
    """The ids of those of the other side whom whoever asks may meet: at its events, or at one of them."""
    mine, side = own_id(), me().side
    if mine is None or side is None:
        return {}
    events = [event_of(event_id)] if event_id is not None else store().consultations(profile_id=mine)
    found = (each for event in events for each in store().attendees(event.id, side=side.other))
    return dict.fromkeys(each.profile_id for each in found)
