"""Answers under load judged by the same invariants as everywhere: a fast wrong answer is an error.

The one rule: an answer is judged by itself, beside what upstream sent for it. What only the order of many requests
could show (an open breaker, how often was tried again) is left to the suites that keep an order; and what was measured
by the clock while the harness itself was late is held against nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from harness.core.judging.expected.disappointment import describe
from harness.core.judging.invariants import ALL
from harness.core.judging.view import AskView, build
from harness.core.load.answer import FINISHED, LEFT, Answer, measure
from harness.core.load.objectives import Objective, is_good
from harness.core.observed.history import ClientExchange, History, UpstreamExchange
from harness.core.target.claims import Capabilities, Limits
from harness.core.target.rewrites import Rewrites
from reports.record import Finding, Level

_BY_THE_CLOCK: Final = frozenset(
    {"not-buffered", "cadence", "ends-in-time", "long-stream-lives", "cancel-propagates", "stays-responsive"}
)
_OF_MANY: Final = frozenset({"no-leak", "alive-after", "backoff", "backpressure"})
"""What one answer cannot show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What answers are held against. `secrets` must never reach a client."""

    claims: Capabilities
    limits: Limits
    model: str
    objectives: tuple[Objective, ...] = ()
    secrets: tuple[str, ...] = ()
    rewrites: Rewrites = field(default_factory=Rewrites)
    passes_credentials: bool = False
    notices_by_writing: bool = False

    def alone(self) -> Bar:
        """Return the bar for one answer by itself, without claims about many.

        That a fallback may be asked in place of the model that was asked for remains.
        """
        changes = self.rewrites.changes | ({"model"} if self.claims.fallback_model else set())
        claims = replace(self.claims, retry=None, circuit_breaker=None, fallback_model=None)
        return replace(self, claims=claims, rewrites=replace(self.rewrites, changes=changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One answer with what became of it. `faults` struck upstream's calls for it, `struck_s` when the last did;
    `asked_upstream` says whether there were any calls. `in_time` says that it kept to the objectives. `crash` is a
    check that failed, which is the harness's fault. Its `answer` has no gaps any more: they are in the histograms."""

    name: str
    started_s: float
    end_s: float
    answer: Answer
    described: str
    findings: tuple[Finding, ...] = ()
    faults: tuple[str, ...] = ()
    struck_s: float | None = None
    asked_upstream: bool = True
    in_time: bool = True
    crash: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether it broke an invariant that must hold."""
        return any(finding.level is Level.MUST for finding in self.findings)

    @property
    def is_right(self) -> bool:
        """Whether it came to its end and broke nothing that must hold."""
        return self.answer.ending == FINISHED and not self.is_wrong

    @property
    def is_error(self) -> bool:
        """Whether its client was not served, or wrongly; one that left on purpose was, unless something broke."""
        return self.is_wrong or self.answer.ending not in (FINISHED, LEFT)


def judge_alike(
    exchanges: Sequence[ClientExchange], upstreams: Iterable[UpstreamExchange], bar: Bar, *, punctual: bool = True
) -> list[Judged]:
    """Judge the exchanges that asked one question, beside every upstream call for it."""
    alone = bar.alone()
    history = History(clients=tuple(exchanges), upstreams=tuple(upstreams))
    crash, found = "", {}
    try:
        view = build(
            history,
            alone.claims,
            alone.limits,
            model=alone.model,
            secrets=alone.secrets,
            rewrites=alone.rewrites,
            passes_credentials=alone.passes_credentials,
            notices_by_writing=alone.notices_by_writing,
        )
        found = {ask.client.label: ask for ask in view.asks}
        findings = [
            Finding(
                invariant=invariant.id,
                level=breach.level or invariant.level,
                message=breach.message,
                evidence=breach.evidence,
            )
            for invariant in ALL.values()
            if invariant.id not in _OF_MANY and (punctual or invariant.id not in _BY_THE_CLOCK)
            for breach in invariant.check(view)
            if not breach.once
        ]
    except Exception as error:  # noqa: BLE001 - whatever a check dies of, the target is not to blame for it
        findings, crash = [], f"a check crashed: {type(error).__name__}: {error}"
    return [
        _judged(exchange, found.get(exchange.label), tuple(_about(exchange, findings, len(exchanges))), crash, bar)
        for exchange in exchanges
    ]


def _about(exchange: ClientExchange, findings: Iterable[Finding], asked: int) -> Iterator[Finding]:
    """Yield the findings that name the exchange; one that names no single exchange is about all of them."""
    for finding in findings:
        if asked == 1 or finding.message.startswith(f"{exchange.label}:"):
            yield finding


def _judged(
    exchange: ClientExchange, ask: AskView | None, findings: tuple[Finding, ...], crash: str, bar: Bar
) -> Judged:
    answer = measure(exchange, ask.reading if ask else None)
    calls = ask.known if ask else ()
    struck = [call for call in calls if call.exchange.faults]
    return Judged(
        name=exchange.label,
        started_s=exchange.started_s,
        end_s=exchange.end_s,
        answer=replace(answer, gaps_s=()),
        described=describe(ask) if ask else "",
        findings=findings,
        faults=tuple(dict.fromkeys(fault for call in struck for fault in call.exchange.faults)),
        struck_s=max((call.exchange.arrived_s for call in struck), default=None),
        asked_upstream=bool(ask is None or ask.own),
        in_time=is_good(bar.objectives, answer),
        crash=crash,
    )
