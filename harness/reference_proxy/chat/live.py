"""Answers while they are made, whoever reads them: who was cut off comes back, and reads on where it was.

The one rule: an answer is made once and settled once, by a task of its own, and ends early only when nobody has read
it for a while, or when too many others go on unread. What is kept of it here is bounded: past that bound its beginning
is let go, and nobody can read it from there any more. A process knows the answers that it makes itself, and no others.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, Final, Protocol

from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat.meters import Meters
from harness.reference_proxy.chat.storage.turns import Begun, Outcome
from harness.reference_proxy.chat.turns import Turn
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.eventlog import EventLog, LogReader
from harness.reference_proxy.http.relay import CLIENT_LEFT

PROCESS_ENDED: Final = "process_ended"
_DEFECT: Final = "internal_error"
_WINDOW_BYTES: Final = 64 * 1024
_LONGEST_NUMBER: Final = 9


class Words(Protocol):
    """The wording of one answer as events. `has_ids` says whether an event of its form can have an id."""

    has_ids: bool

    def begin(self, begun: Begun, model: str) -> Iterator[bytes]:
        """Yield what says where the question and its answer are kept."""

    def accept(self, chunk: Chunk) -> Iterator[bytes]:
        """Yield what a chunk becomes."""

    def end(self, outcome: Outcome) -> Iterator[bytes]:
        """Yield what ends an answer that is whole and on disk."""


class Live:
    """One answer that is being made. `with_ids` gives its events ids, by which a client says where it was.

    `protocol` is the name of the form that it is made in.
    """

    def __init__(
        self,
        turn: Turn,
        protocol: str,
        words: Words,
        *,
        with_ids: bool,
        keep_bytes: int,
        log: Any,  # noqa: ANN401 - structlog's type
    ) -> None:
        self.begun = turn.begun
        self.protocol = protocol
        self.given_up = ""
        """Why no more of it is made; empty while it is."""
        self.readers = 0
        self._turn = turn
        self._words = words
        self._with_ids = with_ids
        self._events = EventLog(window_bytes=_WINDOW_BYTES, keep_bytes=keep_bytes)
        self._log = log
        self._settling = False
        self.task = asyncio.create_task(self._make())

    def from_start(self) -> LogReader:
        """A place at the start of an answer that has only begun to be made."""
        return self._events.reader()

    def place(self, last_event_id: str) -> LogReader | None:
        """A place behind the event of that id, or at the start for an id that no event of this answer has.

        None when what stands there is no longer kept.
        """
        answer_id, _, number = last_event_id.rpartition(":")
        is_number = number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER
        had = int(number) if answer_id == self.begun.answer_id and is_number else 0
        return self._events.reader_behind(had if had <= self._events.length else 0)

    def give_up(self, why: str) -> None:
        """Make no more of it, unless it has ended and is on its way to the disk."""
        if not self._settling and not self.given_up:
            self.given_up = why
            self.task.cancel()

    async def _make(self) -> None:
        turn = self._turn
        try:
            await turn.open()
            await self._say(self._words.begin(turn.begun, turn.answer.model))
            while (chunk := await turn.next()) is not None:
                await self._say(self._words.accept(chunk))
            self._settling = True
            await self._say(self._words.end(await turn.complete()))
            self._events.end()
        except ProxyError as error:
            if not self._settling:
                self._settling = True
                await turn.fail(error)
            self._events.end(error)
        except asyncio.CancelledError:
            if not self._settling:
                await turn.interrupt(self.given_up)
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: whoever reads has to be told something
            self._log.error("defect", message=self.begun.answer_id, exception=type(error).__name__, exc_info=True)
            if not self._settling:
                await turn.interrupt(_DEFECT)
        finally:
            # Does nothing to what has ended. A cancellation or a defect may leave nobody waiting.
            self._events.end(_gone(self.given_up or _DEFECT))
            turn.ended()

    async def _say(self, events: Iterator[bytes]) -> None:
        for event in events:
            number = self._events.length + 1
            name = f"id: {self.begun.answer_id}:{number}\n".encode() if self._with_ids else b""
            await self._events.append(name + event)


def _gone(why: str) -> ProxyError:
    return ProxyError(500, "The answer was given up.", kind="server_error", code=why)


class LiveAnswers:
    """The answers that this process makes. One goes on unread for `linger_s`, at most `most_unread` do at once."""

    def __init__(
        self,
        *,
        linger_s: float,
        most_unread: int,
        keep_bytes: int,
        meters: Meters,
        log: Any,  # noqa: ANN401 - structlog's type
    ) -> None:
        self._meters = meters
        self._log = log
        self._linger_s = linger_s
        self._most_unread = most_unread
        self._keep_bytes = keep_bytes if linger_s else _WINDOW_BYTES  # nobody comes back for one that ends
        self._made: dict[str, Live] = {}  # by the answer's id, the latest last
        self._unread: dict[str, asyncio.TimerHandle] = {}  # the same, by when the last reader left

    def make(self, turn: Turn, protocol: str, words: Words) -> tuple[Live, LogReader]:
        """Begin to make an answer, and to read it from its start; `go` has to follow."""
        with_ids = words.has_ids and self._linger_s > 0
        live = Live(turn, protocol, words, with_ids=with_ids, keep_bytes=self._keep_bytes, log=self._log)
        answer_id = live.begun.answer_id
        self._made[answer_id] = live
        live.task.add_done_callback(lambda _: self._forget(answer_id))
        return live, self._read_by(live, live.from_start())

    def of(self, conversation_id: str, protocol: str) -> Live | None:
        """The answer that is being made in a conversation and in this form, the latest where there are several."""
        latest = reversed(self._made.values())
        going = (live for live in latest if not live.given_up and live.protocol == protocol)
        return next((live for live in going if live.begun.conversation_id == conversation_id), None)

    def come(self, live: Live, last_event_id: str) -> LogReader | None:
        """Begin to read an answer; None when what the reader lacks is no longer kept. `go` has to follow."""
        reader = live.place(last_event_id)
        return None if reader is None else self._read_by(live, reader)

    def go(self, live: Live, reader: LogReader, why: str = CLIENT_LEFT) -> None:
        """Read no more of it; `why` is what is told of an answer that ends by it."""
        reader.close()
        live.readers -= 1
        self._meters.readers.dec()
        answer_id = live.begun.answer_id
        if live.readers or answer_id not in self._made:
            return
        if not self._linger_s:
            live.give_up(why)
            return
        self._unread[answer_id] = asyncio.get_running_loop().call_later(self._linger_s, live.give_up, why)
        self._meters.unread.inc()
        if len(self._unread) > self._most_unread:
            oldest = next(iter(self._unread))
            self._is_read(oldest)
            self._made[oldest].give_up(why)

    async def aclose(self) -> None:
        """Make no more of any; what there is of each is kept."""
        made = list(self._made.values())
        for live in made:
            live.give_up(PROCESS_ENDED)
        await asyncio.gather(*(live.task for live in made), return_exceptions=True)

    def _read_by(self, live: Live, reader: LogReader) -> LogReader:
        live.readers += 1
        self._meters.readers.inc()
        self._is_read(live.begun.answer_id)
        return reader

    def _forget(self, answer_id: str) -> None:
        self._made.pop(answer_id, None)
        self._is_read(answer_id)

    def _is_read(self, answer_id: str) -> None:
        waiting = self._unread.pop(answer_id, None)
        if waiting is not None:
            waiting.cancel()
            self._meters.unread.dec()
