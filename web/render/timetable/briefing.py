"""What a participant should know before each of its meetings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matcher.results import Match
from matcher.whynot import WhyNot
from profiles.model import Topic
from web.render.timetable.questions import Question, questions, unanswered
from web.render.timetable.rows import Entry, Person, Timetable

Explain = Callable[[str, str, Topic | None], WhyNot]
"""The fit of a startup and a partner, by their ids and the topic: ``Service.why_not``."""


@dataclass(frozen=True)
class Briefing:
    """One meeting as one of its participants sees it.

    Attributes:
        other: whom the participant meets.
        match: the pair as it is scored; None unless the directory has both.
        unknown: whoever of the two the directory does not have.
    """

    entry: Entry
    other: Person
    match: Match | None
    unknown: tuple[Person, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Briefings:
    """All that is known of the pairs that meet.

    Attributes:
        found: the fit of each pair of which both are in the directory, by ids.
        wants: what each participant seeks and none of its meetings quotes an answer to, by id.
    """

    timetable: Timetable
    found: Mapping[tuple[str, str], WhyNot]
    wants: Mapping[str, list[str]]

    @classmethod
    def of(
        cls,
        timetable: Timetable,
        explain: Explain,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Briefings:
        """Ask for the fit of each pair that meets, once; ``progress`` hears how many are done."""
        both = [entry for entry in timetable.entries if entry.startup.profile and entry.partner.profile]
        found = {}
        for done, entry in enumerate(both, start=1):
            found[entry.key] = explain(*entry.key, entry.track)
            progress(done, len(both))
        wants = {}
        for person in timetable.people.values():
            if person.profile is not None:
                met = [found[e.key].match for e in timetable.of_person(person.id) if e.key in found]
                wants[person.id] = unanswered(person.profile, met)
        return cls(timetable, found, wants)

    def of_person(self, person: Person) -> list[Briefing]:
        """A briefing for each meeting of ``person``, in the order of time and the language in use."""
        found: list[Briefing] = []
        for entry in self.timetable.of_person(person.id):
            before = [question.text for each in found for question in each.questions]
            found.append(self._of_entry(entry, person, before))
        return found

    def _of_entry(self, entry: Entry, person: Person, before: list[str]) -> Briefing:
        other, found = entry.other(person.id), self.found.get(entry.key)
        asked: list[Question] = []
        if other.profile is not None:
            asked = questions(person.profile, other.profile, found, self.wants.get(other.id, ()), before)
        return Briefing(
            entry,
            other,
            found.match if found else None,
            tuple(who for who in (person, other) if who.profile is None),
            tuple(asked),
        )
