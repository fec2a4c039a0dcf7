"""What a request that passes through is about: its surface, its model and its nonce.

The one rule: the mock's own table of paths decides, so that a rule means the same in front of the real upstream. What
that table does not know is told by the end of its path, as other providers of the same dialects have it.
"""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from fault_injection.dice import identity_of
from fault_injection.plan import ExchangeFacts
from harness.core.gateway.request_head import RequestHead
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.routing import route
from harness.shell.upstream.journal import LONGEST_REQUEST_BYTES
from scenarios.prompt import NONCE

_BY_END = (
    ("/chat/completions", "ai.chat"),
    ("/responses", "ai.responses"),
    ("/v1/messages", "ai.messages"),
    ("/embeddings", "ai.embeddings"),
    ("/models", "ai.models"),
)


class Asked:
    """The body of one request as it passes: the start of it, its length and its digest."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._digest = hashlib.sha256()
        self.size = 0

    def feed(self, data: bytes) -> None:
        """Take a part of the body, free of its framing."""
        self.size += len(data)
        self._digest.update(data)
        self._kept += data[: max(0, LONGEST_REQUEST_BYTES - len(self._kept))]

    @property
    def is_kept(self) -> bool:
        """Whether all that came is there."""
        return self.size == len(self._kept)

    @property
    def body(self) -> bytes:
        """The body so far; of a long one its start."""
        return bytes(self._kept)

    @property
    def sha256(self) -> str:
        """The digest of all of it."""
        return self._digest.hexdigest()


class About(NamedTuple):
    """What a request is about, as far as its journal tells."""

    surface: str
    model: str
    nonce: str


def about(head: RequestHead, body: bytes) -> About:
    """Return what a request is about by its head and as much of its body as there is."""
    found = NONCE.search(body.decode("latin-1"))
    surface, model = _surface(head)
    return About(surface, model or _model(body), found.group() if found else "")


def facts_of(head: RequestHead, body: bytes, *, occurrence: int = 1) -> ExchangeFacts:
    """Return all that a plan may ask of a request, known as `about` is."""
    surface, model, nonce = about(head, body)
    return ExchangeFacts(
        surface=surface,
        model=model,
        method=head.method,
        path=head.path,
        nonce=nonce,
        headers=head.headers,
        identity=identity_of(nonce=nonce, method=head.method, path=f"{head.path}?{head.query}", body=body),
        occurrence=occurrence,
    )


def reader_of(surface: str, path: str) -> str:
    """Return who takes errors in a form of its own there, as `Reply.binding` names it; empty where it is Cloudflare's.

    A provider behind one of Cloudflare's gateways has its own errors still; Workers AI below an account has not.
    """
    if surface == "ai.responses":
        return "" if "/accounts/" in path else "openai"
    return "anthropic" if surface == "ai.messages" else ""


def _surface(head: RequestHead) -> tuple[str, str]:
    found = route(Request(method=head.method, path=head.path, query=head.query, headers=head.headers))
    model = found.parts.get("model", b"").decode("utf-8", "replace")
    if found.surface != "unknown":
        return found.surface, model
    before, run, behind = head.path.partition("/run/")
    if run and before and behind.startswith("@"):
        return "ai.run", behind
    return next((surface for end, surface in _BY_END if head.path.endswith(end)), "unknown"), ""


def _model(body: bytes) -> str:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    model = asked.get("model") if isinstance(asked, dict) else None
    return model if isinstance(model, str) else ""
