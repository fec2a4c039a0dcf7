"""Streams as NDJSON, for clients that say they read that: the same chunks, one a line, and no `[DONE]`.

The one rule: what ends a whole answer is the finish reason of each choice, and the end of the framing behind it. Any
other answer ends with a line that tells the error, and abnormally.
"""

import asyncio

from aiohttp import web

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.ndjson import KINDS
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http import relay

_TYPE = {"Content-Type": "application/x-ndjson; charset=utf-8"}


def wanted(request: web.Request) -> bool:
    """Whether a client that streams names NDJSON among what it accepts, and event streams not."""
    accepted = request.headers.get("Accept", "")
    if "json" not in accepted:
        return False
    kinds = {item.partition(";")[0].strip().lower() for item in accepted.split(",")}
    return bool(kinds & KINDS) and "text/event-stream" not in kinds


async def stream(
    request: web.Request, next_item: relay.NextItem, *, headers: dict[str, str], stall_s: float
) -> web.StreamResponse:
    """Write an answer, live or kept, line by line."""

    async def write(response: web.StreamResponse, stall_s: float) -> None:
        await _write_all(request, response, next_item, stall_s)

    return await relay.stream(request, write, {**headers, **_TYPE}, stall_s)


async def _write_all(
    request: web.Request, response: web.StreamResponse, next_item: relay.NextItem, stall_s: float
) -> None:
    opening = b'{"id":"' + relay.new_answer_id().encode("ascii") + b'",'
    try:
        while (item := await next_item()) is not None:
            async with asyncio.timeout(stall_s):
                await response.write(opening + item + b"\n")
    except ProxyError as error:
        request[relay.FAILURE] = error.code
        async with asyncio.timeout(stall_s):
            await relay.end_with(request, response, jsontext.dumps(error.body()) + b"\n")
        return
    await relay.end_well(response, b"", stall_s)
