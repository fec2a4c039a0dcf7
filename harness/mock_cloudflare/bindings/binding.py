"""Which binding of a Worker a request comes from.

workerd turns a call of a binding into an HTTP request. Most of them look alike whatever they ask (every request of KV
has `Host: fake-host`), so the configuration that edgeproof generates lets workerd add a header that names the binding.

The one rule: the header decides, and nothing else does; a request without it comes from no binding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from harness.core.observed.binding import BINDING_HEADER
from harness.mock_cloudflare.bindings.stores import BoundStores
from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.kv_store import KvStore
from harness.mock_cloudflare.request import Answer, Request
from harness.mock_cloudflare.routing import Route
from harness.mock_cloudflare.settings import MockSettings

Kind: TypeAlias = Literal["ai", "analytics", "cache", "d1", "fetch", "kv", "queue", "r2"]
_KINDS: Final = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A binding: its kind, and the namespace or bucket that it is bound to; empty where there is but one."""

    kind: Kind
    bound_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingCall:
    """One call of a binding with everything that decides its answer."""

    request: Request
    binding: Binding
    settings: MockSettings
    identity: Identity
    kv: KvStore
    stores: BoundStores
    ask: Callable[[Request], Answer]
    """Answers a call of the REST API."""

    def route(self, name: str, surface: str, parts: Mapping[str, bytes] | None = None) -> Route:
        """Return the route of the REST operation that does the same; a binding needs no token."""
        return Route(name=name, surface=surface, door="open", parts=parts or {})


def binding_of(request: Request) -> Binding | None:
    """Return the binding that a request comes from; None for a request that comes from none."""
    told = request.header(BINDING_HEADER)
    if told is None:
        return None
    kind, _, bound_to = told.partition(" ")
    return next((Binding(kind=known, bound_to=bound_to) for known in _KINDS if known == kind), None)
