"""How much a promise weighs, and what became of it.

The one rule: what could not be judged never counts as kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """How much a promise weighs."""

    MUST = "must"
    SHOULD = "should"
    OBSERVE = "observe"


class Verdict(StrEnum):
    """What became of a case or of a run, in the order in which they are shown and counted."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    """A `must` was broken."""
    NON_STRICT = "non-strict"
    """A `should` was broken."""
    INFO = "info"
    """Something was observed about which nothing is promised."""
    NOT_APPLICABLE = "not-applicable"
    """The target does not claim the capability."""
    INCONCLUSIVE = "inconclusive"
    """It could not be judged; the case's `cause` says why."""
    HARNESS_ERROR = "harness-error"
    """The harness itself went wrong; nothing is said about the target."""

    @property
    def judged(self) -> bool:
        """Whether this verdict says anything about the target."""
        return self in _JUDGED


_JUDGED: Final = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.NON_STRICT, Verdict.INFO})
_WORST_FIRST: Final = (
    Verdict.FAIL,
    Verdict.HARNESS_ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.NON_STRICT,
    Verdict.INFO,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that decides over all others; inconclusive when there is none at all."""
    return min(verdicts, key=_WORST_FIRST.index, default=Verdict.INCONCLUSIVE)


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of a run: the worst of its cases, and inconclusive when no case was judged."""
    known = tuple(verdicts)
    return worst(known) if any(verdict.judged for verdict in known) else Verdict.INCONCLUSIVE


def count(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """Count verdicts; every verdict has a key, also the ones that never occurred."""
    known = tuple(verdicts)
    return {verdict: known.count(verdict) for verdict in Verdict}
