"""What came of a meeting as a form gives it: read, and written back into the form."""

from __future__ import annotations

from collections.abc import Mapping

from profiles.consultations import By, Came, Note
from profiles.importers.money import read_money
from profiles.importers.text import clean
from web import phrases
from web.phrases import N_
from web.phrases import gettext as _

TEXT_LENGTH = 5_000
LARGEST = 1e12
"""US dollars; more is a slip of the pen."""

FIELDS = ("held", "result", "amount", "text")
_HELD = {"yes": True, "no": False}

CAME = {
    Came.NOTHING: N_("Nothing further"),
    Came.FOLLOW_UP: N_("Follow-up"),
    Came.AGREEMENT: N_("Agreement reached"),
}
_SPEAKERS = {By.STARTUP: N_("Startup"), By.PARTNER: N_("Partner"), By.ORGANISER: N_("Organiser")}
_SAID = {"held": N_("Held"), "result": N_("Result"), "amount_usd": N_("Amount (USD)"), "text": N_("Note")}


def came_name(result: Came | None) -> str:
    """What came of a meeting, in a word or two; nothing where it is not said."""
    return _(CAME[result]) if result is not None else ""


def held_name(held: bool | None) -> str:
    """Whether a meeting took place, in a word; nothing where it is not said."""
    return "" if held is None else _("Yes") if held else _("No")


def speaker_name(by: By) -> str:
    """Who says something."""
    return _(_SPEAKERS[by])


def said_name(field: str) -> str:
    """What is said of a meeting: the name of a field of ``Note``."""
    return _(_SAID[field])


def read_note(
    form: Mapping[str, str], *, event_id: str, key: tuple[str, str], by: By
) -> tuple[Note | None, dict[str, str]]:
    """The note a form gives, or what is wrong by field.

    Args:
        form: texts by ``FIELDS``; a result says that the meeting was held, where nothing else is said.
        key: ids of the startup and the partner.
    """
    errors: dict[str, str] = {}
    held = _HELD.get(form.get("held", ""))
    came = form.get("result", "")
    result = Came(came) if came in {each.value for each in Came} else None
    if result is not None and held is None:
        held = True
    if held is False and result is not None:
        errors["result"] = _("A meeting that was not held has no result: leave it open.")
    amount, written = None, form.get("amount", "")
    if written.strip():
        reading = read_money(written)
        if reading is None or reading.low is None or reading.low != reading.high:
            errors["amount"] = _("Write one amount, such as 20억원, USD 1.5M or 1,500,000.")
        elif reading.low > LARGEST:
            errors["amount"] = _("This is more than can be right.")
        elif result is not Came.AGREEMENT:
            errors["amount"] = _("An amount belongs to an agreement: choose it, or leave the amount empty.")
        else:
            amount = reading.low
    text = clean(form.get("text", ""))
    if len(text) > TEXT_LENGTH:
        errors["text"] = _("A note may have up to {most} characters.", most=phrases.number(TEXT_LENGTH))
    if errors:
        return None, errors
    startup, partner = key
    note = Note(
        event_id=event_id,
        startup=startup,
        partner=partner,
        by=by,
        held=held,
        result=result,
        amount_usd=amount,
        text=text,
    )
    return note, {}


def as_form(note: Note | None) -> dict[str, str]:
    """A note as the form that gives it."""
    if note is None:
        return dict.fromkeys(FIELDS, "")
    return {
        "held": {True: "yes", False: "no", None: ""}[note.held],
        "result": note.result.value if note.result else "",
        "amount": f"USD {note.amount_usd:,.2f}".removesuffix(".00") if note.amount_usd is not None else "",
        "text": note.text,
    }
