"""Mutants that count wrongly, in the way of answers, or lose numbers without a word.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.usage`.
"""

from __future__ import annotations

from dataclasses import replace

import httpx

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http.answered import Answered
from harness.reference_proxy.usage import queries
from harness.reference_proxy.usage.points import Point, wire
from harness.reference_proxy.usage.reports import Reports
from harness.reference_proxy.usage.writer import PointWriter


@mutant
def point_written_at_once(_: Original) -> object:
    def offer(self: PointWriter, point: Point) -> None:
        told = wire(point, dataset=self._dataset, account=self._account, at_s=self._wall())
        try:
            httpx.post(self._url, json=told, headers=self._headers, timeout=self._timeout_s, trust_env=False)
        except httpx.HTTPError:
            self._drop()

    return offer


@mutant
def lost_point_fails_answers(original: Original) -> object:
    def tell(self: PointWriter, answered: Answered) -> None:
        if self.dropped:
            raise RuntimeError("points were lost")
        original(self, answered)

    return tell


@mutant
def counted_by_attempts(original: Original) -> object:
    def tell(self: PointWriter, answered: Answered) -> None:
        for _ in range(max(answered.attempts, 1)):
            original(self, answered)

    return tell


@mutant
def tokens_of_the_one_before(original: Original) -> object:
    before: list[object] = []

    def point_of(answered: Answered, *, token_price: float) -> object:
        before.append(answered.usage)
        return original(replace(answered, usage=before[-2:][0]), token_price=token_price)

    return point_of


@mutant
def hits_are_misses(original: Original) -> object:
    def point_of(answered: Answered, *, token_price: float) -> object:
        return original(replace(answered, cache="MISS"), token_price=token_price)

    return point_of


@mutant
def counted_for_the_first_caller(original: Original) -> object:
    first: list[str] = []

    def point_of(answered: Answered, *, token_price: float) -> object:
        first.append(answered.caller)
        return original(replace(answered, caller=first[0]), token_price=token_price)

    return point_of


@mutant
def drops_in_silence(_: Original) -> object:
    def drop(_: PointWriter) -> None:
        return None

    return drop


@mutant
def queue_without_a_bound(_: Original) -> object:
    def has_room(_: PointWriter) -> bool:
        return True

    return has_room


@mutant
def no_numbers_are_zero(original: Original) -> object:
    async def rows(self: Reports, query: str, by: queries.By) -> object:
        try:
            return await original(self, query, by)
        except ProxyError:
            return []

    return rows
