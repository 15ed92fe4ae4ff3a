"""What the codes of the audit trail mean, as the end of a sentence that begins with who did it."""

from __future__ import annotations

from profiles.audit_store import AuditEntry
from web.phrases import N_
from web.phrases import gettext as _

DONE = {
    "accounts.enter": N_("signed in with a password"),
    "accounts.link_used": N_("signed in with a one-time link"),
    "accounts.use_link": N_("chose a password with a personal link"),
    "accounts.own_save": N_("changed their own name or language"),
    "accounts.own_password": N_("chose another password"),
    "accounts.own_sessions": N_("ended their own other sessions"),
    "accounts.people_invited": N_("invited a person"),
    "accounts.people_save": N_("changed an account"),
    "accounts.people_link": N_("made a new personal link"),
    "accounts.people_revoke": N_("revoked the personal links of an account"),
    "accounts.people_disable": N_("disabled an account"),
    "accounts.people_enable": N_("enabled an account"),
    "accounts.people_sessions": N_("signed somebody out everywhere"),
    "accounts.attendees_invited": N_("invited attendees of an event"),
    "accounts.tokens_make": N_("made a token for the API"),
    "accounts.tokens_revoke": N_("revoked a token of the API"),
    "organiser.mail_draft": N_("had letters drafted"),
    "organiser.mail_send": N_("sent letters"),
    "organiser.mail_discard": N_("threw letters away"),
}
"""Endpoints, and codes that views give themselves, with what was done."""


def done(action: str) -> str:
    """What a code means; one that is not known is shown by itself."""
    return _(DONE[action]) if action in DONE else action


def sentence(entry: AuditEntry) -> str:
    """Who did what."""
    if entry.account is None and not entry.actor:
        return done(entry.action)
    return _("{who} {did}", who=entry.actor, did=done(entry.action))
