"""What one connection through the gateway needs of the gateway itself."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import SplitResult

from fault_injection.apply import Strike
from fault_injection.reply import Reply
from harness.core.gateway.request_head import RequestHead
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.record import Record
from harness.shell.upstream.wire_metrics import WireMetrics


class House(Protocol):
    """A gateway as its connections see it."""

    journal: Journal
    metrics: WireMetrics
    upstream: SplitResult

    @property
    def may_strike(self) -> bool:
        """Whether faults may strike anybody at this moment."""
        ...

    @property
    def is_armed(self) -> bool:
        """Whether a plan is in force that nobody has called off."""
        ...

    def refuse(self, head: RequestHead) -> Reply | None:
        """Return the answer to a request that may not pass; None when it may."""
        ...

    @property
    def passes_blindly(self) -> bool:
        """Whether what is no HTTP may pass: nobody can be asked for a token in it."""
        ...

    def strikes(self, head: RequestHead, body: bytes) -> tuple[Strike, ...]:
        """Decide which faults hit a request; a decision with any is over when `over` is called."""
        ...

    def over(self, record: Record, *, struck_at_s: float | None) -> None:
        """Take note that an exchange with faults is over, and which of them struck."""
        ...

    def spent(self, head: RequestHead, body: bytes, record: Record) -> None:
        """Take note that an exchange is over, for what it cost."""
        ...

    def now_s(self) -> float:
        """Return Unix time."""
        ...

    def note(self, problem: str) -> None:
        """Keep what went wrong in the gateway itself."""
        ...
