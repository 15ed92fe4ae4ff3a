"""What the codes of the audit trail mean, as the end of a sentence that begins with who did it."""

from __future__ import annotations

from profiles.audit_store import AuditEntry
from web.phrases import N_
from web.phrases import gettext as _

DONE = {
    "accounts.attendees_invited": N_("invited attendees of an event"),
    "accounts.enter": N_("signed in with a password"),
    "accounts.link_used": N_("signed in with a one-time link"),
    "accounts.own_password": N_("chose another password"),
    "accounts.own_save": N_("changed their own name or language"),
    "accounts.own_sessions": N_("ended their own other sessions"),
    "accounts.people_disable": N_("disabled an account"),
    "accounts.people_enable": N_("enabled an account"),
    "accounts.people_invited": N_("invited a person"),
    "accounts.people_link": N_("made a new personal link"),
    "accounts.people_revoke": N_("revoked the personal links of an account"),
    "accounts.people_save": N_("changed an account"),
    "accounts.people_sessions": N_("signed somebody out everywhere"),
    "accounts.tokens_make": N_("made a token for the API"),
    "accounts.tokens_revoke": N_("revoked a token of the API"),
    "accounts.use_link": N_("chose a password with a personal link"),
    "organiser.attendees_add": N_("added attendees"),
    "organiser.attendees_import_add": N_("gave files of wishes or availability"),
    "organiser.attendees_import_apply": N_("applied a file of wishes or availability"),
    "organiser.attendees_remove": N_("removed attendees"),
    "organiser.attendees_save": N_("changed rules and availability of an attendee"),
    "organiser.attendees_terms": N_("set rules of several attendees"),
    "organiser.day_absent": N_("marked an attendee as not coming"),
    "organiser.day_check_in": N_("noted whether an attendee has come"),
    "organiser.day_held": N_("noted whether a meeting was held"),
    "organiser.day_late": N_("noted that an attendee comes later"),
    "organiser.day_late_undone": N_("took back that an attendee comes later"),
    "organiser.day_present": N_("took back that an attendee does not come"),
    "organiser.day_search": N_("started the search for a timetable on the day"),
    "organiser.duplicates_again": N_("let two profiles count as likely duplicates again"),
    "organiser.duplicates_apart": N_("told two profiles apart"),
    "organiser.duplicates_merge": N_("merged two profiles"),
    "organiser.duplicates_undo": N_("brought a profile back"),
    "organiser.events_add": N_("made an event"),
    "organiser.events_upload": N_("made an event from a file"),
    "organiser.mail_discard": N_("threw letters away"),
    "organiser.mail_draft": N_("had letters drafted"),
    "organiser.mail_send": N_("sent letters"),
    "organiser.matches_choose": N_("said something of a pair"),
    "organiser.matches_comment": N_("commented on a pair"),
    "organiser.outcomes_save": N_("noted what came of a meeting, as the organiser"),
    "organiser.pictures_fairness": N_("had the curve of fairness worked out"),
    "organiser.pictures_stop": N_("stopped the work on the curve of fairness"),
    "organiser.profiles_add": N_("added a profile"),
    "organiser.profiles_remove": N_("removed a profile"),
    "organiser.profiles_save": N_("changed a profile"),
    "organiser.profiles_undo": N_("took back a change of a profile"),
    "organiser.setup_removed": N_("removed an event"),
    "organiser.setup_save": N_("changed the set-up of an event"),
    "organiser.timetable_edit": N_("changed the timetable by hand"),
    "organiser.timetable_export_start": N_("had the files of a timetable written"),
    "organiser.timetable_export_stop": N_("stopped the writing of files"),
    "organiser.timetable_lock": N_("locked meetings"),
    "organiser.timetable_publish": N_("published a timetable"),
    "organiser.timetable_restore": N_("brought an earlier timetable back"),
    "organiser.timetable_start": N_("started the search for a timetable"),
    "organiser.timetable_stop": N_("stopped the search for a timetable"),
    "organiser.timetable_unlock": N_("unlocked meetings"),
    "organiser.timetable_unpublish": N_("took the published timetable back"),
    "organiser.uploads_add": N_("gave files to import"),
    "organiser.uploads_apply": N_("imported a file"),
    "organiser.uploads_discard": N_("discarded a file"),
    "directory.attend": N_("let organisations take part in an event"),
    "directory.attend_undo": N_("took back that organisations take part"),
    "participant.availability_restore": N_("put its free times back"),
    "participant.availability_save": N_("said when it is free and how much it can meet"),
    "participant.notes_save": N_("noted what came of a meeting"),
    "participant.profile_field": N_("changed the own profile"),
    "participant.profile_save": N_("changed the own profile"),
    "participant.profile_saved": N_("changed the own profile"),
    "participant.profile_undo": N_("took back a change of the own profile"),
    "participant.profile_undone": N_("took back a change of the own profile"),
    "participant.suggestions_choose": N_("said what it thinks of a meeting"),
    "participant.suggestions_comment": N_("commented on a meeting"),
    "api.add_attendees": N_("added attendees through the API"),
    "api.add_event": N_("set up an event through the API"),
    "api.add_outcomes": N_("recorded outcomes through the API"),
    "api.add_version": N_("uploaded a timetable through the API"),
    "api.delete_attendee": N_("removed an attendee through the API"),
    "api.delete_event": N_("removed an event through the API"),
    "api.delete_profile": N_("removed a profile through the API"),
    "api.delete_wish": N_("took back a choice through the API"),
    "api.import_profiles": N_("imported profiles through the API"),
    "api.publish": N_("published or withdrew a timetable through the API"),
    "api.put_attendee": N_("changed the terms of an attendee through the API"),
    "api.put_availability": N_("changed the availability of an attendee through the API"),
    "api.put_event": N_("changed the set-up of an event through the API"),
    "api.put_note": N_("noted what came of a meeting through the API"),
    "api.put_profile": N_("saved a profile through the API"),
    "api.put_wish": N_("made a choice through the API"),
    "api.start_schedule": N_("started the search for a timetable through the API"),
    "api.stop_job": N_("stopped work in the background through the API"),
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
