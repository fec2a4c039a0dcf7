"""What an ordinary client library sees of one exchange with the mock: httpx, over a real socket."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx

from harness.core.observed.history import UpstreamEnd
from harness.core.observed.sse import Decoder, SseEvent, decode
from harness.mock_cloudflare.kv_store import KvEntry
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE, MockSettings
from harness.shell.upstream.wire_server import WireServer

NONCE = "ep-0123456789ab"
NOW_S = 1_800_000_000.0
"""The mock's clock stands still, so that two answers to the same request are the same bytes."""
SETTINGS = MockSettings()
PATIENCE_S = 20.0
VALUE = b'{"answer":"cached text","schema":3}'
_ACCOUNT = f"/client/v4/accounts/{SETTINGS.account_id}"
_KV = f"{_ACCOUNT}/storage/kv/namespaces/{DEFAULT_NAMESPACE}"
_TOOL = {"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {}}}

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One exchange as the client saw it, and what the mock's journal says of it."""

    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytes = b""
    error: type[Exception] | None = None
    first_s: float = 0.0
    """When the first piece of the body came, in seconds since the request."""
    took_s: float = 0.0
    struck: tuple[str, ...] = ()
    wire: bytes = b""
    end: UpstreamEnd = UpstreamEnd.RUNNING
    next_error: type[Exception] | None = None
    """What a clean request with the same client met right behind this one."""
    reused: bool = False
    """Whether that request went over the same connection."""
    kept: Json = field(default_factory=dict)
    """What the store holds afterwards, by key."""

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the body says
        return json.loads(self.body)

    @property
    def is_json(self) -> bool:
        return _load(self.body.decode(errors="replace")) is not None

    @property
    def answer(self) -> Json:
        """The message of an answer that is no stream."""
        message: Json = self.json["choices"][0]["message"]
        return message

    @property
    def decoded(self) -> tuple[list[SseEvent], Decoder]:
        return decode(self.body)

    @property
    def data(self) -> list[str]:
        return [event.data for event in self.decoded[0]]

    @property
    def chunks(self) -> list[Json | None]:
        """The chunks of a stream before and behind its `[DONE]`; None for what is no JSON object."""
        return [_load(data) for data in self.data if data != "[DONE]"]

    @property
    def good(self) -> list[Json]:
        return [chunk for chunk in self.chunks if chunk is not None]

    @property
    def dones(self) -> int:
        return self.data.count("[DONE]")

    @property
    def choices(self) -> list[Json]:
        return [choice for chunk in self.good for choice in chunk.get("choices", [])]

    @property
    def texts(self) -> list[Any]:
        return [choice["delta"]["content"] for choice in self.choices if choice["delta"].get("content")]

    @property
    def text(self) -> str:
        return "".join(map(str, self.texts))

    @property
    def finishes(self) -> list[str]:
        return [choice["finish_reason"] for choice in self.choices if choice.get("finish_reason")]

    @property
    def usages(self) -> list[Json]:
        return [chunk["usage"] for chunk in self.good if chunk.get("usage")]

    @property
    def calls(self) -> list[Json]:
        return [call for choice in self.choices for call in choice["delta"].get("tool_calls", [])]

    @property
    def arguments(self) -> str:
        return "".join(call["function"].get("arguments") or "" for call in self.calls)


def _load(text: str) -> Json | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def chat_body(prompt: str, **more: object) -> Json:
    """The body of an ordinary chat request."""
    message = {"role": "user", "content": f"{NONCE} {prompt}"}
    return {"model": "@cf/meta/llama-3.3-70b-instruct-fp8-fast", "messages": [message], **more}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One kind of request, and what lies in the store before it."""

    method: str = "POST"
    path: str = f"{_ACCOUNT}/ai/v1/chat/completions"
    body: Callable[[str], bytes] = field(default=lambda _: b"")


def _stream(prompt: str) -> bytes:
    return json.dumps(chat_body(prompt, stream=True, stream_options={"include_usage": True})).encode()


def _json(prompt: str) -> bytes:
    return json.dumps(chat_body(prompt)).encode()


def _tools(prompt: str) -> bytes:
    return json.dumps(
        chat_body(f"tools=1 {prompt}", stream=True, tools=[{"type": "function", "function": _TOOL}])
    ).encode()


QUESTIONS = {
    "stream": Question(body=_stream),
    "json": Question(body=_json),
    "tools": Question(body=_tools),
    "get": Question(method="GET", path=f"{_KV}/values/key"),
    "get expired": Question(method="GET", path=f"{_KV}/values/expired"),
    "put": Question(method="PUT", path=f"{_KV}/values/key", body=lambda _: b"new"),
    "delete": Question(method="DELETE", path=f"{_KV}/values/key"),
    "list": Question(method="GET", path=f"{_KV}/keys"),
    "metadata": Question(method="GET", path=f"{_KV}/metadata/key"),
}


def _mock() -> MockCloudflare:
    mock = MockCloudflare(SETTINGS)
    for key, value, expires_s in (("key", b"before", None), ("key", VALUE, None), ("expired", b"old", NOW_S - 1)):
        mock.kv.put(DEFAULT_NAMESPACE, key, KvEntry(value=value, metadata={"mine": True}, expires_s=expires_s))
    mock.kv.put(DEFAULT_NAMESPACE, "other", KvEntry(value=b"other"))
    return mock


async def look(
    asks: str, *, spec: str = "", prompt: str = "tokens=6", patience_s: float = PATIENCE_S, follow: bool = False
) -> Seen:
    """Ask a mock of its own once, with a fault or without, and then for its health with the same client."""
    question = QUESTIONS[asks]
    headers = {"X-Edgeproof-Fault": spec} if spec else {}
    seen: Json = {}
    async with (
        WireServer(mock=_mock(), seed=7, wall_clock=lambda: NOW_S) as server,
        httpx.AsyncClient(
            base_url=server.url,
            headers={"Authorization": f"Bearer {SETTINGS.api_token}"},
            timeout=httpx.Timeout(PATIENCE_S, read=patience_s),
            follow_redirects=follow,
        ) as client,
    ):
        started_s = time.monotonic()
        body = bytearray()
        try:
            async with client.stream(
                question.method, question.path, content=question.body(prompt) or None, headers=headers
            ) as response:
                seen |= {"status": response.status_code, "headers": response.headers}
                async for piece in response.aiter_bytes():
                    seen.setdefault("first_s", time.monotonic() - started_s)
                    body += piece
        except httpx.HTTPError as error:
            seen["error"] = type(error)
        seen |= {"took_s": time.monotonic() - started_s, "body": bytes(body)}
        try:
            await client.get("/health")
        except httpx.HTTPError as error:
            seen["next_error"] = type(error)
        assert server.problems == ()
        exchange = server.journal.exchanges()[0]
        connections = {one.connection for one in server.journal.exchanges()}
        seen |= {"struck": exchange.faults, "wire": exchange.wire, "end": exchange.end}
        seen |= {"reused": seen.get("next_error") is None and len(connections) == 1}
        entries = server.mock.kv.namespaces[DEFAULT_NAMESPACE]
        seen |= {"kept": {key: entry.value for key, entry in entries.items()}}
    return Seen(**seen)
