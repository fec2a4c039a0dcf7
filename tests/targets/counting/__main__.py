"""Starts one of them: `python -m tests.targets.counting NAME --port N --upstream URL`.

The one rule: they differ in the key that they count under, and in nothing else. Workers KV takes one write a second to
a key by REST as well (Cloudflare docs: Workers KV, limits), so the wrong one is as wrong as a Worker.

No signature is kept of the wrong one: a mistake needs two makers that are played over every case, and its only case
names it already.
"""

from __future__ import annotations

import argparse
import uuid
from typing import ClassVar, Final

from tests.targets.cache import CachingProxy
from tests.targets.kv import KvStore
from tests.targets.serving import Settings, Target, serve


class _Counting(KvStore):
    async def write(self, key: str, value: bytes) -> None:
        """Store a value, and note that one more answer was given."""
        await super().write(key, value)
        await super().write(self.counted_under(), key.encode())

    def counted_under(self) -> str:
        """Return the key under which an answer is noted: one of its own."""
        return f"answer-{uuid.uuid4().hex}"


class _UnderOneKey(_Counting):
    def counted_under(self) -> str:
        return "last"


class CountsUnderManyKeys(CachingProxy):
    """Notes each answer under a key of its own, which a list counts. It is right."""

    kv_type: ClassVar[type[KvStore]] = _Counting


class CountsUnderOneKey(CachingProxy):
    """Notes under one key which answer was the last."""

    kv_type: ClassVar[type[KvStore]] = _UnderOneKey


NAMES: Final[dict[str, type[Target]]] = {
    "under-many-keys": CountsUnderManyKeys,
    "under-one-key": CountsUnderOneKey,
}


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    arguments = parser.parse_args()
    serve(NAMES[arguments.name](Settings(port=arguments.port, upstream=arguments.upstream)))


if __name__ == "__main__":
    main()
