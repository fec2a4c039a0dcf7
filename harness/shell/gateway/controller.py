"""The hand that steers a gateway in another process, over its control port.

The one rule: whatever the gateway does not do as it is told is an error here; it is never taken for done.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode

from fault_injection.client import ClientMoves
from fault_injection.plan import Plan
from fault_injection.plan_file import show_plan
from fault_injection.reply import Headers
from harness.core.gateway.exchange_json import from_json
from harness.core.gateway.guard import Caps
from harness.core.load.report import Late
from harness.core.observed.history import ClientEnd, UpstreamExchange
from harness.errors import HarnessError
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.gateway.manners import TOKEN_HEADER
from harness.shell.upstream.control import PREFIX

_PATIENCE_S: Final = 10.0
_BEATS_EVERY_S: Final = 1.0


class Controller:
    """Steers the gateway whose control port is at `url`. `token` is for one that wants it."""

    def __init__(self, url: str, *, token: str = "") -> None:
        self._url = url
        self._headers: Headers = ((TOKEN_HEADER, token),) if token else ()

    async def state(self) -> dict[str, Any]:
        """Return what the gateway says of itself."""
        return await self._told("GET", "state")

    async def arm(self, plan: Plan, *, run: str, caps: Caps, by_nonce: bool) -> None:
        """Put a plan in force; it ends when `beating` does."""
        query = {"run": run, "requests": caps.requests, "faulted": caps.faulted, "tokens": caps.tokens}
        query |= {"nonce": "yes"} if by_nonce else {}
        await self._told("PUT", f"plan?{urlencode(query)}", show_plan(plan).encode())

    async def expect_nobody(self) -> None:
        """Make sure that no other run is under way.

        Raises:
            HarnessError: one is.
        """
        state = await self.state()
        if state["state"] != "transparent":
            raise HarnessError(
                f"the gateway at {self._url} is {state['state']} for {state['run']}",
                next_step="wait until that run is over, or end it there: DELETE /__edgeproof__/plan",
            )

    async def revert(self, run: str) -> None:
        """Take the plan of a run away, whatever state it is in; another run's stays."""
        await self._told("DELETE", f"plan?{urlencode({'run': run})}")

    async def exchanges(self, since: int = 0) -> tuple[tuple[UpstreamExchange, ...], int]:
        """Return what passed through the gateway after one number, as far as its journal still has it, and the number
        up to which everything was over when it was first asked."""
        told = await self._told("GET", f"exchanges?since={since}")
        over_until = int(told["over_until"])
        found = list(from_json(told["exchanges"]))
        while told["more"]:
            told = await self._told("GET", f"exchanges?since={found[-1].number}")
            found += from_json(told["exchanges"])
        return tuple(found), over_until

    async def late(self) -> tuple[Late, ...]:
        """Return when the gateway itself stood still, and for how long."""
        told = await self._told("GET", "late")
        return tuple((float(ended_s), float(lasted_s)) for ended_s, lasted_s in told["late"])

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Say every second that the controller lives, for as long as this lasts."""
        task = asyncio.get_running_loop().create_task(self._beat())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEATS_EVERY_S)
            await self._told("POST", "heartbeat")

    async def _told(self, method: str, what: str, body: bytes = b"") -> dict[str, Any]:
        request = Ask(
            url=self._url,
            path=PREFIX + what,
            method=method,
            headers=self._headers,
            moves=ClientMoves(body=body),
            patience_s=_PATIENCE_S,
        )
        answer = await ask(request)
        if answer.status is None:
            raise HarnessError(
                f"the gateway at {self._url} does not answer",
                evidence=f"{method} {what.partition('?')[0]}: {answer.problem or answer.end}",
            )
        if answer.end is not ClientEnd.COMPLETE or answer.status != 200:
            raise HarnessError(
                f"the gateway at {self._url} refuses what it is sent",
                evidence=f"{method} {what.partition('?')[0]}: {answer.status or answer.end} {_message(answer.body)}",
            )
        try:
            told = json.loads(answer.body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise HarnessError(f"{self._url} is not a gateway", evidence=f"it answered {answer.body[:80]!r}")
        return told


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return body[:80].decode("utf-8", "replace")
