"""What a provider is asked, and how it answers.

The one rule: whatever goes wrong at a provider is a ProxyError, whose words may be told to a client.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.reference_proxy.chat.storage.said import Said
from harness.reference_proxy.upstream.sources import ChunkSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question to a model: messages, and tools and parameters as OpenAI has them."""

    model: str
    messages: Sequence[Said]
    tools: Sequence[Mapping[str, Any]] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """Answers prompts."""

    @property
    def name(self) -> str:
        """What logs and metrics call it."""

    async def open(self, prompt: Prompt, *, deadline: float) -> tuple[ChunkSource, str]:
        """The answer, its first chunk ready, and the model that gives it, which may be a fallback.

        Raises ProxyError when there is none; no attempt begins after `deadline` (monotonic seconds).
        """
