"""What a report is about and how its score is to be read: facts and sentences for every format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date

from matcher.report import Organisation
from web import phrases
from web.phrases import gettext as _


@dataclass(frozen=True)
class About:
    """What stands over a report."""

    title: str
    created: datetime
    model_name: str

    @property
    def day(self) -> str:
        """The date in the reader's language."""
        return format_date(self.created, "long", locale=phrases.language())

    @property
    def moment(self) -> str:
        """Date and time in the reader's language; the time zone only where it is known."""
        zone = f" {self.created.tzname()}" if self.created.tzinfo else ""
        return f"{self.day} {self.created:%H:%M}{zone}"


def reading_the_score(calibrated: bool = False) -> list[str]:
    """How the score is to be read, in a few sentences; ``calibrated`` where probabilities stand by it."""
    relative = _(
        "The score, 0 to 100, is a relative fit: how well a partner suits a startup compared with the other "
        "partners in the directory."
    )
    chance = (
        _("The probability beside it says how often pairs of such a score had a fruitful meeting so far.")
        if calibrated
        else _("It is not a probability, and it promises nothing about a meeting.")
    )
    return [
        f"{relative} {chance}",
        _(
            "It is the sum of the points of its parts. Compare the partners of one startup with each other, "
            "not the scores of different startups."
        ),
        _(
            "Parts that compare texts give most of their points only to those who stand out from the rest. A "
            "fact that is not stated gives half of its points."
        ),
        _(
            "Confidence is the share of points that rest on something both sides state: high from 80%, "
            "medium from 55%, else low."
        ),
        _("What is quoted stands word for word in the profiles. Roundtable has not checked that it is true."),
    ]


def label(organisation: Organisation) -> str:
    """Its name for the reader of the language in use."""
    return organisation.label(phrases.language())


def second_label(organisation: Organisation) -> str:
    """Its name in the other language, where it has one."""
    shown = label(organisation)
    second = organisation.name if shown == organisation.name_ko.strip() else organisation.name_ko
    return second.strip() if second.strip() != shown else ""
