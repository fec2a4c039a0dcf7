"""The port at which a gateway is steered, apart from all traffic.

The one rule: nothing that comes in here is ever passed on or faulted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fault_injection.rendering import render
from harness.shell.gateway.manners import Manners
from harness.shell.gateway.steering import Steered, Steering
from harness.shell.upstream.answering import asked_by, error_reply
from harness.shell.upstream.arrival import Arrival
from harness.shell.upstream.connection import Connection
from harness.shell.upstream.control import is_control
from harness.shell.upstream.player import play

_MOST_CONTROL_BYTES: Final = 1024 * 1024


class Helm:
    """Answers those who steer one gateway; `hands` are their connections. `note` keeps what went wrong."""

    def __init__(self, gateway: Steered, manners: Manners, *, note: Callable[[str], None]) -> None:
        self.hands: set[Connection] = set()
        self._manners = manners
        self._steering = Steering(gateway)
        self._note = note

    def accept(self) -> Connection:
        """Take a connection."""
        return Connection(
            0,
            self._steered,
            most_body_bytes=_MOST_CONTROL_BYTES,
            on_open=self.hands.add,
            on_close=self.hands.discard,
        )

    async def _steered(self, arrival: Arrival, connection: Connection) -> bool:
        request = arrival.request
        if arrival.partial:
            return False
        try:
            reply = self._manners.refusal(request.headers)
            if reply is None and arrival.refused:
                reply = error_reply(arrival.refused, arrival.reason)
            if reply is None:
                known = is_control(request)
                reply = self._steering.answer(request) if known else error_reply(404, "this port steers the gateway")
        except Exception as error:  # noqa: BLE001 - whatever breaks here is ours, and must not take the gateway along
            self._note(f"{error!r} while answering {request.method} {request.path}")
            reply = error_reply(500, f"gateway error: {error!r}")
        script = render(reply, asked_by(request, keep_alive=arrival.keep_alive))
        played = await play(script, connection.line, lambda _: None)
        return played.whole and arrival.keep_alive and not arrival.refused
