"""Synthetic traffic: chat requests at an even rate, each marked and with a nonce of its own.

The one rule: a request comes when it is due, whatever became of those before it; a client that waits for a slow answer
would hide the very stall that it should meet.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import Final

from fault_injection.client import ClientMoves
from fault_injection.reply import Headers
from harness.core.gateway.guard import BAGGAGE_KEY, RUN_HEADER
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


@dataclass(slots=True, kw_only=True)
class Traffic:
    """Asks one lane's target, `asked` times so far, and keeps what came of it in `done`."""

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
    def patience_s(self) -> float:
        """How long a client waits for an answer."""
        answer_s = self.prompt.first_s + self.prompt.tokens * self.prompt.pace_s
        return self.lane.target_file.limits.patience_s + answer_s + _SPARE_S

    async def _ask_one(self) -> None:
        self.asked += 1
        name = f"chaos/{self.asked}"
        self.done.append(await ask(self._request(name)))

    def _request(self, name: str) -> Ask:
        target = self.lane.target_file
        prompt = replace(self.prompt, nonce=seeds.nonce(self.seed, "chaos", self.run, name))
        step = Step(stream=target.capabilities.streaming)
        marks: Headers = ((RUN_HEADER, self.run), ("baggage", f"{BAGGAGE_KEY}={self.run}"))
        body = chat_body(step, dialect=target.chat.dialect, text=f"{prompt} | Please answer.", model=target.chat.model)
        return Ask(
            url=self.lane.url,
            path=chat_path(target.chat.path, target.chat.model),
            headers=(*self.lane.headers("a"), *marks),
            moves=ClientMoves(body=body),
            patience_s=self.patience_s,
            label=name,
            identity="a",
        )
