"""What experiments go by: how long they look for each thing, and what can be done with this target.

The one rule: every time that is waited for has a bound, and the user can set each of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from harness.errors import UsageError

USUAL_S: Final = 20.0
"""How long a limit is looked for when nobody says: longer than most proxies' tests have patience."""
LONGEST_S: Final = 3600.0
NAMES: Final = ("first-byte", "idle", "total", "ttl", "open")
"""What can be looked for longer than the rest: the wait for a first byte, a silence inside a stream, a whole exchange,
the life of a kept answer, and the rest of an open breaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long each limit is looked for, in seconds."""

    usual_s: float = USUAL_S
    own_s: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, name: str) -> float:
        """Return the bound of one of `NAMES`."""
        return self.own_s.get(name, self.usual_s)


def bounds(text: str) -> Bounds:
    """Read bounds as they are given on the command line: `20`, or `20,ttl=90,first-byte=40`.

    Raises:
        UsageError: naming the word that cannot be read.
    """
    usual_s, own_s = USUAL_S, {}
    for word in filter(None, (each.strip() for each in text.split(","))):
        name, separator, number = word.partition("=")
        if not separator:
            usual_s = _seconds(name, text)
        elif name.strip() in NAMES:
            own_s[name.strip()] = _seconds(number, text)
        else:
            near = get_close_matches(name.strip(), NAMES, n=1)
            raise UsageError(
                f"--within {text}: nothing is called {name.strip()!r}",
                next_step=f"did you mean {near[0]}?" if near else f"there are: {', '.join(NAMES)}",
            )
    return Bounds(usual_s=usual_s, own_s=MappingProxyType(own_s))


def _seconds(word: str, text: str) -> float:
    try:
        seconds = float(word.strip().removesuffix("s"))
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= LONGEST_S:
        raise UsageError(
            f"--within {text}: {word.strip()!r} is no time",
            next_step=f"give seconds up to {LONGEST_S:g}, as in: --within 20,ttl=90",
        )
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the experiments go by."""

    bounds: Bounds = Bounds()
    streams: bool = True
    tells_callers_apart: bool = True
    most_request_bytes: int = 16 * 1024 * 1024
    """No request that is tried is larger; a limit above this is not looked for."""
