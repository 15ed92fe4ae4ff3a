"""Files -> profiles or outcomes, and what is wrong with each row. Writes nothing to the database.

parsed = parse_file(Path("partners.xlsx"), side=Side.PARTNER)
write_rejected(parsed, Path("partners.rejected.csv"))
"""

from profiles.importers.duplicates import Duplicate, likely_duplicates
from profiles.importers.outcomes import ParsedOutcomes, parse_outcomes
from profiles.importers.parse import parse_file
from profiles.importers.rejected import write_rejected
from profiles.importers.results import Limits, Notice, Parsed, ReadColumn, Rejection, RowsRead

__all__ = [
    "Duplicate",
    "Limits",
    "Notice",
    "Parsed",
    "ParsedOutcomes",
    "ReadColumn",
    "Rejection",
    "RowsRead",
    "likely_duplicates",
    "parse_file",
    "parse_outcomes",
    "write_rejected",
]
