"""Wishes and availability of an event from spreadsheets: as the import of profiles."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.dayplan import slots_of
from profiles.model import Side
from web import audit, eventfiles, import_words, messages, phrases
from web.access import settings, store
from web.languages import Name
from web.organiser.blueprint import event_of, organiser, pages
from web.organiser.uploads import NOTICES, ROWS_A_PAGE, common, keep_files, mending, open_upload
from web.pages.views import read_count
from web.phrases import N_, ngettext
from web.phrases import gettext as _

_HOLDS = {eventfiles.WISHES: N_("Wishes"), eventfiles.AVAILABILITY: N_("Availability")}
_SAID_BY = {"startup": N_("Startup"), "partner": N_("Partner"), "organiser": N_("Organiser")}


@pages.get("/events/<event_id>/attendees/import")
@organiser
def attendees_import(event_id: str) -> str:
    """Files of wishes and availability to go on with, and a form for more."""
    event = event_of(event_id)
    return render_template(
        "organiser/event-uploads.html",
        event=event,
        uploads=[each for each in store().uploads() if each.options.get("event") == event.id],
        most_mb=settings().max_import_mb,
        holds=[(code, _(text)) for code, text in _HOLDS.items()],
        anybody=bool(store().attendees(event.id)),
        holds_name=holds_name,
        **common(),
    )


@pages.post("/events/<event_id>/attendees/import")
@organiser
def attendees_import_add(event_id: str) -> Response:
    """Keep the files sent; nothing is written to the event yet."""
    event = event_of(event_id)
    holds = request.form.get("holds", "")
    kept = keep_files({"event": event.id, "holds": holds if holds in _HOLDS else eventfiles.WISHES})
    if len(kept) == 1:
        return redirect(url_for(".attendees_import_one", event_id=event.id, number=kept[0].number))
    return redirect(url_for(".attendees_import", event_id=event.id))


@pages.get("/events/<event_id>/attendees/import/<int:number>")
@organiser
def attendees_import_one(event_id: str, number: int) -> str | Response:
    """What a file would change, and what is to be mended."""
    event = event_of(event_id)
    upload = store().upload(number)
    if upload.options.get("event") != event.id:
        return redirect(url_for(".uploads_one", number=number))
    if upload.applied_at:
        return render_template(
            "organiser/event-upload-applied.html",
            event=event,
            upload=upload,
            holds_name=holds_name,
            **common(),
        )
    found = eventfiles.preview(store(), upload, settings())
    people = store().get_many([each.profile_id for each in store().attendees(event.id)])
    starts = {each.id: each.start for each in slots_of(event.plan)}
    return render_template(
        "organiser/event-upload.html",
        event=event,
        upload=upload,
        found=found,
        page=read_count(request.args.get("page", ""), "page", 1, 10**6),
        mend_page=read_count(request.args.get("mend", ""), "mend", 1, 10**6),
        rows_a_page=ROWS_A_PAGE,
        most_notices=NOTICES,
        holds_name=holds_name,
        name=lambda who: phrases.name(people[who]) if who in people else Name(who),
        by_name=lambda by: _(_SAID_BY[by]),
        answer_name=answer_name,
        times_of=lambda ids: [starts[each] for each in ids if each in starts],
        several_days=len(event.plan.days) > 1,
        Side=Side,
        **common(),
        **mending(),
    )


@pages.post("/events/<event_id>/attendees/import/<int:number>/apply")
@organiser
def attendees_import_apply(event_id: str, number: int) -> Response:
    """Write what the good rows say; rows that are still wrong stay to be mended."""
    event = event_of(event_id)
    here = url_for(".attendees_import_one", event_id=event.id, number=number)
    if store().upload(number).applied_at:
        audit.skip()
        messages.done(_("This file was applied already; nothing has changed."))
        return redirect(here)
    upload = open_upload(number)
    if upload.options.get("event") != event.id:
        audit.skip()
        return redirect(url_for(".uploads_one", number=number))
    found = eventfiles.preview(store(), upload, settings())
    if found.error or not (found.changes or found.unchanged):
        audit.skip()
        messages.refused(
            import_words.said(found.error) or _("There is no good row to apply: mend one first.")
        )
        return redirect(here)
    if request.form.get("basis", "") != found.basis:
        audit.skip()
        messages.refused(
            _(
                "Somebody else changed this in the meantime, so nothing was applied. Look at what would "
                "change now, then apply."
            )
        )
        return redirect(here)
    eventfiles.apply(store(), found)
    counts = {"updated": found.changes, "unchanged": found.unchanged, "rejected": len(found.mendable)}
    audit.note(upload.file, holds=upload.options["holds"], counts=counts)
    told = " · ".join(
        (
            ngettext("{number} changed", "{number} changed", counts["updated"]),
            ngettext("{number} unchanged", "{number} unchanged", counts["unchanged"]),
        )
    )
    if counts["rejected"]:
        left = ngettext(
            "{number} row is still to be mended.", "{number} rows are still to be mended.", counts["rejected"]
        )
        messages.done(_("Applied: {counts}. {left}", counts=told, left=left))
    else:
        store().finish_upload(number, {**upload.options, "counts": counts})
        messages.done(_("Applied: {counts}.", counts=told))
    return redirect(here)


def holds_name(code: str) -> str:
    """What a file holds."""
    return _(_HOLDS[code])


def answer_name(code: str | None) -> str:
    """An answer in a word."""
    from web.schedule_words import word

    return word(code) if code else ""
