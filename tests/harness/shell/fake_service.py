"""A service that answers what a test tells it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare.kv_store import KvStore
from harness.mock_cloudflare.request import Answer, Request
from scenarios.prompt import NONCE

OK = json_reply(b'{"ok":true}')


class FakeService:
    """Answers every request with `reply`, which may look at the request; keeps what it saw."""

    def __init__(self, reply: Reply | Callable[[Request], Reply] = OK) -> None:
        self.reply = reply
        self.answer_template = Answer(surface="ai.chat", reply=Reply())
        self.kv = KvStore({"ns": "default"})
        self.requests: list[Request] = []
        self.committed: list[Answer] = []

    def answer(self, request: Request, *, now_s: float) -> Answer:
        self.requests.append(request)
        reply = self.reply(request) if callable(self.reply) else self.reply
        found = NONCE.search(request.body.decode("latin-1"))
        return replace(self.answer_template, reply=reply, nonce=found.group() if found else "")

    def commit(self, answer: Answer) -> None:
        self.committed.append(answer)

    def reset(self) -> None:
        self.committed.clear()
        self.kv.reset()
