"""How much a run looks like a known mistake: pairs weighed by how rare they are, and compared as Dice does.

The one rule: a pair is evidence only where both sides judged its case. What a target does not claim says nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from reports.causes.seen import Pair
from reports.causes.signatures import Signature

_CLAIMS: Final = "claims."
_OF_A_FAMILY: Final = 0.3
_OF_ANY_CASE: Final = 0.1
"""How much it counts beside the very case that an invariant was broken in the same family of cases, or at all.

A mistake shows in other cases where it is made in another way: one parser loses events with CR, the next with CRLF.
"""


@dataclass(frozen=True, kw_only=True)
class Scales:
    """Weighs pairs: log(1 + N / (1 + df)), N signatures of which df hold the pair. A pair that few hold tells most."""

    signatures: tuple[Signature, ...]

    @cached_property
    def _held(self) -> Mapping[Pair, int]:
        return Counter(each for signature in self.signatures for each in widened(signature.pairs))

    @cached_property
    def _weights(self) -> _Weights:
        number = len(self.signatures)
        known = {each: _factor(each) * math.log(1 + number / (1 + held)) for each, held in self._held.items()}
        return _Weights(known, of_no_signature=math.log(1 + number))

    def weigh(self, pairs: Iterable[Pair]) -> float:
        """Return the weight of some pairs together."""
        return math.fsum(map(self._weights.__getitem__, pairs))


class _Weights(dict[Pair, float]):
    """The weight of each pair; what no signature holds weighs most."""

    def __init__(self, known: Mapping[Pair, float], *, of_no_signature: float) -> None:
        super().__init__(known)
        self._most = of_no_signature

    def __missing__(self, pair: Pair) -> float:
        return _factor(pair) * self._most


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A run beside one signature: what both show, and what only one of them shows though both judged it."""

    both: frozenset[Pair]
    only_run: frozenset[Pair]
    only_signature: frozenset[Pair]

    def score(self, scales: Scales) -> float:
        """Return Dice's similarity, weighed: 1 when both show the same."""
        shared = 2 * scales.weigh(self.both)
        return shared / (shared + scales.weigh(self.only_run) + scales.weigh(self.only_signature)) if shared else 0.0


def compare(found: frozenset[Pair], judged: frozenset[str], signature: Signature) -> Likeness:
    """Compare what a run found, in the cases that it judged, with a signature."""
    shown, expected = _known_in(found, signature.judged), _known_in(signature.pairs, judged)
    return Likeness(both=shown & expected, only_run=shown - expected, only_signature=expected - shown)


@lru_cache(maxsize=4096)  # a run is compared with each signature many times over
def _known_in(pairs: frozenset[Pair], judged: frozenset[str]) -> frozenset[Pair]:
    return widened(frozenset(each for each in pairs if is_known(each, judged)))


@lru_cache(maxsize=4096)
def widened(pairs: frozenset[Pair]) -> frozenset[Pair]:
    """Return the pairs, and their invariants once more for each family of cases and for all cases together."""
    return pairs | {kin(each) for each in pairs} | {Pair("", each.invariant) for each in pairs}


def kin(pair: Pair) -> Pair:
    """Return what a pair has in common with others of its family."""
    return Pair(f"{pair.case.partition('.')[0]}.", pair.invariant)


def is_known(pair: Pair, judged: frozenset[str]) -> bool:
    """Whether a pair is of a judged case; a claim that is kept nowhere is a case of its own."""
    return pair.case in judged or pair.case.startswith(_CLAIMS)


def _factor(pair: Pair) -> float:
    if not pair.case:
        return _OF_ANY_CASE
    return _OF_A_FAMILY if pair.case.endswith(".") else 1.0
