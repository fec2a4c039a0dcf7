"""What is asked: the request reaches upstream as it was meant, and one that cannot be meant is declined cleanly.

The one rule: a target may add to a request and move it into another dialect; what the client said must still be in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from harness.core.history import ClientEnd
from harness.core.invariants.rule import Breach, Invariant
from harness.core.view import AskView, CaseView, UpstreamView
from reports.record import Level

_CARRIED = (
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "stop",
    "n",
    "presence_penalty",
    "frequency_penalty",
    "response_format",
    "tool_choice",
    "tools",
    "logit_bias",
    "reasoning_effort",
)
"""Parameters that change an answer, by their OpenAI names; Workers AI calls them the same."""
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


def request_true(view: CaseView) -> Iterator[Breach]:
    """Messages, parameters, tools and roles reach upstream as the client sent them."""
    for ask in view.asks:
        for call in ask.own[:1]:
            sent = _body(call)
            if ask.request is None or sent is None:
                continue
            yield from (Breach(f"{ask.name}: {text}") for text in _changes(ask.request, sent))


def _body(call: UpstreamView) -> dict[str, Any] | None:
    try:
        value = json.loads(call.exchange.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _changes(asked: dict[str, Any], sent: dict[str, Any]) -> Iterator[str]:
    messages = [_plain(item) for item in asked.get("messages", []) if isinstance(item, dict)]
    if isinstance(sent.get("messages"), list):
        arrived = [_plain(item) for item in sent["messages"] if isinstance(item, dict)]
        kept = iter(arrived)
        missing = [
            item for item in messages if item not in kept
        ]  # a subsequence: a target may add, not drop or reorder
        for role, content in missing[:1]:
            yield f"the {role} message {content[:50]!r} did not reach upstream as sent, or out of order"
    elif isinstance(sent.get("prompt"), str):
        for role, content in messages:
            if content not in sent["prompt"]:
                yield f"the {role} message {content[:50]!r} is not in the prompt that reached upstream"
                break
    for name in _CARRIED:
        if name in asked and sent.get(name) != asked[name]:
            yield f"parameter {name}={asked[name]!r:.60} reached upstream as {sent.get(name)!r:.60}"
    limit = asked.get("max_tokens", asked.get("max_completion_tokens"))
    if limit is not None and limit not in (sent.get("max_tokens"), sent.get("max_completion_tokens")):
        yield f"max_tokens={limit!r} reached upstream as {sent.get('max_tokens')!r}"


def _plain(message: dict[str, Any]) -> tuple[str, str]:
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(message.get("role")), content if isinstance(content, str) else json.dumps(content)


def request_limits(view: CaseView) -> Iterator[Breach]:
    """Too large, too deep, too many, or not JSON: a clean 4xx, no reset, no 5xx, no crash."""
    for ask in view.asks:
        wrong = what_is_wrong(ask, view)
        client = ask.client
        if wrong is None or not ask.stayed:
            continue
        if client.status is None:
            yield Breach(f"{ask.name}: a request that is {wrong} got no answer at all ({client.end})")
        elif not 400 <= client.status < 500:
            served = client.status < 300 and any(call.is_good_status for call in ask.own)
            passed_on = served and over_limit(ask, view) is None
            yield Breach(
                f"{ask.name}: a request that is {wrong} got a {client.status}"
                + (", as upstream served it" if passed_on else ""),
                Level.SHOULD if passed_on else None,
            )
        elif client.end is not ClientEnd.COMPLETE:
            yield Breach(
                f"{ask.name}: the {client.status} for a request that is {wrong} did not end cleanly ({client.end})"
            )


def what_is_wrong(ask: AskView, view: CaseView) -> str | None:
    """Say why a request must be declined, or None when a target may well serve it."""
    return over_limit(ask, view) or _malformed(ask, view)


def over_limit(ask: AskView, view: CaseView) -> str | None:
    """Say which limit of the target's own a request exceeds, or None."""
    body = ask.client.moves.body
    limits = view.limits
    if limits.max_request_bytes is not None and len(body) > limits.max_request_bytes:
        return f"larger ({len(body)} bytes) than the limit of {limits.max_request_bytes}"
    if limits.max_depth is not None and depth(body) > limits.max_depth:
        return f"nested deeper ({depth(body)}) than the limit of {limits.max_depth}"
    messages = (ask.request or {}).get("messages")
    if limits.max_messages is not None and isinstance(messages, list) and len(messages) > limits.max_messages:
        return f"of more messages ({len(messages)}) than the limit of {limits.max_messages}"
    return None


def _malformed(ask: AskView, view: CaseView) -> str | None:
    if ask.request is None:
        return None if depth(ask.client.moves.body) > 500 and view.limits.max_depth is None else "not a JSON object"
    messages = ask.request.get("messages")
    if not isinstance(messages, list) or not messages:
        return "without messages"
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            return "with a message that has no known role"
        if isinstance(message.get("content"), (int, float)) or not ("content" in message or "tool_calls" in message):
            return "with a message whose content is no text"
    if not isinstance(ask.request.get("model", ""), str) or not isinstance(ask.request.get("stream", False), bool):
        return "with a field of the wrong type"
    return None


def depth(body: bytes) -> int:
    """Return how deep brackets nest in a JSON text, strings left out; works on any bytes and any depth."""
    deepest = now = 0
    in_string = escaped = False
    for byte in body if max(body.count(b"["), body.count(b"{")) else b"":
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_string, escaped = True, False
        elif byte in b"[{":
            now += 1
            deepest = max(deepest, now)
        elif byte in b"]}":
            now -= 1
    return deepest


INVARIANTS = (
    Invariant("request-true", Level.MUST, request_true),
    Invariant("request-limits", Level.MUST, request_limits),
)
