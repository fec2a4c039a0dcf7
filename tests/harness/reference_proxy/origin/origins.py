"""Origins that answer with bytes of one's choice, and how a test asks them through the proxy."""

from __future__ import annotations

import json

from tests.harness.reference_proxy.stage import Answer, Answered, Connection, Stage, chat, stage

PATH = "/origin/v1/chat/completions"
SSE, NDJSON, JSON = "text/event-stream", "application/x-ndjson", "application/json"
LONG = json.dumps({"text": "the same words again and again, " * 80}).encode()
EVENTS = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n'
LINES = b'{"message":{"content":"hi"},"done":false}\n{"done":true,"done_reason":"stop"}\n'


def sends(body: bytes, kind: str, *, measured: bool = False, **headers: str) -> Answer:
    """A script that answers with this body, and tells its length or not."""

    async def answer(connection: Connection) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if measured:
            await connection.reply(200, body, kind=kind, headers=named)
            return
        told = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        await connection.raw(
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n{told}\r\n".encode()
        )
        await connection.block(body)
        await connection.end()

    return answer


async def ask(on: Stage, **headers: str) -> Answered:
    return await on.ask(chat(), path=PATH, **headers)


async def twice(answer: Answer, **settings: object) -> list[Answered]:
    async with stage(answer, passing=True, **settings) as on:
        return [await ask(on) for _ in range(2)]
