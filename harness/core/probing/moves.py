"""What an experiment can do: ask the target something, let time pass, have it started afresh.

The one rule: a move is data. Whoever plays it decides nothing, and sends back what was seen of it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from fault_injection.fault import ClientFault, Fault
from harness.core.probing.seen import Seen
from scenarios.prompt import Prompt

SHORT: Final = Prompt(tokens=3)
"""A question whose answer costs nobody much."""
Caller: TypeAlias = Literal["a", "b"]
Models: TypeAlias = Literal["main", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question, or `together` different ones at once. The same `question` has the same prompt every time.

    `upstream` is what goes wrong with the calls it leads to, at the model asked for or at `strikes` "all" models; with
    `first`, only with so many calls. `patience_s` is how long the client waits for the whole answer. `settle_s` is how
    long calls upstream may outlive the answer before what was seen is taken down.
    """

    question: str
    stream: bool = False
    prompt: Prompt = SHORT
    upstream: tuple[Fault, ...] = ()
    strikes: Models = "main"
    first: int | None = None
    caller: Caller = "a"
    model: str = ""
    """Another model than the target file's."""
    params: Mapping[str, Any] = field(default_factory=dict)
    turns: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    client: tuple[ClientFault, ...] = ()
    size_bytes: int = 0
    """How long its body is, filled up in the message; 0: as long as it comes."""
    together: int = 1
    patience_s: float = 30.0
    settle_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing, for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Fresh:
    """The target started anew, where it is ours to start; it remembers nothing then. Nothing is seen of it."""


Move: TypeAlias = Ask | Wait | Fresh
Moves: TypeAlias = Generator[Move, tuple[Seen, ...], None]
"""An experiment under way: it is sent what was seen of each move, one for every question that was asked at once."""


def one(ask: Ask) -> Generator[Move, tuple[Seen, ...], Seen]:
    """Ask one question and return what was seen of it."""
    (seen,) = yield ask
    return seen
