"""What importers say of files, rows and likely duplicates, in the language in use.

They speak English; here stand their sentences with places for what differs, by which they are recognised and
said in another language. ``tests/test_import_words.py`` sees to it that none is missing.
"""

from __future__ import annotations

import re
from functools import cache

from profiles.importers.synonyms import TICKET
from profiles.model import Kind, Side, Topic
from web.languages import N_, gettext, language
from web.phrases import country_name, field_name, kind_name, side_name, topic_name

SENTENCES = (
    # files
    N_("this is a PDF: copy its table into a spreadsheet and save that as .xlsx or CSV"),
    N_("this is an old .xls, a .hwp or a password-protected workbook: save it as .xlsx without a password"),
    N_("this is an image: type its rows into a spreadsheet"),
    N_("this is a rich-text document: save its table as .xlsx or CSV"),
    N_("this is a compressed file: unpack it first"),
    N_("this is a database: export its table as CSV"),
    N_("this is a folder: name a file in it"),
    N_("this is not an ordinary file: save the data as .xlsx or CSV"),
    N_("there is no such file: check the path"),
    N_("cannot be read ({why}): check its permissions"),
    N_("the file is empty: give one with a header row and rows"),
    N_("this is HTML or XML: open it in a spreadsheet and save it as .xlsx"),
    N_("larger than {size} MB: split it into smaller files"),
    N_("the workbook is damaged: open it in Excel and save it again as .xlsx"),
    N_("the workbook has no sheet with cells: save the table as .xlsx"),
    N_("the workbook merges too many cells: unmerge them"),
    N_("the workbook carries macros: save it as .xlsx without macros"),
    N_("the archive is encrypted: save the workbook without a password"),
    N_("this is a binary workbook (.xlsb): save it as .xlsx"),
    N_("this is a Word document: copy its table into a spreadsheet"),
    N_("this is a presentation: copy its table into a spreadsheet"),
    N_("this is an OpenDocument or Hangul file: save its table as .xlsx"),
    N_("this is an archive, not a workbook: unpack it and give the files in it"),
    N_("the workbook unpacks to far more than its size: save it again"),
    N_("the workbook unpacks to more than {size} MB: split it"),
    N_("{rows} rows; at most {most} are taken: split the file"),
    N_(
        "its used area has {cells} cells, at most {most} are taken: delete stray cells far right or far "
        "below, or split the file"
    ),
    N_("more than {most} rows: split the file"),
    N_("more than {most} cells: split the file"),
    N_("this is not a text file in UTF-8, UTF-16 or CP949: save it as CSV UTF-8"),
    N_("its UTF-16 text is damaged: save it as CSV UTF-8"),
    N_("the text is no table ({why}): save it as CSV UTF-8"),
    N_("too many quotation marks are never closed: save it as CSV from a spreadsheet"),
    N_("the JSON is not valid ({why}): mend it"),
    N_(
        "no header row was found: it needs a column for the name or id (name, 기업명, id) and at least one "
        "more known column (about, 회사소개, kind, 기관유형, seeks, 희망분야), or a column map"
    ),
    N_("no header row was found: give it columns for {columns}"),
    N_("there is no column {header} to map; the columns are {columns}"),
    N_("{header} is mapped to {field}, which is no field; the fields are {fields}"),
    N_("the rate of {currency} must be a positive number a US dollar"),
    # rows as a whole
    N_("it holds bytes that are no text in the file's encoding: type the row again"),
    N_("a quotation mark is opened here and never closed: close it or remove it"),
    N_("the line is not a JSON object: write {example}"),
    N_("the entry is not a JSON object: write {example}"),
    N_("the line is not UTF-8: save the file as UTF-8"),
    N_("the line is longer than {most} characters: shorten it"),
    N_("the line is not valid JSON ({why}): mend it"),
    # fields of a profile
    N_("longer than {most} characters: shorten it"),
    N_("not a web address: write it as https://..."),
    N_("not a known topic: use {values}"),
    N_("not a known country: write its name or its two-letter code"),
    N_("not a known language: write its name or its two-letter code"),
    N_("not a whole number: write digits only, such as {example}"),
    N_("not a readable amount: write it as 1500000, USD 1.5M or 20억원"),
    N_("no name: give one, in English (name) or Korean (name_ko)"),
    N_("give a name, in English (name) or Korean (name_ko)"),
    N_("not a known side: use startup or partner"),
    N_("no side: say startup or partner in a column, or for the whole file"),
    N_("not a known kind: use {values}"),
    N_("not a known kind of partner: use {values}"),
    N_("no kind: a partner needs one of {values}"),
    N_("a startup's kind is startup: change the side or the kind"),
    N_("larger than ticket_max_usd"),
    N_("a list is no value here: write one text"),
    N_("an object is no value here: write text or a list of texts"),
    N_("an entry of the list is no text: write a list of texts"),
    N_("true or false is no value here: write text"),
    N_("the same id stands in row {row} of sheet {sheet}: give another or remove one"),
    N_("the same id stands in row {row}: give another or remove one"),
    # notices
    N_("sheet {sheet} has no header row that is known and was not read"),
    N_("sheet {sheet} is empty"),
    N_("sheet {sheet} is hidden and was read too"),
    N_("formulas without a value were read as empty: {cells}"),
    N_("columns not known, kept as they are: {columns}"),
    N_("columns not known, left out: {columns}"),
    N_("columns {columns} both give {field}: the first that is not empty is taken"),
    N_("column {header} counts rows in several sheets: ids were made from names"),
    N_("column {header} was taken as id: its numbers must not return in another file"),
    N_("there are no rows below the header"),
    N_("{text} was kept aside: the kind of a startup is startup"),
    N_("no id; made {id} from side and name"),
    N_("{text} does not look like an e-mail address; kept as written"),
    N_("{text} states no amount; left empty"),
    N_("{text} is one amount; taken as smallest and largest"),
    N_("{text} is a range; its smaller end was taken"),
    N_("{text} is a range; its larger end was taken"),
    N_("{text} is {amount} US dollars, as no currency is named"),
    N_("{text} is {amount} US dollars, converted from {currency} at {rate} a US dollar"),
    N_("{text} was left out: it binds confirmed meetings only"),
    N_("{text} was left out"),
    N_("{text} was read as {meaning}"),
    # wishes and availability
    N_("{number} profiles have this name: write the id of one ({ids})"),
    N_("nobody called {text} takes part: correct it, import its profile, or choose it for the event"),
    N_("{one} and {other} are both {side}: name a {wanted}"),
    N_("no wish: use one of {values}"),
    N_("not a known wish: use one of {values}"),
    N_("not one track of this event: use {values}"),
    N_("no slot: write where a confirmed meeting is, such as {example}"),
    N_("no one slot starts then: write its id or day and time, such as {example} or {other}"),
    N_("no such table: use its name, such as {example}"),
    N_("no {field}: write an id or a name"),
    N_("neither hours nor numbers: fill in a status, a time of arriving or leaving, or a number"),
    N_("not known: use available (가능) or unavailable (불가)"),
    N_("no status: write available (가능) or unavailable (불가)"),
    N_("none of the event's days: write one like {example}"),
    N_("{text} is no stretch of time: write it like 10:00-12:00"),
    N_("not after from: write both in 24 hours, such as 13:00"),
    N_("{text} is no slot of the event: write ids like {example}"),
    N_("not a time: write it like 09:30"),
    N_("no date: say on which day for {field}, such as {example}"),
    N_("the event has no slot then: correct the time"),
    N_("must be at least 1: correct it, or leave it empty"),
    N_("not a weight: write a number from 0 on, 1 for the ordinary one"),
    # likely duplicates
    N_("same website {host}"),
    N_("same mail domain {domain} and similar names"),
    N_("same name"),
    N_("the name of one is the Korean name of the other"),
    N_("names sound alike: {one} and {other}"),
)
"""The sentences of importers; of two that fit, the earlier one is meant."""


_COLUMNS = {
    TICKET: N_("Investment size, in one column"),
    "who": N_("Who"),
    "whom": N_("Whom"),
    "wish": N_("Wish"),
    "track": N_("Track"),
    "slot": N_("Slot"),
    "table": N_("Table"),
    "status": N_("Available or not"),
    "date": N_("Date"),
    "time": N_("Time"),
    "from": N_("From"),
    "to": N_("To"),
    "arrives": N_("Arrives"),
    "leaves": N_("Leaves"),
    "min_meetings": N_("Fewest meetings"),
    "max_meetings": N_("Most meetings"),
    "max_consecutive": N_("Most meetings in a row"),
    "representatives": N_("People at once"),
    "priority": N_("Priority"),
}


def column_name(field: str) -> str:
    """The name of what a column can hold."""
    return gettext(_COLUMNS[field]) if field in _COLUMNS else field_name(field)


def said(sentence: str) -> str:
    """A sentence of an importer in the language in use; one that is not known stays English."""
    if language() == "en":
        return sentence
    for template, pattern in _patterns():
        if found := pattern.fullmatch(sentence):
            values = found.groupdict()
            values = {name: _named(name, text) for name, text in values.items()}
            return gettext(template).format(**values)
    return sentence


def _named(place: str, text: str) -> str:
    """What stands in a sentence, with codes as names."""
    if place == "field":
        return column_name(text)
    if place in ("values", "meaning"):
        named = [_code_name(each) for each in text.split(", ")]
        return ", ".join(each for each in named if each) if all(named) else text
    if place in ("side", "wanted") and text.removesuffix("s") in set(Side):
        return side_name(text.removesuffix("s"))
    return text


def _code_name(code: str) -> str:
    if code in set(Kind):
        return kind_name(code)
    if code in set(Topic):
        return topic_name(code)
    return country_name(code) if re.fullmatch("[A-Z]{2}", code) else ""


def known(sentence: str) -> bool:
    """Whether a sentence is one of those that can be said in another language."""
    return any(pattern.fullmatch(sentence) for _template, pattern in _patterns())


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((each, re.compile(_pattern(each), re.DOTALL)) for each in SENTENCES)


def _pattern(template: str) -> str:
    parts = re.split(r"\{(\w+)\}", template)
    texts, names = parts[::2], parts[1::2]
    pattern = re.escape(texts[0])
    for name, text in zip(names, texts[1:], strict=True):
        pattern += f"(?P<{name}>.+?)" + re.escape(text)
    return pattern
