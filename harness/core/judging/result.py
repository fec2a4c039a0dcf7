"""A case's line in the record: promised, saw, findings, faults, and how to see it again.

The one rule: what is reported is computed from the history and the judgement alone, redacted on the way.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from harness.core.judging.chat import shortfall
from harness.core.judging.expected.disappointment import describe
from harness.core.judging.recorded.kept import exchanges
from harness.core.judging.verdict import Judgement
from harness.core.judging.view import CaseView
from harness.core.observed.curl import curl
from harness.core.observed.redact import Redactor
from harness.core.observed.wire_log import rows
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case

_MOST_SEEN = 4
_BROKEN = frozenset({Verdict.FAIL, Verdict.NON_STRICT})
"""The verdicts of a case whose exchanges are worth keeping."""


def case_result(
    case: Case,
    judgement: Judgement,
    view: CaseView,
    *,
    duration_s: float,
    url: str,
    replay: str,
    redactor: Redactor,
    suite: str = "conformance",
) -> CaseResult:
    """Put together what the record says of a case that was run."""
    redact = redactor.text
    findings = tuple(
        Finding(
            invariant=item.invariant,
            level=item.level,
            message=redact(item.message),
            evidence=tuple(map(redact, item.evidence)),
        )
        for item in judgement.findings
    )
    worst = [item for item in findings if item.level is Level.MUST] or list(findings)
    told = {item.message.partition(":")[0] for item in worst}
    ask = next((ask for ask in view.asks if ask.name in told), view.asks[0] if view.asks else None)
    kept, left_out = exchanges(view, worst, url=url, redact=redact) if judgement.verdict in _BROKEN else ((), 0)
    return CaseResult(
        id=case.id,
        title=case.promise,
        suite=suite,
        family=case.family,
        level=Level(case.level),
        verdict=judgement.verdict,
        duration_s=round(duration_s, 3),
        promised=case.promise,
        saw=redact(f"{ask.name}: {describe(ask)}" if worst and ask is not None else seen(view)),
        findings=findings,
        faults=faults(case),
        replay=replay,
        curl=curl(ask.client, url, redact) if ask is not None and not ask.client.socket else "",
        reference=case.reference,
        cause=redact(judgement.cause),
        wire=rows(view.history, redactor),
        exchanges=kept,
        exchanges_left_out=left_out,
    )


def unrun(case: Case, verdict: Verdict, cause: str, *, replay: str = "", suite: str = "conformance") -> CaseResult:
    """Put together what the record says of a case that was not run to its end."""
    return CaseResult(
        id=case.id,
        title=case.promise,
        suite=suite,
        family=case.family,
        level=Level(case.level),
        verdict=verdict,
        duration_s=0.0,
        promised=case.promise,
        saw="",
        faults=faults(case),
        replay=replay,
        reference=case.reference,
        cause=cause,
    )


def faults(case: Case) -> tuple[str, ...]:
    """Return every fault of a case as a spec, upstream's first, each once."""
    specs = [str(fault) for rule in case.upstream for fault in rule.faults]
    specs += [str(fault) for step in case.steps for fault in step.faults]
    return tuple(dict.fromkeys(specs))


def seen(view: CaseView) -> str:
    """Say what the clients saw, the first few of them."""
    if any(visit.errand is not None for visit in view.history.visits):
        return shortfall.seen(view)
    lines = [f"{ask.name}: {describe(ask)}" for ask in view.asks[:_MOST_SEEN]]
    rest = len(view.asks) - len(lines)
    return "; ".join(lines) + (f"; and {rest} more" if rest else "")


def replay_line(case_id: str, *, seed: int, target: str, options: Sequence[str] = ()) -> str:
    """Return the command that runs one case again with the same seed, and with what else the target needs."""
    words = ["edgeproof", "replay", case_id, "--seed", str(seed)]
    words += [] if target == "reference" else ["--target", target]
    return shlex.join([*words, *options])
