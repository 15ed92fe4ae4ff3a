"""Import of profiles: files are kept, looked at before anything is written, mended in the page, applied."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import current_app, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from profiles.accounts import Role
from profiles.errors import ConflictError, InputError
from profiles.importers import RowsRead
from profiles.importers.headers import FIELDS
from profiles.importers.rejected import rejected_rows
from profiles.importers.results import Place
from profiles.model import Kind, Side
from profiles.upload_store import Upload
from web import audit, eventfiles, import_words, messages, phrases, times, uploading
from web.access import me, settings, store, visitor
from web.audit import changes_nothing
from web.fieldvalues import difference
from web.organiser.blueprint import organiser, pages
from web.pages.errors import http_error
from web.pages.views import read_count
from web.phrases import gettext as _
from web.phrases import ngettext

ROWS_A_PAGE, MENDED_A_PAGE, DUPLICATES, NOTICES = 25, 10, 20, 50
LARGE = frozenset({"organiser.uploads_add", "organiser.attendees_import_add"})
"""Endpoints that take files."""
_MOST_FILES = 20

pages.add_app_template_filter(import_words.said, "said")


@pages.url_value_preprocessor
def allow_large(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let organisers, and nobody else, send large files; before anything looks at the form."""
    if endpoint in LARGE:
        account = visitor()
        if account is not None and account.role is Role.ORGANISER:
            request.max_content_length = (settings().max_import_mb + 1) * 2**20


@pages.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Any:
    """Say it where the file was chosen."""
    account = visitor()
    if request.endpoint not in LARGE or account is None or account.role is not Role.ORGANISER:
        return http_error(error)
    messages.refused(
        _("More than {size} MB in all: send the files one by one, or split them.", size=_most_mb())
    )
    return redirect(request.path)


@pages.get("/import")
@organiser
def uploads() -> str:
    """Files to go on with, and a form for more."""
    return render_template(
        "organiser/uploads.html",
        uploads=[each for each in store().uploads() if "event" not in each.options],
        most_mb=_most_mb(),
        **common(),
    )


@pages.post("/import")
@organiser
def uploads_add() -> Response:
    """Keep the files sent; nothing is written to the directory yet."""
    side = request.form.get("side", "")
    options: dict[str, Any] = {"side": Side(side).value} if side in set(Side) else {}
    kept = keep_files(options)
    if len(kept) == 1:
        return redirect(url_for(".uploads_one", number=kept[0].number))
    return redirect(url_for(".uploads"))


@pages.get("/import/<int:number>")
@organiser
def uploads_one(number: int) -> str | Response:
    """What a file would change, row by row, and what is to be mended."""
    upload = store().upload(number)
    if "event" in upload.options:
        return redirect(page_of(upload))
    if upload.applied_at:
        return render_template("organiser/upload-applied.html", upload=upload, **common())
    found = previews().of(upload)
    names = {
        **store().get_many([i for d in found.duplicates for i in (d.first_id, d.second_id)]),
        **found.known,
    }
    return render_template(
        "organiser/upload.html",
        upload=upload,
        found=found,
        page=read_count(request.args.get("page", ""), "page", 1, 10**6),
        mend_page=read_count(request.args.get("mend", ""), "mend", 1, 10**6),
        rows_a_page=ROWS_A_PAGE,
        names=names,
        most_duplicates=DUPLICATES,
        most_notices=NOTICES,
        fields=_field_choices(),
        mapped=uploading.mapping_of(upload),
        side=uploading.side_of(upload),
        difference=difference,
        **common(),
        **mending(),
    )


@pages.post("/import/<int:number>/columns")
@organiser
@changes_nothing
def uploads_columns(number: int) -> Response:
    """Say what columns mean, and the side of rows that name none."""
    upload = open_upload(number)
    found = previews().of(upload)
    chosen = {
        header: field
        for header, field in zip(request.form.getlist("header"), request.form.getlist("field"), strict=False)
        if field in FIELDS
    }
    side = request.form.get("side", "")
    options = {
        **upload.options,
        "map": uploading.mapping_from(found.columns, chosen),
        "side": side if side in set(Side) else None,
    }
    store().set_upload_options(number, options)
    again = previews().of(store().upload(number))
    if again.error:
        messages.refused(import_words.said(again.error))
    else:
        messages.done(_("The file was read again with these columns."))
    return redirect(url_for(".uploads_one", number=number))


@pages.post("/import/<int:number>/empty")
@organiser
@changes_nothing
def uploads_keep(number: int) -> Response:
    """Say whether what is stored stays where the file is empty."""
    upload = open_upload(number)
    store().set_upload_options(number, {**upload.options, "keep": bool(request.form.get("keep"))})
    return redirect(url_for(".uploads_one", number=number) + "#changes")


@pages.post("/import/<int:number>/rows")
@organiser
@changes_nothing
def uploads_mend(number: int) -> Response:
    """Keep a row as mended, and say whether it can be used now."""
    upload = open_upload(number)
    place = _place()
    texts = (text.replace("\r\n", "\n") for text in request.form.getlist("value"))
    cells = dict(zip(request.form.getlist("header"), texts, strict=False))
    store().mend_upload(number, place, cells)
    left = [each for each in read_rows(store().upload(number)).rejections if (each.sheet, each.row) == place]
    if left:
        reason = import_words.said(left[0].reason)
        field = import_words.column_name(left[0].field)
        where = _("{field}: {reason}", field=field, reason=reason) if left[0].field else reason
        messages.refused(_("{row} cannot be used yet. {why}", row=row_name(place), why=where))
    else:
        messages.done(_("{row} can be used now.", row=row_name(place)))
    return redirect(_back(upload))


@pages.post("/import/<int:number>/rows/drop")
@organiser
@changes_nothing
def uploads_drop(number: int) -> Response:
    """Leave a row out."""
    upload = open_upload(number)
    place = _place()
    store().mend_upload(number, place, None)
    fields = {"sheet": place[0] or "", "row": str(place[1])}
    messages.undoable(
        _("{row} is left out.", row=row_name(place)), url_for(".uploads_take", number=number), fields
    )
    return redirect(_back(upload))


@pages.post("/import/<int:number>/rows/take")
@organiser
@changes_nothing
def uploads_take(number: int) -> Response:
    """Take a row again as it stands in the file."""
    upload = open_upload(number)
    place = _place()
    store().unmend_upload(number, place)
    messages.done(_("{row} is read again as it stands in the file.", row=row_name(place)))
    return redirect(_back(upload))


@pages.get("/import/<int:number>/rejected.csv")
@organiser
def uploads_rejected(number: int) -> Response:
    """The rows that cannot be used, to be mended in a spreadsheet and sent again."""
    upload = open_upload(number)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rejected_rows(read_rows(upload)))
    name = f"{upload.file.rpartition('.')[0] or upload.file}.rejected.csv"
    return send_file(
        io.BytesIO(text.getvalue().encode("utf-8-sig")),
        mimetype="text/csv",
        as_attachment=True,
        download_name=name,
    )


@pages.post("/import/<int:number>/apply")
@organiser
def uploads_apply(number: int) -> Response:
    """Write the good rows, all or none; rows that are still wrong stay to be mended."""
    upload = store().upload(number)
    if upload.applied_at:
        audit.skip()
        messages.done(_("This file was applied already; nothing has changed."))
        return redirect(page_of(upload))
    found = previews().of(upload)
    if found.parsed is None or not found.incoming:
        audit.skip()
        messages.refused(_("There is no good row to apply: mend one first."))
        return redirect(page_of(upload))
    try:
        changes = store().apply(
            found.incoming, uploading.record_of(found.parsed), basis=request.form.get("basis", "")
        )
    except ConflictError:
        audit.skip()
        messages.refused(
            _(
                "Somebody else changed these profiles in the meantime, so nothing was applied. Look at what "
                "would change now, then apply."
            )
        )
        return redirect(page_of(upload))
    counts = {
        "added": len(changes.added),
        "updated": len(changes.updated),
        "unchanged": len(changes.unchanged),
        "rejected": len(found.mendable),
    }
    audit.note(upload.file, counts=counts)
    told = " · ".join(
        (
            ngettext("{number} new", "{number} new", counts["added"]),
            ngettext("{number} changed", "{number} changed", counts["updated"]),
            ngettext("{number} unchanged", "{number} unchanged", counts["unchanged"]),
        )
    )
    if counts["rejected"]:
        options = {**upload.options, "counts": counts}
        store().set_upload_options(number, options)
        left = ngettext(
            "{number} row is still to be mended.", "{number} rows are still to be mended.", counts["rejected"]
        )
        messages.done(_("Applied: {counts}. {left}", counts=told, left=left))
    else:
        store().finish_upload(number, {**upload.options, "counts": counts})
        messages.done(_("Applied: {counts}.", counts=told))
    return redirect(page_of(upload))


@pages.post("/import/<int:number>/discard")
@organiser
def uploads_discard(number: int) -> Response:
    """Forget a file with all that was mended."""
    upload = store().upload(number)
    store().remove_upload(number)
    audit.note(upload.file)
    messages.done(_("“{file}” was discarded.", file=upload.file))
    event = upload.options.get("event")
    return redirect(url_for(".attendees_import", event_id=event) if event else url_for(".uploads"))


# -- shared with the files of an event -----------------------------------------------------------------


def previews() -> uploading.Previews:
    """The previews of this application."""
    kept = current_app.extensions
    if "roundtable.previews" not in kept:
        kept["roundtable.previews"] = uploading.Previews(store(), settings())
    found: uploading.Previews = kept["roundtable.previews"]
    return found


def keep_files(options: dict[str, Any]) -> list[Upload]:
    """Keep the files of this request that can be of use; the others are told why not."""
    files = [each for each in request.files.getlist("files") if each.filename]
    if not files:
        audit.skip()
        messages.refused(_("Choose a file first."))
    kept: list[Upload] = []
    for each in files[:_MOST_FILES]:
        if upload := _keep_file(each, options):
            kept.append(upload)
    for each in files[_MOST_FILES:]:
        messages.refused(_("“{file}”: more than {most} files at once", file=each.filename, most=_MOST_FILES))
    if kept:
        audit.note(", ".join(each.file for each in kept))
    else:
        audit.skip()
    if len(kept) > 1:
        messages.done(
            ngettext(
                "{number} file is ready to be looked at; nothing is written yet.",
                "{number} files are ready to be looked at; nothing is written yet.",
                len(kept),
            )
        )
    return kept


def _keep_file(sent: FileStorage, options: dict[str, Any]) -> Upload | None:
    name = uploading.file_name(sent.filename or "")
    content = sent.read()
    if why := uploading.refusal(name, content, settings()):
        messages.refused(_("“{file}”: {why}", file=name, why=import_words.said(why)))
        return None
    return store().add_upload(me().number, name, content, options)


def open_upload(number: int) -> Upload:
    """An upload that is not applied yet; where there is none, the answer is 404."""
    upload = store().upload(number)
    if upload.applied_at:
        raise ConflictError(_("this file was applied already"))
    return upload


def read_rows(upload: Upload) -> RowsRead:
    """An upload as read, whatever its rows hold.

    Raises:
        InputError: it cannot be read as it is.
    """
    if "event" in upload.options:
        return eventfiles.read(store(), upload, settings())
    found = previews().of(upload)
    if found.parsed is None:
        raise InputError(import_words.said(found.error), file=upload.file)
    return found.parsed


def page_of(upload: Upload) -> str:
    """The page of an upload."""
    if event := upload.options.get("event"):
        return url_for(".attendees_import_one", event_id=event, number=upload.number)
    return url_for(".uploads_one", number=upload.number)


def row_name(place: Place) -> str:
    """A row as its reader knows it."""
    sheet, row = place
    if sheet:
        return _("Row {row} of sheet “{sheet}”", row=row, sheet=sheet)
    return _("Row {row}", row=row)


def _back(upload: Upload) -> str:
    """To the list of rows that this was one of."""
    page = request.form.get("page", "")
    address = page_of(upload)
    return f"{address}?mend={page}#mend" if page.isdigit() and page != "1" else f"{address}#mend"


def _place() -> Place:
    row = request.form.get("row", "")
    if not row.isdigit() or len(row) > 9:
        raise InputError(_("there is no row “{row}”", row=row[:20]), field="row")
    return request.form.get("sheet") or None, int(row)


def mending() -> dict[str, Any]:
    """What the templates of rows to mend ask."""
    return {
        "said": import_words.said,
        "row_name": row_name,
        "mended_a_page": MENDED_A_PAGE,
        "kinds": [(each.value, phrases.kind_name(each)) for each in Kind],
        "sides": [(each.value, phrases.side_name(each)) for each in Side],
        "header_label": header_label,
        "column_name": import_words.column_name,
    }


def common() -> dict[str, Any]:
    names = {each.number: each.name for each in store().accounts()}
    zone = request.cookies.get("timezone", "")
    return {"moment": lambda at: times.full(at, zone or "UTC"), "who": lambda number: names.get(number, "")}


def header_label(header: str, field: str) -> str:
    """A column with what it was taken for, where its header does not say so itself."""
    name = import_words.column_name(field)
    if field == "other" or header.casefold() in (name.casefold(), field) or header == name:
        return name if header == field else header
    return f"{header} ({name})"


def _field_choices() -> list[tuple[str, str]]:
    known = [each for each in FIELDS if each != "other"]
    return [("other", _("Keep as a note")), *((each, import_words.column_name(each)) for each in known)]


def _most_mb() -> int:
    return settings().max_import_mb
