"""The sending half of one exchange: its head and its body, in the pieces and at the times that its moves name.

The one rule: what goes wrong is left for the reader to see, after what had arrived before.
"""

from __future__ import annotations

import asyncio
import time

from harness.shell.client.leaving import Leaving
from harness.shell.client.putting import pieces_of
from harness.shell.client.stream import Stream
from harness.shell.client.transcript import Transcript

_CONTINUE_S = 1.0
"""How long a client waits to be told that it may send its body; then it sends it (RFC 9110 §10.1.1)."""


class Upload:
    """Sends the request of one exchange; `leaving` begins where its client leaves in the course of it, or behind it."""

    def __init__(self, seen: Transcript, leaving: Leaving) -> None:
        self._seen = seen
        self._moves = seen.ask.moves
        self._leaving = leaving
        self.failed = False
        """Whether the connection ended while it was sent."""
        self.heard = asyncio.Event()
        """To be set when an interim answer, or the head of the final one, is there."""

    async def send(self, stream: Stream) -> None:
        """Send the request, as far as its client wants to."""
        moves = self._moves
        head, pieces = self._seen.head, list(pieces_of(self._seen.body, moves))
        whole_bytes = sum(map(len, pieces))
        if moves.leave == "upload":
            pieces = _first(pieces, moves.leave_after_bytes)
        try:
            if moves.manner.expects_continue:
                await stream.send(head)
                head = b""
                if not await self._is_to_go_on():
                    return
            if moves.upload_piece_bytes or moves.leave == "upload":
                await stream.send(head)
                for number, piece in enumerate(pieces):
                    if number and moves.upload_wait_s:
                        await asyncio.sleep(moves.upload_wait_s)
                    await stream.send(piece)
            else:
                await stream.send(b"".join((head, *pieces)))
        except OSError:
            self.failed = True
            return
        if sum(map(len, pieces)) == whole_bytes:
            self._seen.sent_s = time.monotonic()
        if moves.leave in ("upload", "request-sent"):
            self._leaving.begin()

    async def _is_to_go_on(self) -> bool:
        """Wait to be told to send the body, but not for ever; False when the answer is there without it."""
        try:
            async with asyncio.timeout(_CONTINUE_S):
                await self.heard.wait()
        except TimeoutError:
            self._seen.expected_in_vain = True
        return not self._seen.reader.head_done


def _first(pieces: list[bytes], size_bytes: int) -> list[bytes]:
    """Return the first bytes of a body in the pieces in which they come."""
    kept: list[bytes] = []
    for piece in pieces:
        if size_bytes > 0:
            kept.append(piece[:size_bytes])
        size_bytes -= len(piece)
    return kept
