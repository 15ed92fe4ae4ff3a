"""Publishing a timetable: who sees what from then on, and who is told. Letters are drafted, never sent."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matcher.schedule.check import check
from web import audit, consulting, messages, timetable_words
from web.access import store
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.timetable import frame, read_version, shown_or_404
from web.phrases import gettext as _
from web.publication import changed, publish


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
    if request.form.get("before", "") != str(event.published or ""):
        audit.skip()
        messages.refused(_("Another version was published in the meantime. This is who would be told now."))
        return redirect(
            url_for("organiser.timetable_publishing", event_id=event.id, version=shown.version.number)
        )
    done = publish(store(), event, chosen.version.number)
    audit.note(event.name, version=done.version, told=done.told, letters=done.letters)
    messages.done(done.sentence())
    return redirect(url_for("organiser.timetable_publishing", event_id=event.id))


@pages.post("/events/<event_id>/timetable/unpublish")
@organiser
def timetable_unpublish(event_id: str) -> Response:
    """Show the attendees no timetable any more."""
    event = event_of(event_id)
    store().publish(event.id, None)
    audit.note(event.name, version=event.published)
    messages.done(_("The attendees see no timetable any more."))
    return redirect(url_for("organiser.timetable_publishing", event_id=event.id))
