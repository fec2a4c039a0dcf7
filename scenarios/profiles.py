"""How much a run does and how long it takes.

The one rule: a profile leaves cases out by id, never by chance; what it leaves out is written here with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from scenarios.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One amount of work. `leaves_out` are globs of case ids, `lanes` how many targets run at once."""

    name: str
    summary: str
    suites: tuple[str, ...]
    lanes: int = 6
    leaves_out: tuple[str, ...] = ()

    def includes(self, case: Case) -> bool:
        """Whether a run of this profile plays the case."""
        return not any(fnmatchcase(case.id, glob) for glob in self.leaves_out)


_QUICK = Profile(
    name="quick",
    summary="Every promise once, a search of twenty seconds, whether anything leaks, and a short load: two minutes.",
    suites=("conformance", "properties", "leaks", "load"),
)
_STANDARD = Profile(
    name="standard",
    summary="Every case and the other suites at a length for a merge.",
    suites=("conformance", "properties", "leaks", "load"),
)
_SOAK = Profile(
    name="soak",
    summary="Everything there is, for hours rather than minutes.",
    suites=("conformance", "properties", "leaks", "load"),
)

PROFILES: Mapping[str, Profile] = MappingProxyType({item.name: item for item in (_QUICK, _STANDARD, _SOAK)})
"""Every profile by its name."""
