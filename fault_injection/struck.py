"""Where faults struck an answer: the first byte at which what is done differs from what would have been done.

The one rule: it follows from the two scripts alone, so it is as exact for a fault that nobody has thought of yet.
"""

from __future__ import annotations

from typing import AnyStr

from fault_injection.wire import Send, Wait, WireScript, payload


def struck_byte(clean: WireScript, faulted: WireScript) -> int | None:
    """Return how many bytes pass as they should before the first difference; None where the scripts are the same.

    A difference is another byte, a silence, or an end that comes too early; where there is none of these, another way
    to cut the same bytes into pieces; and last another way to end.
    """
    if clean == faulted:
        return None
    wanted, given = payload(clean), payload(faulted)
    alike = parting(wanted, given)
    found = [alike] if alike < max(len(wanted), len(given)) else []
    silent, silenced = _silences(clean), _silences(faulted)
    found += [at for at in silent.keys() | silenced.keys() if at <= alike and silent.get(at) != silenced.get(at)]
    return min(found or sorted(_ends(clean) ^ _ends(faulted))[:1] or [len(given)])


def parting(one: AnyStr, other: AnyStr) -> int:
    """Return how many bytes or characters two have in common from their start; quick for many megabytes."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _silences(script: WireScript) -> dict[int, float]:
    """Return how long a script is silent, by how many bytes it has sent before."""
    found: dict[int, float] = {}
    sent = 0
    for action in script:
        if isinstance(action, Send):
            sent += len(action.data)
        elif isinstance(action, Wait):
            found[sent] = found.get(sent, 0.0) + action.seconds
    return found


def _ends(script: WireScript) -> set[int]:
    """Return how many bytes have been sent at the end of each piece."""
    found, sent = set(), 0
    for action in script:
        if isinstance(action, Send):
            sent += len(action.data)
            found.add(sent)
    return found
