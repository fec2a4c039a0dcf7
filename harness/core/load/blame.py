"""Who made the errors of a load: upstream's injected faults, what followed from them, or the target.

The one rule: an invariant that must hold is the target's to keep whatever upstream does, so a broken one is never
explained away; a fault explains only that a client was not served.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from harness.core.load.judgement import Judged
from harness.core.target.claims import Capabilities
from reports.record import Finding, Level

_LATE_S: Final = 0.5
_TOO_MANY: Final = "status 429"
_TOLD_EXAMPLES: Final = 3


class Blame(StrEnum):
    """Where an error comes from."""

    FAULT = "an injected fault"
    """A fault struck an upstream call for this very answer."""
    BREAKER = "a breaker, after faults"
    """Upstream was not asked, soon after faults had struck others, and the target claims a circuit breaker."""
    LIMIT = "the limit it claims"
    """The target declined one request too many, and says so in its file."""
    TARGET = "the target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """One answer that was an error, and who made it so."""

    judged: Judged
    blame: Blame

    @property
    def kind(self) -> str:
        """What kind of error it is, in words."""
        broken = next((each.invariant for each in self.judged.findings if each.level is Level.MUST), None)
        return f"wrong: {broken}" if broken else self.judged.answer.ending


def blame(answers: Sequence[Judged], claims: Capabilities) -> list[Error]:
    """Return every error with whoever made it."""
    struck_s = sorted(each.struck_s for each in answers if each.struck_s is not None)
    return [Error(judged=each, blame=_blame(each, struck_s, claims)) for each in answers if each.is_error]


def _blame(judged: Judged, struck_s: Sequence[float], claims: Capabilities) -> Blame:
    breaker = claims.circuit_breaker
    if judged.is_wrong:
        return Blame.TARGET
    if judged.faults:
        return Blame.FAULT
    if claims.rate_limit and judged.answer.ending == _TOO_MANY:
        return Blame.LIMIT
    if breaker is None or judged.asked_upstream:
        return Blame.TARGET
    # Of failures in a row the last may have begun long before the breaker opened, and a probe may have kept it open.
    since_s = judged.started_s - breaker.open_s - _LATE_S
    recent = bisect_right(struck_s, judged.end_s) - bisect_left(struck_s, since_s)
    return Blame.BREAKER if recent else Blame.TARGET


def errors_table(errors: Iterable[Error]) -> list[dict[str, Any]]:
    """Return the errors by kind, blame and the faults that explain them, the most frequent first."""
    groups: dict[tuple[str, str, str], list[Error]] = defaultdict(list)
    for error in errors:
        faults = ", ".join(error.judged.faults) if error.blame is Blame.FAULT else "none"
        groups[error.kind, str(error.blame), faults].append(error)
    return [
        {
            "error": kind,
            "times": len(alike),
            "made_by": by,
            "faults": faults,
            "such_as": "; ".join(each.judged.name for each in alike[:_TOLD_EXAMPLES]),
        }
        for (kind, by, faults), alike in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]


def told_once(answers: Iterable[Judged], level: Level) -> list[Finding]:
    """Return the findings of a level, each invariant once: how often, and the first in its own words."""
    firsts: dict[str, tuple[Judged, Finding]] = {}
    times: Counter[str] = Counter()
    for judged in answers:
        for invariant in {each.invariant for each in judged.findings if each.level is level}:
            times[invariant] += 1
            first = next(each for each in judged.findings if each.invariant == invariant and each.level is level)
            firsts.setdefault(invariant, (judged, first))
    return [
        Finding(
            invariant=invariant,
            level=level,
            message=f"{times[invariant]} answer(s); the first: {finding.message}",
            evidence=(judged.described, *finding.evidence),
        )
        for invariant, (judged, finding) in firsts.items()
    ]
