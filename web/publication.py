"""Showing a version of a timetable to the attendees: whoever it concerns is told, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.schedule.changes import INTERPRETER, Changes, differences
from profiles.consultations import Consultation
from profiles.store import Store
from profiles.timetable_store import Timetable
from web import consulting, mail
from web.phrases import gettext as _
from web.phrases import ngettext


@dataclass(frozen=True)
class Published:
    """A version that attendees see from now on.

    Attributes:
        told: how many organisations have a notice of what it changes for them.
        letters: how many letters were drafted; none is sent.
    """

    version: int
    told: int
    letters: int

    def sentence(self) -> str:
        """What was done, for whoever did it."""
        parts = [_("Version {version} is published.", version=self.version)]
        parts.append(
            ngettext(
                "{number} organisation has a notice.", "{number} organisations have a notice.", self.told
            )
        )
        if self.letters:
            parts.append(
                ngettext(
                    "{number} letter is drafted; it is not sent yet.",
                    "{number} letters are drafted; they are not sent yet.",
                    self.letters,
                )
            )
        return " ".join(parts)


def publish(store: Store, event: Consultation, number: int) -> Published:
    """Show a version to the attendees; whom it concerns gets a notice, and a letter as a draft.

    Args:
        event: as it was before, with the version that attendees have seen so far.
        number: the version.
    """
    chosen, before = store.timetable(event.id, number), consulting.published(store, event)
    store.publish(event.id, number)
    told = {
        notice.who: [each.to_dict() for each in notice.changes]
        for notice in changed(before, chosen).notices
        if notice.role != INTERPRETER
    }
    store.keep_notices(event.id, number, told)
    return Published(number, len(told), mail.draft_agenda_letters(store, event, before, chosen))


def changed(before: Timetable | None, chosen: Timetable) -> Changes:
    """What a version changes for the attendees; everything, if they have seen none."""
    old = before or Timetable(
        chosen.version, chosen.event, chosen.schedule.model_copy(update={"meetings": ()})
    )
    return differences(old.event, old.schedule, chosen.event, chosen.schedule)
