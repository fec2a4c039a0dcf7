"""What was found out of a target, fact by fact, each with what it rests on.

The one rule: `absent` takes proof that it was looked for; what was not looked at, or came out differently each time, is
`unknown`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = bool | int | float | str | tuple[int, ...] | tuple[str, ...]


class State(StrEnum):
    """How a fact stands."""

    FOUND = "found"
    ABSENT = "absent"
    BEYOND = "beyond"
    """It was not seen within the bound, which is the fact's value: it is larger than that, or there is none."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing about a target. `key` is dotted as in the target file where a file can claim it.

    `low` and `high` are what the value lies between by all that was seen; None where it is exact.
    """

    key: str
    state: State
    value: Value | None = None
    low: float | None = None
    high: float | None = None
    how: str = ""
    """What it rests on, in words: "3 of 3 times", "not within 20 s", or why it is unknown."""


@dataclass(slots=True)
class Notes:
    """What experiments note down; what is noted twice counts as it was noted last."""

    _facts: dict[str, Fact] = field(default_factory=dict)

    def found(self, key: str, value: Value, how: str, *, low: float | None = None, high: float | None = None) -> None:
        """Note what was seen."""
        self._facts[key] = Fact(key=key, state=State.FOUND, value=value, low=low, high=high, how=how)

    def absent(self, key: str, how: str) -> None:
        """Note that it was looked for and is not there."""
        self._facts[key] = Fact(key=key, state=State.ABSENT, how=how)

    def beyond(self, key: str, bound: float, how: str = "") -> None:
        """Note that it was not seen within a bound."""
        told = how or f"not within {bound:g} s"
        self._facts[key] = Fact(key=key, state=State.BEYOND, value=bound, low=bound, how=told)

    def unknown(self, key: str, why: str) -> None:
        """Note why nothing is known of it; what is known already stays."""
        self._facts.setdefault(key, Fact(key=key, state=State.UNKNOWN, how=why))

    def missing(self, keys: Iterable[str], why: str) -> None:
        """Note of each key of which nothing was noted why that is so."""
        for key in keys:
            self.unknown(key, why)

    def get(self, key: str) -> Fact | None:
        """Return what is noted of a key."""
        return self._facts.get(key)

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts.values())

    def take(self, others: Iterable[Fact]) -> None:
        """Take over what was noted elsewhere."""
        for fact in others:
            self._facts[fact.key] = fact


def times(hits: int, of: int) -> str:
    """Say how often something was seen."""
    return f"{hits} of {of} times" if of > 1 else ("once" if hits else "not the one time")
