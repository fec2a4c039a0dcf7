"""A case as one small TOML file, in and out: what a failure that was found is kept as.

The one rule: `read_case(show_case(case)) == case` but for its prose, and a key that is not understood is refused,
never skipped: a misspelt fault would make the failure look mended.
"""

from scenarios.case_file.kept import PLAYS, KeptCase, found_case
from scenarios.case_file.reading import CaseFileError, read_case
from scenarios.case_file.showing import show_case

__all__ = ["PLAYS", "CaseFileError", "KeptCase", "found_case", "read_case", "show_case"]
