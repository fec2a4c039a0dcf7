"""How things with ids are picked by globs: one way for cases, mutants and whatever else has ids."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


class UnmatchedGlobError(LookupError):
    """A glob that matches no id at all; `glob` is the first such."""

    def __init__(self, glob: str) -> None:
        super().__init__(f"nothing matches {glob!r}")
        self.glob = glob


def words(globs: str) -> tuple[str, ...]:
    """Return what stands between the commas, without empty words."""
    return tuple(word for part in globs.split(",") if (word := part.strip()))


def matching(ids: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """Return the ids that match one of the globs, in their own order.

    Raises:
        UnmatchedGlobError: one of the globs matches nothing.
    """
    known, wanted = tuple(ids), tuple(globs)
    for glob in wanted:
        if not any(fnmatchcase(each, glob) for each in known):
            raise UnmatchedGlobError(glob)
    return tuple(each for each in known if any(fnmatchcase(each, glob) for glob in wanted))
