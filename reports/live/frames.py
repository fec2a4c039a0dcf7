"""What changed on a page, in order, for pages that come back and ask what they have missed.

The one rule: a frame that a later one makes pointless is forgotten, so that the memory stays as small as the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_END: Final = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One change: what kind it is, and what the page needs to carry it out. `replaces` earlier ones of its key."""

    name: str
    data: Mapping[str, object]
    key: str
    """Frames of one key say the same thing anew; the latest is enough."""


class Frames:
    """Every frame that is still of use, numbered from 1. `run` tells the numbers of one run from those of another."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._last = 0
        self._kept: dict[str, tuple[int, Frame]] = {}

    @property
    def last(self) -> str:
        """The id of the latest frame."""
        return f"{self._run}-{self._last}"

    def add(self, frame: Frame) -> None:
        """Take a frame; one of its key is forgotten."""
        self._last += 1
        self._kept.pop(frame.key, None)
        self._kept[frame.key] = (self._last, frame)

    def after(self, known: str) -> str | None:
        """Return what a page that knows everything up to an id has to hear, as server-sent events; "" for nothing.

        None: the id is of another run, and the page has to be loaded anew.
        """
        run, _, number = known.rpartition("-")
        if run != self._run or not (number.isascii() and number.isdigit()):
            return None
        return "".join(self._event(at, frame) for at, frame in self._kept.values() if at > int(number))

    def _event(self, at: int, frame: Frame) -> str:
        # JSON holds no line end outside a string and escapes those within, so that it is one line of data.
        return f"id: {self._run}-{at}\nevent: {frame.name}\ndata: {json.dumps(dict(frame.data))}{_END}"


ANEW: Final = f"event: anew\ndata: {{}}{_END}"
"""Tells a page to load itself again."""
