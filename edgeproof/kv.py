"""Workers KV as a mock holds it: to prepare what a proxy reads, and to see what it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeproof.control import Control


@dataclass(frozen=True, slots=True, kw_only=True)
class KvEntry:
    """What lies under a key: the value as text, its size, and when it expires, in Unix time."""

    value: str
    size_bytes: int
    metadata: Any
    expires_s: float | None


@dataclass(frozen=True, slots=True)
class Kv:
    """The namespaces of one mock; without a `namespace` the first is meant, to which the mock's environment points."""

    _control: Control

    def put(self, key: str, value: str | bytes, *, ttl_s: float | None = None, namespace: str | None = None) -> None:
        """Write a value, as if it had been there before."""
        body = value.encode() if isinstance(value, str) else value
        self._control.text("PUT", f"kv/{key}", body=body, ttl_s=ttl_s, namespace=namespace)

    def delete(self, key: str, *, namespace: str | None = None) -> None:
        """Remove a key, if it exists."""
        self._control.text("DELETE", f"kv/{key}", namespace=namespace)

    def get(self, key: str, *, namespace: str | None = None) -> KvEntry | None:
        """Return what lies under a key; None when nothing does."""
        return self.entries(namespace=namespace).get(key)

    def entries(self, *, namespace: str | None = None) -> Mapping[str, KvEntry]:
        """Return all that there is, by key."""
        namespaces = self._control.json("GET", "kv")
        chosen = namespaces.get(namespace or next(iter(namespaces), ""), {"entries": {}})
        return {
            key: KvEntry(
                value=each["value"],
                size_bytes=each["bytes"],
                metadata=each["metadata"],
                expires_s=each["expires_s"],
            )
            for key, each in chosen["entries"].items()
        }
