"""The control paths of a server that holds a store: what is in it, and changes to it from outside.

GET kv      PUT|DELETE kv/KEY ?namespace= &ttl_s=
"""

from __future__ import annotations

from math import isfinite
from typing import Protocol
from urllib.parse import unquote

from fault_injection.reply import Reply
from harness.core.serving.names import Names
from harness.mock_cloudflare.kv_store import KvEntry
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.answering import Service, error_reply
from harness.shell.upstream.callers import uninvited
from harness.shell.upstream.control import PREFIX, Control, Controlled, Routes, json_of, query_of


class WithStore(Controlled, Protocol):
    """A server that holds a store."""

    mock: Service


class StoreControl(Control):
    """Answers the control paths of a mock to whoever asks by one of its `names`, or one of this machine."""

    def __init__(self, server: WithStore, names: Names | None = None) -> None:
        self._store = server
        self._names = names or Names()
        super().__init__(server)

    def answer(self, request: Request) -> Reply:
        """Return the reply to a request for a control path."""
        refusal = uninvited(request.headers, self._names, server="mock")
        return super().answer(request) if refusal is None else refusal

    def more_routes(self) -> Routes:
        """Return the paths of the store."""
        return {"kv": {"GET": self._show_kv, "PUT": self._put_kv, "DELETE": self._delete_kv}}

    def _show_kv(self, _: Request) -> Reply:
        """Return every namespace of Workers KV with its title and its entries."""
        store = self._store.mock.kv
        return json_of(
            {
                namespace: {
                    "title": store.titles.get(namespace, ""),
                    "entries": {
                        key: {
                            "value": entry.value.decode(errors="replace"),
                            "bytes": len(entry.value),
                            "metadata": entry.metadata,
                            "expires_s": entry.expires_s,
                        }
                        for key, entry in entries.items()
                    },
                }
                for namespace, entries in store.namespaces.items()
            }
        )

    def _put_kv(self, request: Request) -> Reply:
        """Write the body under a key, `kv/KEY`, in a `?namespace=` (else the first), for good or `?ttl_s=` seconds."""
        query = query_of(request)
        now_s = self._store.now_s()
        try:
            expires_s = now_s + _finite(query["ttl_s"]) if "ttl_s" in query else None
        except ValueError:
            return error_reply(400, f"ttl_s={query['ttl_s']!r} is no number of seconds")
        target = self._entry(request, query)
        if isinstance(target, Reply):
            return target
        self._store.mock.kv.put(*target, KvEntry(value=request.body, expires_s=expires_s), at_s=now_s)
        return json_of({"namespace": target[0], "key": target[1], "bytes": len(request.body)})

    def _delete_kv(self, request: Request) -> Reply:
        """Remove a key, `kv/KEY`, from a `?namespace=` (else the first), if it exists."""
        target = self._entry(request, query_of(request))
        if isinstance(target, Reply):
            return target
        self._store.mock.kv.delete(*target)
        return json_of({"namespace": target[0], "key": target[1]})

    def _entry(self, request: Request, query: dict[str, str]) -> tuple[str, str] | Reply:
        """Return the namespace and the key that a request names; the first namespace where it names none."""
        key = unquote(request.path.removeprefix(f"{PREFIX}kv").removeprefix("/"))
        if not key:
            return error_reply(400, f"name a key: {PREFIX}kv/KEY")
        namespaces = self._store.mock.kv.namespaces
        namespace = query.get("namespace") or next(iter(namespaces), "")
        if namespace not in namespaces:
            return error_reply(404, f"there is no namespace {namespace!r}; there are {', '.join(namespaces) or 'none'}")
        return namespace, key


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):  # JSON has no word for it
        raise ValueError(text)
    return number
