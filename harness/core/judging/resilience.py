"""Resilience coverage: which faults were met, where in an answer, on which surface, in which state of the cache.

The one rule: a row is counted when its fault was seen to strike, never because it was planned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final, Literal, TypeAlias

from fault_injection.fault import Fault
from fault_injection.spec import parse
from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import AskView, CaseView
from harness.core.judging.waits import claimed_s
from harness.core.target.file import TargetFile
from scenarios.case import Case
from scenarios.prompt import parse as parse_prompt
from scenarios.searching.pairs import CLIENT, FACTORS, PLACES, WHOLE, Pair, Row, place_parameter, wanted
from scenarios.searching.reach import Reach

State: TypeAlias = Literal["cold", "kept", "expired"]

_SEEN: Final = "seen"
"""The key of the pairs that a shard has met: bits of a hexadecimal number, in the order of the sorted pairs."""
_HEAD_BYTES: Final = 160
"""About how long the head of an answer is: a cut before it is at the start."""


def reach_of(target: TargetFile, *, longest_wait_s: float = inf) -> Reach:
    """Return what a search can reach at a target by what it claims, when it waits no longer than so for a claim."""
    claims = target.capabilities
    return Reach(
        native=target.worker is not None,
        streaming=claims.streaming,
        second_model=target.chat.second_model is not None,
        cache=claims.cache is not None,
        per_identity=claims.cache is not None and claims.cache.per_identity and target.tells_callers_apart,
        kv=claims.kv and claims.cache is not None,
        restart=target.command is not None,
        outlives=claimed_s("cache-ttl", claims) <= longest_wait_s,
        rests=claimed_s("breaker-open", claims) <= longest_wait_s,
        breaker_failures=claims.circuit_breaker.failures if claims.circuit_breaker else 0,
        fallback=claims.fallback_model is not None,
        max_messages=target.limits.max_messages,
        max_request_bytes=target.limits.max_request_bytes,
        rate_per_minute=claims.rate_limit.per_minute if claims.rate_limit else None,
    )


def rows(case: Case, view: CaseView) -> Iterator[Row]:
    """Yield what was met in one case that was played."""
    for call in (*view.calls, *view.others):
        asker = _asker(view, call) if call.exchange.faults else None
        for spec in call.exchange.faults:
            fault = parse(spec)
            state = _state(view, asker) if asker else "cold"
            yield Row(fault.id, _place(fault, call), call.exchange.surface, state)
    steps = {step.label: step for step in case.steps}
    for ask in view.asks:
        step = steps.get(ask.client.label.partition("#")[0])
        for fault in step.faults if step else ():
            yield Row(fault.id, _client_place(fault, ask), CLIENT, _state(view, ask))


def _asker(view: CaseView, call: UpstreamView) -> AskView | None:
    """Return the request that an upstream exchange belongs to: of its nonce, else the last that had begun by then."""
    nonce, at_s = call.exchange.nonce, call.exchange.arrived_s
    begun = [ask for ask in view.asks if ask.client.started_s <= at_s and (not nonce or ask.nonce == nonce)]
    return max(begun, key=lambda ask: ask.client.started_s, default=None)


def _place(fault: Fault, call: UpstreamView) -> str:
    name = place_parameter(type(fault))
    if name is None:
        return WHOLE
    at = getattr(fault, name)
    if call.exchange.surface.startswith("kv."):
        return PLACES[0] if at < _HEAD_BYTES else PLACES[1]
    tokens = parse_prompt(call.exchange.body.decode("utf-8", "replace")).tokens
    return _third(len(call.reading.content_times_s) if "byte" in name else at, tokens)


def _client_place(fault: Fault, ask: AskView) -> str:
    name = place_parameter(type(fault))
    if name is None:
        return WHOLE
    at, body = getattr(fault, name), ask.client.moves.body
    if "byte" in name:
        return PLACES[min(2, 3 * at // max(1, len(body)))]
    return _third(at - 1, parse_prompt(body.decode("utf-8", "replace")).tokens)  # it leaves behind the first at least


def _third(events: int, tokens: int) -> str:
    return PLACES[0] if events <= 0 else PLACES[1] if events < tokens else PLACES[2]


def _state(view: CaseView, asker: AskView) -> State:
    """What the target could have kept of a question's answer when it was asked."""
    at_s, nonce = asker.client.started_s, asker.nonce
    made = [ask.client.end_s for ask in view.asks if ask.nonce == nonce and ask.succeeded and ask.client.end_s <= at_s]
    claim = view.claims.cache
    if not made or claim is None or not nonce:
        return "cold"
    return "kept" if at_s - max(made) <= claim.ttl_s else "expired"


@dataclass(slots=True)
class Coverage:
    """What has been met so far at one target."""

    reach: Reach
    met: Counter[Row] = field(default_factory=Counter)
    exchanges: int = 0

    def add(self, case: Case, view: CaseView) -> None:
        """Count what one case met."""
        self.exchanges += len(view.asks)
        self.met.update(rows(case, view))

    @property
    def percent(self) -> float:
        """The share of pairs met, in percent."""
        every = wanted(self.reach)
        return 100.0 * len(every & self.covered) / len(every)

    def section(self, *, fail_under: float | None) -> dict[str, Any]:
        """Return what a record tells of it, with a row a family of faults."""
        every, covered = wanted(self.reach), self.covered
        return {
            **_told(len(every & covered), len(every), fail_under=fail_under),
            "exchanges": self.exchanges,
            "distinct": len(self.met),
            "by_family": list(_by_family(every, covered)),
        }

    def part(self) -> dict[str, Any]:
        """Return what the record of a shard tells of it: no gate, and which pairs were met, to be merged."""
        covered = self.covered
        seen = sum(1 << at for at, pair in enumerate(sorted(wanted(self.reach))) if pair in covered)
        return {**self.section(fail_under=None), _SEEN: f"{seen:x}"}

    @property
    def covered(self) -> frozenset[Pair]:
        """Every pair met."""
        return frozenset(pair for row in self.met for pair in row.pairs())


def merged_section(parts: Sequence[Mapping[str, Any]], *, fail_under: float | None) -> dict[str, Any] | None:
    """Return the section of a whole run from those of its parts; None where they do not say which pairs they met."""
    if not parts or not all(isinstance(part.get(_SEEN), str) for part in parts):
        return None
    seen = 0
    for part in parts:
        seen |= int(part[_SEEN], 16)
    told = _told(seen.bit_count(), parts[0]["pairs"], fail_under=fail_under)
    return {**told, "exchanges": sum(part["exchanges"] for part in parts), _SEEN: f"{seen:x}"}


def _told(met: int, pairs: int, *, fail_under: float | None) -> dict[str, Any]:
    percent = 100.0 * met / pairs
    return {
        "percent": round(percent, 2),
        "fail_under": fail_under,
        "met": None if fail_under is None else percent >= fail_under,
        "pairs": pairs,
        "pairs_met": met,
    }


def _by_family(every: frozenset[Pair], covered: frozenset[Pair]) -> Iterator[dict[str, Any]]:
    """Yield for each family how many pairs of its faults with each other factor were met."""
    of_faults = [pair for pair in every if pair[0][0] == FACTORS[0]]
    there = Counter((pair[0][1].partition(".")[0], pair[1][0]) for pair in of_faults)
    met = Counter((pair[0][1].partition(".")[0], pair[1][0]) for pair in of_faults if pair in covered)
    for family in sorted({family for family, _ in there}):
        counts = {f"x {other}": f"{met[family, other]} of {there[family, other]}" for other in FACTORS[1:]}
        yield {"family": family, **counts}
