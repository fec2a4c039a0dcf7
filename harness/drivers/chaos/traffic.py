"""Synthetic traffic: chat requests at an even rate, each marked and with a nonce of its own.

The one rule: a request comes when it is due, whatever became of those before it; a client that waits for a slow answer
would hide the very stall that it should meet.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from fault_injection.client import ClientMoves
from fault_injection.reply import Headers
from harness.core.gateway.guard import BAGGAGE_KEY, RUN_HEADER
from harness.core.load.report import Late
from harness.core.observed.history import ClientExchange
from harness.core.run import seeds
from harness.core.target.dialects import chat_body, chat_path
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.playing.lane import Lane
from scenarios.case import Step
from scenarios.prompt import Prompt

_SPARE_S: Final = 2.0


def next_due_s(due_s: float, now_s: float, *, rate_per_s: float) -> float:
    """Return when the request behind the one of `due_s` is due.

    What a harness that stood still has missed is not made up for: a burst would be more than anybody was promised.
    """
    return max(due_s + 1 / rate_per_s, now_s)


def marks(run: str) -> Headers:
    """Return the headers by which a gateway knows the requests of a run."""
    return ((RUN_HEADER, run), ("baggage", f"{BAGGAGE_KEY}={run}"))


def patience_s(lane: Lane, prompt: Prompt) -> float:
    """Return how long a client waits for the answer to a prompt."""
    answer_s = prompt.first_s + prompt.tokens * prompt.pace_s
    return lane.target_file.limits.patience_s + answer_s + _SPARE_S


class Traffic(Protocol):
    """Requests to one lane's target; `done` holds what came of those that are over."""

    done: list[ClientExchange]

    @property
    def asked(self) -> int:
        """How many requests were made."""
        ...

    @property
    def late(self) -> tuple[Late, ...]:
        """When whoever asks stood still, if that is not this process."""
        ...

    @property
    def patience_s(self) -> float:
        """How long a client waits for an answer."""
        ...

    async def begun(self) -> None:
        """Return once it flows."""
        ...

    async def flow(self) -> None:
        """Ask and ask, until this is cancelled."""
        ...

    async def caught_up(self) -> None:
        """Return once `asked` counts all that was asked before the call."""
        ...

    async def settle(self) -> None:
        """Return once nothing is under way any more."""
        ...


@dataclass(slots=True, kw_only=True)
class Paced:
    """Asks one lane's target from this process."""

    lane: Lane
    seed: int
    run: str
    prompt: Prompt
    rate_per_s: float
    done: list[ClientExchange] = field(default_factory=list)
    asked: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def flow(self) -> None:
        """Ask and ask, until this is cancelled; what is under way then goes on."""
        due_s = time.monotonic()
        while True:
            task = asyncio.get_running_loop().create_task(self._ask_one())
            self._open.add(task)
            task.add_done_callback(self._open.discard)
            now_s = time.monotonic()
            due_s = next_due_s(due_s, now_s, rate_per_s=self.rate_per_s)
            await asyncio.sleep(due_s - now_s)

    async def settle(self) -> None:
        """Return once every answer that is under way has come to its end; each has one."""
        while self._open:
            await asyncio.wait(set(self._open))

    @property
    def late(self) -> tuple[Late, ...]:
        """Nothing: this process is watched as a whole."""
        return ()

    @property
    def patience_s(self) -> float:
        """How long a client waits for an answer."""
        return patience_s(self.lane, self.prompt)

    async def begun(self) -> None:
        """Return at once."""

    async def caught_up(self) -> None:
        """Return at once: it counts as it asks."""

    async def _ask_one(self) -> None:
        self.asked += 1
        name = f"chaos/{self.asked}"
        self.done.append(await ask(self._request(name)))

    def _request(self, name: str) -> Ask:
        target = self.lane.target_file
        prompt = replace(self.prompt, nonce=seeds.nonce(self.seed, "chaos", self.run, name))
        step = Step(stream=target.capabilities.streaming)
        body = chat_body(step, dialect=target.chat.dialect, text=f"{prompt} | Please answer.", model=target.chat.model)
        return Ask(
            url=self.lane.url,
            path=chat_path(target.chat.path, target.chat.model),
            headers=(*self.lane.headers("a"), *marks(self.run)),
            moves=ClientMoves(body=body),
            patience_s=self.patience_s,
            label=name,
            identity="a",
            dialect=target.chat.dialect,
        )
