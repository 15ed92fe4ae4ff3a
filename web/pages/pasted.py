"""A profile that is typed or pasted in: ranked at once, stored nowhere."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.accounts import Role
from profiles.model import Kind, Profile, Side
from web import phrases
from web.access import may
from web.audit import changes_nothing
from web.pages.site import remember
from web.pages.views import FIRST, STEPS, read_count, read_dial, read_kind, read_track, service
from web.phrases import gettext as _
from web.phrases import number

pages = Blueprint("pasted", __name__)

LONGEST, MOST_ENTRIES = 20_000, 50
LISTS = ("seeks", "offers", "areas")
FIELDS = ("about", "name", "stage", "markets", *LISTS)
EMPTY_FORM = dict.fromkeys(FIELDS, "")


@pages.get("/match")
@may(Role.ORGANISER, Role.READER)
def again() -> Response:
    """Someone came back to the address of an answer that is kept nowhere: to the form."""
    return redirect(url_for("start.index") + "#describe")


@pages.post("/match")
@may(Role.ORGANISER, Role.READER)
@changes_nothing
def match() -> Response:
    """Rank for the profile in the form; the form is given back filled in, to be changed.

    The language switch of the answer comes here too, as there is no address to return to.
    """
    chosen = request.form.get("language", "")
    if chosen not in phrases.LANGUAGES:
        return make_response(_answer())
    with phrases.use_language(chosen):
        answer = make_response(_answer())
    remember(chosen, answer)
    return answer


def _answer() -> str | tuple[str, int]:
    # Browsers send line ends as two characters, which people do not count.
    form = {name: request.form.get(name, "").replace("\r\n", "\n") for name in FIELDS}
    profile, errors = read_profile(form)
    store = service().store
    if profile is None:
        return render_template(
            "start.html", counts=store.counts(), query="", found=None, form=form, errors=errors
        ), 400
    kind = read_kind(request.form.get("kind", ""))
    track = read_track(request.form.get("track", ""))
    diversity = read_dial(request.form.get("diversity", ""))
    top = read_count(request.form.get("top", ""), "top", FIRST, STEPS[-1])
    found = service().match_profile(profile, top=top, kind=kind, track=track, diversity=diversity)
    chosen = {"kind": kind.value if kind else "", "track": track.value if track else ""}
    return render_template(
        "pasted.html",
        profile=profile,
        found=found,
        counts=store.counts(),
        diversity=diversity,
        # What the language switch sends along with the profile.
        chosen={**chosen, "diversity": f"{diversity:g}", "top": str(top)},
        form=form,
        errors={},
    )


def read_profile(form: Mapping[str, str]) -> tuple[Profile | None, dict[str, str]]:
    """The profile a form describes, or what is wrong by field, in the reader's language."""
    from profiles.importers.text import clean, clean_line
    from profiles.importers.values import split_entries

    errors: dict[str, str] = {}
    length = sum(len(value) for value in form.values())
    if length > LONGEST:
        errors["about"] = _(
            "This is {length} characters long. Up to {most} can be matched: leave out what matters least.",
            length=number(length),
            most=number(LONGEST),
        )
        return None, errors
    values: dict[str, Any] = {name: tuple(split_entries(form[name])) for name in LISTS}
    for name in LISTS:
        if len(values[name]) > MOST_ENTRIES:
            errors[name] = _("More than {most} entries: keep the most important ones.", most=MOST_ENTRIES)
    values["about"] = clean(form["about"])
    if not any(values[name] for name in ("about", "seeks", "offers")):
        errors["about"] = _("Describe the startup, or say what it seeks or offers.")
    values["markets"] = _read_markets(form["markets"], errors)
    values["stage"] = clean_line(form["stage"]) or None
    if errors:
        return None, errors
    name = clean_line(form["name"]) or _("Your profile")
    # A random id: it must not be that of a stored profile, nor one that somebody avoids.
    return Profile(id=uuid.uuid4().hex, side=Side.STARTUP, kind=Kind.STARTUP, name=name, **values), {}


def _read_markets(text: str, errors: dict[str, str]) -> tuple[str, ...]:
    from profiles.importers.places import read_markets
    from profiles.importers.values import says_nothing, split_choices

    found: dict[str, None] = {}
    if says_nothing(text, codes=True):
        return ()
    for entry in split_choices(text):
        codes, _guessed = read_markets(entry)
        if codes is None:
            errors["markets"] = _(
                "“{entry}” is not a country known here. Write names or codes: {example}.",
                entry=entry[:80],
                example=f"{phrases.country_name('US')}, JP",
            )
            return ()
        found.update(dict.fromkeys(codes))
    return tuple(found)
