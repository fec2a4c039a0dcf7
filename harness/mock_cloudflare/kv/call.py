"""One call of Workers KV with everything that decides its answer.

The one rule: reads go through `look_up`, the only place that knows of the read cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from fault_injection.reply import Reply
from harness.mock_cloudflare import errors, json_text
from harness.mock_cloudflare.errors import Kv
from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.kv.limits import check_key, refuse
from harness.mock_cloudflare.kv_store import KvEntry, KvStore
from harness.mock_cloudflare.request import KvEffect, Request, last_of_each
from harness.mock_cloudflare.routing import Route
from harness.mock_cloudflare.settings import ACCOUNT_ID, MockSettings

Outcome: TypeAlias = tuple[Reply, KvEffect | None]

_VERBS = {
    "get": "get",
    "put": "put",
    "delete": "remove key",
    "metadata": "get",
    "list": "list keys",
    "bulk-put": "bulk put",
    "bulk-delete": "bulk delete keys",
    "bulk-get": "bulk get keys",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KvCall:
    """A routed and authenticated request, and the store it reads."""

    request: Request
    route: Route
    settings: MockSettings
    identity: Identity
    store: KvStore

    @property
    def now_s(self) -> float:
        """When the call is decided, in Unix seconds."""
        return self.identity.now_s

    @property
    def namespace(self) -> str:
        """The id of the namespace in the path."""
        return self.route.parts.get("namespace", b"").decode("latin-1")

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, the last of each name."""
        return last_of_each(self.request.query)

    def check_namespace(self) -> None:
        """Refuse an id that is none, or that nobody created."""
        namespace = self.namespace
        if not ACCOUNT_ID.fullmatch(namespace):
            raise refuse(Kv.BAD_NAMESPACE, what=f"invalid namespace format: {namespace}")
        if namespace not in self.store.titles:
            raise refuse(Kv.NO_NAMESPACE, operation=_VERBS.get(self.route.name, self.route.name))

    def check_key(self) -> str:
        """Return the key in the path, or refuse it."""
        return check_key(self.route.parts["key"])

    def json_body(self) -> object:
        """Return the body as JSON, or refuse it."""
        try:
            return json_text.load(self.request.body)
        except json_text.BadJsonError as error:
            raise refuse(Kv.BAD_BODY, what=f"could not parse request body: {error}") from None

    def look_up(self, *keys: str) -> tuple[list[KvEntry | None], KvEffect | None]:
        """Read keys, through the colo's cache where there is one; the effect is what the reads leave in it.

        `X-Edgeproof-Colo` lets a caller be somewhere else.
        """
        keep_s = self.settings.kv_read_cache_s
        if keep_s is None:
            return [self.store.find(self.namespace, key, now_s=self.now_s) for key in keys], None
        colo = self.request.header("x-edgeproof-colo") or self.settings.colo
        found: list[KvEntry | None] = []
        seen: list[tuple[str, str, KvEntry | None, float]] = []
        for key in keys:
            known = self.store.seen(colo, self.namespace, key, now_s=self.now_s)
            entry = known[0] if known else self.store.find(self.namespace, key, now_s=self.now_s)
            found.append(entry)
            if not known:
                seen.append((colo, key, entry, self.now_s + keep_s))
        return found, self.effect(seen=tuple(seen)) if seen else None

    def effect(
        self,
        *,
        puts: tuple[tuple[str, bytes, float | None, object], ...] = (),
        deletes: tuple[str, ...] = (),
        titles: tuple[tuple[str, str | None], ...] = (),
        seen: tuple[tuple[str, str, KvEntry | None, float], ...] = (),
    ) -> KvEffect:
        """Describe a change to the namespace in the path."""
        return KvEffect(namespace=self.namespace, puts=puts, deletes=deletes, titles=titles, seen=seen, at_s=self.now_s)

    def written(self) -> Reply:
        """Build the answer to a put or a delete that succeeded."""
        return errors.success(None if self.settings.switches.kv_write_result == "null" else {})
