"""All accounts, and one of them: who is invited, who was here, and what an organiser can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.accounts import Account, Purpose, Role
from profiles.errors import InputError
from profiles.model import Profile
from web import access, audit, mail, messages, times
from web.access import may, me, store
from web.accounts import states
from web.accounts.blueprint import pages
from web.accounts.own import read_name
from web.accounts.roles import ROLES, read_role, role_name
from web.accounts.signing import INVITED_FOR, RESET_FOR
from web.accounts.states import Standing, State, standing
from web.pages.views import read_count, read_query
from web.phrases import LANGUAGES
from web.phrases import gettext as _

PAGE_SIZE = 50

organiser = may(Role.ORGANISER)


@pages.get("/people")
@organiser
def people() -> str:
    """Accounts by role and name, those that fit the search."""
    query, role = read_query(request.args.get("q", "")), read_role(request.args.get("role", ""))
    wanted = _read_state(request.args.get("state", ""))
    number = read_count(request.args.get("page", ""), "page", 1, 10**6)
    kept, now = store(), datetime.now(UTC)
    everybody = sorted(kept.accounts(), key=lambda each: ROLES.index(each.role))
    links = kept.latest_links()
    profiles = kept.get_many([each.profile_id for each in everybody if each.profile_id])
    found = [
        (each, standing(each, links.get(each.number), now), profiles.get(each.profile_id or ""))
        for each in everybody
        if role in (None, each.role)
    ]
    found = [
        row for row in found if wanted in (None, row[1].state) and _holds(row[0], row[2], query.casefold())
    ]
    many = max(1, -(-len(found) // PAGE_SIZE))
    number = min(number, many)
    return render_template(
        "accounts/people.html",
        rows=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        total=len(found),
        everybody=len(everybody),
        number=number,
        many=many,
        query=query,
        role=role,
        wanted=wanted,
        roles=[(each.value, role_name(each)) for each in ROLES],
        states=[(each.value, _(name)) for each, name in states.NAMES.items()],
        role_name=role_name,
        zone_note=states.zone_note(),
        events=kept.consultations(),
    )


@pages.get("/people/<int:number>")
@organiser
def people_one(number: int) -> str:
    """One account: how it stands, and what can be done."""
    return _shown(store().account(number))


@pages.post("/people/<int:number>")
@organiser
def people_save(number: int) -> Response | tuple[str, int]:
    """Change name, address and language of mail."""
    account, form = store().account(number), request.form
    try:
        if form.get("language", "") not in LANGUAGES:
            raise InputError(_("choose a language"), field="language")
        email = form.get("email", "").strip()
        if not email and account.email:
            raise InputError(_("give an e-mail address"), field="email")
        changed = store().change_account(
            number,
            name=read_name(form.get("name", "")),
            email=email or None,
            language=form["language"],
        )
    except InputError as error:
        audit.skip()
        return _shown(account, form={**form}, error=error), 400
    if changed.email != account.email:
        mail.discard_personal(store(), number)
    audit.note(changed.name, address=changed.email)
    messages.done(_("Saved."))
    return redirect(url_for("accounts.people_one", number=number))


@pages.post("/people/<int:number>/link")
@organiser
def people_link(number: int) -> str | Response:
    """A new personal link, shown once: to choose the first password, or another one."""
    account = store().account(number)
    if account.disabled:
        audit.skip()
        messages.refused(_("This account is disabled: enable it first."))
        return redirect(url_for("accounts.people_one", number=number))
    if account.has_password:
        secret, link = store().make_link(number, Purpose.RESET, RESET_FOR)
        letter = mail.draft_reset(store(), account, secret, link)
    else:
        secret, link = store().make_link(number, Purpose.INVITE, INVITED_FOR)
        letter = mail.draft_invitation(store(), account, secret, link)
    audit.note(account.name, purpose=link.purpose.value)
    return render_template(
        "accounts/made.html",
        account=account,
        address=mail.personal_link(secret),
        until=states.moment(link.expires_at),
        zone_place=times.place(states.zone()),
        letter=letter,
        fresh=False,
    )


@pages.post("/people/<int:number>/revoke")
@organiser
def people_revoke(number: int) -> Response:
    """End the account's open links, and throw away letters that hold them."""
    account = store().account(number)
    store().revoke_links(number)
    mail.discard_personal(store(), number)
    audit.note(account.name)
    messages.done(_("The open links of this account have ended."))
    return redirect(url_for("accounts.people_one", number=number))


@pages.post("/people/<int:number>/disable")
@organiser
def people_disable(number: int) -> Response:
    """Let somebody in no longer; sessions, links and tokens end at once."""
    account = store().account(number)
    try:
        store().change_account(number, disabled=True)
    except InputError:
        audit.skip()
        messages.refused(_("This is the last organiser: make another one first."))
        return redirect(url_for("accounts.people_one", number=number))
    mail.discard_personal(store(), number)
    audit.note(account.name)
    if number == me().number:
        g.audit_actor = access.actor()
        access.sign_out()
        return redirect(url_for("accounts.sign_in"))
    messages.undoable(
        _("{name} can no longer sign in.", name=account.name),
        url_for("accounts.people_enable", number=number),
        {},
    )
    return redirect(url_for("accounts.people_one", number=number))


@pages.post("/people/<int:number>/enable")
@organiser
def people_enable(number: int) -> Response:
    """Let somebody in again; a password stays what it was."""
    account = store().change_account(number, disabled=False)
    audit.note(account.name)
    messages.done(_("{name} can sign in again.", name=account.name))
    return redirect(url_for("accounts.people_one", number=number))


@pages.post("/people/<int:number>/sessions")
@organiser
def people_sessions(number: int) -> Response:
    """Sign somebody out everywhere."""
    account = store().account(number)
    store().end_sessions(number)
    if number == me().number:
        access.sign_in(store().account(number))
    audit.note(account.name)
    messages.done(_("All sessions of this account have ended."))
    return redirect(url_for("accounts.people_one", number=number))


def _shown(account: Account, *, form: dict[str, str] | None = None, error: InputError | None = None) -> str:
    kept, now = store(), datetime.now(UTC)
    links = kept.links_of(account.number)
    profile = kept.get_many([account.profile_id]).get(account.profile_id) if account.profile_id else None
    values = {"name": account.name, "email": account.email or "", "language": account.language}
    stands: Standing = standing(account, links[0] if links else None, now)
    return render_template(
        "accounts/person.html",
        account=account,
        profile=profile,
        form=form or values,
        error=error,
        standing=stands,
        has_open=any(link.is_open(now) for link in links),
        letters=[each for each in kept.letters() if each.account == account.number][:20],
        role_name=role_name,
        moment=states.moment,
        zone_note=states.zone_note(),
        mine=account.number == me().number,
    )


def _holds(account: Account, profile: Profile | None, query: str) -> bool:
    names: Sequence[str] = (profile.name, profile.name_ko) if profile else ()
    text = " ".join((account.name, account.email or "", *names)).casefold()
    return all(word in text for word in query.split())


def _read_state(value: str) -> State | None:
    if not value:
        return None
    try:
        return State(value)
    except ValueError as cause:
        raise InputError(_("there is no state “{value}”", value=value), field="state") from cause
