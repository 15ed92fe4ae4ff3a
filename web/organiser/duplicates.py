"""Likely duplicates of the directory: looked at side by side, merged, or told apart for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.errors import ConflictError, InputError
from profiles.importers import Duplicate, likely_duplicates
from profiles.importers.rows import LISTS
from profiles.merge_store import Merge, Uses
from profiles.model import Profile, Side
from web import audit, import_words, messages, phrases, times
from web.access import store
from web.fieldvalues import entries
from web.organiser.blueprint import onlooker, organiser, pages
from web.pages.views import profile_url, read_count, read_query, read_side
from web.phrases import gettext as _

PAIRS_A_PAGE, MERGES_SHOWN = 20, 10
_FIXED = ("id", "side")


@dataclass(frozen=True)
class Compared:
    """A field of two profiles.

    Attributes:
        left, right: its entries as texts.
        choice: what is proposed: "left", "right" or "both".
        several: whether both can stay.
    """

    name: str
    left: list[str]
    right: list[str]
    choice: str
    several: bool

    @property
    def differs(self) -> bool:
        return sorted(self.left) != sorted(self.right)


@pages.get("/duplicates")
@onlooker
def duplicates() -> str:
    """Pairs that may be one organisation, and what was decided lately."""
    side = read_side(request.args.get("side", ""))
    query = read_query(request.args.get("q", ""))
    known = {profile.id: profile for _entry, profile in store().profiles(side)}
    decided = store().merges()
    found = [
        pair
        for pair in _open_pairs(list(known.values()), decided)
        if not query or any(_mentions(known[each], query) for each in (pair.first_id, pair.second_id))
    ]
    count = max(1, -(-len(found) // PAIRS_A_PAGE))
    number = min(read_count(request.args.get("page", ""), "page", 1, 10**6), count)
    names = store().get_many([each for merge in decided for each in (merge.kept, merge.gone)])
    return render_template(
        "organiser/duplicates.html",
        pairs=found[(number - 1) * PAIRS_A_PAGE : number * PAIRS_A_PAGE],
        total=len(found),
        number=number,
        pages=count,
        known=known,
        side=side,
        query=query,
        decided=decided[:MERGES_SHOWN],
        names=names,
        said=import_words.said,
        moment=_moment,
    )


@pages.get("/duplicates/pair")
@organiser
def duplicates_pair() -> str:
    """Two profiles side by side, to say which value of each field stays."""
    return _pair_page(request.args.get("left", ""), request.args.get("right", ""))


@pages.post("/duplicates/merge")
@organiser
def duplicates_merge() -> Response | tuple[str, int]:
    """Merge two profiles into one id."""
    left, right = _two(request.form.get("left", ""), request.form.get("right", ""))
    kept, gone = (right, left) if request.form.get("id") == "right" else (left, right)
    was = {"left": request.form.get("left_was", ""), "right": request.form.get("right_was", "")}
    order = ("right", "left") if kept is right else ("left", "right")
    try:
        merged = merged_profile(left, right, kept.id, request.form)
    except InputError as error:
        audit.skip()
        return _pair_page(left.id, right.id, import_words.said(error.reason)), 400
    try:
        number = store().merge(merged, gone.id, was=(was[order[0]], was[order[1]]))
    except ConflictError:
        audit.skip()
        messages.refused(
            _(
                "One of the two was changed in the meantime, so nothing was merged. Here they are as they "
                "are now."
            )
        )
        return redirect(url_for(".duplicates_pair", left=left.id, right=right.id))
    audit.note(kept.id, gone=gone.id)
    messages.undoable(
        _("“{gone}” was merged into “{kept}”.", gone=phrases.name(gone), kept=phrases.name(merged)),
        url_for(".duplicates_undo"),
        {"number": str(number)},
    )
    return redirect(url_for(".duplicates"))


@pages.post("/duplicates/undo")
@organiser
def duplicates_undo() -> Response:
    """Take a merge or a removal back, with all that referred to the profile that went."""
    number = _number()
    try:
        merge = store().undo_merge(number)
    except ConflictError:
        audit.skip()
        messages.refused(
            _("This can no longer be undone: what it made was changed since. Correct the profiles by hand.")
        )
        return redirect(url_for(".duplicates"))
    audit.note(merge.gone, kept=merge.kept)
    messages.done(_("“{name}” is back, with all that referred to it.", name=merge.name))
    return redirect(url_for(".duplicates") if merge.kept else profile_url(store().get(merge.gone)))


@pages.post("/duplicates/apart")
@organiser
def duplicates_apart() -> Response:
    """Remember that two profiles are different organisations."""
    left, right = _two(request.form.get("left", ""), request.form.get("right", ""))
    number = store().tell_apart(left.id, right.id)
    audit.note(left.id, other=right.id)
    messages.undoable(
        _(
            "“{one}” and “{other}” are two different organisations; they are not shown again.",
            one=phrases.name(left),
            other=phrases.name(right),
        ),
        url_for(".duplicates_again"),
        {"number": str(number)},
    )
    return redirect(url_for(".duplicates"))


@pages.post("/duplicates/again")
@organiser
def duplicates_again() -> Response:
    """Show two profiles as likely duplicates again."""
    merge = store().forget_apart(_number())
    audit.note(merge.kept, other=merge.gone)
    messages.done(_("The two are shown as likely duplicates again."))
    return redirect(url_for(".duplicates"))


# -- merging -------------------------------------------------------------------------------------------


def merged_profile(left: Profile, right: Profile, kept: str, chosen: Any) -> Profile:
    """The profile that two become.

    Args:
        left, right: of one side.
        kept: the id that stays.
        chosen: field -> "left", "right" or "both", for those in which they differ.

    Raises:
        InputError: what was chosen does not go together.
    """
    values: dict[str, Any] = {"id": kept, "side": left.side}
    for name in Profile.model_fields:
        if name in _FIXED:
            continue
        one, other = getattr(left, name), getattr(right, name)
        choice = chosen.get(name, "") if one != other else "left"
        if choice not in ("left", "right", "both"):
            choice = _proposed(name, one)
        if choice == "both" and name in LISTS:
            values[name] = tuple(dict.fromkeys((*one, *other)))
        elif choice == "both" and name == "other":
            values[name] = {**other, **one}
        else:
            values[name] = other if choice == "right" else one
    values["avoid"] = tuple(each for each in values["avoid"] if each not in (left.id, right.id))
    if left.kind is not right.kind and left.side is Side.STARTUP:
        values["kind"] = left.kind
    low, high = values["ticket_min_usd"], values["ticket_max_usd"]
    if low is not None and high is not None and low > high:
        raise InputError("larger than ticket_max_usd", field="ticket_min_usd")
    if not (values["name"].strip() or values["name_ko"].strip()):
        raise InputError("give a name, in English (name) or Korean (name_ko)", field="name")
    return Profile.model_validate(values)


def _proposed(name: str, one: Any) -> str:
    if name in LISTS or name == "other":
        return "both"
    return "right" if one in (None, "") else "left"


def compared(left: Profile, right: Profile, chosen: Any) -> list[Compared]:
    """The fields in which either of two profiles says something."""
    found = []
    first, second = left.record(), right.record()
    for name in Profile.model_fields:
        if name in _FIXED:
            continue
        texts = entries(name, first.get(name)), entries(name, second.get(name))
        if not any(texts):
            continue
        choice = chosen.get(name) or _proposed(name, getattr(left, name))
        found.append(Compared(name, *texts, choice, name in LISTS or name == "other"))
    return found


def _pair_page(left_id: str, right_id: str, error: str = "") -> str:
    left, right = _two(left_id, right_id)
    uses = {each.id: store().uses(each.id) for each in (left, right)}
    reasons = [pair.reasons for pair in likely_duplicates([left, right])]
    events = {each.id: each.name for each in store().consultations()}
    return render_template(
        "organiser/duplicate.html",
        left=left,
        right=right,
        fields=compared(left, right, request.form),
        uses=uses,
        events=events,
        reasons=[import_words.said(each) for each in (reasons[0] if reasons else ())],
        error=error,
        kept=request.form.get("id", _better(left, right, uses)),
    )


def _better(left: Profile, right: Profile, uses: dict[str, Uses]) -> str:
    """The side whose id more refers to."""

    def weight(profile: Profile) -> int:
        found: Uses = uses[profile.id]
        return len(found.events) + found.wishes + found.notes + found.outcomes + found.accounts

    return "right" if weight(right) > weight(left) else "left"


def _two(left: str, right: str) -> tuple[Profile, Profile]:
    if left == right:
        raise InputError(_("choose two different profiles"))
    one, other = store().get(left), store().get(right)
    if one.side is not other.side:
        raise InputError(_("a startup and a partner cannot be one organisation"))
    return one, other


def _open_pairs(profiles: list[Profile], decided: list[Merge]) -> list[Duplicate]:
    apart = {frozenset((each.kept, each.gone)) for each in decided if each.apart}
    return [
        pair
        for pair in likely_duplicates(profiles)
        if frozenset((pair.first_id, pair.second_id)) not in apart
    ]


def _mentions(profile: Profile, query: str) -> bool:
    text = f"{profile.id} {profile.name} {profile.name_ko}".casefold()
    return all(word in text for word in query.casefold().split())


def _number() -> int:
    text = request.form.get("number", "")
    if not text.isdigit() or len(text) > 9:
        raise InputError(_("there is nothing to undo"))
    return int(text)


def _moment(at: Any) -> times.Moment:
    return times.full(at, request.cookies.get("timezone", "") or "UTC")
