"""The wire script: everything a server does to one exchange, as data.

The one rule: a script has exactly one ending and it comes last. Whatever rewrites a script keeps that, and the player
may then perform any script without knowing which fault made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

MOST_BYTES: Final = 1 << 30
"""No answer is longer."""


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes in one piece."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Stay silent for `seconds`, unless the peer leaves first."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Keep:
    """The exchange is over and the connection takes the next request."""


@dataclass(frozen=True, slots=True)
class Close:
    """End politely with a FIN, after everything sent has left."""


@dataclass(frozen=True, slots=True)
class Reset:
    """End rudely with an RST; bytes the peer has not read yet may be lost (RFC 9293 §3.5.2)."""


Ending: TypeAlias = Keep | Close | Reset
Action: TypeAlias = Send | Wait | Keep | Close | Reset
WireScript: TypeAlias = tuple[Action, ...]

ENDINGS = (Keep, Close, Reset)
KEEP = Keep()


def is_well_formed(script: WireScript) -> bool:
    """Tell whether the script has exactly one ending, in the last place, and no negative wait."""
    endings = [isinstance(action, ENDINGS) for action in script]
    waits_are_sane = all(action.seconds >= 0 for action in script if isinstance(action, Wait))
    return bool(script) and endings[-1] and sum(endings) == 1 and waits_are_sane


def payload(script: WireScript) -> bytes:
    """Return every byte the script sends, in order."""
    return b"".join(action.data for action in script if isinstance(action, Send))


def duration_s(script: WireScript) -> float:
    """Return how long the script stays silent in all, in seconds; sending counts as instant."""
    return sum(action.seconds for action in script if isinstance(action, Wait))


def ending(script: WireScript) -> Ending:
    """Return the script's ending."""
    last = script[-1]
    if not isinstance(last, ENDINGS):
        message = f"a wire script must end in Keep, Close or Reset, not {last!r}"
        raise TypeError(message)
    return last


def end_with(script: WireScript, new: Ending) -> WireScript:
    """Return the same script with another ending."""
    return (*script[:-1], new)


def cut(script: WireScript, at_byte: int, *tail: Action) -> WireScript:
    """Let the first `at_byte` bytes through with their timing, then do `tail` (which must hold the ending).

    The cut may land inside a Send, which is then split. A cut behind the last byte leaves every Send whole.
    """
    kept: list[Action] = []
    left = at_byte
    for action in script[:-1]:
        if isinstance(action, Send):
            if len(action.data) >= left:
                if left:
                    kept.append(Send(action.data[:left]))
                return (*kept, *tail)
            left -= len(action.data)
        kept.append(action)
    return (*kept, *tail)


def regroup(script: WireScript, sizes: Iterator[int]) -> WireScript:
    """Send the same bytes in pieces of the sizes given (each at least 1), keeping waits where they were."""
    out: list[Action] = []
    for action in script:
        if not isinstance(action, Send):
            out.append(action)
            continue
        data = memoryview(action.data)
        while data:
            size = next(sizes)
            out.append(Send(bytes(data[:size])))
            data = data[size:]
    return tuple(out)


def gathered(script: WireScript) -> WireScript:
    """Send in one piece whatever no wait separates."""
    out: list[Action] = []
    pieces: list[bytes] = []
    for action in script:
        if isinstance(action, Send):
            pieces.append(action.data)
            continue
        if pieces:
            out.append(Send(b"".join(pieces)))
            pieces.clear()
        out.append(action)
    return tuple(out)


def coalesced(actions: Iterable[Action]) -> WireScript:
    """Send all bytes in one piece, after all the waiting is done."""
    script = tuple(actions)
    total = duration_s(script)
    data = payload(script)
    waits: tuple[Action, ...] = (Wait(total),) if total else ()
    sends: tuple[Action, ...] = (Send(data),) if data else ()
    return (*waits, *sends, ending(script))
