"""Fields of the profile form: from what somebody typed to what is stored, and back again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from profiles.errors import InputError
from profiles.importers.money import read_money
from profiles.importers.places import read_country, read_language, read_markets
from profiles.importers.text import clean, clean_line
from profiles.importers.values import (
    bad_website,
    looks_like_email,
    read_count,
    says_nothing,
    split_choices,
    split_entries,
)
from profiles.importers.vocabulary import read_stages
from profiles.model import Profile, Topic
from web import phrases
from web.phrases import gettext as _

LONGEST, MOST_ENTRIES, LINE = 20_000, 50, 300
LARGEST = 1e13


def read_field(field: str, text: str) -> Any:
    """The value of a field.

    Raises:
        InputError: it cannot be read; in the reader's language, ready to stand at the field.
    """
    if len(text) > LONGEST:
        raise InputError(
            _(
                "This is longer than {most} characters: leave out what matters least.",
                most=phrases.number(LONGEST),
            ),
            field=field,
        )
    return _READERS[field](text, field)


def written(profile: Profile, field: str) -> str:
    """A field as it stands in the form."""
    value = getattr(profile, field)
    return "" if value is None else _WRITERS.get(field, str)(value)


def changed(profile: Profile, texts: Mapping[str, str]) -> tuple[Profile, dict[str, str]]:
    """The profile with what was typed, and what is wrong by field: then it is the profile as it was.

    A text that stands as it was shown changes nothing, even where it would be read otherwise today.
    """
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    for field, text in texts.items():
        if text.strip() == written(profile, field).strip():
            continue
        try:
            values[field] = read_field(field, text)
        except InputError as error:
            errors[field] = error.reason
    draft = {name: getattr(profile, name) for name in Profile.model_fields} | values
    _check_together(draft, texts, errors)
    if errors:
        return profile, errors
    return Profile.model_validate(draft), {}


def _check_together(draft: Mapping[str, Any], texts: Mapping[str, str], errors: dict[str, str]) -> None:
    """What several fields say together."""
    if not (draft["name"] or draft["name_ko"]):
        errors.setdefault(
            "name" if "name" in texts else "name_ko", _("Give a name, in Korean or in English.")
        )
    low, high = draft["ticket_min_usd"], draft["ticket_max_usd"]
    if low is not None and high is not None and low > high:
        field = "ticket_max_usd" if "ticket_max_usd" in texts else "ticket_min_usd"
        errors.setdefault(field, _("The smallest investment is larger than the largest."))
    length = sum(
        len(text) for name in ("about", "seeks", "offers", "history") for text in _texts(draft[name])
    )
    if length > LONGEST:
        field = next((each for each in ("about", "seeks", "offers", "history") if each in texts), "about")
        errors.setdefault(
            field,
            _(
                "All texts together are {length} characters long; {most} can be compared: shorten them.",
                length=phrases.number(length),
                most=phrases.number(LONGEST),
            ),
        )


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _line(text: str, field: str) -> str:
    line = clean_line(text)
    if len(line) > LINE:
        raise InputError(_("At most {most} characters.", most=LINE), field=field)
    return line


def _line_or_none(text: str, field: str) -> str | None:
    return _line(text, field) or None


def _entries(text: str, field: str) -> tuple[str, ...]:
    found = tuple(split_entries(text))
    if len(found) > MOST_ENTRIES:
        raise InputError(
            _("More than {most} entries: keep the most important ones.", most=MOST_ENTRIES), field=field
        )
    return found


def _topics(text: str, field: str) -> tuple[Topic, ...]:
    try:
        return tuple(topic for topic in Topic if topic in {Topic(each) for each in text.split(",") if each})
    except ValueError as cause:
        raise InputError(_("choose from the list"), field=field) from cause


def _stages(text: str, field: str) -> tuple[str, ...]:
    shown = {phrases.stage_name(stage): stage for stage in phrases.STAGES}
    found: list[str] = []
    for entry in _entries(text, field):
        found += [shown[entry]] if entry in shown else read_stages(entry)
    return tuple(dict.fromkeys(found))


def _stage(text: str, field: str) -> str | None:
    return _line(text, field) or None


def _markets(text: str, field: str) -> tuple[str, ...]:
    if says_nothing(text, codes=True):
        return ()
    found: dict[str, None] = {}
    for entry in split_choices(text):
        codes, _guessed = read_markets(entry)
        if codes is None:
            raise InputError(
                _(
                    "“{entry}” is not a country known here. Write names or codes: {example}.",
                    entry=entry[:80],
                    example=f"{phrases.country_name('US')}, JP",
                ),
                field=field,
            )
        found.update(dict.fromkeys(codes))
    return tuple(found)


def _country(text: str, field: str) -> str | None:
    if says_nothing(text, codes=True):
        return None
    code, _guessed = read_country(clean_line(text))
    if code is None:
        raise InputError(_("This is not a country known here. Write its name or its code."), field=field)
    return code


def _languages(text: str, field: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for entry in split_choices(text):
        code = read_language(entry)
        if code is None:
            raise InputError(_("“{entry}” is not a language known here.", entry=entry[:60]), field=field)
        found[code] = None
    return tuple(found)


def _money(text: str, field: str) -> float | None:
    if says_nothing(text):
        return None
    reading = read_money(text)
    if reading is None:
        raise InputError(_("Write one amount, such as 20억원, USD 1.5M or 1,500,000."), field=field)
    ends = (reading.low, reading.high) if field == "ticket_min_usd" else (reading.high, reading.low)
    amount = next(end for end in ends if end is not None)
    if amount > LARGEST:
        raise InputError(_("This is more than can be right."), field=field)
    return amount


def _count(text: str, field: str) -> int | None:
    if says_nothing(text):
        return None
    number = read_count(text)
    if number is None or number > 1_000_000:
        raise InputError(_("Write a whole number in digits, such as 12."), field=field)
    return number


def _website(text: str, field: str) -> str | None:
    line = _line(text, field)
    if line and bad_website(line):
        raise InputError(_("This is no web address: write it as https://..."), field=field)
    return line or None


def _email(text: str, field: str) -> str | None:
    line = _line(text, field)
    if line and not looks_like_email(line):
        raise InputError(_("This is no e-mail address: write it as name@example.com."), field=field)
    return line or None


def _one_a_line(entries: Iterable[str]) -> str:
    return "\n".join(entries)


def _listed(named: Callable[[str], str]) -> Callable[[Iterable[str]], str]:
    return lambda codes: phrases.listed([named(code) for code in codes])


def _dollars(amount: float) -> str:
    return f"USD {amount:,.2f}".removesuffix(".00")


_LINES = ("seeks", "offers", "history", "areas", "technologies")
_AMOUNTS = ("raising_usd", "ticket_min_usd", "ticket_max_usd")
_WRITERS: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(_LINES, _one_a_line),
    **dict.fromkeys(_AMOUNTS, _dollars),
    "topics": lambda topics: ",".join(topic.value for topic in Topic if topic in topics),
    "stages": lambda stages: _one_a_line(phrases.stage_name(stage) for stage in stages),
    "markets": _listed(phrases.country_name),
    "languages": _listed(phrases.language_name),
    "country": phrases.country_name,
}
_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "name": _line,
    "name_ko": _line,
    "about": lambda text, _field: clean(text),
    "country": _country,
    "city": _line_or_none,
    "website": _website,
    "contact_email": _email,
    **dict.fromkeys(_LINES, _entries),
    "topics": _topics,
    "stage": _stage,
    "stages": _stages,
    "markets": _markets,
    "languages": _languages,
    **dict.fromkeys(_AMOUNTS, _money),
    "past_deals": _count,
}
