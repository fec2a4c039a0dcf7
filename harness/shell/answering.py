"""From a request to the script that answers it: ask the service, let the faults strike, commit.

The one rule: the same seed, plan and request give the same script, in whatever order requests arrive. All dice come
from the seed and the request's identity, never from a counter that others move.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, Protocol

from fault_injection.reply import Reply, json_reply, render
from fault_injection.wire import Close, Keep, WireScript
from harness.mock_cloudflare.request import Answer, Request

_MOST_IDENTITIES = 100_000


class Service(Protocol):
    """What the wire server needs of a mock: decide, commit, forget."""

    kv: Any

    def answer(self, request: Request, *, now_s: float) -> Answer:
        """Decide on an answer; `now_s` is Unix time. Nothing takes effect yet."""
        ...

    def commit(self, answer: Answer) -> None:
        """Carry out what the answer would change."""
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What will be done about a request, and what the journal should know of it."""

    script: WireScript
    surface: str
    model: str = ""
    nonce: str = ""
    faults: tuple[str, ...] = ()


class Answering:
    """Turns requests into scripts with one service, one seed and one plan."""

    def __init__(self, service: Service, *, seed: int) -> None:
        self._service = service
        self._seed = seed
        self._seen: OrderedDict[str, int] = OrderedDict()

    def reset(self) -> None:
        """Forget what was seen: the next request of any nonce is its first again."""
        self._seen.clear()

    def decide(self, request: Request, *, now_s: float, keep_alive: bool) -> Decision:
        """Return the script for a request; the service's change has then been committed."""
        answer = self._service.answer(request, now_s=now_s)
        self._service.commit(answer)
        reply = answer.reply if keep_alive else closing(answer.reply)
        return Decision(
            script=render(reply, http_10=request.http_10, head_only=request.method == "HEAD"),
            surface=answer.surface,
            model=answer.model,
            nonce=answer.nonce,
        )

    def _occurrence(self, identity: str) -> int:
        nth = self._seen.pop(identity, 0) + 1
        self._seen[identity] = nth
        if len(self._seen) > _MOST_IDENTITIES:
            self._seen.popitem(last=False)
        return nth


def identity_of(request: Request, nonce: str) -> str:
    """Return what makes a request the same as another: its nonce, or all of it where it has none."""
    if nonce:
        return nonce
    parts = (request.method.encode(), request.path.encode(), request.query.encode(), request.body)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def closing(reply: Reply) -> Reply:
    """Return the reply with the connection closed behind it, unless it ends the connection already."""
    return replace(reply, ending=Close()) if isinstance(reply.ending, Keep) else reply


def error_reply(status: int, message: str) -> Reply:
    """Build the harness's own answer to what cannot be answered; Cloudflare says nothing of the kind."""
    body = json.dumps({"error": {"message": message, "type": "edgeproof"}}).encode()
    return json_reply(body, status=status)
