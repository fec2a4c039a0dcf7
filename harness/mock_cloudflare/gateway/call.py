"""One call of an AI Gateway, and what the gateway needs of everything around it.

The one rule: the gateway asks providers by the same function that answers everybody else, and changes nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from harness.mock_cloudflare.gateway.providers import Step
from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.request import Answer, Request
from harness.mock_cloudflare.settings import MockSettings

LONGEST_NAME: Final = 64
"""Of a gateway (Cloudflare docs: AI Gateway, limits)."""


class Remembered(Protocol):
    """What the gateways of an account remember."""

    def fresh(self, key: str, *, now_s: float) -> bytes | None:
        """Return what is kept under a key and still fresh."""
        ...

    def log(self, gateway: str, identifier: str) -> Mapping[str, object] | None:
        """Return a log."""
        ...

    def routes_of(self, gateway: str) -> tuple[Mapping[str, object], ...]:
        """Return the dynamic routes of a gateway."""
        ...

    def met(self, gateway: str, key: str, *, since_s: float) -> int:
        """Return how often the key of a limit was met after a moment in Unix seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCall:
    """What is asked of one gateway: steps that are tried in their order."""

    gateway: str
    steps: tuple[Step, ...]
    headers: Mapping[str, str]
    """The request's own, by their names in lower case."""
    token: str
    """The key for steps that bring none; empty where there is none."""
    settings: MockSettings
    identity: Identity
    remembered: Remembered
    ask: Callable[[Request], Answer]
    """Answers a call of the mock's own services."""
    surface: str = ""
    """What the call counts as; empty for what the provider's own call counts as."""
