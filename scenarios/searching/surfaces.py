"""Which faults can strike which surface of upstream.

The one rule: a fault is drawn for a surface, and an operation of Workers KV, that shows it.
"""

from __future__ import annotations

from fault_injection.families import kv
from fault_injection.fault import ClientFault, Fault, KvFault
from fault_injection.registry import ALL

_OF_WRITES = frozenset({kv.TooLarge.id, kv.LostWrite.id, kv.Error.id, kv.RateLimited.id, kv.Slow.id, kv.Hang.id})
_OF_WRITES_ALONE = frozenset({kv.TooLarge.id, kv.LostWrite.id})
_OF_NEITHER = frozenset({kv.DeleteIgnored.id, kv.ListIncomplete.id, kv.MetadataMismatch.id})


def kinds_on(surface: str) -> list[type[Fault]]:
    """Return the faults that can strike a surface of upstream, in the order of the catalogue."""
    if surface.startswith("kv."):
        return [kind for kind in ALL.values() if _strikes_kv(kind, surface)]
    return [kind for kind in ALL.values() if not issubclass(kind, (KvFault, ClientFault))]


def _strikes_kv(kind: type[Fault], surface: str) -> bool:
    family = kind.id.partition(".")[0]
    if family != "kv" or kind.id in _OF_NEITHER:
        return family == "tcp"
    return kind.id in _OF_WRITES if surface == "kv.put" else kind.id not in _OF_WRITES_ALONE
