"""What one connection through the gateway needs of the gateway itself."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import SplitResult

from fault_injection.reply import Reply
from harness.core.gateway.request_head import RequestHead
from harness.shell.gateway.experiment import Experiment
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.wire_metrics import WireMetrics


class House(Protocol):
    """A gateway as its connections see it."""

    experiment: Experiment
    journal: Journal
    metrics: WireMetrics
    upstream: SplitResult

    def refuse(self, head: RequestHead) -> Reply | None:
        """Return the answer to a request that may not pass; None when it may."""
        ...

    @property
    def passes_blindly(self) -> bool:
        """Whether what is no HTTP may pass: nobody can be asked for a token in it."""
        ...

    def now_s(self) -> float:
        """Return Unix time."""
        ...

    def note(self, problem: str) -> None:
        """Keep what went wrong in the gateway itself."""
        ...
