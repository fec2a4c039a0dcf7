"""Writing answers that are no streams, to clients that may stop reading in the middle of one.

The one rule: a client may read as slowly as it likes, as long as it reads at all.
"""

import asyncio

from aiohttp import web

from harness.reference_proxy.http import relay


def may_be_held_up(request: web.Request, response: web.StreamResponse) -> bool:
    """Whether this is an answer that is no stream, has not begun, and is too large to be written unwatched."""
    if not isinstance(response, web.Response) or response.prepared or not isinstance(response.body, bytes):
        return False
    return not relay.goes_at_once(request, response.body)


async def write(request: web.Request, response: web.StreamResponse, stall_s: float) -> None:
    """Write an answer; a client that takes nothing of it for so long is given up."""
    relay.bound_buffers(request)  # or it could read for long without that being seen here
    with relay.giving_up(request):
        await response.prepare(request)
        await _taken(request, asyncio.ensure_future(response.write_eof()), stall_s)


async def _taken(request: web.Request, writing: asyncio.Future[None], stall_s: float) -> None:
    await asyncio.sleep(0)  # then it has written all, and waits for what the system does not take
    held = _held_bytes(request)
    try:
        while not (await asyncio.wait((writing,), timeout=stall_s))[0]:
            before, held = held, _held_bytes(request)
            if held >= before:
                raise TimeoutError
        await writing
    finally:
        writing.cancel()


def _held_bytes(request: web.Request) -> int:
    return request.transport.get_write_buffer_size() if request.transport is not None else 0
