"""What every load generator is told: whom to ask, in whose name, what and how much of it.

The one rule: it is data that survives its JSON, so that a generator on another machine does just what one here does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from fault_injection.client import ClientMoves
from fault_injection.reply import Headers
from harness.core.run import seeds
from harness.core.target.dialects import chat_body
from scenarios.case import Step
from scenarios.load import ASKED_AGAIN, LoadProfile
from scenarios.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadJob:
    """The orders of one run. `patience_s` bounds one exchange, from the connection to the last byte."""

    url: str
    path: str
    headers: Headers
    dialect: str
    model: str
    stream: bool
    seed: int
    patience_s: float
    profile: LoadProfile

    def to_json(self) -> dict[str, Any]:
        """Return the job as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LoadJob:
        """Read a job that `to_json` wrote."""
        profile = data["profile"]
        return cls(
            **{
                **data,
                "headers": tuple((name, value) for name, value in data["headers"]),
                "profile": LoadProfile(**{**profile, "prompt": Prompt(**profile["prompt"])}),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request of a run: its name, and what its client does."""

    name: str
    nonce: str
    moves: ClientMoves


def question(job: LoadJob, name: str) -> Question:
    """Return the request of that name, `GENERATOR/NUMBER`: the same in every process and at any time.

    Questions that are put again share their nonce with a few of the same generator that come close by.
    """
    generator, _, number = name.partition("/")
    profile = job.profile
    draw = seeds.rng(job.seed, "load", name)
    again = draw.random() < profile.repeats
    leaves = draw.random() < profile.cancel and not again and job.stream and profile.prompt.tokens > 1
    if again:
        stretch = math.ceil(ASKED_AGAIN / profile.repeats)
        nonce = seeds.nonce(job.seed, "load", "again", generator, str(int(number) // stretch))
    else:
        nonce = seeds.nonce(job.seed, "load", name)
    prompt = replace(profile.prompt, nonce=nonce)
    body = chat_body(Step(stream=job.stream), dialect=job.dialect, text=f"{prompt} | Please answer.", model=job.model)
    moves = ClientMoves(body=body)
    if leaves:
        events = 1 + draw.randrange(max(1, profile.prompt.tokens // 2))
        moves = replace(moves, leave="event", leave_after_events=events, leave_rudely=draw.random() < 0.5)
    return Question(name=name, nonce=nonce, moves=moves)
