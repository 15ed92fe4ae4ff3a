"""Publishing a timetable: who sees what from then on, and who is told. Letters are drafted, never sent."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matcher.schedule.changes import INTERPRETER, Changes, differences
from matcher.schedule.check import check
from profiles.timetable_store import Timetable
from web import audit, consulting, mail, messages, timetable_words
from web.access import store
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.timetable import frame, read_version, shown_or_404
from web.phrases import gettext as _
from web.phrases import ngettext


@pages.get("/events/<event_id>/timetable/publish")
@onlooker
def timetable_publishing(event_id: str) -> str:
    """Who would be told what if a version, the newest unless another is named, were published."""
    event = event_of(event_id)
    shown = shown_or_404(event, read_version(request.args.get("version", "")))
    chosen = store().timetable(event.id, shown.version.number)
    before = consulting.published(store(), event)
    changes = changed(before, chosen)
    verdict = check(chosen.event, chosen.schedule)
    profiles = store().get_many(
        [each.id for kept in (before, chosen) if kept for each in kept.event.participants]
    )
    told = timetable_words.told(
        changes,
        timetable_words.named((before or chosen).event, profiles),
        timetable_words.named(chosen.event, profiles),
    )
    return render_template(
        "organiser/timetable/publish.html",
        **frame(event, shown),
        versions=store().timetables(event.id),
        before=before,
        changes=changes,
        told=told,
        faults=[shown.words.fault(each.rule, each.who, each.sentence) for each in verdict.faults],
    )


@pages.post("/events/<event_id>/timetable/publish")
@organiser
def timetable_publish(event_id: str) -> Response:
    """Show a version to the attendees; whom it concerns gets a notice, and a letter as a draft."""
    event = event_of(event_id)
    shown = shown_or_404(event, read_version(request.form.get("version", "")))
    chosen = store().timetable(event.id, shown.version.number)
    before = consulting.published(store(), event)
    if request.form.get("before", "") != str(event.published or ""):
        audit.skip()
        messages.refused(_("Another version was published in the meantime. This is who would be told now."))
        return redirect(
            url_for("organiser.timetable_publishing", event_id=event.id, version=shown.version.number)
        )
    store().publish(event.id, chosen.version.number)
    told = {
        notice.who: [each.to_dict() for each in notice.changes]
        for notice in changed(before, chosen).notices
        if notice.role != INTERPRETER
    }
    store().keep_notices(event.id, chosen.version.number, told)
    drafted = mail.draft_agenda_letters(store(), event, before, chosen)
    audit.note(event.name, version=chosen.version.number, told=len(told), letters=drafted)
    messages.done(_say(chosen.version.number, len(told), drafted))
    return redirect(url_for("organiser.timetable_publishing", event_id=event.id))


def _say(version: int, told: int, drafted: int) -> str:
    parts = [_("Version {version} is published.", version=version)]
    parts.append(
        ngettext("{number} organisation has a notice.", "{number} organisations have a notice.", told)
    )
    if drafted:
        parts.append(
            ngettext(
                "{number} letter is drafted; it is not sent yet.",
                "{number} letters are drafted; they are not sent yet.",
                drafted,
            )
        )
    return " ".join(parts)


@pages.post("/events/<event_id>/timetable/unpublish")
@organiser
def timetable_unpublish(event_id: str) -> Response:
    """Show the attendees no timetable any more."""
    event = event_of(event_id)
    store().publish(event.id, None)
    audit.note(event.name, version=event.published)
    messages.done(_("The attendees see no timetable any more."))
    return redirect(url_for("organiser.timetable_publishing", event_id=event.id))


def changed(before: Timetable | None, chosen: Timetable) -> Changes:
    """What a version changes for the attendees; everything, if they have seen none."""
    old = before or Timetable(
        chosen.version, chosen.event, chosen.schedule.model_copy(update={"meetings": ()})
    )
    return differences(old.event, old.schedule, chosen.event, chosen.schedule)
