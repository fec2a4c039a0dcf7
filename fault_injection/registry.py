"""Every fault there is, by id.

The one rule: a family is one line here; everything else (docs, strategies, the command line) follows from the list.
"""

from __future__ import annotations

from difflib import get_close_matches

from fault_injection.families import (
    chat_fields,
    chat_pieces,
    client,
    http,
    http_framing,
    kv,
    payload,
    sse_chat,
    sse_ends,
    sse_form,
    sse_pace,
    sse_text,
    tcp,
)
from fault_injection.fault import Fault

FAMILIES = (
    tcp,
    http,
    http_framing,
    sse_ends,
    sse_pace,
    sse_form,
    sse_text,
    sse_chat,
    chat_fields,
    chat_pieces,
    payload,
    kv,
    client,
)
"""The modules that hold faults; a family may be spread over several, its id prefix stays the same."""

ALL: dict[str, type[Fault]] = {fault.id: fault for family in FAMILIES for fault in family.FAULTS}
"""Every fault by its id, family by family, in the order of the catalogue."""


class UnknownFaultError(LookupError):
    """No fault has this id; the message names the nearest."""


def by_id(fault_id: str) -> type[Fault]:
    """Return the fault of that id.

    Raises:
        UnknownFaultError: with the nearest ids in its message.
    """
    try:
        return ALL[fault_id]
    except KeyError:
        near = get_close_matches(fault_id, ALL, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`edgeproof faults` lists them all"
        raise UnknownFaultError(f"no fault is called {fault_id!r}; {hint}") from None


def families() -> dict[str, tuple[type[Fault], ...]]:
    """Return the faults of every family by its prefix, in the order of the catalogue."""
    prefixes = dict.fromkeys(fault_id.partition(".")[0] for fault_id in ALL)
    return {
        prefix: tuple(fault for fault_id, fault in ALL.items() if fault_id.startswith(f"{prefix}."))
        for prefix in prefixes
    }
