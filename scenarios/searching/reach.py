"""What a search can reach at one target: what may be asked of it, and where faults can strike it.

The one rule: it holds what a target claims and nothing else, so that no question is asked which nobody answers for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The claims that decide what is worth asking. `restart`: it can be started afresh, with nothing but Workers KV."""

    native: bool = False
    """Whether every model is asked for by its name, on `ai.run`, as the AI binding of a Worker does."""
    streaming: bool = True
    second_model: bool = False
    cache: bool = False
    per_identity: bool = False
    kv: bool = False
    restart: bool = False
    outlives: bool = True
    """Whether the life of a kept answer is short enough to be waited for."""
    breaker_failures: int = 0
    rests: bool = True
    """Whether the rest of an open breaker is short enough to be waited for."""
    fallback: bool = False
    max_messages: int | None = None
    max_request_bytes: int | None = None
    rate_per_minute: int | None = None

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Where upstream's faults can strike."""
        models = ("ai.run",) if self.native else ("ai.chat", "ai.run") if self.second_model else ("ai.chat",)
        return (*models, "kv.get", "kv.put") if self.kv else models

    @property
    def cache_states(self) -> tuple[str, ...]:
        """What the target's cache can hold of a question's answer when it is asked."""
        kept = ("kept", "expired") if self.outlives else ("kept",)
        return ("cold", *kept) if self.cache else ("cold",)
