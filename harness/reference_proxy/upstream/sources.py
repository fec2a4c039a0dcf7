"""Answers as chunks, taken one at a time: live from upstream, or cut from an answer that came whole.

The one rule: a source ends (None) only when its answer is whole; any other end is an UpstreamError.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Protocol

import httpx

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import completions
from harness.reference_proxy.answers.capture import Capture
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.answers.ndjson import LineParser
from harness.reference_proxy.answers.sse import SseError, SseEvent, SseParser, SseTooLargeError
from harness.reference_proxy.errors import UpstreamError, upstream_broken, upstream_timeout

_TAIL_S = 0.02  # time given to the framing's end after [DONE], so that the connection can be used again


class ChunkSource(Protocol):
    """One answer, chunk by chunk."""

    async def next(self) -> Chunk | None:
        """The next chunk, None at the end of a whole answer; raises UpstreamError at any other end."""

    def push_back(self, chunk: Chunk) -> None:
        """Put a chunk back to be taken next."""

    async def aclose(self) -> None:
        """Let go of the upstream, at once."""


class EventReader(Protocol):
    """Makes chunks of a stream's events, as `Translator` does; `done` once its end mark was read."""

    done: bool

    def accept(self, event: SseEvent) -> list[Chunk]:
        """The chunks that one event becomes; raises UpstreamError for one that tells of an error, or nothing."""

    def end(self, *, unfinished: bool) -> list[Chunk]:
        """The last chunks after a clean end of the connection; raises UpstreamError when the answer is not whole."""


class WholeSource:
    """The chunks of a completion that is already here."""

    def __init__(self, completion: dict[str, Any], *, include_usage: bool) -> None:
        self.completion = completion
        self._include_usage = include_usage
        self._chunks: deque[Chunk] | None = None

    async def next(self) -> Chunk | None:
        """The next chunk."""
        ready = self._ready()
        return ready.popleft() if ready else None

    def push_back(self, chunk: Chunk) -> None:
        """Put a chunk back."""
        self._ready().appendleft(chunk)

    async def aclose(self) -> None:
        """Nothing to let go of."""

    def _ready(self) -> deque[Chunk]:
        if self._chunks is None:  # most clients that get a whole answer have asked for one
            self._chunks = deque(completions.chunks_of(self.completion, include_usage=self._include_usage))
        return self._chunks


class LiveSource:
    """A stream that is read from upstream only as fast as its chunks are taken.

    The first piece may take `first_timeout_s`, each later one `idle_timeout_s`; there is no limit to the whole.
    """

    def __init__(
        self,
        response: httpx.Response,
        parser: SseParser | LineParser,
        translator: EventReader,
        *,
        first_timeout_s: float,
        idle_timeout_s: float,
    ) -> None:
        self._response = response
        self._blocks = blocks_of(response)
        self._parser = parser
        self._translator = translator
        self._timeout_s = first_timeout_s
        self._idle_timeout_s = idle_timeout_s
        self._ready: deque[Chunk] = deque()
        self._failure: UpstreamError | None = None
        self._ended = False

    async def next(self) -> Chunk | None:
        """The next chunk, waiting for upstream when none is here yet."""
        while not self._ready:
            if self._failure is not None:
                raise self._failure
            if self._ended:
                return None
            await self._pull()
        return self._ready.popleft()

    def push_back(self, chunk: Chunk) -> None:
        """Put a chunk back."""
        self._ready.appendleft(chunk)

    async def aclose(self) -> None:
        """Close the connection, unless the answer was read to the end of its framing."""
        await self._response.aclose()

    async def _pull(self) -> None:
        # A failure waits behind the chunks that came before it: what was good is delivered.
        try:
            block = await next_block(self._blocks, self._timeout_s)
            self._timeout_s = self._idle_timeout_s
            if block is None:
                self._ready.extend(self._translator.end(unfinished=self._parser.unfinished))
                self._ended = True
                return
            for event in self._parser.feed(block):
                self._ready.extend(self._translator.accept(event))
                if self._translator.done:
                    self._ended = True
                    break
        except UpstreamError as failure:
            self._failure = failure
        except SseTooLargeError:
            self._failure = upstream_broken("An event of the upstream is too large.", code="upstream_too_large")
        except SseError:
            self._failure = upstream_broken("The upstream sent a malformed event.", code="upstream_malformed_event")
        if self._ended:
            await self._read_tail()

    async def _read_tail(self) -> None:
        # The answer is whole: whatever happens to the connection from here on does not matter to it.
        with contextlib.suppress(TimeoutError, httpx.HTTPError, OSError):
            async with asyncio.timeout(_TAIL_S):
                async for _ in self._blocks:
                    pass


def blocks_of(response: httpx.Response) -> AsyncIterator[bytes]:
    """What comes of a body, piece by piece: through httpx only where there is a content coding to undo."""
    stream = response.stream
    if "content-encoding" in response.headers or not isinstance(stream, httpx.AsyncByteStream):
        return response.aiter_bytes()
    return aiter(stream)


async def next_block(blocks: AsyncIterator[bytes], timeout_s: float) -> bytes | None:
    """The next piece of a body, None at its clean end; raises UpstreamError when it stalls or breaks."""
    try:
        async with asyncio.timeout(timeout_s):
            return await anext(blocks)
    except StopAsyncIteration:
        return None
    except (TimeoutError, httpx.TimeoutException):
        raise upstream_timeout("The upstream stopped sending.") from None
    except (httpx.HTTPError, OSError):
        raise upstream_broken("The upstream's answer broke off.") from None


async def collect(source: ChunkSource, *, max_bytes: int) -> dict[str, Any]:
    """The whole answer of a source; raises UpstreamError when it breaks or is larger than `max_bytes`."""
    if isinstance(source, WholeSource):
        return source.completion
    capture = Capture(max_bytes=max_bytes)
    while (chunk := await source.next()) is not None:
        capture.add(chunk, len(jsontext.dumps(chunk)))
        if capture.overflowed:
            raise upstream_broken("The upstream's answer is too large.", code="upstream_too_large")
    completion = capture.completion()
    if completion is None:
        raise upstream_broken("The upstream's stream held no answer.", code="upstream_empty_answer")
    return completion
