"""Which exchanges of a case that broke a promise are kept whole in the record.

The one rule: those that its findings are about, on both sides of the target, and so few that a record stays readable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from harness.core.judging.view import WINDOW_SLACK_S, AskView, CaseView
from harness.core.observed.exchanges import client_exchange, upstream_exchange
from harness.core.observed.history import UpstreamExchange
from harness.core.observed.redact import Redact
from reports.record import Exchange, Finding

MOST: Final = 12
"""So many exchanges of a lane are kept."""


def exchanges(
    view: CaseView, findings: Iterable[Finding], *, url: str, redact: Redact
) -> tuple[tuple[Exchange, ...], int]:
    """Return the exchanges that the findings name, and what the target asked upstream for them; all, if none is named.

    The number is of those that are not kept.
    """
    told = {finding.message.partition(":")[0] for finding in findings}
    asks = [ask for ask in view.asks if ask.name in told] or list(view.asks)
    chosen = {id(ask) for ask in asks}
    clients = [(number, ask) for number, ask in enumerate(view.asks, 1) if id(ask) in chosen]
    upstreams = [
        (number, each) for number, each in enumerate(view.history.upstreams, 1) if _belongs(each, asks, view.asks)
    ]
    kept = [client_exchange(number, ask.client, url=url, redact=redact) for number, ask in clients[:MOST]]
    kept += [upstream_exchange(number, each, redact=redact) for number, each in upstreams[:MOST]]
    return tuple(kept), len(clients) + len(upstreams) - len(kept)


def _belongs(exchange: UpstreamExchange, asks: Collection[AskView], every: Collection[AskView]) -> bool:
    """Whether a call was made for one of the asks: by its nonce, or, where it carries none of any ask, by its time."""
    if exchange.nonce and any(exchange.nonce == ask.nonce for ask in every):
        return any(exchange.nonce == ask.nonce for ask in asks)
    return any(ask.client.started_s <= exchange.arrived_s <= ask.client.end_s + WINDOW_SLACK_S for ask in asks)
