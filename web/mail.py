"""Letters to people: written from templates in the language of whoever gets them, and kept as drafts.

Nothing is sent here: an organiser looks at the drafts and sends them, which is ``web.posting``'s work.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from flask import request, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from matcher.schedule.changes import Change, Changes, differences
from profiles.accounts import Account, Link
from profiles.consultations import Consultation
from profiles.event import Event
from profiles.letter_store import Letter, LetterState
from profiles.store import Store
from profiles.timetable_store import Timetable as Kept
from web import access, phrases, times, told
from web.phrases import use_language
from web.render.timetable import words
from web.render.timetable.rows import Entry, Timetable
from web.render.whole import ROOT
from web.settings import Settings
from web.versions import Times

INVITATION, RESET, AGENDA = "invitation", "reset", "agenda"
"""What a letter is about."""


def base_address() -> str:
    """How people reach the pages, without a slash at the end: as set, else as whoever asks reached them."""
    settings: Settings = access.settings()
    return (settings.base_url or request.host_url).rstrip("/")


def personal_link(secret: str) -> str:
    """The address of a personal link."""
    return f"{base_address()}/link/{secret}"


def draft_invitation(
    store: Store, account: Account, secret: str, link: Link, *, event: Consultation | None = None
) -> Letter | None:
    """A letter with the link to choose a first password; None for an account without an address."""
    return _personal(store, INVITATION, account, secret, link, event)


def draft_reset(store: Store, account: Account, secret: str, link: Link) -> Letter | None:
    """A letter with the link to choose another password; None for an account without an address."""
    return _personal(store, RESET, account, secret, link, None)


def draft_agenda_letters(store: Store, event: Consultation, before: Kept | None, after: Kept) -> int:
    """Letters to those concerned by a timetable that is published: their meetings, and what changed for them.

    Somebody who was sent a letter about this event before is told what changed since that one, even where
    other versions were published in between; a draft that is no longer true gives way.

    Args:
        before: the timetable that was published before; None: none, so that everybody with meetings is told.

    Returns:
        how many letters were drafted.
    """
    sent = store.told_versions(event.id)
    people = {person.id for kept in (before, after) if kept for person in kept.event.participants}
    accounts = [each for each in store.accounts() if each.profile_id in people and not each.disabled]
    shown = Timetable.of(after.event, after.schedule, store.get_many(sorted(people)))
    since: dict[int, Kept] = {before.version.number: before} if before else {}
    changes: dict[int, Changes] = {}
    letters, outdated = [], []
    for account in accounts:
        if account.email is None or account.profile_id is None:
            continue
        number = sent.get(account.number) or (before.version.number if before else None)
        own: tuple[Change, ...] = ()
        if number is not None:
            if number not in since:
                since[number] = store.timetable(event.id, number)
            old = since[number]
            if number not in changes:
                changes[number] = differences(old.event, old.schedule, after.event, after.schedule)
            own = _own(changes[number], account.profile_id)
        concerned = bool(own) if number is not None else bool(shown.of_person(account.profile_id))
        if concerned:
            known = (after.event, *([since[number].event] if number is not None else []))
            letters.append(_agenda(event, account, shown, own, known, after.version.number))
        elif account.number in sent:
            outdated.append(account.number)
    stale = [
        letter.number
        for letter in store.letters(event_id=event.id, state=LetterState.DRAFT)
        if letter.kind == AGENDA and letter.account in outdated
    ]
    store.discard_letters(stale)
    return len(store.draft_letters(letters))


def _own(changes: Changes, profile_id: str) -> tuple[Change, ...]:
    return next((each.changes for each in changes.notices if each.who == profile_id), ())


def _personal(
    store: Store, kind: str, account: Account, secret: str, link: Link, event: Consultation | None
) -> Letter | None:
    if account.email is None:
        return None
    with use_language(account.language):
        subject, body = _written(
            kind,
            account=account,
            organisation=_organisation(store, account),
            event=event,
            link=personal_link(secret),
            until=_until(link.expires_at, event),
        )
    letter = Letter(
        kind=kind,
        account=account.number,
        address=account.email,
        language=account.language,
        subject=subject,
        body=body,
        event_id=event.id if event else None,
    )
    discard_personal(store, account.number)  # an earlier one holds a link that is no longer good
    return store.draft_letters([letter])[0]


def discard_personal(store: Store, account: int) -> None:
    """Throw away what was not sent yet of letters that hold a personal link of an account."""
    store.discard_letters(
        [
            letter.number
            for letter in store.letters()
            if letter.account == account and letter.kind in (INVITATION, RESET)
        ]
    )


def _organisation(store: Store, account: Account) -> str:
    if account.profile_id is None:
        return ""
    found = store.get_many([account.profile_id]).get(account.profile_id)
    return str(phrases.name(found)) if found else ""


def _until(moment: datetime, event: Consultation | None) -> str:
    zone = event.plan.event.timezone if event else "UTC"
    return f"{times.full(moment, zone).text} ({times.place(zone)})"


def _agenda(
    event: Consultation,
    account: Account,
    shown: Timetable,
    changes: tuple[Change, ...],
    known: tuple[Event, ...],
    version: int,
) -> Letter:
    who = str(account.profile_id)
    names = {person.id: person.name for each in reversed(known) for person in each.participants}
    spoken = Times(known)

    def name(other: str) -> str:
        person = shown.people.get(other)
        return words.name(person) if person else names.get(other) or other

    with use_language(account.language):
        subject, body = _written(
            AGENDA,
            account=account,
            event=event,
            organisation=name(who),
            changes=[told.sentence(change, who, name, spoken) for change in changes],
            days=[
                (
                    times.long_day(day.date),
                    [_meeting(each, who) for each in day.items if isinstance(each, Entry)],
                )
                for day in shown.days(shown.of_person(who))
            ],
            zone=times.zone_note(event.plan.event.timezone),
            page=base_address() + url_for("participant.agenda", event_id=event.id),
        )
    return Letter(
        kind=AGENDA,
        account=account.number,
        address=str(account.email),
        language=account.language,
        subject=subject,
        body=body,
        event_id=event.id,
        version=version,
    )


def _meeting(entry: Entry, who: str) -> str:
    """ "09:00–09:20  Table T1  Pfizer (Investment)"."""
    about = words.about(entry)
    place = f"{words.clock(entry.slot)}  {words.table(entry.table.id)}"
    return f"{place}  {words.name(entry.other(who))}" + (f" ({about})" if about else "")


def _written(kind: str, **values: Any) -> tuple[str, str]:
    """Subject and body of a letter, in the language in use: the first line of its template, and the rest."""
    text = _environment().get_template(f"{kind}.txt").render(**values)
    subject, _blank, body = text.strip().partition("\n")
    return " ".join(subject.split())[:200], body.strip() + "\n"


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "mail"),
        autoescape=False,  # noqa: S701  (letters are plain text)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_callables(phrases.gettext, phrases.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return found
