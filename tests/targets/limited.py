"""Proxies that limit how often one caller may ask: a right one, and ones that count what they should not.

Start one as a target does: `python -m tests.targets.limited right --port N --upstream URL`.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import replace
from typing import ClassVar

from aiohttp import web

from harness.core.target.claims import RateLimit
from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from tests.targets.door import Ask
from tests.targets.parser import ParsingProxy
from tests.targets.resilience import Live
from tests.targets.serving import Failure, Settings, serve
from tests.targets.trial import right

PER_MINUTE = 6
_MINUTE_S = 60.0


class Limited(ParsingProxy):
    """A right proxy that serves each caller so many requests in any minute."""

    counts_refused: ClassVar[bool] = False

    def prepare(self) -> None:
        """Make ready to serve."""
        super().prepare()
        self.served: defaultdict[str, list[float]] = defaultdict(list)

    async def answer(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        """Answer one valid request, unless its caller has had enough."""
        self.count(ask)
        return await super().answer(request, ask)

    def count(self, ask: Ask) -> None:
        """Count one request; Failure when it is one too many."""
        now_s = time.monotonic()
        log = self.served[ask.caller]
        log[:] = [at_s for at_s in log if now_s - at_s < _MINUTE_S]
        is_full = len(log) >= PER_MINUTE
        if not is_full or self.counts_refused:
            log.append(now_s)
        if is_full:
            raise Failure(429, "That is enough for a minute.", retry_after="60")


class CountsAttempts(Limited):
    """Counts where it asks upstream, so that a request which is tried three times counts three times."""

    async def answer(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        return await ParsingProxy.answer(self, request, ask)

    async def begin(self, ask: Ask, model: str) -> Live:
        self.count(ask)
        return await super().begin(ask, model)


class CountsRefused(Limited):
    """Counts before it looks, so that whoever goes on asking never gets in again."""

    counts_refused = True


KINDS: dict[str, type[Limited]] = {
    "right": Limited,
    "counts-attempts": CountsAttempts,
    "counts-refused": CountsRefused,
}


def limited(name: str) -> TargetFile:
    """Return the target of one of them: it claims what the right parser does, and its limit."""
    base = load(str(right("parser")))
    command = ("{python}", "-m", "tests.targets.limited", name, "--port", "{port}", "--upstream", "{upstream}")
    claims = replace(base.capabilities, rate_limit=RateLimit(per_minute=PER_MINUTE))
    return replace(base, name=name, command=command, capabilities=claims)


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    arguments = parser.parse_args()
    serve(KINDS[arguments.kind](Settings(port=arguments.port, upstream=arguments.upstream)))


if __name__ == "__main__":
    main()
