"""What a Worker is bound to beside its model and Workers KV: the Cache API, R2, queues, Analytics Engine.

The one rule: none of these is what a client asked for. Whatever becomes of one, the answer is the model's, and comes
when the model's does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import inf
from types import MappingProxyType
from typing import Final

from harness.core.judging.invariants.bound.stores import SLOW_FAULTS, suffered
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level

_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"analytics": "Analytics Engine", "cache": "the Cache API", "queue": "the queue", "r2": "R2"}
)
"""What each is called, by the first part of its surfaces."""
_SURFACES: Final = tuple(f"{kind}." for kind in _NAMES)
_KV_WRITE: Final = "kv.put"
_SPACING_S: Final = 0.9
"""Workers KV takes one write a second to one key; writes that were made a second apart may arrive a little closer."""
_THROWN: Final = re.compile(
    rb"InferenceUpstreamError: \d+"
    rb"|\bKV (?:GET|GET_BULK|PUT|DELETE|LIST) failed: \d{3}"
    rb"|\b(?:get|head|put|delete|list|uploadPart|(?:create|complete|abort)MultipartUpload): [^\"\n]{1,120} \(\d{5,6}\)"
    rb"|\bNetwork connection lost\b"
    rb"|\bD1_(?:EXEC_)?ERROR\b"
)
"""How the exceptions of bindings begin: Workers AI's, Workers KV's, R2's, any that loses its connection, D1's."""


def _struck(view: CaseView, *, slow: bool) -> Iterator[tuple[AskView, str, tuple[str, ...]]]:
    """Yield each exchange in whose time a binding was slow, or was anything else but well: with its name and faults."""
    for ask, call in suffered(view, _SURFACES, lambda faults: slow == any(map(_is_slow, faults))):
        kind = call.exchange.surface.partition(".")[0]
        yield ask, _NAMES[kind], call.exchange.faults


def _is_slow(fault: str) -> bool:
    return fault.startswith(SLOW_FAULTS)


def binding_down_survived(view: CaseView) -> Iterator[Breach]:
    """A binding that fails, or gives what nobody kept there, takes no answer with it."""
    for ask, name, faults in _struck(view, slow=False):
        if not ask.succeeded:
            yield Breach(
                f"{ask.name}: {name} failed ({', '.join(faults)}), and so did the request: "
                f"{ask.client.status}, {ask.client.end}"
            )


def binding_slow_bounded(view: CaseView) -> Iterator[Breach]:
    """A binding that is slow does not make the client wait for it."""
    for ask, name, faults in _struck(view, slow=True):
        upstream_s = sum(call.ended_s - call.exchange.arrived_s for call in ask.own)
        waited_s = ask.client.end_s - ask.client.started_s - upstream_s
        most_s = view.limits.patience_s / 2
        if ask.succeeded and waited_s <= most_s:
            continue
        failed = not ask.succeeded and ask.client.end is not ClientEnd.TIMED_OUT
        yield Breach(
            f"{ask.name}: {name} did not answer ({', '.join(faults)}); the client waited {waited_s:.1f} s and got "
            f"{ask.client.status}",
            None if failed or view.limits.deadline_s is not None else Level.SHOULD,  # how long is too long?
            overrun_s=waited_s - most_s if ask.succeeded else inf,
        )


def kv_writes_spaced(view: CaseView) -> Iterator[Breach]:
    """No key of Workers KV is written more than once a second, be it by a binding or by REST: the limit is the key's.

    Those who ask the same at once may each keep what they were told. So many writes as there are requests of one
    question are theirs; more are somebody else's, such as a counter's.
    """
    alike = max(Counter(ask.nonce for ask in view.asks).values(), default=0)
    times: dict[str, list[float]] = {}
    for call in view.others:
        exchange = call.exchange
        if exchange.surface == _KV_WRITE and not exchange.faults and call.is_good_status:
            times.setdefault(exchange.path, []).append(exchange.arrived_s)
    for key, written_s in times.items():
        close = sum(after - before < _SPACING_S for before, after in pairwise(written_s))
        if close >= max(alike, 1):
            yield Breach(
                f"Workers KV takes one write a second to one key; one was written {len(written_s)} times within "
                f"{written_s[-1] - written_s[0]:.1f} s",
                evidence=(f"PUT {key[:120]}",),
            )


def internals_hidden(view: CaseView) -> Iterator[Breach]:
    """What a binding throws is not what a client reads."""
    for ask in view.asks:
        failed = ask.reading.error is not None or (ask.client.status or 0) >= 400
        found = _THROWN.search(ask.client.body) if failed else None
        said = found is not None and any(found.group() in call.exchange.wire for call in ask.known)
        if found is not None and not said:
            told = found.group().decode(errors="replace")
            yield Breach(f"{ask.name}: the client was told what a binding threw: {told[:80]!r}")


INVARIANTS = (
    Invariant("binding-down-survived", Level.MUST, binding_down_survived),
    Invariant("binding-slow-bounded", Level.MUST, binding_slow_bounded, timed=True),
    Invariant("kv-writes-spaced", Level.SHOULD, kv_writes_spaced),
    Invariant("internals-hidden", Level.SHOULD, internals_hidden, late_proof=True),
)
