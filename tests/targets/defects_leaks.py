"""Proxies that hold on to something: each leaks in one situation, and one scenario of the leak suite must name it.

Start one as a target does: `python -m tests.targets.defects_leaks keeps-requests --port N --upstream URL`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import aiohttp
from aiohttp import web

from harness.core.leaks.leak import Measure
from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from tests.targets.cache import CachingProxy, Memory
from tests.targets.defects import Base
from tests.targets.door import Ask
from tests.targets.parser import ParsingProxy
from tests.targets.pipe import Pipe
from tests.targets.resilience import Live
from tests.targets.serving import Settings, Target, serve


class KeepsRequests(Pipe):
    """Notes a kibibyte about every request, and never looks at it again."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.notes: list[bytearray] = []

    async def chat(self, request: web.Request) -> web.StreamResponse:
        self.notes.append(bytearray(1024))
        return await super().chat(request)


class KeepsLogsOpen(Pipe):
    """Opens a log for every answer that upstream breaks off, and leaves it open."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.logs: list[IO[bytes]] = []

    def broken(self, request: web.Request) -> None:
        self.logs.append(open(os.devnull, "wb"))  # noqa: PTH123, SIM115 - this is the defect
        super().broken(request)


class ForgetsHeartbeats(ParsingProxy):
    """Ends the heartbeat of a stream behind it, but not when the client has gone and the stream is cancelled."""

    def prepare(self) -> None:
        super().prepare()
        self.heartbeats: set[asyncio.Task[None]] = set()

    async def relay(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        heartbeat = asyncio.create_task(_beat())
        self.heartbeats.add(heartbeat)
        response = await super().relay(request, ask, live)
        heartbeat.cancel()  # a stream that is cancelled never comes here
        self.heartbeats.discard(heartbeat)
        return response


async def _beat() -> None:
    await asyncio.Event().wait()


class KeepsATimerAChunk(Pipe):
    """Winds up a timer at every piece of an answer, in case no other comes, and never stops one."""

    async def pieces(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        async for piece in super().pieces(answer):
            loop.call_later(3600.0, _give_up, answer, bytes(piece))
            yield piece


def _give_up(answer: aiohttp.ClientResponse, _: bytes) -> None:
    answer.close()


class _NeverShrinks(Memory):
    def shrink(self) -> None:
        return


class KeepsEveryAnswer(CachingProxy):
    """A cache without bound."""

    memory_type = _NeverShrinks


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakDefect:
    """One proxy that leaks: `scenario` must name it, by what it measures and as this invariant."""

    target: type[Target]
    base: Base
    scenario: str
    measure: Measure
    invariant: str = "no-leak"


DEFECTS: dict[str, LeakDefect] = {
    "keeps-requests": LeakDefect(target=KeepsRequests, base="pipe", scenario="clean", measure=Measure.TRACED),
    "keeps-a-timer-a-chunk": LeakDefect(
        target=KeepsATimerAChunk, base="pipe", scenario="clean", measure=Measure.TRACED
    ),
    "keeps-logs-open": LeakDefect(target=KeepsLogsOpen, base="pipe", scenario="cut", measure=Measure.DESCRIPTORS),
    "forgets-heartbeats": LeakDefect(
        target=ForgetsHeartbeats, base="parser", scenario="client-gone", measure=Measure.TASKS
    ),
    "keeps-every-answer": LeakDefect(
        target=KeepsEveryAnswer,
        base="cache",
        scenario="unique-prompts",
        measure=Measure.TRACED,
        invariant="cache-bounded",
    ),
}


def leaky(name: str) -> TargetFile:
    """Return the target of a leaking proxy: it claims what the right one does."""
    right = load(str(Path(__file__).parent / f"right-{DEFECTS[name].base}.toml"))
    command = ("{python}", "-m", "tests.targets.defects_leaks", name, "--port", "{port}", "--upstream", "{upstream}")
    return replace(right, name=name, command=command)


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("defect", choices=DEFECTS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    arguments = parser.parse_args()
    serve(DEFECTS[arguments.defect].target(Settings(port=arguments.port, upstream=arguments.upstream)))


if __name__ == "__main__":
    main()
