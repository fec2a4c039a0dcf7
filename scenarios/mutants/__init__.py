"""Every mutant there is: defects that the invariants have to catch, or they are too weak to be trusted.

The one rule: a mutant that no invariant catches is a failing test, never an entry to be removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from scenarios.globs import UnmatchedGlobError, matching, words
from scenarios.mutants import (
    answers,
    asking,
    chat_apart,
    chat_keeping,
    clients,
    compared,
    endings,
    faces,
    forms,
    keeping,
    neighbours,
    sequences,
    storing,
    talking,
    usage,
)
from scenarios.mutants.mutant import Mutant

ALL: tuple[Mutant, ...] = (
    *answers.MUTANTS,
    *forms.MUTANTS,
    *endings.MUTANTS,
    *faces.MUTANTS,
    *asking.MUTANTS,
    *compared.MUTANTS,
    *clients.MUTANTS,
    *keeping.MUTANTS,
    *sequences.MUTANTS,
    *neighbours.MUTANTS,
    *storing.MUTANTS,
    *chat_keeping.MUTANTS,
    *chat_apart.MUTANTS,
    *talking.MUTANTS,
    *usage.MUTANTS,
)
"""Every mutant, area by area."""

BY_ID: Mapping[str, Mutant] = MappingProxyType({mutant.id: mutant for mutant in ALL})


class UnknownMutantError(LookupError):
    """No mutant has such an id; the message names the nearest."""


def select(globs: str) -> tuple[Mutant, ...]:
    """Return the mutants whose ids match one of the globs (with commas between them), in the order of `ALL`.

    Raises:
        UnknownMutantError: a glob matches nothing; the message has the nearest ids.
    """
    wanted = words(globs)
    if not wanted:
        raise UnknownMutantError("no mutant is named; give an id or a glob such as 'key-*'")
    try:
        return tuple(BY_ID[name] for name in matching(BY_ID, wanted))
    except UnmatchedGlobError as unmatched:
        raise UnknownMutantError(f"no mutant matches {unmatched.glob!r}; {hint(unmatched.glob)}") from None


def hint(name: str) -> str:
    """Return which ids somebody may have meant by a name that is none."""
    near = get_close_matches(name.replace("*", ""), BY_ID, n=3, cutoff=0.75)
    return f"did you mean {' or '.join(near)}?" if near else "`edgeproof selfcheck --mutant '*'` runs them all"


__all__ = ["ALL", "BY_ID", "Mutant", "UnknownMutantError", "hint", "select"]
