"""The proxy itself: upstream's chunks read in the simplest way, and put into the words of the path's dialect."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from aiohttp import ClientError, ClientSession, web

from scenarios.prompt import NONCE
from tests.targets.speaking.words import Words

DEFECTS: Final = ("launders", "ends-twice", "loses-text", "leaves-open", "length-is-stop")
"""`launders` ends what broke off or failed as a whole answer; `leaves-open` never says that the text is over."""
_ASKED: Final = re.compile(rf"({NONCE.pattern[2:-2]}[^|]*)\| Please answer\.")


class BrokenError(Exception):
    """Upstream's answer broke off, or tells an error."""


class Upstream:
    """Where the mock is, once that is known."""

    url = ""
    token = ""
    model = ""


@asynccontextmanager
async def serving(upstream: Upstream) -> AsyncIterator[int]:
    """Serve on a free port, which is yielded."""
    async with ClientSession() as session:

        async def answer(request: web.Request) -> web.StreamResponse:
            return await _answer(request, session, upstream)

        app = web.Application()
        app.router.add_post("/{defect}/{dialect}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


async def _answer(request: web.Request, session: ClientSession, upstream: Upstream) -> web.StreamResponse:
    defect, words = request.match_info["defect"], Words(request.match_info["dialect"])
    found = _ASKED.search(await request.text())
    told = {"role": "user", "content": found[0] if found else ""}
    chat: dict[str, Any] = {"model": upstream.model, "stream": True, "messages": [told]}
    headers = {"Authorization": f"Bearer {upstream.token}"}
    response = web.StreamResponse(headers={"Content-Type": words.content_type})
    async with session.post(f"{upstream.url}/v1/chat/completions", json=chat, headers=headers) as answer:
        await response.prepare(request)
        await response.write(words.framed(*words.begin()))
        finish, broken, number = "stop", False, 0
        try:
            async for chunk in _chunks(answer.content):
                for choice in chunk["choices"]:
                    finish = choice.get("finish_reason") or finish
                    if text := choice["delta"].get("content"):
                        number += 1
                        if not (defect == "loses-text" and number == 2):
                            await response.write(words.framed(words.word(text)))
        except (BrokenError, ClientError):
            broken = True
        await _finish(response, words, defect, finish=finish, broken=broken)
    return response


async def _finish(response: web.StreamResponse, words: Words, defect: str, *, finish: str, broken: bool) -> None:
    if broken and defect != "launders":
        await response.write(words.framed(*words.fail()))
    else:
        ends = words.end("stop" if defect == "length-is-stop" else finish)
        closes = () if defect == "leaves-open" else words.close()
        again = ends[-1:] if defect == "ends-twice" else ()
        await response.write(words.framed(*closes, *ends, *again))
    with suppress(ClientError):
        await response.write_eof()


async def _chunks(lines: Any) -> AsyncIterator[dict[str, Any]]:  # noqa: ANN401 - aiohttp's reader has no public name
    """Yield upstream's chunks up to `[DONE]`."""
    async for line in lines:
        data = line.decode().strip().removeprefix("data: ")
        if data == "[DONE]":
            return
        chunk = json.loads(data) if data.startswith("{") else {"choices": []}
        if "choices" not in chunk:
            raise BrokenError
        yield chunk
    raise BrokenError
