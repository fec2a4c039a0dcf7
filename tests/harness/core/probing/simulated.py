"""A target that exists on paper: it answers the moves of an experiment by its settings, on a clock of its own.

It says what a correct target with these settings would show, so that hundreds of settings can be found out in a second.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from fault_injection.families.client import ManyMessages
from fault_injection.families.http import Status
from fault_injection.families.sse_pace import Stall
from fault_injection.families.tcp import Blackhole, Latency, Reset, SlowDrip
from fault_injection.fault import Fault
from harness.core.probing.experiments import EXPERIMENTS
from harness.core.probing.facts import Notes
from harness.core.probing.moves import Ask, Fresh, Move, Wait
from harness.core.probing.seen import Call, Seen
from harness.core.probing.terms import Bounds, Terms

MAIN = "main-model"
_HOP_S = 0.002


@dataclass(kw_only=True)
class Simulated:
    """One target. Its settings are those that a probe finds out."""

    attempts: int = 1
    retried: frozenset[str] = frozenset({"429", "500", "502", "503", "504", "lost"})
    pause_s: Callable[[int], float] = lambda number: 0.1 * 2 ** (number - 1)
    jitter: float = 0.0
    honours: bool = True
    failures: int | None = None
    counts_questions: bool = False
    open_s: float = 1.0
    half_open: int = 1
    resets: bool = True
    fallback: str = ""
    ttl_s: float | None = None
    keeps_streams: bool = True
    header: str = "X-Cache"
    key: frozenset[str] = frozenset({"params", "model", "turns", "caller"})
    first_byte_s: float | None = None
    idle_s: float | None = None
    total_s: float | None = None
    most_bytes: int | None = None
    most_messages: int | None = None
    per_minute: int | None = None
    streams: bool = True
    cuts_by_chance_s: tuple[float, ...] = ()
    """After how long silent calls are ended one after the other, for reasons that have nothing to do with limits."""
    dies: bool = False
    """Whether its process ends where it would have met a limit."""
    slow_once_bytes: int | None = None
    """The size of a request that nothing comes of the first time."""
    stray_once: bool = False
    """Whether something that cannot be read reaches upstream while the first request is turned away."""
    cuts_all: bool = False
    """Whether it fails whatever does not come at once."""
    late_s: float = 0.0
    """How late the harness was, which says so; each end is seen as late as that, at random."""
    seed: int = 7
    now_s: float = 1000.0
    fresh_starts: int = 0
    _row: int = field(default=0, init=False)
    _opened_s: float | None = field(default=None, init=False)
    _kept: dict[str, float] = field(default_factory=dict, init=False)
    _let: int = field(default=0, init=False)
    _chances: int = field(default=0, init=False)
    _rng: Random = field(init=False)

    def __post_init__(self) -> None:
        self._rng = Random(self.seed)

    def found(self, name: str, bounds: Bounds | None = None) -> Notes:
        """Make one experiment and return what it noted."""
        notes = Notes()
        moves = EXPERIMENTS[name].begin(Terms(bounds=bounds or Bounds(usual_s=6)), notes)
        move = next(moves)
        while True:
            try:
                move = moves.send(self.play(move))
            except StopIteration:
                return notes

    def play(self, move: Move) -> tuple[Seen, ...]:
        """Play one move."""
        match move:
            case Wait(seconds):
                self.now_s += seconds
            case Fresh():
                self.fresh_starts += 1
                self._row, self._opened_s, self._kept, self._let = 0, None, {}, 0
            case Ask():
                return self._several(move)
        return ()

    def _several(self, ask: Ask) -> tuple[Seen, ...]:
        if ask.together == 1:
            return (self._one(ask),)
        begun_s, seen, ends = self.now_s, [], []
        probing = self._opened_s is not None
        for number in range(ask.together):
            self.now_s = begun_s
            lets = not probing or number < self.half_open
            asked = replace(ask, question=f"{ask.question}#{number}", together=1)
            seen.append(self._one(asked) if lets else self._declined(503))
            ends.append(self.now_s)
        self.now_s = max(ends)
        return tuple(seen)

    def _one(self, ask: Ask) -> Seen:
        self._let += 1
        if self.per_minute is not None and self._let > self.per_minute:
            return self._declined(429)
        if self.slow_once_bytes is not None and ask.size_bytes >= self.slow_once_bytes:
            self.slow_once_bytes = None
            return replace(self._declined(503), status=None, gave_up=True)
        if self._is_too_large(ask):
            stray, self.stray_once = self.stray_once, False
            return replace(self._declined(413), strays=int(stray))
        key = self._key(ask)
        made_s = self._kept.get(key)
        begun_s = self.now_s
        if self.ttl_s is not None and made_s is not None and begun_s - made_s < self.ttl_s:
            self.now_s += _HOP_S
            return self._seen(begun_s, status=200, headers=((self.header, "HIT"),) if self.header else ())
        seen = self._called(ask, begun_s)
        if seen.answered and (self.keeps_streams or not ask.stream):
            self._kept[key] = self.now_s
        return replace(seen, headers=(*seen.headers, (self.header, "MISS"))) if self.header else seen

    def _called(self, ask: Ask, begun_s: float) -> Seen:
        calls: list[Call] = []
        faults = deque(ask.upstream)
        failed: Fault | None = faults[0] if faults else None
        for number in range(1, self.attempts + 1):
            if self._rests():
                break
            call, good = self._call(ask, failed, begun_s)
            calls.append(call)
            if good:
                self._row, self._opened_s = 0 if self.resets else self._row, None
                return self._seen(begun_s, status=200, calls=calls, ask=ask)
            if not self.counts_questions:
                self._failed(failed)
            if number < self.attempts and self._retries(failed):
                self.now_s += self._pause_s(number, failed)
            else:
                break
        if self.counts_questions and calls:
            self._failed(failed)
        if self.fallback and ask.strikes == "main":
            calls.append(Call(model=self.fallback, at_s=self.now_s, end_s=self.now_s + _HOP_S, sent_s=self.now_s))
            return self._seen(begun_s, status=200, calls=calls)
        kept = (("Retry-After", failed.retry_after),) if isinstance(failed, Status) and failed.retry_after else ()
        return self._seen(begun_s, status=502 if calls else 503, calls=calls, headers=kept)

    def _by_chance_s(self) -> float:
        self._chances += 1
        return self.cuts_by_chance_s[self._chances - 1] if self._chances <= len(self.cuts_by_chance_s) else 10_000

    def _call(self, ask: Ask, fault: Fault | None, begun_s: float) -> tuple[Call, bool]:
        at_s = self.now_s
        ends_s = begun_s + (self.total_s or 10_000.0)
        left_s = begun_s + ask.patience_s
        match fault:
            case Blackhole(for_s=for_s):
                limit_s = min(self.first_byte_s or 10_000, self._by_chance_s())
                end_s = min(at_s + for_s, at_s + limit_s, ends_s, left_s)
                sent_s, good, left = None, False, end_s < at_s + for_s
            case Stall(for_s=for_s):
                sent_s = at_s + _HOP_S
                end_s = min(sent_s + for_s, sent_s + (self.idle_s or 10_000), left_s)
                good, left = end_s >= sent_s + for_s, end_s < sent_s + for_s
                sent_s = end_s if good else sent_s
            case Latency(delay_s=delay_s):
                limit_s = 0.0 if self.cuts_all else self.first_byte_s or 10_000
                end_s = min(at_s + delay_s, at_s + limit_s, ends_s, left_s)
                good, left = end_s >= at_s + delay_s, end_s < at_s + delay_s
                sent_s = end_s if good else None
            case Status() | Reset():
                end_s, sent_s, good, left = at_s + _HOP_S, at_s + _HOP_S, False, False
            case _:
                lasts_s = ask.prompt.first_s + ask.prompt.tokens * ask.prompt.pace_s
                lasts_s = _dripped_s(ask, fault) if isinstance(fault, SlowDrip) else lasts_s
                end_s = min(at_s + lasts_s + _HOP_S, left_s, left_s if ask.stream else ends_s)
                sent_s, left = end_s, end_s < at_s + lasts_s
                good = not left
        end_s += self.late_s * self._rng.random()
        self.now_s = end_s
        return Call(model=ask.model or MAIN, at_s=at_s, end_s=end_s, sent_s=sent_s, left=left), good

    def _retries(self, fault: Fault | None) -> bool:
        name = str(fault.code) if isinstance(fault, Status) else "lost"
        return name in self.retried

    def _pause_s(self, number: int, fault: Fault | None) -> float:
        own_s = self.pause_s(number) * (1 - self._rng.random() * self.jitter)
        asked = fault.retry_after if isinstance(fault, Status) else ""
        return max(own_s, float(asked)) if asked and self.honours else own_s

    def _failed(self, fault: Fault | None) -> None:
        if self.failures is None or (isinstance(fault, Status) and fault.code < 500):
            return
        self._row += 1
        if self._row >= self.failures:
            self._opened_s = self.now_s

    def _rests(self) -> bool:
        return self._opened_s is not None and self.now_s - self._opened_s < self.open_s

    def _key(self, ask: Ask) -> str:
        parts: dict[str, object] = {"params": ask.params, "model": ask.model, "turns": ask.turns, "caller": ask.caller}
        parts |= {"headers": ask.headers, "form": ask.stream}
        return json.dumps([ask.question, {name: parts[name] for name in sorted(parts) if name in self.key}])

    def _is_too_large(self, ask: Ask) -> bool:
        messages = 1 + sum(fault.count for fault in ask.client if isinstance(fault, ManyMessages))
        return (self.most_bytes is not None and ask.size_bytes > self.most_bytes) or (
            self.most_messages is not None and messages > self.most_messages
        )

    def _declined(self, status: int) -> Seen:
        begun_s = self.now_s
        self.now_s += _HOP_S
        return self._seen(begun_s, status=status)

    def _seen(
        self,
        begun_s: float,
        *,
        status: int,
        calls: list[Call] | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        ask: Ask | None = None,
    ) -> Seen:
        made = tuple(calls or ())
        gave_up = bool(made) and made[-1].left and status != 200 and self._gave_up(made[-1])
        first_s = None
        if status == 200:
            first_s = (made[-1].at_s if self.streams else made[-1].over_s) if made else self.now_s
        return Seen(
            main=(ask.model if ask else "") or MAIN,
            begun_s=begun_s,
            ended_s=self.now_s,
            status=None if gave_up else status,
            answered=status == 200,
            gave_up=gave_up,
            first_s=first_s,
            headers=headers,
            calls=made,
            died=self.dies and bool(made) and made[-1].left,
            late_s=self.late_s,
        )

    def _gave_up(self, call: Call) -> bool:
        limits = [each for each in (self.first_byte_s, self.idle_s, self.total_s) if each is not None]
        limits += self.cuts_by_chance_s
        silent_s = (call.end_s or 0.0) - (call.at_s if call.sent_s is None else call.sent_s)
        return not any(-0.01 < silent_s - each < 0.01 + self.late_s for each in limits) and not self._total_hit(call)

    def _total_hit(self, call: Call) -> bool:
        return self.total_s is not None and (call.end_s or 0.0) - call.at_s <= self.total_s


def _dripped_s(ask: Ask, drip: SlowDrip) -> float:
    """How long an answer in JSON takes that drips."""
    return ask.prompt.tokens * ask.prompt.token_bytes / drip.piece_bytes * drip.wait_s
