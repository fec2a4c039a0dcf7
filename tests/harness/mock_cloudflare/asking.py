"""How the tests of the mock ask it: one mock, one clock that only moves when told, no socket."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from fault_injection.reply import Headers
from harness.mock_cloudflare.request import Answer, Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE, MockSettings, Switches

NOW_S = 1_764_000_000.25
NONCE = "ep-0123456789ab"
LLAMA = "@cf/meta/llama-3.1-8b-instruct"
KIMI = "@cf/moonshotai/kimi-k2.5"
GLM = "@cf/zai-org/glm-4.7-flash"
FORM = (("Content-Type", "multipart/form-data; boundary=B"),)
WRITTEN = b'{"result":null,"success":true,"errors":[],"messages":[]}'
"""What a write to KV answers."""


class Asker:
    """A mock and the questions put to it; `ask` answers without committing, `do` commits."""

    def __init__(self, *, kv_read_cache_s: float | None = None, **switches: object) -> None:
        self.settings = MockSettings(switches=Switches(**switches), kv_read_cache_s=kv_read_cache_s)  # type: ignore[arg-type]  # the tests name real switches
        self.mock = MockCloudflare(self.settings)
        self.now_s = NOW_S
        self.account = f"/client/v4/accounts/{self.settings.account_id}"
        self.kv = f"{self.account}/storage/kv/namespaces/{DEFAULT_NAMESPACE}"

    @property
    def authorization(self) -> Headers:
        return (("Authorization", f"Bearer {self.settings.api_token}"),)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: str = "",
        headers: Headers = (),
        authorization: Headers | None = None,
    ) -> Answer:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        allowed = self.authorization if authorization is None else authorization
        request = Request(method=method, path=path, query=query, headers=(*allowed, *headers), body=raw)
        return self.mock.answer(request, now_s=self.now_s)

    def do(self, method: str, path: str, body: object = None, *, query: str = "", headers: Headers = ()) -> Answer:
        answer = self.ask(method, path, body, query=query, headers=headers)
        self.mock.commit(answer)
        return answer

    def run(self, model: str = LLAMA, /, **body: object) -> Answer:
        return self.ask("POST", f"{self.account}/ai/run/{model}", body)

    def chat(self, model: str = LLAMA, /, **body: object) -> Answer:
        return self.ask("POST", f"{self.account}/ai/v1/chat/completions", {"model": model, **body})

    def value(self, key: str) -> str:
        return f"{self.kv}/values/{quote(key, safe='')}"


def user(text: str) -> list[dict[str, object]]:
    return [{"role": "user", "content": text}]


def form(value: bytes, metadata: bytes | None = None) -> bytes:
    """A multipart body as `FORM` announces it."""
    parts = b'--B\r\nContent-Disposition: form-data; name="value"\r\n\r\n' + value + b"\r\n"
    if metadata is not None:
        parts += b'--B\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + metadata + b"\r\n"
    return parts + b"--B--\r\n"


def body_of(answer: Answer) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(answer.reply.body_bytes)
    return value


def error_of(answer: Answer) -> tuple[int, int, str]:
    """The status, the code and the text of a failure in a v4 envelope."""
    body = body_of(answer)
    assert body["success"] is False
    error = body["errors"][0]
    return answer.reply.status, error["code"], error["message"]


def payloads(answer: Answer) -> list[dict[str, Any]]:
    """The JSON payloads of a stream that ends in `[DONE]`."""
    assert answer.reply.events[-1].is_done
    return [json.loads(item.data) for item in answer.reply.events[:-1]]
