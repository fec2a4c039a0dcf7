"""What a run plays: its suites, its cases, and which of them cannot be had together.

The one rule: what the user named is played or refused; a profile chooses only where nothing was named.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from harness.cli.running.suites import SUITES
from harness.core.target.file import TargetFile
from harness.errors import UsageError
from scenarios.case import Case
from scenarios.index import ALL, select, variants
from scenarios.profiles import PROFILES
from scenarios.searching import sweep

_WHOLE: Final = frozenset({"conformance", "properties"})
"""The suites that bring faults together with everything; without one of them pairs are missing by choice."""

_REPEATABLE: Final = ("conformance", "leaks")
"""The suites that play the same cases each time."""


def suites_for(names: str, profile: str, *, some_cases: bool) -> tuple[str, ...]:
    """Return the suites to play: those the user named, or those of the profile; for single cases that of the cases.

    Raises:
        UsageError: there is no such suite.
    """
    if names == "all":
        wanted = {"conformance"} if some_cases else {*PROFILES[profile].suites}
    else:
        wanted = {name.strip() for name in names.split(",")}
    if unknown := sorted(wanted - {*SUITES}):
        raise UsageError(f"there is no suite called {unknown[0]!r}", next_step=f"there are: {', '.join(SUITES)}")
    return tuple(name for name in SUITES if name in wanted)


def meets_all_pairs(suites: Collection[str]) -> bool:
    """Whether these suites can meet every pair that a run is held to."""
    return {*suites} >= _WHOLE


def require_repeatable(suites: Collection[str]) -> None:
    """Refuse suites that ask something else in each round.

    Raises:
        UsageError: one of them does.
    """
    if others := [name for name in suites if name not in _REPEATABLE]:
        raise UsageError(
            f"--repeat cannot play the suite {others[0]}",
            evidence="what it asks depends on time, so no two rounds are alike",
            next_step=f"add --suite {','.join(_REPEATABLE)}, or one of them",
        )


def require_measured(suites: Collection[str], *, is_worker: bool) -> None:
    """Refuse to measure code in suites alone that play the target as it is.

    Raises:
        UsageError: no other suite is played.
    """
    unmeasured = {"leaks": "the leak suite", **({"load": "the load suite"} if is_worker else {})}
    if {*suites} <= {*unmeasured}:
        named = [unmeasured[name] for name in suites]
        raise UsageError(
            f"{' and '.join(named)} alone {'measure' if named[1:] else 'measures'} no coverage",
            evidence="measuring coverage changes what its process holds" + (" and how fast it is" if is_worker else ""),
            next_step="add another suite, as in --suite conformance,leaks, or omit --cov",
        )


def cases_for(globs: str, profile: str, proxy: TargetFile) -> tuple[Case, ...]:
    """Return the cases to play: those the user named, or those of the profile in each dialect of the proxy.

    Raises:
        UnknownCaseError: no case has such an id.
    """
    if part := sweep.part(globs):
        return (part,)
    if globs != "*":
        return select(globs)
    return tuple(case for case in _all_of(proxy) if PROFILES[profile].includes(case))


def left_to_longer(cases: Collection[Case], proxy: TargetFile) -> int:
    """Return how many cases a profile that plays these leaves to a longer one."""
    return len(_all_of(proxy)) - len(cases)


def _all_of(proxy: TargetFile) -> tuple[Case, ...]:
    """Return every case, and its variants in the further dialects that a proxy speaks."""
    return (*ALL, *variants(door.dialect for door in proxy.chat.also))
