"""A request as the mock's services see it, and what a service makes of it.

The one rule: a service decides and `Answer` says what was decided; nothing takes effect until `commit` is called, so
that a fault can lie about it first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import parse_qs

from fault_injection.kv_answer import KvAnswer
from fault_injection.reply import Headers, Reply, header_of
from harness.mock_cloudflare.kv_store import KvEntry


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
        return header_of(self.headers, name)


def last_of_each(query: str) -> dict[str, str]:
    """Return a query's parameters, the last of each name; one that cannot be read has none."""
    try:
        pairs = parse_qs(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in pairs.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class KvEffect:
    """What an answer does to the store once committed: puts, deletes, names of namespaces, and what reads leave."""

    namespace: str
    puts: tuple[tuple[str, bytes, float | None, object], ...] = ()
    """Key, value, expiry as a Unix time in seconds or None, metadata."""
    deletes: tuple[str, ...] = ()
    titles: tuple[tuple[str, str | None], ...] = ()
    """Namespaces to create or rename, by id and title; None drops one."""
    seen: tuple[tuple[str, str, KvEntry | None, float], ...] = ()
    """What reads leave in a colo's cache: colo, key, what was found, and until when in Unix seconds."""
    at_s: float = 0.0
    """When it was decided, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEffect:
    """What an answer does to the Cache API's store once committed: one answer kept under a key, or dropped."""

    key: str
    kept: bytes | None
    """An answer as HTTP/1.1 writes it; None drops what is kept."""
    until_s: float = 0.0
    """When it is stale, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """One object of R2."""

    key: str
    value: bytes
    version: str
    uploaded_ms: int
    http_fields: tuple[tuple[str, str], ...] = ()
    custom_fields: tuple[tuple[str, str], ...] = ()
    parts_etag: str = ""
    """The etag of what was put in parts; empty for what came in one piece."""

    @property
    def etag(self) -> str:
        """The value's MD5, or for what was put in parts the MD5 of theirs and how many there were."""
        return self.parts_etag or hashlib.md5(self.value, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectsEffect:
    """What an answer does to a bucket of R2 once committed."""

    bucket: str
    puts: tuple[StoredObject, ...] = ()
    deletes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An object of R2 that is put in parts, as far as it has come."""

    bucket: str
    key: str
    http_fields: tuple[tuple[str, str], ...] = ()
    custom_fields: tuple[tuple[str, str], ...] = ()
    parts: tuple[tuple[int, bytes], ...] = ()
    """Their numbers and values, in the order of the numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadEffect:
    """What an answer does to an upload once committed; None ends it, with an object or without."""

    id: str
    after: Upload | None
    made: StoredObject | None = None
    bucket: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketEffect:
    """A bucket of R2 that is made or dropped once committed."""

    bucket: str
    dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database of D1 between two calls."""

    image: bytes = b""
    """The whole of it, as SQLite writes it into a file; empty while it holds nothing."""
    last_row_id: int = 0
    commits: int = 0
    """How many calls have changed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseEffect:
    """What an answer makes of a database of D1 once committed."""

    name: str
    after: Database


@dataclass(frozen=True, slots=True, kw_only=True)
class PointEffect:
    """A point that is written to a dataset of Analytics Engine once committed."""

    dataset: str
    index: bytes
    blobs: tuple[bytes, ...]
    doubles: tuple[float, ...]
    at_s: float
    """When it was written by the Worker's own clock, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesEffect:
    """Messages that are put into a queue once committed."""

    queue: str
    messages: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayEffect:
    """What an answer leaves at an AI Gateway once committed."""

    gateway: str
    logs: tuple[tuple[str, Mapping[str, object]], ...] = ()
    """Logs by their ids, each as the API tells it."""
    cached: CacheEffect | None = None
    met: tuple[str, ...] = ()
    """Keys of limits that were met."""
    at_s: float = 0.0
    """When they were, in Unix seconds."""
    routes: tuple[tuple[str, Mapping[str, object] | None], ...] = ()
    """Dynamic routes by their names; None drops one."""


StoreEffect: TypeAlias = (
    BucketEffect
    | CacheEffect
    | DatabaseEffect
    | GatewayEffect
    | MessagesEffect
    | ObjectsEffect
    | PointEffect
    | UploadEffect
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A service's decision: the surface it belongs to, the clean reply, and what it would change.

    Surfaces: `ai.chat` (OpenAI dialect), `ai.run` (native), `ai.embeddings`, `ai.models`, `kv.get`, `kv.put`,
    `kv.delete`, `kv.list`, `kv.metadata`, `kv.bulk`, `kv.namespaces`, those of a Worker's other bindings
    (`cache.match`, `r2.get`, `d1.query`, `queue.send`, `analytics.write`, ...), `analytics.query`,
    `ai.messages` (Anthropic's dialect), `ai.responses` (OpenAI's Responses API), `gateway.run`, `gateway.log`,
    `gateway.url`, `gateway.routes`,
    `probe` (health and model lists that a target asks for before work), `unknown`, and `fetch.HOST` for a host that
    a Worker calls and that is not served.
    """

    surface: str
    reply: Reply
    model: str = ""
    nonce: str = ""
    kv: KvAnswer | None = None
    effect: KvEffect | None = None
    kept: StoreEffect | None = None
    """What it would change besides Workers KV."""
