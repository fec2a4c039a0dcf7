"""What the generator of a chat load is told: whom to ask, in whose name, what and when.

The one rule: everything follows from the seed and from names, so that the same seed asks the same again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from fault_injection.reply import Headers
from harness.core.load.chat.api import DOCUMENTED, ChatApi
from harness.core.run import seeds
from scenarios.load import ChatLoad
from scenarios.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatJob:
    """The orders of one chat load; `callers` are the headers of each user."""

    url: str
    callers: tuple[Headers, ...]
    seed: int
    load: ChatLoad
    api: ChatApi = DOCUMENTED

    def write(self) -> str:
        """Return the orders as text."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> ChatJob:
        """Read what `write` wrote."""
        data: dict[str, Any] = json.loads(text)
        load = data["load"]
        return cls(
            **{
                **data,
                "callers": tuple(tuple((name, value) for name, value in caller) for caller in data["callers"]),
                "load": ChatLoad(**{**load, "prompt": Prompt(**load["prompt"])}),
                "api": ChatApi(**data["api"]),
            }
        )

    def caller(self, stream: int) -> Headers:
        """Return the headers of the user whose stream this is; streams next to each other have different users."""
        return self.callers[stream % len(self.callers)]

    def nonce(self, stream: int, number: int) -> str:
        """Return the nonce of one question of a stream."""
        return seeds.nonce(self.seed, "chat load", str(stream), str(number))

    def question(self, stream: int, number: int) -> str:
        """Return the text of one question of a stream."""
        return f"{replace(self.load.prompt, nonce=self.nonce(stream, number))} | Please answer."

    def begins_s(self, stream: int) -> float:
        """Return when a stream begins, in seconds from the beginning of the load."""
        return self.load.begin_s * seeds.rng(self.seed, "chat load", "begin", str(stream)).random()

    def looks(self) -> Iterator[tuple[float, int]]:
        """Yield when a list and a read of a conversation are asked for, and of which stream; it has no end."""
        draw = seeds.rng(self.seed, "chat load", "looks")
        at_s = 0.0
        while True:
            at_s += (0.5 + draw.random()) / self.load.looks_per_s
            yield at_s, draw.randrange(self.load.streams)


def mark_of(nonce: str) -> str:
    """Return the words that an answer of the mock to this question begins with."""
    return f"re-{nonce.removeprefix('ep-')}"
