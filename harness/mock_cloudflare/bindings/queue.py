"""The Queues binding: `env.QUEUE.send(...)`, `sendBatch(...)`.

The one rule: a message that was taken is kept as it came; nothing here delivers it.
Source: `src/workerd/api/queue.c++` in workerd, which is the client; Cloudflare docs, Queues, limits.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Final

from fault_injection.chat import load
from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.request import Answer, MessagesEffect

MOST_BYTES: Final = 128_000
MOST_MESSAGES: Final = 100


def answer(call: BindingCall) -> Answer:
    """Answer one call of the binding."""
    request = call.request
    if request.method == "GET" and request.path == "/metrics":
        return Answer(surface="queue.metrics", reply=_told(_metrics(call, ())))
    messages = _messages(call) if request.method == "POST" else None
    if messages is None:
        return Answer(surface="unknown", reply=Reply(status=400, binding="queue"))
    if len(messages) > MOST_MESSAGES or any(len(message) > MOST_BYTES for message in messages):
        return Answer(surface="queue.send", reply=Reply(status=413, binding="queue"))
    reply = _told({"metadata": {"metrics": _metrics(call, messages)}})
    return Answer(
        surface="queue.send", reply=reply, kept=MessagesEffect(queue=call.binding.bound_to, messages=messages)
    )


def _messages(call: BindingCall) -> tuple[bytes, ...] | None:
    if call.request.path == "/message":
        return (call.request.body,)
    batch = load(call.request.body) if call.request.path == "/batch" else None
    items = batch.get("messages") if batch is not None else None
    if not isinstance(items, list):
        return None
    try:
        return tuple(base64.b64decode(str(item.get("body", "")), validate=True) for item in items)
    except (ValueError, AttributeError):
        return None


def _metrics(call: BindingCall, more: tuple[bytes, ...]) -> dict[str, object]:
    waiting = (*call.stores.messages.get(call.binding.bound_to, ()), *more)
    return {
        "backlogCount": len(waiting),
        "backlogBytes": sum(map(len, waiting)),
        "oldestMessageTimestamp": int(call.identity.now_s * 1000),
    }


def _told(value: object) -> Reply:
    return replace(json_reply(json_text.dump(value)), binding="queue")
