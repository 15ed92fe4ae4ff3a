"""My profile: a guided form that saves as it goes, and what each change does to the match."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from matcher.gaps import Gap, gaps
from matcher.results import Match
from matcher.whynot import Change
from profiles.model import Profile, Side
from web import audit, messages, phrases
from web.access import me, store
from web.pages.views import service
from web.participant import guide
from web.participant.blueprint import attendee, my_profile, pages
from web.participant.day import wants_part
from web.participant.edits import SAVED, UNDONE, Edit, detail, last_edit
from web.participant.reading import changed, written
from web.phrases import gettext as _

BEST = 5
"""How many of the list the preview looks at."""

PROMPTED = 2
"""For how many of the best it is tried what would raise the score."""

CHANGES = 4
_SALT = "roundtable.preview"

Ranked = list[tuple[str, float]]

_SAVING = threading.Lock()
"""Fields are saved one by one into a profile that is stored whole: one after the other."""


@pages.get("/profile")
@attendee
def profile() -> str:
    """The form, with the preview beside it."""
    return _page(my_profile(), {}, {})


@pages.post("/profile")
@attendee
def profile_save() -> Response | tuple[str, int]:
    """Keep the whole form: the way without scripts."""
    sent = {*request.form, *(["topics"] if "about" in request.form else [])}  # no tick sends nothing
    texts = {field: _typed(field) for field in guide.fields(my_profile()) if field in sent}
    mine, errors, before = _keep(texts)
    if errors:
        return _page(mine, texts, errors), 400
    if before is None:
        messages.done(_("Nothing was changed."))
        return redirect(url_for("participant.profile"))
    messages.done(_("Your profile is saved."))
    return redirect(url_for("participant.profile", before=before))


@pages.post("/profile/field")
@attendee
def profile_field() -> str:
    """Keep one field as soon as it is left; answered with the field, and with the preview to be fetched."""
    field = request.form.get("field", "")
    if field not in guide.fields(my_profile()):
        audit.skip()
        return ""
    typed = _typed(field)
    was = my_profile()
    mine, errors, before = _keep({field: typed})
    # The trail is written when this request is over.
    edit = Edit(**detail(was, mine)) if before is not None else None
    return render_template(
        "participant/profile-field.html",
        mine=mine,
        field=field,
        texts={field: typed if errors else written(mine, field)},
        errors=errors,
        saved=before is not None,
        before=before,
        edit=edit,
        **_asked(),
    )


@pages.post("/profile/undo")
@attendee
def profile_undo() -> Response:
    """Take the last change back, unless somebody else has changed the profile since."""
    mine = my_profile()
    edit = last_edit(store(), me(), mine.id)
    if edit is None or not edit.fits(mine):
        audit.skip()
        messages.refused(_("There is no change of yours that could be taken back."))
        return redirect(url_for("participant.profile"))
    before = _best(mine)
    store().apply([edit.undone(mine)])
    audit.note(mine.id, action=UNDONE, undoes=edit.number)
    names = phrases.listed([phrases.field_name(field) for field in edit.fields])
    messages.done(_("Taken back: {fields}.", fields=names))
    return redirect(url_for("participant.profile", before=_signer().dumps(before)))


@pages.get("/profile/preview")
@attendee
def profile_preview() -> str:
    """What the last change did to the best of the list, and what else would improve it."""
    mine = my_profile()
    template = "participant/preview.html" if wants_part() else "participant/preview-page.html"
    return render_template(template, mine=mine, preview=_preview(mine, _before()), **_asked())


def _typed(field: str) -> str:
    """What was typed; browsers send line ends as two characters, which nobody counts."""
    if field == "topics":
        return ",".join(request.form.getlist("topics"))
    return request.form.get(field, "").replace("\r\n", "\n")


def _keep(texts: Mapping[str, str]) -> tuple[Profile, Mapping[str, str], str | None]:
    """Save what was typed.

    Returns:
        the profile as it is then; what is wrong by field, and then nothing is saved; and, signed, the best of
        the list before, to be compared with. None: nothing changed.
    """
    mine = my_profile()
    after, errors = changed(mine, texts)
    if errors or after == mine:
        audit.skip()
        return mine, errors, None
    before: str = _signer().dumps(_best(mine))
    with _SAVING:
        # Read once more: another field of the same form may have been saved meanwhile.
        mine = my_profile()
        after, errors = changed(mine, texts)
        if not errors:
            store().apply([after])
    if errors:
        audit.skip()
        return mine, errors, None
    audit.note(mine.id, action=SAVED, **detail(mine, after))
    return after, {}, before


def _edit(mine: Profile) -> Edit | None:
    """The change that can be taken back now."""
    edit = last_edit(store(), me(), mine.id)
    return edit if edit is not None and edit.fits(mine) else None


def _page(mine: Profile, texts: Mapping[str, str], errors: Mapping[str, str]) -> str:
    shown = {field: texts.get(field, written(mine, field)) for field in guide.fields(mine)}
    return render_template(
        "participant/profile.html",
        mine=mine,
        texts=shown,
        errors=errors,
        edit=_edit(mine),
        before=request.args.get("before"),
        **_asked(),
    )


def _asked() -> dict[str, Any]:
    """What the templates of the form ask."""
    return {"guide": guide, "stages": phrases.STAGES, "now": datetime.now(UTC)}


# -- the preview ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Preview:
    """What the profile gets now.

    Attributes:
        best: mean score of the best few; None where nobody can be met.
        gain: how much more that is than before the last change; None where nothing is compared.
        newcomers: who is among the best since; empty where nobody may be named.
        named: whether days are known whose attendees may be named.
        gaps: fields that count and say nothing.
        changes: what would raise the score with one of the best: tried, not guessed.
    """

    count: int
    best: float | None
    gain: float | None
    newcomers: Sequence[Profile]
    named: bool
    gaps: Sequence[Gap]
    changes: Sequence[tuple[Change, Match]]


def _others(mine: Profile) -> tuple[set[str], bool]:
    """Whom the preview ranks, and whether they may be named: those of my days, else the whole other side."""
    other = mine.side.other
    kept = store()
    found = {
        each.profile_id
        for event in kept.consultations(profile_id=mine.id)
        for each in kept.attendees(event.id, side=other)
    }
    if found:
        return found, True
    return {each.id for each in service().directory().side(other).profiles}, False


def _best(mine: Profile) -> Ranked:
    return service().among(mine.id, _others(mine)[0])[:BEST]


def _preview(mine: Profile, before: Ranked | None) -> Preview:
    others, named = _others(mine)
    best = service().among(mine.id, others)[:BEST]
    matches = service().pairs(mine.id, {other: at for at, (other, _score) in enumerate(best, start=1)})
    new = [other for other, _score in best if other not in dict(before)] if before else []
    profiles = store().get_many(new) if named else {}
    mean = _mean(best)
    most = service().weights().of(names_wants=True)
    return Preview(
        count=len(best),
        best=mean,
        gain=None if before is None or mean is None else round(mean - (_mean(before) or 0.0), 1),
        newcomers=[profiles[other] for other in new if other in profiles],
        named=named,
        gaps=gaps(mine, matches, most),
        changes=_prompts(mine, matches) if named else [],
    )


def _prompts(mine: Profile, matches: Sequence[Match]) -> list[tuple[Change, Match]]:
    """What would raise the score with one of the best; for startups, whose changes can be tried."""
    if mine.side is not Side.STARTUP:
        return []
    found: dict[tuple[str, str], tuple[Change, Match]] = {}
    for match in matches[:PROMPTED]:
        for change in service().why_not(mine.id, match.partner.id).changes:
            found.setdefault((change.field, change.value), (change, match))
    return sorted(found.values(), key=lambda each: -each[0].gain)[:CHANGES]


def _mean(ranked: Ranked) -> float | None:
    return sum(score for _other, score in ranked) / len(ranked) if ranked else None


def _before() -> Ranked | None:
    """What the last change is compared with, as the address brings it along."""
    text = request.args.get("before", "")
    if not text:
        return None
    try:
        return [(str(other), float(score)) for other, score in _signer().loads(text)]
    except (BadSignature, ValueError, TypeError):
        return None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=_SALT)
