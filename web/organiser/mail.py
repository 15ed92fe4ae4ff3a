"""Letters: drafts to look at, to send and to throw away; what was sent, and what failed.

Letters of an event, and under ``/people/mail`` those that belong to none. Nothing leaves before an organiser
has seen to whom and by which way, and confirmed.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.consultations import Consultation
from profiles.errors import InputError, UnknownError
from profiles.letter_store import Letter, LetterState
from web import access, audit, messages, posting
from web.access import store
from web.accounts import states
from web.consulting import published
from web.mail import AGENDA, INVITATION, RESET, draft_agenda_letters
from web.organiser.blueprint import event_of, organiser, pages
from web.pages.views import read_count
from web.phrases import N_, ngettext
from web.phrases import gettext as _
from web.settings import Settings

PAGE_SIZE = 50

DRAFTS, SENT, FAILED = "drafts", "sent", "failed"
_SHELVES = {DRAFTS: N_("Drafts"), SENT: N_("Sent"), FAILED: N_("Failed")}

_KINDS = {
    INVITATION: N_("Invitation"),
    RESET: N_("Another password"),
    AGENDA: N_("Meetings"),
}


@pages.get("/people/mail", defaults={"event_id": None})
@pages.get("/events/<event_id>/mail")
@organiser
def mail(event_id: str | None) -> str:
    """One shelf of letters: drafts, sent, failed."""
    event, letters = _letters(event_id)
    shelf = request.args.get("shelf", DRAFTS)
    if shelf not in _SHELVES:
        raise InputError(_("there is no list “{value}”", value=shelf), field="shelf")
    number = read_count(request.args.get("page", ""), "page", 1, 10**6)
    now = datetime.now(UTC)
    shelves = {name: [each for each in letters if _shelf(each, now) == name] for name in _SHELVES}
    found = shelves[shelf]
    many = max(1, -(-len(found) // PAGE_SIZE))
    number = min(number, many)
    return render_template(
        "organiser/mail.html",
        event=event,
        shelf=shelf,
        shelves=[(name, _(text), len(shelves[name])) for name, text in _SHELVES.items()],
        letters=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        all_numbers=[each.number for each in found],
        number=number,
        many=many,
        way=posting.way(_settings()),
        to_tell=event is not None and published(store(), event) is not None,
        kind_name=kind_name,
        moment=states.moment,
        zone_note=states.zone_note(),
    )


@pages.get("/people/mail/<int:number>", defaults={"event_id": None})
@pages.get("/events/<event_id>/mail/<int:number>")
@organiser
def mail_letter(event_id: str | None, number: int) -> str:
    """One letter as it goes out."""
    event = event_of(event_id) if event_id is not None else None
    letter = _letter(event_id, number)
    return render_template(
        "organiser/letter.html",
        event=event,
        letter=letter,
        shelf=_shelf(letter, datetime.now(UTC)),
        kind_name=kind_name,
        moment=states.moment,
        sender=_settings().mail_from,
    )


@pages.post("/events/<event_id>/mail/draft")
@organiser
def mail_draft(event_id: str) -> Response:
    """Draft letters to those who were not told yet of the timetable that is published."""
    event = event_of(event_id)
    shown = published(store(), event)
    if shown is None:
        audit.skip()
        messages.refused(_("No timetable is published yet, so there is nothing to tell."))
        return _back(event_id)
    count = draft_agenda_letters(store(), event, None, shown)
    audit.note(str(count))
    messages.done(
        ngettext("{number} letter is drafted.", "{number} letters are drafted.", count)
        if count
        else _("Everybody with an account was told already.")
    )
    return _back(event_id)


@pages.post("/people/mail/send", defaults={"event_id": None})
@pages.post("/events/<event_id>/mail/send")
@organiser
def mail_send(event_id: str | None) -> str | Response:
    """Show who would get the letters that are ticked; with ``confirmed``, send them."""
    event, chosen = _chosen(event_id)
    if not chosen:
        audit.skip()
        messages.refused(_("No letter was ticked, so nothing was sent."))
        return _back(event_id)
    if request.form.get("confirmed") != "1":
        audit.skip()
        return render_template(
            "organiser/mail-confirm.html", event=event, letters=chosen, way=posting.way(_settings())
        )
    numbers = [each.number for each in chosen]
    sent = posting.send_letters(store(), _settings(), numbers)
    audit.note(
        str(sent.sent),
        sent=sent.sent,
        failed=sent.failed,
        to=[each.address for each in chosen],
    )
    _report(sent)
    return _back(event_id, FAILED if sent.failed else SENT)


@pages.post("/people/mail/discard", defaults={"event_id": None})
@pages.post("/events/<event_id>/mail/discard")
@organiser
def mail_discard(event_id: str | None) -> Response:
    """Throw the ticked letters away."""
    _event, chosen = _chosen(event_id)
    count = store().discard_letters([each.number for each in chosen])
    if not count:
        audit.skip()
        messages.refused(_("No letter was ticked, so nothing was thrown away."))
        return _back(event_id)
    audit.note(str(count), to=[each.address for each in chosen])
    messages.done(ngettext("{number} letter is thrown away.", "{number} letters are thrown away.", count))
    return _back(event_id)


def kind_name(kind: str) -> str:
    """What a letter is about."""
    return _(_KINDS[kind]) if kind in _KINDS else kind


def _settings() -> Settings:
    found: Settings = access.settings()
    return found


def _letters(event_id: str | None) -> tuple[Consultation | None, list[Letter]]:
    if event_id is None:
        return None, [each for each in store().letters() if each.event_id is None]
    return event_of(event_id), store().letters(event_id=event_id)


def _letter(event_id: str | None, number: int) -> Letter:
    letter = store().letter(number)
    if letter.event_id != event_id:
        raise UnknownError(f"no letter {number}")
    return letter


def _chosen(event_id: str | None) -> tuple[Consultation | None, list[Letter]]:
    """The letters that are ticked, or all of the shelf where a form says so; those already sent left out."""
    event, letters = _letters(event_id)
    ticked = {value for value in request.form.getlist("letter") if value.isdecimal()}
    now = datetime.now(UTC)
    waiting = [each for each in reversed(letters) if each.is_waiting(now)]
    if request.form.get("all") in (DRAFTS, FAILED):
        return event, [each for each in waiting if _shelf(each, now) == request.form["all"]]
    return event, [each for each in waiting if str(each.number) in ticked]


def _shelf(letter: Letter, now: datetime) -> str:
    if letter.state is LetterState.DRAFT:
        return DRAFTS
    if letter.state is LetterState.FAILED or (letter.state is LetterState.SENDING and letter.is_waiting(now)):
        return FAILED
    return SENT


def _report(sent: posting.Sent) -> None:
    if sent.sent:
        messages.done(ngettext("{number} letter was sent.", "{number} letters were sent.", sent.sent))
    if sent.failed:
        messages.refused(
            ngettext(
                "{number} letter could not be sent: {error}",
                "{number} letters could not be sent; the last one: {error}",
                sent.failed,
                error=sent.error,
            )
        )
    if sent.left:
        messages.refused(
            ngettext(
                "{number} letter is left as it was: send it again.",
                "{number} letters are left as they were: send them again.",
                sent.left,
            )
        )


def _back(event_id: str | None, shelf: str | None = None) -> Response:
    return redirect(url_for("organiser.mail", event_id=event_id, shelf=shelf))
