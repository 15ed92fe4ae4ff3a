"""Rules of one attendee in place of the event's, as texts of a form. Works without Flask."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from profiles.consultations import OWN_TERMS, OwnTerms
from profiles.dayplan import Terms
from profiles.errors import InputError
from web.organiser.faults import sentence
from web.organiser.planform import terms_draft, terms_record
from web.phrases import gettext as _


def own_draft(terms: OwnTerms) -> dict[str, str]:
    """The texts of a form; empty where the event's rule holds."""
    return terms_draft(terms)


def changed(terms: OwnTerms, texts: Mapping[str, str]) -> OwnTerms:
    """Terms with some of them put anew; an empty text takes one back.

    Raises:
        InputError: a text does not fit; ``field`` says which.
    """
    for name in texts:
        if name not in OWN_TERMS:
            raise InputError(_("Choose a rule."), field=name)
    said = {**terms.said(), **dict.fromkeys(texts)}
    said |= terms_record({name: texts.get(name, "").strip() for name in OWN_TERMS})
    try:
        return OwnTerms.model_validate({name: value for name, value in said.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(sentence(first), field=str(first["loc"][0])) from error


def contradiction(terms: OwnTerms, day: Terms) -> str:
    """Why terms cannot hold together with those of the day; empty where they can."""
    least = day.min_meetings if terms.min_meetings is None else terms.min_meetings
    most = day.max_meetings if terms.max_meetings is None else terms.max_meetings
    return _("At least must not be more than at most.") if most is not None and least > most else ""
