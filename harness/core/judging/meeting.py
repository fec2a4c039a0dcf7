"""Which requests were under way at the same time.

The one rule: requests that touch in time may have met; what is demanded of one alone is demanded of neither.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.core.judging.view import AskView


def overlap(first: AskView, second: AskView) -> bool:
    """Whether two requests were under way at the same moment."""
    return first.client.started_s <= second.client.end_s and second.client.started_s <= first.client.end_s


def is_alone(ask: AskView, others: Iterable[AskView]) -> bool:
    """Whether no other request was under way while this one was."""
    return not any(other is not ask and overlap(ask, other) for other in others)
