"""A request as the mock's services see it, and what a service makes of it.

The one rule: a service decides and `Answer` says what was decided; nothing takes effect until `commit` is called, so
that a fault can lie about it first.
"""

from __future__ import annotations

from dataclasses import dataclass

from fault_injection.kv_answer import KvAnswer
from fault_injection.reply import Headers, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it arrived. `path` is still percent-encoded and has no query; `query` has no `?`."""

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""
    http_10: bool = False

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KvEffect:
    """What a write does to the store once committed: puts and deletes by namespace and key (None deletes)."""

    namespace: str
    puts: tuple[tuple[str, bytes, float | None, object], ...] = ()
    """Key, value, expiry as a Unix time in seconds or None, metadata."""
    deletes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A service's decision: the surface it belongs to, the clean reply, and what it would change.

    Surfaces: `ai.chat` (OpenAI dialect), `ai.run` (native), `ai.embeddings`, `ai.models`, `kv.get`, `kv.put`,
    `kv.delete`, `kv.list`, `kv.metadata`, `kv.bulk`, `kv.namespaces`, `probe` (health and model lists that a target
    asks for before work) and `unknown`.
    """

    surface: str
    reply: Reply
    model: str = ""
    nonce: str = ""
    kv: KvAnswer | None = None
    effect: KvEffect | None = None
