"""A target brought back to where it serves: what stands between two experiments, and between their steps.

The one rule: an experiment never goes on with a target that does not serve a clean question.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from harness.core.probing.moves import Ask, Fresh, Move, Wait, one
from harness.core.probing.seen import Seen

_TRIES: Final = 5
_FIRST_WAIT_S: Final = 0.5


class NotServedError(Exception):
    """The target does not answer a clean question, so that the experiment cannot go on; the message says what it did
    instead."""


def fresh(name: str) -> Generator[Move, tuple[Seen, ...], None]:
    """Begin with a target that remembers nothing and serves."""
    yield Fresh()
    yield from settled(f"{name}/fresh")


def settled(name: str) -> Generator[Move, tuple[Seen, ...], bool]:
    """See to it that the target serves; return whether it did so at once.

    Raises:
        NotServedError: it does not, in spite of a fresh start and some patience.
    """
    seen = yield from one(Ask(question=f"{name}/clean"))
    if served(seen):
        return True
    yield Fresh()
    for number in range(_TRIES):
        again = yield from one(Ask(question=f"{name}/clean-{number}"))
        if served(again):
            return False
        yield Wait(_FIRST_WAIT_S * 2**number)
    raise NotServedError(unserved(again))


def served(seen: Seen) -> bool:
    """Whether the model that was asked for answered."""
    return seen.answered and bool(seen.asked)


def unserved(seen: Seen) -> str:
    """Say what a target did instead of answering a clean question."""
    if seen.limited:
        return "the target turned questions away with 429, by a limit of its own; probe it without one"
    told = "no answer" if seen.status is None else f"status {seen.status}"
    asked = "though upstream was asked" if seen.asked else "and upstream was not asked"
    return f"a clean question got {told}, {asked}"
