"""How a run is shared out among machines: each part takes about as long, and each machine knows its own.

The one rule: the split follows from the names and expected times alone, so that machines which do not know one another
leave nothing out and do nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256


def split(expected_ms: Mapping[str, int], parts: int) -> tuple[tuple[str, ...], ...]:
    """Return which names each part gets, the longest first to whoever has the least to do.

    Raises:
        ValueError: there are fewer names than parts.
    """
    if len(expected_ms) < parts:
        raise ValueError(f"{len(expected_ms)} cannot be split into {parts} parts")
    loads_ms = [0] * parts
    shares: list[list[str]] = [[] for _ in range(parts)]
    for name in sorted(expected_ms, key=lambda each: (-expected_ms[each], sha256(each.encode()).digest())):
        least = min(range(parts), key=lambda part: (loads_ms[part], len(shares[part]), part))
        loads_ms[least] += expected_ms[name]
        shares[least].append(name)
    return tuple(tuple(share) for share in shares)
