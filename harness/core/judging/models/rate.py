"""The plain model of a rate limit: how many requests of one identity were served within a minute.

The one rule: limiters differ in their windows (fixed, sliding, a bucket that fills), so only what none of them allows
is held against a target: a refusal below the limit, and more than two windows' worth within one.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from harness.core.judging.view import AskView, CaseView
from reports.record import Finding, Level
from scenarios.case import Case

_WINDOW_S: Final = 60.0


def check(case: Case, view: CaseView) -> Iterator[Finding]:
    """Yield where the target declines too early, or serves far too many."""
    claim = view.claims.rate_limit
    if claim is None or not case.fresh:  # what came before counts as well
        return
    asks = sorted(view.asks, key=lambda ask: ask.client.started_s)
    for identity in dict.fromkeys(ask.client.identity for ask in asks):
        mine = [ask for ask in asks if ask.client.identity == identity]
        # Requests at the same time may reach the target in any order: each counts that began before the refusal came.
        begun = {id(ask): sum(other.client.started_s <= ask.client.end_s for other in mine) for ask in mine}
        early = next((ask for ask in mine if _is_refused(ask) and begun[id(ask)] <= claim.per_minute), None)
        if early is not None:
            yield Finding(
                invariant="request-limits",
                level=Level.MUST,
                message=f"{early.name}: was refused as request {begun[id(early)]} of caller {identity}, "
                f"{claim.per_minute} a minute are claimed",
            )
        served = [ask for ask in mine if ask.succeeded]
        within = [ask for ask in served if ask.client.started_s <= served[0].client.started_s + _WINDOW_S]
        if len(within) > 2 * claim.per_minute:
            yield Finding(
                invariant="request-limits",
                level=Level.MUST,
                message=f"{within[-1].name}: {len(within)} requests of caller {identity} were served within a minute, "
                f"{claim.per_minute} are claimed",
            )


def _is_refused(ask: AskView) -> bool:
    passed_on = any(call.status == HTTPStatus.TOO_MANY_REQUESTS for call in ask.own)
    return ask.client.status == HTTPStatus.TOO_MANY_REQUESTS and not passed_on
