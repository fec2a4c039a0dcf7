"""Which service a path belongs to: one table of everything the mock serves.

The one rule: a path is matched while it is still percent-encoded, so that `%2F` inside a key or a model never counts
as a separator; only then are its parts decoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.settings import ACCOUNT_ID

Door: TypeAlias = Literal["anthropic", "cloudflare", "openai", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a request is for. `name` is the service's operation, `door` how callers prove who they are.

    `name` is `no-route`, `bad-identifier` or `bad-method` where no service will see the request.
    """

    name: str
    surface: str
    door: Door = "cloudflare"
    parts: Mapping[str, bytes]


_V4 = "/client/v4"
_A = f"{_V4}/accounts/{{account}}"
_GATEWAY = f"{_A}/ai-gateway/gateways/{{gateway}}"
_KV = f"{_A}/storage/kv/namespaces"

# Path, door, and by method: operation and surface. `{name}` is one segment, `{name...}` the rest of the path.
_TABLE: tuple[tuple[str, Door, dict[str, tuple[str, str]]], ...] = (
    (f"{_V4}/user/tokens/verify", "cloudflare", {"GET": ("verify", "probe")}),
    (f"{_A}/tokens/verify", "cloudflare", {"GET": ("verify", "probe")}),
    (f"{_A}/ai/run", "cloudflare", {"POST": ("run-generic", "ai.run")}),
    (f"{_A}/ai/run/{{model...}}", "cloudflare", {"POST": ("run", "ai.run")}),
    (f"{_A}/ai/v1/chat/completions", "cloudflare", {"POST": ("chat", "ai.chat")}),
    (f"{_A}/ai/v1/messages", "cloudflare", {"POST": ("messages", "ai.messages")}),
    (f"{_A}/ai/v1/responses", "cloudflare", {"POST": ("responses", "ai.responses")}),
    (f"{_A}/ai/v1/embeddings", "cloudflare", {"POST": ("embeddings", "ai.embeddings")}),
    (f"{_A}/ai/v1/models", "cloudflare", {"": ("", "ai.models")}),
    (f"{_A}/ai/models/search", "cloudflare", {"GET": ("search", "ai.models")}),
    (f"{_A}/ai/models/schema", "cloudflare", {"GET": ("schema", "ai.models")}),
    (
        f"{_GATEWAY}/logs/{{id}}",
        "cloudflare",
        {"GET": ("gateway-log", "gateway.log"), "PATCH": ("gateway-log-edit", "gateway.log")},
    ),
    (
        f"{_GATEWAY}/routes",
        "cloudflare",
        {"GET": ("gateway-routes", "gateway.routes"), "POST": ("gateway-route-make", "gateway.routes")},
    ),
    (
        f"{_GATEWAY}/routes/{{id}}",
        "cloudflare",
        {"GET": ("gateway-route", "gateway.routes"), "DELETE": ("gateway-route-drop", "gateway.routes")},
    ),
    (
        f"{_A}/analytics_engine/sql",
        "cloudflare",
        {"GET": ("analytics-sql", "analytics.query"), "POST": ("analytics-sql", "analytics.query")},
    ),
    (_KV, "cloudflare", {"GET": ("ns-list", "kv.namespaces"), "POST": ("ns-create", "kv.namespaces")}),
    (
        f"{_KV}/{{namespace}}",
        "cloudflare",
        {
            "GET": ("ns-get", "kv.namespaces"),
            "PUT": ("ns-rename", "kv.namespaces"),
            "DELETE": ("ns-delete", "kv.namespaces"),
        },
    ),
    (
        f"{_KV}/{{namespace}}/values/{{key}}",
        "cloudflare",
        {"GET": ("get", "kv.get"), "PUT": ("put", "kv.put"), "DELETE": ("delete", "kv.delete")},
    ),
    (f"{_KV}/{{namespace}}/metadata/{{key}}", "cloudflare", {"GET": ("metadata", "kv.metadata")}),
    (f"{_KV}/{{namespace}}/keys", "cloudflare", {"GET": ("list", "kv.list")}),
    (
        f"{_KV}/{{namespace}}/bulk",
        "cloudflare",
        {"PUT": ("bulk-put", "kv.bulk"), "DELETE": ("bulk-delete", "kv.bulk")},
    ),
    (f"{_KV}/{{namespace}}/bulk/delete", "cloudflare", {"POST": ("bulk-delete", "kv.bulk")}),
    (f"{_KV}/{{namespace}}/bulk/get", "cloudflare", {"POST": ("bulk-get", "kv.bulk")}),
    ("/v1/messages", "anthropic", {"POST": ("messages", "ai.messages")}),
    ("/v1/chat/completions", "openai", {"POST": ("chat", "ai.chat")}),
    ("/v1/responses", "openai", {"POST": ("responses", "ai.responses")}),
    ("/v1/embeddings", "openai", {"POST": ("embeddings", "ai.embeddings")}),
    ("/v1/models", "open", {"GET": ("v1-models", "probe"), "HEAD": ("v1-models", "probe")}),
    ("/", "open", {"GET": ("health", "probe"), "HEAD": ("health", "probe")}),
    ("/health", "open", {"GET": ("health", "probe"), "HEAD": ("health", "probe")}),
    ("/healthz", "open", {"GET": ("health", "probe"), "HEAD": ("health", "probe")}),
)
_PATTERNS = tuple((pattern.split("/"), door, methods) for pattern, door, methods in _TABLE)


def route(request: Request) -> Route:
    """Find what a request is for."""
    return _route(request.method, request.path)


@lru_cache(maxsize=256)  # a target asks for few paths, and often
def _route(method: str, path: str) -> Route:
    segments = path.split("/")
    for pattern, door, methods in _PATTERNS:
        parts = _match(pattern, segments)
        if parts is None:
            continue
        if "account" in parts and not ACCOUNT_ID.fullmatch(parts["account"].decode("latin-1")):
            return Route(name="bad-identifier", surface="unknown", door="open", parts={})
        if method not in methods:
            surface = next(iter(methods.values()))[1]
            return Route(name="bad-method", surface=surface, door=door, parts={})
        name, surface = methods[method]
        return Route(name=name, surface=surface, door=door, parts=MappingProxyType(parts))
    known_stem = any(path.startswith(f"{_V4}/{stem}") for stem in ("accounts/", "user/"))
    # An unencoded slash in a key, and anything else below an account that no route has, is a bad identifier (seen).
    below_kv = known_stem and ("/values/" in path or "/metadata/" in path)
    door = "openai" if path.startswith("/v1/") else "cloudflare"
    return Route(name="bad-identifier" if below_kv else "no-route", surface="unknown", door=door, parts={})


def _match(pattern: list[str], segments: list[str]) -> dict[str, bytes] | None:
    if pattern[-1].endswith("...}"):
        if len(segments) < len(pattern) or not any(segments[len(pattern) - 1 :]):
            return None
        segments = [*segments[: len(pattern) - 1], "/".join(segments[len(pattern) - 1 :])]
    if len(pattern) != len(segments):
        return None
    parts: dict[str, bytes] = {}
    for wanted, found in zip(pattern, segments, strict=True):
        if wanted.startswith("{"):
            if not found:
                return None
            parts[wanted.strip("{.}")] = unquote_to_bytes(
                found.encode("latin-1", "replace")
            )  # the shell read it as Latin-1
        elif wanted != found:
            return None
    return parts
