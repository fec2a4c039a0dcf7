"""Writing answers to clients: events as they come, truthful endings, no more in memory than the socket holds.

The one rule: only an answer that ended well gets `[DONE]` and the end of its framing. Any other ends abnormally.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import completions
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.eventlog import LogReader

FAILURE = web.RequestKey("failure", str)
CLIENT_LEFT = "client_left"

NextItem = Callable[[], Awaitable[bytes | None]]
"""Gives the next chunk, as JSON without the opening brace and the id; None after the last."""

Writer = Callable[[web.StreamResponse, float], Awaitable[None]]
"""Writes a whole answer, and gives up on a client that takes nothing for so many seconds."""

_DONE = b"data: [DONE]\n\n"
_EVENT_END = b"\n\n"
_MOST_TOGETHER_BYTES = 4 * 1024
"""Events that are here at once go out in one write until they are so long."""
_NEVER_HELD_BYTES = 8 * 1024
"""So little in the buffer of a connection, this write included, holds no write up: half of the low-water mark."""
_FLUSH_POLL_S = 0.005
_FLUSH_LIMIT_S = 5.0


def new_answer_id() -> str:
    """An id that no other answer has."""
    return f"chatcmpl-{uuid.uuid4().hex}"


def json_answer(completion: dict[str, Any], headers: dict[str, str]) -> web.Response:
    """A whole answer for a client that does not stream."""
    body = jsontext.dumps({"id": new_answer_id(), **completion})
    return web.Response(body=body, content_type="application/json", headers=headers)


async def replay(
    request: web.Request,
    completion: dict[str, Any],
    *,
    include_usage: bool,
    headers: dict[str, str],
    stall_s: float,
) -> web.StreamResponse:
    """A stored answer for a client that streams."""
    return await _stream(request, pieces_of(completion, include_usage=include_usage), headers, stall_s)


def pieces_of(completion: dict[str, Any], *, include_usage: bool) -> NextItem:
    """A stored answer, piece by piece."""
    chunks = iter(completions.chunks_of(completion, include_usage=include_usage))

    async def next_item() -> bytes | None:
        chunk = next(chunks, None)
        return None if chunk is None else jsontext.dumps(chunk)[1:]

    return next_item


async def follow(
    request: web.Request, reader: LogReader, *, headers: dict[str, str], stall_s: float
) -> web.StreamResponse:
    """A live answer for a client that streams, from its first chunk on."""
    return await _stream(request, reader, headers, stall_s)


async def follow_items(
    request: web.Request, next_item: NextItem, *, headers: dict[str, str], stall_s: float
) -> web.StreamResponse:
    """An answer for a client that streams, whatever gives its chunks."""
    return await _stream(request, next_item, headers, stall_s)


async def _stream(
    request: web.Request, next_item: NextItem, headers: dict[str, str], stall_s: float
) -> web.StreamResponse:
    async def write(response: web.StreamResponse, stall_s: float) -> None:
        await _write_all(request, response, next_item, stall_s)

    return await stream(request, write, headers, stall_s)


async def stream(request: web.Request, write: Writer, headers: dict[str, str], stall_s: float) -> web.StreamResponse:
    """An event stream of whatever `write` writes; a client that leaves, and a defect, end it without an end."""
    response = _begun(headers)
    try:
        await response.prepare(request)
        await write(response, stall_s)
    except ConnectionError:
        request[FAILURE] = CLIENT_LEFT
        abort(request)
    except Exception:
        abort(request)  # whatever happened, nothing that looks like a good end may follow
        raise
    return response


def _begun(headers: dict[str, str]) -> web.StreamResponse:
    # Never compressed, whatever a client takes: a compressor would hold events back.
    return web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-cache",
            "X-Accel-Buffering": "no",
            **headers,  # some streams are no event streams
        }
    )


async def _write_all(request: web.Request, response: web.StreamResponse, next_item: NextItem, stall_s: float) -> None:
    opening = b'data: {"id":"' + new_answer_id().encode("ascii") + b'",'
    ready = next_item.ready if isinstance(next_item, LogReader) else _nothing
    try:
        while (item := await next_item()) is not None:
            events = opening + item + _EVENT_END
            while len(events) < _MOST_TOGETHER_BYTES and (item := ready()) is not None:
                events += opening + item + _EVENT_END
            if _goes_at_once(request, events):
                await response.write(events)
                continue
            async with asyncio.timeout(stall_s):
                await response.write(events)
    except ProxyError as error:
        request[FAILURE] = error.code
        await _end_abnormally(request, response, error)
        return
    except TimeoutError:
        request[FAILURE] = "client_stalled"
        abort(request)
        return
    await response.write(_DONE)
    await response.write_eof()


def _nothing() -> None:
    """Nothing is known to be here already."""


def _goes_at_once(request: web.Request, events: bytes) -> bool:
    """Whether a write cannot be held up, so that nobody has to watch how long it takes."""
    transport = request.transport
    return transport is not None and transport.get_write_buffer_size() + len(events) <= _NEVER_HELD_BYTES


async def _end_abnormally(request: web.Request, response: web.StreamResponse, error: ProxyError) -> None:
    event = {"error": {"message": error.message, "type": error.kind, "code": error.code}}
    await end_with(request, response, b"data: " + jsontext.dumps(event) + b"\n\n")


async def end_with(request: web.Request, response: web.StreamResponse, last_words: bytes) -> None:
    """Send what tells of a failure, and drop the connection once it has gone."""
    await response.write(last_words)
    await flush_and_abort(request)


async def flush_and_abort(request: web.Request) -> None:
    """Let what was written go out, for a bounded time, and then `abort`."""
    transport = request.transport
    waited_s = 0.0
    while transport is not None and transport.get_write_buffer_size() and waited_s < _FLUSH_LIMIT_S:
        await asyncio.sleep(_FLUSH_POLL_S)
        waited_s += _FLUSH_POLL_S
    abort(request)


def abort(request: web.Request) -> None:
    """Drop the connection without the end of the framing: the client must see that something is missing."""
    if request.transport is not None:
        request.transport.abort()
