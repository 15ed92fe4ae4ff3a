"""The profile form as a guide: its steps, and beside each field what is meant and an example.

The examples are made up; they show how a good entry reads, to startups and to each kind of partner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profiles.model import Kind, Profile, Side, Topic
from web import phrases
from web.phrases import N_
from web.phrases import gettext as _


@dataclass(frozen=True)
class Step:
    """A step of the form: a title and the fields under it."""

    code: str
    title: str
    fields: Sequence[str]


_WHO = ("name_ko", "name", "about", "country", "city", "website", "contact_email")
_STARTUP = (
    Step("who", N_("Who you are"), _WHO),
    Step("seeks", N_("What you seek"), ("seeks",)),
    Step("offers", N_("What you offer"), ("offers", "history")),
    Step("fields", N_("Fields and technologies"), ("topics", "areas", "technologies")),
    Step("facts", N_("Stage, markets, languages, money"), ("stage", "markets", "languages", "raising_usd")),
)
_PARTNER = (
    Step("who", N_("Who you are"), _WHO),
    Step("seeks", N_("What you look for"), ("seeks",)),
    Step("offers", N_("What you offer startups"), ("offers", "history")),
    Step("fields", N_("Fields and technologies"), ("topics", "areas", "technologies")),
    Step(
        "facts",
        N_("Stages, markets, languages, money"),
        ("stages", "markets", "languages", "ticket_min_usd", "ticket_max_usd", "past_deals"),
    ),
)

LISTS = ("seeks", "offers", "history", "areas", "technologies")
"""Fields with one entry a line."""

_HINTS: Mapping[str, str] = {
    "name_ko": N_("As Korean readers should see it."),
    "name": N_("As English readers should see it. One of the two names is enough."),
    "about": N_("Three or four sentences: what you do, for whom, and how far you are."),
    "seeks": N_("One want a line. Each is compared by itself with what the others offer."),
    "offers": N_("One offer a line. Each is compared by itself with what the others seek."),
    "history": N_("Past deals, trials and projects, one a line."),
    "topics": N_("What you came to talk about."),
    "areas": N_("Disease areas or markets of use, one a line."),
    "technologies": N_("Methods, products, platforms, one a line."),
    "stages": N_("Stages at which you take startups, one a line."),
    "languages": N_("Spoken in a meeting, with commas between."),
    "raising_usd": N_("What you raise now, as you would write it."),
    "ticket_min_usd": N_("As you would write it."),
    "ticket_max_usd": N_("As you would write it."),
    "past_deals": N_("How many such projects in all, in digits."),
}
_MARKETS = {
    Side.STARTUP: N_("Countries you want to enter, with commas between."),
    Side.PARTNER: N_("Countries to which you can take a startup, with commas between."),
}

_PLAIN_EXAMPLES: Mapping[str, str] = {
    "website": "https://www.example.com",
    "contact_email": "hello@example.com",
    "markets": N_("United States, Japan"),
    "languages": N_("Korean, English"),
    "raising_usd": N_("USD 3M"),
    "ticket_min_usd": N_("USD 500K"),
    "ticket_max_usd": N_("USD 5M"),
    "stages": N_("Seed ~ Series B"),
    "past_deals": "12",
    "country": N_("Republic of Korea"),
    "city": N_("Seoul"),
}

_STARTUP_EXAMPLES: Mapping[str, str] = {
    "about": N_(
        "We develop software that finds early heart failure in an ordinary electrocardiogram. It is approved "
        "in Korea and used in 12 hospitals; we now prepare a clinical trial in the United States."
    ),
    "seeks": N_(
        "A US hospital with a large cardiology department for a trial with 300 patients\n"
        "A law firm that files patents for medical software in the United States"
    ),
    "offers": N_(
        "Software that reads an electrocardiogram in three seconds\n"
        "200,000 electrocardiograms with diagnoses, for joint research"
    ),
    "history": N_("Trial with 1,200 patients in three Korean university hospitals, 2023"),
    "areas": N_("Heart failure\nArrhythmia"),
    "technologies": N_("Electrocardiogram analysis\nSoftware as a medical device (SaMD)"),
}
_PARTNER_EXAMPLES: Mapping[Kind, Mapping[str, str]] = {
    Kind.HOSPITAL: {
        "about": N_(
            "University hospital with 900 beds and a centre for clinical trials. We run about 40 trials of "
            "devices and software a year, mostly in cardiology and neurology."
        ),
        "seeks": N_(
            "Software for imaging that is ready for a trial with patients\nDevices for rehabilitation at home"
        ),
        "offers": N_("Clinical trials with up to 500 patients\nAdvice of physicians on study design"),
        "history": N_("Trial of a wearable electrocardiograph with 240 patients, 2024"),
        "areas": N_("Cardiology\nStroke"),
        "technologies": N_("Wearable devices\nImaging software"),
    },
    Kind.INVESTOR: {
        "about": N_(
            "Venture fund for digital health and medical devices, 120 million dollars under management. We "
            "lead rounds from seed to series A and help with entry into the United States."
        ),
        "seeks": N_(
            "Medical software with first revenue in a hospital\nFounders who move to the United States"
        ),
        "offers": N_("Seed and series A investment\nIntroductions to hospitals in Boston"),
        "history": N_("Led the seed round of a Korean imaging company, 2024"),
        "areas": N_("Digital health\nMedical devices"),
        "technologies": N_("Software as a medical device (SaMD)\nRemote monitoring"),
    },
    Kind.LAW_FIRM: {
        "about": N_(
            "Patent and company law for life-science companies from Asia. We file in the United States and "
            "Europe and accompany licences from the first draft to the signature."
        ),
        "seeks": N_(
            "Companies that file their first patents in the United States\nCompanies that prepare a licence"
        ),
        "offers": N_("Patent filing in the United States\nDrafting and negotiation of licence agreements"),
        "history": N_("Licence of a Korean antibody to a US company, 2023"),
        "areas": N_("Biopharmaceuticals\nMedical software"),
        "technologies": N_("Antibodies\nMachine learning"),
    },
    Kind.PHARMA: {
        "about": N_(
            "Pharmaceutical company with research in oncology and vaccines. We license candidates from the "
            "preclinical stage on and develop them together with their inventors."
        ),
        "seeks": N_("Antibody-drug conjugates for solid tumours\nCarrier proteins for conjugate vaccines"),
        "offers": N_("Joint development up to phase 2\nSupply contracts over several years"),
        "history": N_("Licence of a preclinical oncology candidate, 2024"),
        "areas": N_("Oncology\nVaccines"),
        "technologies": N_("Antibody-drug conjugates\nConjugate vaccines"),
    },
}
_ANY_PARTNER: Mapping[str, str] = {
    "about": N_(
        "We help life-science companies from abroad to get started in the United States: premises, first "
        "customers, partners for trials. Each year we accompany about ten companies."
    ),
    "seeks": N_(
        "Digital-health companies with a product in use\nCompanies that plan their first trial abroad"
    ),
    "offers": N_(
        "Introductions to hospitals and first customers\nOffice and laboratory space for six months"
    ),
    "history": N_("Accompanied a Korean diagnostics company into two US hospitals, 2024"),
    "areas": N_("Digital health\nDiagnostics"),
    "technologies": N_("Remote monitoring\nPoint-of-care tests"),
}


def steps(profile: Profile) -> Sequence[Step]:
    """The steps for a profile."""
    return _STARTUP if profile.side is Side.STARTUP else _PARTNER


def fields(profile: Profile) -> list[str]:
    """All fields of the form, in order."""
    return [field for step in steps(profile) for field in step.fields]


def hint(profile: Profile, field: str) -> str:
    """What is meant by a field."""
    if field == "markets":
        return _(_MARKETS[profile.side])
    return _(_HINTS[field]) if field in _HINTS else ""


def example(profile: Profile, field: str) -> str:
    """How an entry may read; empty where the field needs none."""
    if profile.side is Side.STARTUP:
        own: Mapping[str, str] = _STARTUP_EXAMPLES
    else:
        own = _PARTNER_EXAMPLES.get(profile.kind, _ANY_PARTNER)
    text = own.get(field) or _PLAIN_EXAMPLES.get(field, "")
    return _(text) if text else ""


def topic_options() -> list[tuple[str, str]]:
    """The topics to tick."""
    return [(topic.value, phrases.topic_name(topic)) for topic in Topic]


def stage_options(stages: Sequence[str], present: str) -> list[tuple[str, str]]:
    """The stages to choose from; one that is stored and not known stays possible."""
    known = [*stages] if present in stages or not present else [present, *stages]
    return [("", _("Not stated")), *((stage, phrases.stage_name(stage)) for stage in known)]
