"""What the table of access cannot know by itself: values for the parameters of addresses, and whose they are.

A row is needed for every parameter of every address; ``test_access`` fails where one is missing. In a value,
``{me}`` is the profile of whoever asks, ``{other}`` somebody of the other side in the same event, ``{rival}``
somebody of the same side there, ``{stranger}`` somebody of the other side who is in another event alone, and
``{side}`` the side of whoever asks.
"""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

VALUES: Row = {
    "event_id": "day",
    "profile_id": "{me}",
    "other_id": "{other}",
    "version": 1,
    "what": "calendars",
    "form": "csv",
    "startup": "{startup}",
    "partner": "{partner}",
    "by": "{side}",
    "code": "en",
    "filename": "roundtable.css",
    "secret": "nothing",
}
"""By the parameter's name, where one value serves all addresses."""

NUMBERS = {
    "accounts.people": "{account}",
    "accounts.tokens": "{token_number}",
    "organiser.mail": "{letter}",
    "organiser.uploads": "{upload}",
    "organiser.attendees_import": "{wishes_upload}",
    "api.get_job": "{job}",
    "api.stop_job": "{job}",
}
"""What ``number`` is, by how the endpoint begins."""

TOKENS = {"calendar.subscribed": "{calendar}"}
"""What ``token`` is, by endpoint."""

NOT_THERE_YET = {"organiser.timetable_export_all"}
"""What there is nothing to be shown of: 404 for whoever may see it."""

QUERIES: dict[str, Row] = {
    "api.get_pair": {"startup": "{startup}", "partner": "{partner}"},
    "organiser.duplicates_pair": {"left": "vaxo", "right": "brainy"},
    "organiser.matches_pair": {"startup": "vaxo", "partner": "pharmo"},
    "organiser.outcomes_note": {"startup": "vaxo", "partner": "pharmo"},
    "organiser.outcomes_save": {"startup": "vaxo", "partner": "pharmo"},
    "organiser.timetable_meeting": {"startup": "vaxo", "partner": "pharmo"},
    "organiser.timetable_preview": {"startup": "vaxo", "partner": "pharmo", "do": "remove"},
    "rankings.pair": {"startup": "vaxo", "partner": "pharmo"},
}
"""What an address asks for behind the question mark."""

FORMS: dict[str, Row] = {
    "accounts.own_save": {"name": "Another Name", "language": "ko"},
    "accounts.own_password": {"password": "some new words", "again": "some new words"},
    "accounts.own_sessions": {},
    "accounts.sign_out": {},
    "accounts.tokens_make": {"token_name": "sync"},
    "accounts.tokens_revoke": {},
    "directory.attend_undo": {"event": "day", "profiles": ""},
    "organiser.day_absent": {"who": "vaxo"},
    "organiser.day_check_in": {"who": "vaxo", "come": "1"},
    "organiser.day_held": {"startup": "vaxo", "partner": "pharmo", "held": "yes"},
    "organiser.day_late": {"who": "vaxo", "hour": "09:10"},
    "organiser.day_late_undone": {"who": "vaxo"},
    "organiser.day_present": {"who": "vaxo"},
    "organiser.duplicates_again": {"left": "vaxo", "right": "brainy"},
    "organiser.duplicates_apart": {"left": "vaxo", "right": "brainy"},
    "organiser.duplicates_merge": {"left": "vaxo", "right": "brainy"},
    "organiser.duplicates_undo": {"number": "{removal}"},
    "organiser.matches_choose": {"startup": "vaxo", "partner": "pharmo"},
    "organiser.outcomes_save": {"startup": "vaxo", "partner": "pharmo"},
    "organiser.timetable_edit": {"startup": "vaxo", "partner": "pharmo", "do": "remove", "after": "1"},
    "organiser.timetable_publish": {"version": "1", "before": "1"},
    "organiser.timetable_restore": {"number": "1", "version": "1"},
    "participant.availability_restore": {"away": "d1-0900"},
    "participant.availability_save": {"here": ["d1-0900", "d1-0920"]},
    "participant.notes_save": {"other": "{other}", "held": "yes", "result": "follow_up", "text": "memo"},
    "participant.profile_field": {"field": "about", "about": "Another description of what we do."},
    "participant.profile_save": {"about": "Another description of what we do."},
    "participant.profile_undo": {},
    "participant.suggestions_choose": {"other": "{other}", "answer": "maybe"},
    "participant.suggestions_comment": {"other": "{other}", "comment": "a remark"},
}
"""Forms that are accepted; needed for every address that startups and partners may send something to."""

CHANGE_NOTHING = {"accounts.sign_out", "participant.profile_undo", "accounts.tokens_revoke"}
"""Those whose form changes nothing that others could have: checked in other tests."""

BODIES: dict[str, Row] = {
    "api.delete_wish": {},
    "api.put_availability": {"unavailable": ["d1-0900"]},
    "api.put_note": {"held": True, "result": "follow_up", "text": "memo"},
    "api.put_profile": {
        "id": "{me}",
        "side": "{side}",
        "kind": "{kind}",
        "name": "Renamed",
        "about": "Another description of what we do.",
    },
    "api.put_wish": {"answer": "maybe"},
}
"""The same for the API, as JSON."""

_PAIRS_OF_OTHERS: list[Row] = [
    {"event_id": "elsewhere"},
    {"startup": "brainy", "partner": "clinic"},
    {"startup": "brainy", "partner": "lawyers"},
]

OTHERS: dict[str, list[Row]] = {
    "accounts.tokens_revoke": [{"number": "{foreign_token}"}],
    "participant.briefing_one": [{"other_id": "{rival}"}, {"other_id": "{stranger}"}, {"other_id": "{me}"}],
    "participant.suggestions_pair": [
        {"other_id": "{rival}"},
        {"other_id": "{stranger}"},
        {"other_id": "{me}"},
    ],
    "api.delete_wish": _PAIRS_OF_OTHERS,
    "api.get_agenda": [{"profile_id": "{rival}"}, {"profile_id": "{other}"}],
    "api.get_attendee": [{"profile_id": "{rival}"}, {"profile_id": "{other}"}],
    "api.get_profile": [{"profile_id": "{rival}"}, {"profile_id": "{other}"}],
    "api.get_wish": _PAIRS_OF_OTHERS,
    "api.list_matches": [{"profile_id": "{rival}"}, {"profile_id": "{other}"}],
    "api.put_availability": [{"profile_id": "{rival}"}, {"profile_id": "{other}"}],
    "api.put_note": _PAIRS_OF_OTHERS,
    "api.put_profile": [{"profile_id": "{rival}"}, {"profile_id": "{other}"}],
    "api.put_wish": _PAIRS_OF_OTHERS,
}
"""Parameters of what belongs to others, over the row of one's own. For ``event_id`` every address has a row
by itself: the event ``elsewhere``, in which whoever asks does not take part."""

OTHER_QUERIES: dict[str, list[Row]] = {
    "api.get_pair": [{"startup": "brainy", "partner": "pharmo"}, {"startup": "brainy", "partner": "clinic"}],
}

OTHER_FORMS: dict[str, list[Row]] = {
    "participant.notes_save": [{"other": "{rival}"}, {"other": "{stranger}"}, {"other": "clinic"}],
    "participant.suggestions_choose": [{"other": "{rival}"}, {"other": "{stranger}"}, {"other": "{me}"}],
    "participant.suggestions_comment": [{"other": "{rival}"}, {"other": "{stranger}"}, {"other": "{me}"}],
}
"""Forms that name somebody whom the one who sends them has nothing to do with."""

FOREIGN: Row = {
    "account": "1",
    "by": "organiser",
    "disabled": "1",
    "email": "thief@example.org",
    "epoch": "99",
    "event_id": "elsewhere",
    "has_password": "1",
    "id": "{rival}",
    "kind": "agency",
    "partner": "clinic",
    "priority": "100",
    "profile_id": "{rival}",
    "role": "organiser",
    "side": "partner",
    "source": "x",
    "startup": "brainy",
    "table": "T2",
    "wishes_until": "2030-01-01",
}
"""Fields that no form has: sent along, they change nothing."""
