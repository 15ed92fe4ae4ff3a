"""Inviting: one person, or all attendees of an event who have an address and no account yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.accounts import Account, Purpose, Role, read_email
from profiles.consultations import Consultation
from profiles.errors import InputError
from profiles.model import Profile, Side
from web import audit, mail, messages, phrases, times
from web.access import may, store
from web.accounts import states
from web.accounts.blueprint import pages
from web.accounts.own import read_name
from web.accounts.roles import ROLES, read_role, role_hint, role_name
from web.accounts.signing import INVITED_FOR
from web.pages.views import read_query, stored
from web.phrases import LANGUAGES, ngettext
from web.phrases import gettext as _

SHOWN = 50
"""Organisations to choose from at once."""

organiser = may(Role.ORGANISER)


@pages.get("/people/invite")
@organiser
def people_invite() -> str:
    """The form, filled from a profile where the address names one."""
    given: dict[str, str] = {key: value for key, value in request.args.items() if isinstance(value, str)}
    if profile_id := given.get("profile_id", ""):
        profile = stored(profile_id)
        given = {
            "role": profile.side.value,
            "name": str(phrases.name(profile)),
            "email": profile.contact_email or "",
            "language": language_of(profile),
            **{key: value for key, value in given.items() if value},
        }
    return _form(given)


@pages.post("/people/invite")
@organiser
def people_invited() -> str | tuple[str, int]:
    """Make the account and its link, which is shown here once, and draft the letter."""
    form = request.form
    try:
        account = _add(form)
    except InputError as error:
        audit.skip()
        return _form({**form}, error), 400
    secret, link = store().make_link(account.number, Purpose.INVITE, INVITED_FOR)
    letter = mail.draft_invitation(store(), account, secret, link)
    audit.note(account.name, role=account.role.value, profile=account.profile_id)
    return render_template(
        "accounts/made.html",
        account=account,
        address=mail.personal_link(secret),
        until=states.moment(link.expires_at),
        zone_place=times.place(states.zone()),
        letter=letter,
        fresh=True,
    )


@dataclass(frozen=True)
class Invitable:
    """An attendee and whether it can be invited.

    Attributes:
        trouble: why it cannot; empty: it can.
    """

    profile: Profile
    trouble: str = ""


@pages.get("/events/<event_id>/invite")
@organiser
def attendees_invite(event_id: str) -> str:
    """Who would be invited, before anybody is."""
    event = store().consultation(event_id)
    found, there = invitable(event)
    return render_template(
        "accounts/attendees.html",
        event=event,
        good=[each.profile for each in found if not each.trouble],
        bad=[each for each in found if each.trouble],
        there=there,
        until_days=INVITED_FOR.days,
    )


@pages.post("/events/<event_id>/invite")
@organiser
def attendees_invited(event_id: str) -> Response:
    """Invite those who are ticked; their letters are drafts of the event."""
    event = store().consultation(event_id)
    ticked = set(request.form.getlist("profile_id"))
    invited: list[str] = []
    for each in invitable(event)[0]:
        profile = each.profile
        if each.trouble or profile.id not in ticked:
            continue
        account = store().add_account(
            Role(profile.side.value),
            profile.label(language_of(profile))[:200],
            email=profile.contact_email,
            profile_id=profile.id,
            language=language_of(profile),
        )
        secret, link = store().make_link(account.number, Purpose.INVITE, INVITED_FOR)
        mail.draft_invitation(store(), account, secret, link, event=event)
        invited.append(profile.id)
    done = len(invited)
    if not done:
        audit.skip()
        messages.refused(_("Nobody was ticked, so nobody was invited."))
        return redirect(url_for("accounts.attendees_invite", event_id=event_id))
    audit.note(str(done), profiles=invited)
    messages.done(
        ngettext(
            "{number} person has an account now; the letter is a draft and still to be sent.",
            "{number} people have an account now; their letters are drafts and still to be sent.",
            done,
        )
    )
    return redirect(url_for("organiser.mail", event_id=event_id))


def invitable(event: Consultation) -> tuple[list[Invitable], int]:
    """The attendees without an account, with what stands against inviting each, and how many have one."""
    kept = store()
    attendees = [each.profile_id for each in kept.attendees(event.id)]
    accounts = kept.accounts()
    known = {each.profile_id for each in accounts if each.profile_id and not each.disabled}
    taken = {each.email for each in accounts if each.email}
    profiles = kept.get_many(attendees)
    found = []
    for profile_id in attendees:
        if profile_id in known or profile_id not in profiles:
            continue
        trouble = _trouble(profiles[profile_id], taken)
        found.append(Invitable(profiles[profile_id], trouble))
        if not trouble:  # two profiles may name one address: the second cannot have an account with it
            taken.add(read_email(profiles[profile_id].contact_email or ""))
    return found, len(known & set(attendees))


def _trouble(profile: Profile, taken: set[str]) -> str:
    if not profile.contact_email:
        return _("no e-mail address in the directory")
    try:
        address = read_email(profile.contact_email)
    except InputError:
        return _("{address} is no e-mail address", address=profile.contact_email)
    return _("{address} belongs to another account", address=address) if address in taken else ""


def language_of(profile: Profile) -> str:
    """In which language somebody is written to who has not said so."""
    return "ko" if profile.country == "KR" else "en"


def _add(form: Any) -> Account:
    role = read_role(form.get("role", ""))
    if role is None:
        raise InputError(_("choose a role"), field="role")
    if form.get("language", "") not in LANGUAGES:
        raise InputError(_("choose a language"), field="language")
    name = read_name(form.get("name", ""))
    try:
        email = read_email(form.get("email", ""))
    except InputError as cause:
        raise InputError(_("this is no e-mail address"), field="email") from cause
    profile_id = None
    if role.side is not None:
        profile_id = _profile_of(form.get("profile_id", ""), role.side)
    if store().account_of_email(email) is not None:
        raise InputError(_("{email} has an account already", email=email), field="email")
    return store().add_account(role, name, email=email, profile_id=profile_id, language=form["language"])


def _profile_of(profile_id: str, side: Side) -> str:
    found = store().get_many([profile_id]).get(profile_id) if profile_id else None
    if found is None or found.side is not side:
        raise InputError(_("choose the organisation this person speaks for"), field="profile_id")
    return found.id


def _form(given: dict[str, str], error: InputError | None = None) -> str:
    role = given.get("role", "") or Role.STARTUP.value
    side = Side(role) if role in (Side.STARTUP.value, Side.PARTNER.value) else None
    query = read_query(given.get("find", ""))
    choice = list(store().search(query, side=side, size=SHOWN).profiles) if side else []
    chosen = given.get("profile_id", "")
    if chosen and all(each.id != chosen for each in choice):
        choice = [*store().get_many([chosen]).values(), *choice]
    return render_template(
        "accounts/invite.html",
        given={**given, "role": role},
        error=error,
        side=side,
        query=query,
        choice=choice,
        most=SHOWN,
        roles=[(each.value, f"{role_name(each)} – {role_hint(each)}") for each in ROLES],
    )
