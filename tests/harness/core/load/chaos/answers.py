"""Judged answers and exchanges as a chaos run sees them, as short as a test wants them."""

from __future__ import annotations

from harness.core.load.answer import FINISHED, Answer
from harness.core.load.judgement import Judged
from harness.core.observed.history import UpstreamEnd, UpstreamExchange
from reports.record import Finding, Level


def answer(
    started_s: float,
    *,
    ending: str = FINISHED,
    ttft_s: float | None = None,
    broke: str = "",
    level: Level = Level.MUST,
    faults: tuple[str, ...] = (),
    crash: str = "",
) -> Judged:
    findings = (Finding(invariant=broke, level=level, message=f"it broke {broke}"),) if broke else ()
    measured = Answer(ending=ending, ttft_s=ttft_s, gaps_s=(), tpot_s=None, e2e_s=None, tokens=1, body_bytes=1)
    return Judged(
        name=f"at {started_s}",
        started_s=started_s,
        end_s=started_s + 0.5,
        answer=measured,
        described="",
        findings=findings,
        faults=faults,
        crash=crash,
    )


def call(arrived_s: float, *faults: str) -> UpstreamExchange:
    return UpstreamExchange(
        number=1,
        connection=1,
        surface="ai.chat",
        method="POST",
        path="/",
        request_headers=(),
        body=b"",
        body_bytes=0,
        body_sha256="",
        arrived_s=arrived_s,
        faults=faults,
        end=UpstreamEnd.KEPT,
    )
