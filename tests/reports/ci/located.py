"""Records whose target has a file, with findings that hold it to its claims, and exchanges that failed."""

from __future__ import annotations

from collections.abc import Iterable

from reports.problems import shape
from reports.record import (
    Against,
    Body,
    Breach,
    CaseResult,
    Exchange,
    Finding,
    Gate,
    Level,
    RunRecord,
    Target,
    Verdict,
)
from tests.reports.sample import case, record

FILE = "proxies/my proxy.toml"
LINES = {
    "target": 3,
    "target.name": 4,
    "chat": 8,
    "capabilities": 12,
    "capabilities.cache": 13,
    "capabilities.retry": 14,
}
LAUNDERED = Finding(
    invariant="no-laundering",
    level=Level.MUST,
    message="ask: [DONE] reached the client, 100 % of it: upstream's answer broke off,\nand so, on",
    claim="capabilities.streaming",
)
KEPT = Finding(
    invariant="cache-expires", level=Level.MUST, message="ask#2: it is too old", claim="capabilities.cache.ttl_s"
)
DROPPED = Finding(
    invariant="retry-after-kept", level=Level.SHOULD, message="Retry-After was dropped", claim="chat.path"
)


def failed(name: str, *findings: Finding, **more: object) -> CaseResult:
    """A case that broke promises."""
    worst = Verdict.FAIL if any(each.level is Level.MUST for each in findings) else Verdict.NON_STRICT
    return case(name, worst, findings=findings, **more)


def located(cases: Iterable[CaseResult] | None = None, *, gate: Gate | None = None, **more: object) -> RunRecord:
    """A run of a target with a file: three problems, of which one is a `should`."""
    some = [
        failed("cache.expires", KEPT),
        failed("endings.cut", LAUNDERED, exchanges=(exchange(),), exchanges_left_out=2),
        failed("endings.cut-later", LAUNDERED),
        failed("errors.retry-after", DROPPED),
        case("streaming.plain"),
    ]
    target = Target(name="my proxy/1", url="http://127.0.0.1:1", file=FILE, lines=LINES)
    fields: dict[str, object] = {"target": target, "load": {}, "leaks": {}, "coverage": {}, **more}
    return record(some if cases is None else cases, **fields).model_copy(update={"gate": gate or Gate()})


def known(*findings: Finding, new: Iterable[Finding] = (), reason: str = "") -> Gate:
    """What a baseline says that knows these."""

    def breach(finding: Finding) -> Breach:
        return Breach(invariant=finding.invariant, case="a.b", shape=shape(finding), level=finding.level, reason=reason)

    return Gate(baseline=Against(known=tuple(map(breach, findings)), new=tuple(map(breach, new))))


def exchange(**more: object) -> Exchange:
    """An exchange whose answer broke off."""
    fields: dict[str, object] = {
        "lane": "client",
        "exchange": 1,
        "label": "ask",
        "method": "POST",
        "url": "http://127.0.0.1:1/v1/chat/completions?a=1&b=",
        "request_headers": (("Content-Type", "application/json"), ("Authorization", "[redacted]")),
        "request": Body(size_bytes=2, coded_bytes=2, text="{}"),
        "status": 200,
        "headers": (("Content-Type", "text/event-stream"),),
        "body": Body(size_bytes=9, coded_bytes=9, text="data: a\n\n"),
        "started_s": 100.5,
        "sent_s": 100.501,
        "head_s": 100.6,
        "end_s": 101.0,
        "end": "closed early",
    }
    return Exchange.model_validate(fields | more)
