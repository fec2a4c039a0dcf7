"""Which requests were under way at the same time.

The one rule: requests that touch in time may have met; what a model demands of one alone it demands of neither.
"""

from __future__ import annotations

from harness.core.judging.view import AskView


def overlap(first: AskView, second: AskView) -> bool:
    """Whether two requests were under way at the same moment."""
    return first.client.started_s <= second.client.end_s and second.client.started_s <= first.client.end_s
