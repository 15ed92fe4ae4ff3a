"""A profile in the hands of the organiser: changed, made, removed, with what was done to it before."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.errors import ConflictError, InputError
from profiles.model import PARTNER_KINDS, Profile, Side, Topic
from web import audit, audit_words, messages, phrases, times
from web.access import store
from web.organiser import profileform
from web.organiser.blueprint import organiser, pages
from web.pages.views import profile_url, stored
from web.participant import edits
from web.phrases import gettext as _

Answer = str | Response | tuple[str, int]
_HISTORY = 20
EDITED = "organiser.profiles_save"


@pages.get("/profiles/<id:profile_id>/edit")
@organiser
def profiles_edit(profile_id: str) -> str:
    """All fields of a profile, and what was done to it."""
    profile = stored(profile_id)
    return _form(profile, profileform.texts_of(profile), {}, profile.content_hash())


@pages.post("/profiles/<id:profile_id>/edit")
@organiser
def profiles_save(profile_id: str) -> Answer:
    """Save a changed profile."""
    profile = stored(profile_id)
    texts = {**profileform.texts_of(profile), **profileform.sent(request.form)}
    after, errors = profileform.changed(profile, texts, _known())
    was = request.form.get("was", "")
    if errors:
        audit.skip()
        return _form(profile, texts, errors, was), 400
    try:
        saved = store().save_profile(after, was=was)
    except ConflictError:
        audit.skip()
        what = _(
            "Somebody else changed this profile in the meantime. Below is what you wrote; compare it with "
            "the profile as it is now, then save again to put yours in its place."
        )
        return _form(profile, texts, {"": what}, profile.content_hash()), 409
    if not saved:
        audit.skip()
        messages.done(_("Nothing was changed."))
        return redirect(profile_url(profile))
    audit.note(profile.id, **edits.detail(profile, after))
    messages.undoable(
        _("“{name}” was saved.", name=phrases.name(after)),
        url_for(".profiles_undo", profile_id=profile.id),
        {"content": after.content_hash()},
    )
    return redirect(profile_url(after))


@pages.post("/profiles/<id:profile_id>/undo")
@organiser
def profiles_undo(profile_id: str) -> Response:
    """Take back a change that left the profile as it still is."""
    profile = stored(profile_id)
    content = request.form.get("content", "")
    done, _total = store().changes_made(subject=profile.id[:500], action=EDITED, size=_HISTORY)
    edit = next((each for each in done if each.detail.get("content") == content), None)
    if edit is None or profile.content_hash() != content:
        audit.skip()
        messages.refused(_("This can no longer be undone: the profile was changed since."))
        return redirect(url_for(".profiles_edit", profile_id=profile.id))
    before = Profile.model_validate({**profile.model_dump(mode="json"), **edit.detail["before"]})
    store().save_profile(before, was=content)
    audit.note(profile.id, **edits.detail(profile, before))
    messages.done(_("“{name}” is as it was before.", name=phrases.name(before)))
    return redirect(profile_url(before))


@pages.get("/profiles/new")
@organiser
def profiles_new() -> str:
    """An empty form."""
    side = _side(request.args)
    profile = profileform.blank(side, request.args.get("kind", ""))
    texts = {**profileform.texts_of(profile), "name": "", "id": ""}
    return _form(None, texts, {}, "", side)


@pages.post("/profiles/new")
@organiser
def profiles_add() -> Answer:
    """Keep a new profile."""
    side = _side(request.form)
    begun = profileform.blank(side, request.form.get("kind", ""))
    texts = {
        **profileform.texts_of(begun),
        **profileform.sent(request.form),
        "id": request.form.get("id", ""),
    }
    profile, errors = profileform.changed(begun, texts, _known())
    if not errors:
        try:
            profile = profileform.with_id(profile, texts["id"])
        except InputError as error:
            errors = {"id": error.reason}
    if not errors:
        try:
            store().save_profile(profile, was=None)
        except InputError:
            errors = {
                "id": _(
                    "There is a profile with this id or name already: change it there, or give another id."
                )
            }
    if errors:
        audit.skip()
        return _form(None, texts, errors, "", side), 400
    audit.note(profile.id)
    messages.done(_("“{name}” was added.", name=phrases.name(profile)))
    return redirect(profile_url(profile))


@pages.get("/profiles/<id:profile_id>/remove")
@organiser
def profiles_remove_ask(profile_id: str) -> str:
    """What goes with a profile, before it goes."""
    profile = stored(profile_id)
    return render_template(
        "organiser/profile-remove.html",
        profile=profile,
        uses=store().uses(profile.id),
        events={each.id: each.name for each in store().consultations()},
    )


@pages.post("/profiles/<id:profile_id>/remove")
@organiser
def profiles_remove(profile_id: str) -> Response:
    """Remove a profile; it can be brought back."""
    profile = stored(profile_id)
    try:
        number = store().remove_profile(profile.id, was=request.form.get("was", ""))
    except ConflictError:
        audit.skip()
        messages.refused(
            _("The profile was changed in the meantime, so it was not removed. Look at it again.")
        )
        return redirect(url_for(".profiles_remove_ask", profile_id=profile.id))
    audit.note(profile.id)
    messages.undoable(
        _("“{name}” was removed.", name=phrases.name(profile)),
        url_for(".duplicates_undo"),
        {"number": str(number)},
    )
    return redirect(url_for("directory.index"))


def _form(
    profile: Profile | None,
    texts: dict[str, str],
    errors: dict[str, str],
    was: str,
    side: Side = Side.STARTUP,
) -> str:
    done, total = store().changes_made(subject=profile.id[:500], size=_HISTORY) if profile else ([], 0)
    side = profile.side if profile else side
    return render_template(
        "organiser/profile.html",
        profile=profile,
        side=side,
        texts=texts,
        errors=errors,
        was=was,
        shown=profileform.fields_of(side, profile),
        kinds=[(each.value, phrases.kind_name(each)) for each in PARTNER_KINDS],
        stages=_stages(texts.get("stage", "")),
        topics=[(each.value, phrases.topic_name(each)) for each in Topic],
        history=done,
        more=total - len(done),
        stamp=store().stamp(profile.id) if profile else None,
        sentence=audit_words.sentence,
        moment=lambda at: times.full(at, request.cookies.get("timezone", "") or "UTC"),
    )


def _stages(current: str) -> list[tuple[str, str]]:
    known = [(each, phrases.stage_name(each)) for each in phrases.STAGES]
    written = [(current, current)] if current and current not in phrases.STAGES else []
    return [("", _("Not stated")), *written, *known]


def _side(given: Any) -> Side:
    text = given.get("side", "")
    return Side(text) if text in set(Side) else Side.STARTUP


def _known() -> set[str]:
    return {profile.id for _entry, profile in store().profiles()}
