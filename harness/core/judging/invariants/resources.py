"""What a target holds on to: memory, descriptors and upstream calls go back to where they were.

The one rule: growth is judged between like moments of one case, with the first round as warm-up, because every
runtime takes what it wants at the start. How many calls still run hangs on a clock, so the rule is `timed`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from harness.core.judging.evidence import sides
from harness.core.judging.invariants.ends.afterwards import CANCEL_WITHIN_S
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.leaving import known_s
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import HeapSample, Sample
from harness.core.target.claims import RESIDENT_SHARE
from reports.record import Level

_MANY = 20
"""Fewer exchanges than this leave no growth that could be told from noise."""
_SPARE_DESCRIPTORS = 8
_SHOWN = 4
_CONNECTIONS_EACH = 2
"""What one exchange may keep open for the next: a connection to the model and one to Workers KV."""
_BULK_BYTES = 16 * 1024 * 1024
_KEPT_SHARE = 0.5
"""Memory that grows by less of what was served is that of an allocator, not of a cache which keeps everything."""

_ISOLATE_BYTES = 128 << 20
"""What an isolate may hold on the edge (Cloudflare docs, Workers, Limits: memory)."""
_ISOLATE_SHARE = 8
"""One client may have such a part of it: so many at once are usual."""


def no_leak(view: CaseView) -> Iterator[Breach]:
    """Descriptors and upstream calls return to the baseline."""
    asked = [ask for ask in view.asks if ask.nonce]
    samples = view.history.samples
    if len(asked) < _MANY or len(samples) < 3:
        return
    before, after = samples[1], samples[-1]  # the first round fills connection pools, which is no leak
    later = [ask for ask in asked if ask.client.started_s >= before.at_s]
    grown = after.descriptors - before.descriptors
    unknown = sum(not ask.stayed and known_s(view, ask) == inf for ask in asked)  # whose leaving nobody could know of
    pooled = _CONNECTIONS_EACH * (_most_at_once(later) + unknown)
    if grown > pooled + max(_SPARE_DESCRIPTORS, len(later) // 4):
        yield Breach(
            f"{grown} more descriptors are open after {len(asked)} exchanges than the {before.descriptors} before",
            evidence=tuple(
                f"{each.descriptors} descriptors after {each.label or 'the end'}" for each in samples[-_SHOWN:]
            ),
        )
    gone = [
        ask for ask in asked if after.at_s - (ask.client.end_s if ask.stayed else known_s(view, ask)) > CANCEL_WITHIN_S
    ]
    running = [ask for ask in gone for call in ask.own if call.ended_s == float("inf")]
    if running:
        yield Breach(
            f"{len(running)} upstream call(s) still run, {CANCEL_WITHIN_S:g} s and more after their clients have gone",
            evidence=(f"one of them, {running[0].name}:", *sides(running[0])),
        )


def _most_at_once(asks: list[AskView]) -> int:
    starts = (ask.client.started_s for ask in asks)
    return max((sum(ask.client.started_s <= at_s < ask.client.end_s for ask in asks) for at_s in starts), default=0)


def cache_bounded(view: CaseView) -> Iterator[Breach]:
    """Kept answers fill no more memory than the target says they do.

    No standstill makes a process hold what it has let go of: memory is looked at when no call runs (see the player).
    """
    samples = view.history.samples
    cache = view.claims.cache
    if cache is None or len(samples) < 3:
        return
    middle = len(samples) // 2
    served = _served(view, samples[middle], samples[-1])
    grown = _grown(samples[middle], samples[-1])
    if served <= _BULK_BYTES or grown <= served * _KEPT_SHARE:
        return
    if any(_grown(*leg) <= _served(view, *leg) * _KEPT_SHARE for leg in pairwise(samples[middle:])):
        return  # what is kept for good grows with each leg; what waits for a collection grows with some
    saw = (
        f"memory grew by {grown / 1e6:.0f} MB while {served / 1e6:.0f} MB of unique answers were served, "
        f"after {_grown(samples[0], samples[middle]) / 1e6:.0f} MB in the first half"
    )
    if cache.max_bytes is None:
        yield Breach(f"{saw}; cache.max_bytes, which would bound it, is not claimed", level=Level.OBSERVE)
    elif grown > RESIDENT_SHARE * cache.max_bytes:
        yield Breach(f"{saw}; cache.max_bytes is {cache.max_bytes / 1e6:.3g} MB")


def _grown(before: Sample, after: Sample) -> int:
    return after.resident_bytes - before.resident_bytes


def _served(view: CaseView, since: Sample, until: Sample) -> int:
    asks = (ask for ask in view.asks if since.at_s <= ask.client.started_s < until.at_s)
    return sum(len(piece.data) for ask in asks for piece in ask.client.pieces)


def memory_bounded(view: CaseView) -> Iterator[Breach]:
    """What one client leaves unread fills no more than a small part of a Worker's memory.

    How much is held at a moment is a race, which a quick machine makes worse. That so much is held is none: to a Worker
    that waits for its client, upstream can send no more than a few buffers full.
    """
    for unread in left_unread(view):
        grown = unread.peak.held_bytes - unread.before.held_bytes
        if grown > _ISOLATE_BYTES // _ISOLATE_SHARE:
            began_s = unread.ask.client.started_s
            yield Breach(
                f"{unread.ask.name}: the isolate held {_mib(grown)} more, behind a collection, while the client read "
                f"nothing; on the edge it has {_mib(_ISOLATE_BYTES)} for all clients",
                evidence=tuple(
                    f"{_mib(each.held_bytes)} held {each.at_s - began_s:+.1f} s from the request"
                    for each in (unread.before, *_spread(unread.during))
                ),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A request whose client did not read for a while, and what the isolate held before it and during that time."""

    ask: AskView
    before: HeapSample
    during: Sequence[HeapSample]

    @property
    def peak(self) -> HeapSample:
        """The sample that held most."""
        return max(self.during, key=lambda each: each.held_bytes)


def left_unread(view: CaseView) -> Iterator[Unread]:
    """Yield every request whose client paused before it read, as far as the heap was looked at before and meanwhile."""
    for ask in view.asks:
        began_s, pause_s = ask.client.started_s, ask.client.moves.read_pause_s
        before = [each for each in view.history.heaps if each.at_s <= began_s]
        during = [each for each in view.history.heaps if began_s < each.at_s <= began_s + pause_s]
        if pause_s and before and during:
            yield Unread(ask=ask, before=before[-1], during=during)


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / (1 << 20):.0f} MiB"


def _spread(heaps: Sequence[HeapSample]) -> list[HeapSample]:
    """Return a few of the samples, the last among them."""
    step = max(1, len(heaps) // _SHOWN)
    return list(heaps[::-1][::step][:_SHOWN][::-1])


INVARIANTS = (
    Invariant("no-leak", Level.MUST, no_leak, timed=True),
    Invariant("cache-bounded", Level.MUST, cache_bounded, late_proof=True),
    Invariant("memory-bounded", Level.MUST, memory_bounded, late_proof=True),
)
