"""Which faults can come together with which place in an answer, which surface and which state of the cache.

The one rule: what cannot come together at a target (a fault of Workers KV in an answer of the model) is not here, so
that coverage is measured against what there is to cover.

A row has four factors; a pair is two values of two different ones, as in a covering array (Kuhn, Kacker, Lei: NIST
SP 800-142 §2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from typing import Final, TypeAlias

from fault_injection.families.kv.values import ValueFault
from fault_injection.fault import ClientFault, Fault, KvFault
from fault_injection.registry import ALL
from fault_injection.stream import StreamFault
from scenarios.searching.reach import Reach
from scenarios.searching.surfaces import kinds_on

Pair: TypeAlias = tuple[tuple[str, str], tuple[str, str]]

FACTORS: Final = ("fault", "place", "surface", "cache")
PLACES: Final = ("start", "middle", "end")
WHOLE: Final = "whole"
CLIENT: Final = "client"
"""The surface of what a client does."""
_PLACED: Final = frozenset({"at", "after", "at_byte", "after_byte", "from_byte", "at_chunk", "events"})
_OF_VALUES: Final = frozenset({"kv.miss", "kv.stale", "kv.expired_served"})
"""Faults of a value that is there, besides those that change its bytes."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fault as it was met. `place` is where in the answer it struck, or `whole` for one that has no place."""

    fault: str
    place: str
    surface: str
    cache: str

    def pairs(self) -> Iterator[Pair]:
        """Yield the pairs that the row covers."""
        return combinations(zip(FACTORS, (self.fault, self.place, self.surface, self.cache), strict=True), 2)


def possible(reach: Reach) -> Iterator[Row]:
    """Yield every row that can come about at a target."""
    for surface in reach.surfaces:
        for kind in kinds_on(surface):
            if issubclass(kind, StreamFault) and not reach.streaming:
                continue
            for place, state in product(places_of(kind, surface), _states(kind, surface, reach)):
                yield Row(kind.id, place, surface, state)
    for kind in ALL.values():
        if issubclass(kind, ClientFault):
            for place, state in product(places_of(kind, CLIENT), reach.cache_states):
                yield Row(kind.id, place, CLIENT, state)


def places_of(kind: type[Fault], surface: str) -> tuple[str, ...]:
    """Return where in an answer a fault can strike; a stored value is too short to have an end of its own."""
    if place_parameter(kind) is None:
        return (WHOLE,)
    return PLACES[:2] if surface.startswith("kv.") else PLACES


def _states(kind: type[Fault], surface: str, reach: Reach) -> tuple[str, ...]:
    if surface == "kv.put":  # only an answer that is new is written
        return tuple(state for state in reach.cache_states if state != "kept")
    if surface == "kv.get" and issubclass(kind, KvFault) and (issubclass(kind, ValueFault) or kind.id in _OF_VALUES):
        return tuple(state for state in reach.cache_states if state != "cold")
    return reach.cache_states


def place_parameter(kind: type[Fault]) -> str | None:
    """Return the name of the parameter that says where the fault strikes, or None for one that has no place."""
    named = (item for item in kind.parameters() if item.name in _PLACED)
    return next((item.name for item in named if type(item.default) is int), None)


@cache
def wanted(reach: Reach) -> frozenset[Pair]:
    """Return every pair that can come about."""
    return frozenset(pair for row in possible(reach) for pair in row.pairs())


def covering(reach: Reach, covered: frozenset[Pair]) -> list[Row]:
    """Return rows that cover every pair not covered yet, those with most new pairs first."""
    left = wanted(reach) - covered
    candidates = [(row, frozenset(row.pairs())) for row in possible(reach)]
    found = []
    for gain in range(len(FACTORS) * (len(FACTORS) - 1) // 2, 0, -1):
        for row, pairs in candidates:
            new = left & pairs
            if len(new) >= gain:
                found.append(row)
                left -= new
    return found
