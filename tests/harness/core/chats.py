"""Histories of a chat service by hand, in the manner of `histories`: what was done, and what came back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from fault_injection.reply import Reply, event, json_reply, stream_reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, Errand, UpstreamExchange, Visit
from harness.core.target.chat_api import ChatAgents, ChatApi, ChatBranches, ChatResume, ChatUsage
from harness.core.target.claims import Capabilities
from scenarios.deed import Deed, Doing
from tests.harness.core.histories import DONE, NONCE, Fields, client, stream, upstream, view

ID = "conv-1111-2222"
API = ChatApi(rename="PATCH /{conversation}", search="GET /find?q={text}", export="GET /{conversation}/file")
CLAIMS = Capabilities(
    streaming=True,
    chat_api=API,
    tenants=True,
    agents=ChatAgents(),
    usage=ChatUsage(),
    branches=ChatBranches(all="GET /{conversation}?branch=all"),
    resume=ChatResume(),
)
LONG = "Blue is the sky."
QUESTION = f"{NONCE} | Please answer."


def told(text: str = LONG, *, finished: bool = True, conversation: str = ID) -> Reply:
    """Build an answer as AI SDK's UI message stream."""
    start = {"type": "start", "messageMetadata": {"conversationId": conversation}}
    parts = [start, *({"type": "text-delta", "id": "0", "delta": piece} for piece in (text[:4], text[4:]) if piece)]
    end = [event(json.dumps({"type": "finish"})), DONE] if finished else []
    return stream_reply((*(event(json.dumps(part)) for part in parts), *end))


def done(do: Doing, reply: Reply | None = None, *, at: float, who: str = "a", talk: str = "t", **more: Fields) -> Visit:
    """Do something at the service; `deed` are fields of the deed, `errand` of the errand, others of the exchange."""
    deed = Deed(do=do, **more.pop("deed", {}))
    errand = Errand(deed=deed, **{"nonce": NONCE, "text": QUESTION, **more.pop("errand", {})})
    path = f"/{errand.conversation or 'there'}"
    known: dict[str, Any] = {"body": b"", "method": "GET", "path": path, "label": do, "talk": talk, "identity": who}
    return Visit(act="ask", exchange=client(reply, **{"at": at, **known, **more}), errand=errand)


def asked(reply: Reply | None = None, *, at: float = 0.0, **more: Fields) -> Visit:
    """Ask a first question, unless the errand names a conversation."""
    return done("ask", reply or told(), at=at, **more)


def later(do: Doing, reply: Reply | None = None, *, at: float = 5.0, **more: Fields) -> Visit:
    """Do something with the conversation that was begun."""
    errand = {"conversation": ID, **more.pop("errand", {})}
    return done(do, reply, at=at, errand=errand, **more)


def shown(*messages: dict[str, Any], **more: object) -> Reply:
    """Build what a service shows of a conversation, newest first."""
    return found({"id": ID, "messages": list(messages[::-1]), **more})


def found(value: object, status: int = 200) -> Reply:
    """Build an answer in JSON."""
    return json_reply(json.dumps(value).encode(), status=status)


def question(number: int = 1, text: str = QUESTION) -> dict[str, Any]:
    """Return a question as it is shown."""
    return {"id": f"message-{number}", "role": "user", "content": text, "status": "complete"}


def answer(number: int = 2, text: str = LONG, *, status: str = "complete", parent: int = 1) -> dict[str, Any]:
    """Return an answer as it is shown."""
    own = {"id": f"message-{number}", "role": "assistant", "content": text}
    return {**own, "status": status, "parentMessageId": f"message-{parent}"}


def call(text: str = LONG, *, at: float = 0.05, **more: Fields) -> UpstreamExchange:
    """Let upstream answer a question."""
    return upstream(more.pop("reply", stream(text)), at=at, **more)


def service(*visits: Visit, calls: tuple[UpstreamExchange, ...] = (), **more: Fields) -> CaseView:
    """Build the view of a case at the service; a call stands for the first question unless others are given."""
    claims = replace(CLAIMS, **more.pop("claims", {}))
    return view([], calls or (call(),), claims=claims, visits=visits, **more)


LEFT = ClientEnd.LEFT
CUT = ClientEnd.CLOSED_EARLY
