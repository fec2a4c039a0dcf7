"""What a run learns about silent upstreams: one case shows whether the target ends such an exchange; the others know.

The one rule: it is told once. As long as one case is finding out about a kind of silence, others of the kind wait; when
the target has not ended it, they are not played, and say which case showed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from fault_injection.families import kv, sse_pace, tcp
from fault_injection.fault import Fault
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from harness.core.target.claims import INDEFENSIBLE_S
from scenarios.case import Case, Step, Upstream

Kind: TypeAlias = tuple[str, str]
"""A kind of silence: where it strikes, and in which form of answer."""

_LONG_S: Final = 5.0
"""Silences that are shorter end by themselves before anybody has to give up."""
_WATCHED_S: Final = INDEFENSIBLE_S + 10.0
"""How long a silence lasts that is watched to the end."""


@dataclass(slots=True)
class Stalls:
    """What is known so far. `claimed` says whether the target claims a deadline; without one, a run watches one silence
    for as long as nobody would defend."""

    claimed: bool = True
    watches: bool = True
    """Whether the long watch is still to be had."""
    endless: dict[Kind, str] = field(default_factory=dict)
    """The kinds of silence that the target never ended, with the case that showed it."""
    ended: set[Kind] = field(default_factory=set)
    _asked: dict[Kind, str] = field(default_factory=dict)
    _watcher: str = ""

    def cause(self, case: Case) -> str:
        """Say why a case need not be played, or nothing when it must be."""
        shown_by = next((self.endless[kind] for kind in _kinds(case) if kind in self.endless), "")
        if not shown_by or shown_by == case.id:
            return ""
        return f"not judged: {shown_by} showed that the target does not end an exchange whose upstream has stalled"

    def finds_out(self, case: Case) -> bool:
        """Whether a case would show what is not known yet of a target whose upstream does not end an exchange."""
        return bool(self._unknown(case))

    def is_held(self, case: Case) -> bool:
        """Whether another case is just finding out what this one would meet."""
        return any(self._asked.get(kind, case.id) != case.id for kind in _kinds(case))

    def begin(self, case: Case) -> tuple[Case, bool]:
        """Let a case find out whatever is not known yet; return it as it is to be played, and whether it is the watch.

        The watch stays silent for longer than it is watched, so that nothing but the target ends it.
        """
        unknown = self._unknown(case)
        self._asked.update(dict.fromkeys(unknown, case.id))
        is_watch = bool(unknown) and self.watches and not self.claimed
        if not is_watch:
            return case, False
        self.watches, self._watcher = False, case.id
        return replace(case, upstream=tuple(map(_lengthened, case.upstream))), True

    def end(self, case: Case, view: CaseView | None) -> None:
        """Take what a case has shown; without a view it has shown nothing, and the next of its kind finds out."""
        for kind in [kind for kind, case_id in self._asked.items() if case_id == case.id]:
            del self._asked[kind]
        if view is not None:
            self.learn(case, view)
        elif self._watcher == case.id:
            self.watches = True

    def learn(self, case: Case, view: CaseView) -> None:
        """Take what was seen of each silence that struck in a case that nobody had to hold back."""
        for kind, ended in _seen(case, view):
            if not ended:
                self.endless.setdefault(kind, case.id)
            elif kind not in self.endless:
                self.ended.add(kind)

    def _unknown(self, case: Case) -> list[Kind]:
        return [kind for kind in _kinds(case) if kind not in self.ended and kind not in self.endless]

    def spared(self, case: Case) -> Case:
        """Return the case without the silences that the target is known never to end."""
        if not self.endless:
            return case
        kept = tuple(rule for rule in case.upstream if not any(kind in self.endless for kind in _of(case, rule)))
        return case if len(kept) == len(case.upstream) else replace(case, upstream=kept)


def silence_s(fault: Fault) -> float:
    """Return how long upstream is silent under a fault before it goes on or ends, in seconds."""
    return fault.for_s if isinstance(fault, (tcp.Blackhole, sse_pace.Stall, kv.Hang)) else 0.0


def _place(fault: Fault, rule: Upstream) -> str:
    if rule.surface.startswith("kv."):
        return "Workers KV"
    at_once = fault.after_byte == 0 if isinstance(fault, tcp.Blackhole) else False
    return "before the answer" if at_once else "within the answer"


def _kinds(case: Case) -> tuple[Kind, ...]:
    return tuple(dict.fromkeys(kind for rule in case.upstream for kind in _of(case, rule)))


def _of(case: Case, rule: Upstream) -> Iterator[Kind]:
    """Yield the kinds of silence that a rule brings about for clients that wait for their answer."""
    for fault in rule.faults:
        if silence_s(fault) >= _LONG_S:
            for step in case.steps:
                if rule.question in (None, step.question) and not _leaves(step):
                    yield _place(fault, rule), _form(stream=step.stream)


def _leaves(step: Step) -> bool:
    return any(fault.id.startswith("client.abort") for fault in step.faults)


def _form(*, stream: bool) -> str:
    return "stream" if stream else "JSON"


def _lengthened(rule: Upstream) -> Upstream:
    return replace(
        rule,
        faults=tuple(
            replace(fault, for_s=max(_WATCHED_S, silence_s(fault)))  # type: ignore[call-arg]  # the silent ones have it
            if silence_s(fault) >= _LONG_S
            else fault
            for fault in rule.faults
        ),
    )


def _seen(case: Case, view: CaseView) -> Iterator[tuple[Kind, bool]]:
    """Yield each kind of silence that struck, and whether the target ended the exchange all the same."""
    by_spec = {str(fault): (fault, rule) for rule in case.upstream for fault in rule.faults}
    for ask in view.asks:
        if not ask.stayed:
            continue
        for spec in _struck(ask, view):
            fault, rule = by_spec.get(spec, (None, None))
            if fault is not None and rule is not None and silence_s(fault) >= _LONG_S:
                kind = _place(fault, rule), _form(stream=ask.wants_stream)
                if ask.client.end is ClientEnd.TIMED_OUT:
                    yield kind, False
                elif ask.client.end_s - ask.client.started_s < silence_s(fault):  # else upstream itself has ended it
                    yield kind, True


def _struck(ask: AskView, view: CaseView) -> Iterator[str]:
    for call in ask.own:
        yield from call.exchange.faults
    for call in view.others:  # Workers KV knows no nonce; its calls are of whoever was waiting
        if ask.client.started_s <= call.exchange.arrived_s <= ask.client.end_s:
            yield from call.exchange.faults
