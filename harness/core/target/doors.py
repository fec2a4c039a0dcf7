"""The further doors of a target: other dialects that the same proxy speaks, each at a path of its own.

The one rule: a door leads to the same proxy. What the target claims holds behind every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import ConfigDict, with_config

from harness.core.target.toml_lines import Key
from harness.core.target.values import Dialect, HeaderName, HeaderValue, Path, Word

TABLE: Final[Key] = ("chat", "also")


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One more dialect that the target speaks. `model` and `headers` are those of `[chat]` when left out."""

    dialect: Dialect
    """Each dialect stands once in a file."""
    path: Path
    """The path of a chat request in this dialect."""
    model: Word | None = None
    """The model that its clients ask for."""
    headers: dict[HeaderName, HeaderValue] | None = None
    """Headers of every request there; a value may hold `{client_token}`."""


def twice(first: str, doors: Sequence[Door]) -> Iterator[tuple[Key, str]]:
    """Yield the key and what is wrong for every dialect that a file says again; `first` is that of `[chat]`."""
    known = {first}
    for number, door in enumerate(doors):
        if door.dialect in known:
            yield (*TABLE, str(number), "dialect"), f"{door.dialect} is spoken at another path already; say it once"
        known.add(door.dialect)


def unnumbered(key: Key) -> Key:
    """Return a key without the number of the door that it is in."""
    is_numbered = key[: len(TABLE)] == TABLE and len(key) > len(TABLE) and key[len(TABLE)].isdigit()
    return (*TABLE, *key[len(TABLE) + 1 :]) if is_numbered else key
