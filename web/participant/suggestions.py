"""Whom to meet: those of the other side who take part, best fit first, and what one says of meeting them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matcher.results import Match
from profiles.consultations import Choice
from profiles.errors import InputError
from profiles.importers.text import clean
from profiles.importers.wishes import Answer
from profiles.model import Kind, Profile, Side, Topic
from web import audit, messages, phrases
from web.access import store
from web.pages.views import read_count, read_kind, read_query, read_track, service
from web.participant.blueprint import attendee, pages
from web.participant.day import Choices, MyDay, Standing, back, day_tabs, wants_part
from web.phrases import N_
from web.phrases import gettext as _

SIZE = 20
"""How many stand on a page."""

ANSWERS = (Answer.WANTED, Answer.MAYBE, Answer.NEVER)
CHOSEN = (
    ("", N_("All")),
    ("open", N_("Not chosen yet")),
    ("wanted", N_("Wanted")),
    ("maybe", N_("Maybe")),
    ("never", N_("Never")),
    ("asks", N_("Who asked for me")),
)
"""What a list can be narrowed to by what was chosen."""

COMMENT_LENGTH = 2_000

_ANSWER_NAMES = {Answer.WANTED: N_("Wanted"), Answer.MAYBE: N_("Maybe"), Answer.NEVER: N_("Never")}


def answer_name(answer: Answer) -> str:
    """What a choice is called."""
    return _(_ANSWER_NAMES[answer])


@dataclass(frozen=True)
class Asked:
    """How a list is narrowed, as the address says."""

    track: Topic | None = None
    kind: Kind | None = None
    chosen: str = ""
    words: str = ""

    @classmethod
    def read(cls, day: MyDay) -> Asked:
        """The query of this request.

        Raises:
            InputError: a value is none of those that there are.
        """
        track = _track_of(day, request.args.get("track", ""))
        kind = read_kind(request.args.get("kind", "")) if day.me.side is Side.STARTUP else None
        chosen = request.args.get("chosen", "")
        if chosen not in dict(CHOSEN):
            raise InputError(_("there is no choice “{value}”", value=chosen), field="chosen")
        return cls(track, kind, chosen, read_query(request.args.get("q", "")))

    def takes(self, profile: Profile, choices: Choices) -> bool:
        """Whether somebody stands in the list."""
        return (
            (self.kind is None or profile.kind is self.kind)
            and self._is_chosen(profile.id, choices)
            and holds(profile, self.words)
        )

    def _is_chosen(self, other_id: str, choices: Choices) -> bool:
        answer = choices.answer(other_id)
        if self.chosen == "open":
            return answer is None
        if self.chosen == "asks":
            return choices.request(other_id) is not None
        return not self.chosen or (answer is not None and answer.value == self.chosen)

    def fields(self) -> dict[str, str]:
        """The same as a query; what restricts nothing is left out."""
        said = {
            "track": self.track.value if self.track else "",
            "kind": self.kind.value if self.kind else "",
            "chosen": self.chosen,
            "q": self.words,
        }
        return {name: value for name, value in said.items() if value}


def holds(profile: Profile, words: str) -> bool:
    """Whether a profile holds every one of some words."""
    texts = (
        profile.name,
        profile.name_ko,
        profile.about,
        profile.city or "",
        *profile.seeks,
        *profile.offers,
        *profile.areas,
        *profile.technologies,
    )
    whole = "\n".join(texts).casefold()
    return all(word in whole for word in words.casefold().split())


@dataclass(frozen=True)
class Listed:
    """One page of a list.

    Attributes:
        matches: each with its place among all who could be met.
        total: how many are in the list; ``of`` how many there are without narrowing.
        kinds: of all who could be met, in the order of their names.
    """

    matches: Sequence[Match]
    total: int
    of: int
    page: int
    pages: int
    kinds: Sequence[Kind]


def listed(day: MyDay, asked: Asked, choices: Choices, page: int) -> Listed:
    """Who fits, best first."""
    ranked = service().among(day.me.profile_id, day.others(), track=asked.track)
    place = {other: at for at, (other, _score) in enumerate(ranked, start=1)}
    profiles = store().get_many(list(place))
    found = [other for other in place if other in profiles and asked.takes(profiles[other], choices)]
    count = max(1, -(-len(found) // SIZE))
    page = min(page, count)
    shown = {other: place[other] for other in found[(page - 1) * SIZE : page * SIZE]}
    matches = service().pairs(day.me.profile_id, shown, track=asked.track)
    return Listed(matches, len(found), len(place), page, count, _kinds(profiles.values()))


def _kinds(profiles: Iterable[Profile]) -> list[Kind]:
    return sorted({profile.kind for profile in profiles}, key=lambda kind: list(Kind).index(kind))


@pages.get("/<event_id>/suggestions")
@attendee
def suggestions(event_id: str) -> str:
    """The list, narrowed as the address says."""
    day = MyDay.of(event_id)
    asked, choices = Asked.read(day), day.choices()
    page = read_count(request.args.get("page", ""), "page", 1, 10_000)
    return render_template(
        "participant/suggestions.html",
        day=day,
        tabs=day_tabs(day.event),
        asked=asked,
        choices=choices,
        found=listed(day, asked, choices, page),
        chosen_names=CHOSEN,
        **choosing(),
    )


@pages.get("/<event_id>/with/<id:other_id>")
@attendee
def suggestions_pair(event_id: str, other_id: str) -> str:
    """One of the list in full: who it is, why it fits, what was said."""
    day = MyDay.of(event_id)
    return _pair_page(day, day.other(other_id))


def _pair_page(day: MyDay, other: Profile, comment: str | None = None, error: str = "") -> str:
    """
    Args:
        comment: as it was typed, where it could not be kept, and the ``error`` that says why.
    """
    track = _track_of(day, request.args.get("track", ""))
    ranked = service().among(day.me.profile_id, day.others(), track=track)
    place = {each: at for at, (each, _score) in enumerate(ranked, start=1)}
    choices = day.choices()
    mine = choices.mine.get(other.id)
    return render_template(
        "participant/pair.html",
        day=day,
        tabs=day_tabs(day.event),
        other=other,
        match=service().pairs(day.me.profile_id, {other.id: place.get(other.id, 0)}, track=track)[0],
        of=len(place),
        why=service().why_not(*day.key(other.id), track) if day.me.side is Side.STARTUP else None,
        choices=choices,
        track=track,
        tracks=[("", _("Open")), *((each.value, phrases.topic_name(each)) for each in day.event.plan.tracks)],
        comment=comment if comment is not None else mine.comment if mine else "",
        error=error,
        **choosing(),
    )


def _track_of(day: MyDay, value: str) -> Topic | None:
    """A track of the day, as an address or a form says it."""
    track = read_track(value)
    if track is not None and track not in day.event.plan.tracks:
        raise InputError(_("this day has no track “{value}”", value=track.value), field="track")
    return track


@pages.post("/<event_id>/choose")
@attendee
def suggestions_choose(event_id: str) -> Response | str:
    """Say what I think of meeting somebody; the same answer again, or none, takes it back."""
    day = MyDay.of(event_id)
    other = day.other(request.form.get("other", ""))
    said = request.form.get("answer", "")
    if said and said not in {answer.value for answer in ANSWERS}:
        raise InputError(_("there is no choice “{value}”", value=said), field="answer")
    home = back(url_for("participant.suggestions", event_id=day.id))
    if not day.is_open:
        audit.skip()
        messages.refused(closed())
    else:
        before = day.choices().mine.get(other.id)
        choice = _said(day, other.id, Answer(said) if said else None, before)
        store().choose(choice)
        audit.note(other.id, answer=said)
        _tell(day, other, choice, before, home)
    if not wants_part():
        return redirect(home)
    return render_template(
        "participant/chosen.html", day=day, other=other, choices=day.choices(), home=home, **choosing()
    )


def _said(day: MyDay, other_id: str, answer: Answer | None, before: Choice | None) -> Choice:
    """A new answer; comment and track stay as they were unless the form says otherwise."""
    track = before.track if before else None
    if "track" in request.form:
        track = _track_of(day, request.form["track"])
    kept = track if answer in (Answer.WANTED, Answer.MAYBE) else None
    return _choice(day, other_id, answer, kept, before.comment if before else "")


def _choice(day: MyDay, other_id: str, answer: Answer | None, track: Topic | None, comment: str) -> Choice:
    startup, partner = day.key(other_id)
    return Choice(
        event_id=day.id,
        startup=startup,
        partner=partner,
        by=day.by,
        answer=answer,
        track=track,
        comment=comment,
    )


def _tell(day: MyDay, other: Profile, choice: Choice, before: Choice | None, home: str) -> None:
    """Say what was done, with the way back to what was said before."""
    name = phrases.name(other)
    if choice.answer is None:
        text = _("{name}: your choice is taken back.", name=name)
    else:
        text = _("{name}: {answer}.", name=name, answer=answer_name(choice.answer))
    former = before.answer if before else None
    if former is choice.answer:
        messages.done(text)
        return
    fields = {
        "other": other.id,
        "answer": former.value if former else "",
        "track": before.track.value if before and before.track else "",
        "next": home,
    }
    messages.undoable(text, url_for("participant.suggestions_choose", event_id=day.id), fields)


@pages.post("/<event_id>/comment")
@attendee
def suggestions_comment(event_id: str) -> Response | tuple[str, int]:
    """Keep what I want to remember of somebody, or tell the organiser; and what a meeting is to be about."""
    day = MyDay.of(event_id)
    other = day.other(request.form.get("other", ""))
    comment = clean(request.form.get("comment", ""))
    if len(comment) > COMMENT_LENGTH:
        audit.skip()
        error = _("A comment may have up to {most} characters.", most=phrases.number(COMMENT_LENGTH))
        return _pair_page(day, other, comment, error), 400
    before = day.choices().mine.get(other.id)
    track = before.track if before else None
    if day.is_open and "track" in request.form:
        track = _track_of(day, request.form["track"])
    answer = before.answer if before else None
    store().choose(_choice(day, other.id, answer, track, comment))
    audit.note(other.id)
    messages.done(_("Saved."))
    return redirect(url_for("participant.suggestions_pair", event_id=day.id, other_id=other.id))


def closed() -> str:
    """That it is too late to change wishes."""
    return _("The organiser has closed wishes and availability for this day, so nothing was changed.")


def choosing() -> dict[str, object]:
    """What the templates of choices ask."""
    return {
        "answers": ANSWERS,
        "answer_name": answer_name,
        "Standing": Standing,
        "standing_name": standing_name,
    }


_STANDINGS = {
    Standing.ASKED: (N_("Asked, no answer yet"), "wait"),
    Standing.ASKS_ME: (N_("Asks to meet you"), "good"),
    Standing.AGREED: (N_("Both want it"), "good"),
    Standing.DECLINED: (N_("They declined"), "bad"),
    Standing.I_DECLINED: (N_("You declined"), "plain"),
}


def standing_name(value: Standing) -> tuple[str, str] | None:
    """What is said of how far two are, and in which tone; None where the choice itself says it."""
    found = _STANDINGS.get(value)
    return (_(found[0]), found[1]) if found else None
