"""What passed through the gateway in one run, taken over as it goes on.

The one rule: the gateway's journal forgets what is old, so that nothing may be left there until the end; an answer
without the call that it came from would look invented.
"""

from __future__ import annotations

from harness.core.observed.history import UpstreamExchange
from harness.shell.gateway.controller import Controller


class Passed:
    """The exchanges of a run that `begin` has begun, as `refresh` last found them."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._known: dict[int, UpstreamExchange] = {}
        self._problems_before = 0
        self._over_until = 0
        """Everything up to this number is over, and not asked for again."""

    async def begin(self) -> None:
        """Leave out what came through before.

        Raises:
            HarnessError: the gateway does not say.
        """
        state = await self._controller.state()
        self._over_until, self._problems_before = int(state["exchanges"]), len(state["problems"])

    async def refresh(self) -> tuple[UpstreamExchange, ...]:
        """Return all that has come through since, in its order.

        Raises:
            HarnessError: the gateway does not say.
        """
        found, self._over_until = await self._controller.exchanges(self._over_until)
        self._known.update((each.number, each) for each in found)
        return tuple(self._known[number] for number in sorted(self._known))

    async def problems(self) -> tuple[str, ...]:
        """Return what went wrong in the gateway since, or on its way to upstream.

        Raises:
            HarnessError: the gateway does not say.
        """
        state = await self._controller.state()
        return tuple(map(str, state["problems"][self._problems_before :]))
