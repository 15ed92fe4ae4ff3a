"""What several faces do with a kept event: build it for the solver, and read what is published of it."""

from __future__ import annotations

from matcher.schedule.assemble import assemble
from matcher.schedule.build import Built
from matcher.service import Service
from profiles.consultations import Consultation
from profiles.store import Store
from profiles.timetable_store import Timetable


def built(service: Service, event_id: str) -> Built:
    """The event as it stands now, with what its organiser should know of it.

    Raises:
        UnknownError: there is no such event.
        InputError: a side has no attendees.
    """
    store = service.store
    consultation = store.consultation(event_id)
    return assemble(
        consultation,
        store.attendees(event_id),
        store.choices(event_id),
        service.directory(),
        {track: service.scores(track) for track in consultation.plan.tracks},
    )


def published(store: Store, consultation: Consultation) -> Timetable | None:
    """The timetable that attendees see; None: none yet."""
    if consultation.published is None:
        return None
    return store.timetable(consultation.id, consultation.published)
