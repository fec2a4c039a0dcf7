"""How much a load run asks, of whom, and in what manner.

The one rule: it is data, and every number has an end: a load is bounded in time, in users and in requests, so that it
stops by itself wherever it was pointed at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from scenarios.case import Case
from scenarios.prompt import Prompt

Shape: TypeAlias = Literal["constant", "ramp", "spike", "soak"]
Arrivals: TypeAlias = Literal["closed", "constant", "poisson"]
SHAPES: Final[tuple[Shape, ...]] = get_args(Shape)
ARRIVALS: Final[tuple[Arrivals, ...]] = get_args(Arrivals)

MOST_USERS: Final = 10_000
MOST_DURATION_S: Final = 86_400.0
MOST_RATE_PER_S: Final = 10_000.0
MOST_ASKED: Final = 1_000_000
"""So many requests end a load whatever its duration."""
ASKED_AGAIN: Final = 8
"""How often a question is put that is put again at all, the first time included."""


_ANSWER: Final = Prompt(tokens=36, pace_s=0.075, first_s=0.1)
"""Thirteen tokens a second, as a large model makes them. A hundred users who then think for a while keep sixty streams
open at once: 800 events a second, which a proxy in Python can pass on in less than half of a processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """One amount of load.

    `closed` arrivals are `users` that each wait for their answer and then think for `think_s`; open ones come
    `rate_per_s` times a second whatever becomes of those before, `users` of them at once at the most. `cancel` is the
    share of clients that leave in the middle of their answer, `repeats` the share of questions that were asked before.
    """

    users: int = 100
    duration_s: float = 30.0
    shape: Shape = "constant"
    arrivals: Arrivals = "closed"
    rate_per_s: float | None = None
    prompt: Prompt = _ANSWER
    think_s: float = 1.8
    cancel: float = 0.05
    repeats: float = 0.1

    @property
    def answer_s(self) -> float:
        """How long upstream takes over one answer."""
        return self.prompt.first_s + max(0, self.prompt.tokens - 1) * self.prompt.pace_s

    def fitted(self, deadline_s: float) -> LoadProfile:
        """Return the same with answers that take half of a target's deadline at the most."""
        prompt = self.prompt
        room_s = deadline_s / 2 - prompt.first_s
        if not prompt.pace_s or self.answer_s <= deadline_s / 2:
            return self
        return replace(self, prompt=replace(prompt, tokens=max(2, 1 + int(room_s / prompt.pace_s))))

    @property
    def asked_per_s(self) -> float:
        """The rate of open arrivals; by default what as many closed users would ask of a target that adds nothing."""
        return self.rate_per_s or self.users / max(self.answer_s + self.think_s, 0.01)


PROFILES: Final[Mapping[str, LoadProfile]] = MappingProxyType(
    {
        "ci": LoadProfile(users=20, duration_s=8.0),
        "quick": LoadProfile(users=20, duration_s=8.0),
        "standard": LoadProfile(users=60, duration_s=30.0),
        "soak": LoadProfile(users=100, duration_s=900.0, shape="soak"),
    }
)
"""What the suite `load` of a run does, by the run's profile."""

ELSEWHERE: Final = LoadProfile(users=5, duration_s=8.0)
"""The most that a run asks of a target on another machine; `edgeproof load` asks what its flags say."""


_CHAT: Final = Prompt(tokens=100, pace_s=0.075, first_s=0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLoad:
    """The load of a chat service: `streams` at once, each in a conversation of its own.

    They belong to `users`, who are spread over `tenants`, and begin within `begin_s`. Each conversation gets as many
    questions, one after the other, as should come to their end within `duration_s`; whatever has not by `most_s` is
    ended. Meanwhile conversations are listed and read, each so often a second.
    """

    streams: int = 100
    users: int = 20
    tenants: int = 5
    duration_s: float = 30.0
    most_s: float = 30.0
    begin_s: float = 3.0
    prompt: Prompt = _CHAT
    looks_per_s: float = 8.0

    @property
    def answer_s(self) -> float:
        """How long upstream takes over one answer."""
        return self.prompt.first_s + max(0, self.prompt.tokens - 1) * self.prompt.pace_s

    @property
    def rounds(self) -> int:
        """How many questions each conversation gets; a slow service may take half as long again as upstream."""
        return max(1, int((self.duration_s - self.begin_s) / (1.5 * max(self.answer_s, 0.1))))


def chat_case(database: str) -> Case:
    """The case of a chat load on that database; empty for one that the target has of its own."""
    return Case(
        id=f"load.chat-{database}" if database else "load.chat",
        promise="Chats at once are answered as if each were alone, and kept as the clients got them.",
        reference="edgeproof's own rule: what was sent against what is read",
        focus=("no-cross-talk", "no-loss"),
        alone=True,
    )


OVERHEAD_PAIRS: Final = 60
OVERHEAD_PROMPT: Final = Prompt(tokens=8, ascii=True)
"""What is asked both ways when the target's own time is measured."""

RIGHT: Final = Case(
    id="load.right",
    promise="Under load every answer is as right as it is alone.",
    reference="edgeproof's own rule: every invariant",
    focus=("no-cross-talk", "no-loss", "no-invention"),
    alone=True,
)
OVERHEAD: Final = Case(
    id="load.overhead",
    promise="What the target adds to an answer's time can be measured.",
    reference="edgeproof's own rule: interleaved pairs",
    focus=("not-buffered",),
    level="observe",
    alone=True,
)
