"""What operations is told of an answer that has ended: one line of the log, and the meters.

The one rule: no word that a user or a model said is in it.
"""

from dataclasses import dataclass
from typing import Any

from harness.reference_proxy.chat.meters import Meters
from harness.reference_proxy.chat.storage.turns import Begun, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One answer: `duration_s` from its question to its end, `persisted_s` from there to where it was kept, or not."""

    begun: Begun
    outcome: Outcome
    provider: str
    model: str
    first_token_s: float | None
    duration_s: float
    persisted_s: float
    kept: bool

    @property
    def tokens_per_s(self) -> float | None:
        """How fast it came."""
        tokens = self.outcome.completion_tokens
        return tokens / self.duration_s if tokens and self.duration_s > 0 else None


def tell(ended: Ended, meters: Meters, log: Any) -> None:  # noqa: ANN401 - structlog's type
    """Tell of it."""
    outcome, rate = ended.outcome, ended.tokens_per_s
    meters.persistence.observe(ended.persisted_s)
    meters.ended.labels(ended.provider, outcome.status).inc()
    if rate is not None:
        meters.throughput.observe(rate)
    log.info(
        "stream",
        conversation=ended.begun.conversation_id,
        message=ended.begun.answer_id,
        provider=ended.provider,
        model=ended.model,
        status=outcome.status,
        finish_reason=outcome.finish_reason,
        failure=outcome.error,
        tokens=outcome.total_tokens,
        tokens_per_s=None if rate is None else round(rate, 1),
        first_token_s=None if ended.first_token_s is None else round(ended.first_token_s, 4),
        duration_s=round(ended.duration_s, 4),
        persisted=ended.kept,
        persisted_s=round(ended.persisted_s, 4),
    )
