"""The key of a target file that a finding holds the target to, so that reports can point at its line.

The one rule: it only ever points. An invariant about one claim points at that, any other at what its case needs, and
what holds for every proxy at how the target is talked to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from harness.core.judging.needs import RESTART, SECOND_IDENTITY, SECOND_MODEL, WORKER, needs
from reports.record import CaseResult
from scenarios.case import Case
from scenarios.index import EVERY

_ABOUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "retry-": "capabilities.retry",
        "no-retry-": "capabilities.retry",
        "backoff": "capabilities.retry",
        "honours-retry-after": "capabilities.retry",
        "breaker-": "capabilities.circuit_breaker",
        "fallback-": "capabilities.fallback_model",
        "cache-": "capabilities.cache",
        "kv-": "capabilities.kv",
        "cors-": "capabilities.cors",
        "rate-": "capabilities.rate_limit",
        "cost-": "capabilities.cost_header",
        "ends-in-time": "limits.deadline_s",
        "stopped-reader-ends": "limits.client_stall_timeout_s",
        "request-limits": "limits",
    }
)
"""What invariants whose names begin like this are about. A key that the file leaves out is looked for above it."""
_NEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        RESTART: "target.command",
        WORKER: "target.worker",
        SECOND_MODEL: "chat.second_model",
        SECOND_IDENTITY: "chat.headers",
    }
)
_EVERYBODY: Final = "chat"
"""Where a file says how its target is talked to, which everything else rests on."""
_CASES: Final = EVERY


def with_claims(results: Iterable[CaseResult], *, cases: Mapping[str, Case] = _CASES) -> list[CaseResult]:
    """Return the results with a claim on every finding that names none yet."""
    return [_told(result, cases.get(result.id)) for result in results]


def claim_of(invariant: str, case: Case | None) -> str:
    """Return the key, dotted, that a finding of an invariant in a case points at."""
    wanted = [_key(need) for need in needs(case)] if case else []
    about = next((key for name, key in _ABOUT.items() if invariant.startswith(name)), "")
    if about:
        return next((key for key in wanted if key == about or key.startswith(f"{about}.")), about)
    return next(iter(wanted), _EVERYBODY)


def _key(need: str) -> str:
    if need in _NEEDS:
        return _NEEDS[need]
    return need if need.startswith("limits.") else f"capabilities.{need}"


def _told(result: CaseResult, case: Case | None) -> CaseResult:
    if all(finding.claim for finding in result.findings):
        return result
    findings = tuple(
        finding if finding.claim else finding.model_copy(update={"claim": claim_of(finding.invariant, case)})
        for finding in result.findings
    )
    return result.model_copy(update={"findings": findings})
