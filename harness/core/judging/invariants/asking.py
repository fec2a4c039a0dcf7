"""What is asked: the request reaches upstream as it was meant, and one that cannot be meant is declined cleanly.

The one rule: a target may add to a request and move it into another dialect; what the client said must still be in it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from types import NoneType
from typing import Any

from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream_view import UpstreamView
from harness.core.judging.view import AskView, CaseView
from harness.core.observed import json_text
from harness.core.observed.history import ClientEnd
from reports.record import Level

_CARRIED = (
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "response_format",
    "tool_choice",
    "tools",
    "reasoning_effort",
    "stop",
    "n",
    "logit_bias",
)
"""Parameters that change an answer, by their OpenAI names; Workers AI calls them the same."""
_NOT_NATIVE = frozenset({"response_format", "tool_choice", "stop", "n", "logit_bias"})
"""What Workers AI's native dialect has not at all or writes in another way."""
_NOT_OPENAI = frozenset({"top_k"})
"""What a target that speaks OpenAI's dialect need not know."""
_MOST_IN_32_BITS = 1e38
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


def request_true(view: CaseView) -> Iterator[Breach]:
    """Messages, parameters, tools and roles reach upstream as the client sent them."""
    for ask in view.asks:
        if ask.request is None or _malformed(ask, view) is not None:
            continue  # what makes no sense cannot be kept as it was: it may be put right, or be declined
        # Where others ask the same at the same time, any of the calls may be this one's.
        calls = ask.own if any(_is_beside(ask, other) for other in view.asks) else ask.own[:1]
        found = [list(_changes(ask.request, sent, call)) for call in calls if (sent := _body(call)) is not None]
        if found:
            yield from (replace(each, message=f"{ask.name}: {each.message}") for each in min(found, key=len))


def _is_beside(ask: AskView, other: AskView) -> bool:
    return (
        other is not ask
        and other.nonce == ask.nonce
        and other.client.started_s <= ask.client.end_s
        and ask.client.started_s <= other.client.end_s
    )


def _body(call: UpstreamView) -> dict[str, Any] | None:
    try:
        value = json_text.loads(call.exchange.body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _changes(asked: dict[str, Any], sent: dict[str, Any], call: UpstreamView) -> Iterator[Breach]:
    native = call.exchange.surface == "ai.run"
    messages = [_message(item, native=native) for item in asked["messages"]]
    if isinstance(sent.get("messages"), list):
        kept = iter([_message(item, native=native) for item in sent["messages"] if isinstance(item, dict)])
        # A subsequence: a target may add, not drop or reorder.
        missing = next((item for item in messages if not any(item.is_in(other) for other in kept)), None)
        if missing:
            told = f"the {missing.role} message {missing.text[:50]!r} did not reach upstream as sent, or out of order"
            there = [_message(item, native=native) for item in sent["messages"] if isinstance(item, dict)]
            yield Breach(told, Level.SHOULD if _are_but_trimmed(messages, there) else None)
    elif isinstance(sent.get("prompt"), str):
        missing = next((item for item in messages if item.text not in sent["prompt"]), None)
        if missing:
            yield Breach(f"the {missing.role} message {missing.text[:50]!r} is not in the prompt that reached upstream")
    for name in _CARRIED:
        if name in asked and not (native and name in _NOT_NATIVE):
            was, now = _meant(name, asked[name]), _meant(name, sent.get(name))
            if was != now:
                slight = name in _NOT_OPENAI or _in_32_bits(was) == _in_32_bits(now)
                yield Breach(
                    f"parameter {name}={asked[name]!r:.60} reached upstream as {sent.get(name)!r:.60}",
                    Level.SHOULD if slight else None,
                )
    limit = asked.get("max_tokens", asked.get("max_completion_tokens"))
    arrived = (sent.get("max_tokens"), sent.get("max_completion_tokens"))
    if limit is not None and limit not in arrived:
        came = arrived[0] if arrived[0] is not None else arrived[1]
        yield Breach(f"max_tokens={limit!r} reached upstream as {came!r}")


def _are_but_trimmed(messages: list[_Message], there: list[_Message]) -> bool:
    """Whether all messages are there, in order, without the white space at their ends; empty ones may be missing."""
    bare = iter([replace(item, text=item.text.strip()) for item in there])
    asked = [replace(item, text=item.text.strip()) for item in messages]
    return all(any(item.is_in(other) for other in bare) for item in asked if item.text or item.tools)


def _in_32_bits(value: object) -> object:
    """A number as a single-precision float carries it, in which some languages keep parameters."""
    if isinstance(value, dict):
        return {key: _in_32_bits(each) for key, each in value.items()}
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) >= _MOST_IN_32_BITS:
        return value
    return struct.unpack("f", struct.pack("f", value))[0]


def _meant(name: str, value: object) -> object:
    """What a parameter comes to: a default is as good as none, and dialects write tools in two ways."""
    if value in (None, [], {}) or (name == "n" and value == 1) or (name == "tool_choice" and value == "auto"):
        return None
    if name == "stop" and isinstance(value, str):
        return [value]
    if name == "tools" and isinstance(value, list):
        return [item["function"] if isinstance(item, dict) and "function" in item else item for item in value]
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """A message as far as every dialect can say it."""

    role: str
    text: str
    tools: tuple[tuple[str, str], ...]
    answers: str

    def is_in(self, other: _Message) -> bool:
        """Whether another message says the same; a target may put words of its own into a system message."""
        same_text = self.text in other.text if self.role == "system" else self.text == other.text
        return same_text and (self.role, self.tools, self.answers) == (other.role, other.tools, other.answers)


def _message(value: dict[str, Any], *, native: bool) -> _Message:
    """Read a message. The native dialect has no common way to say which call a tool's answer belongs to."""
    role = str(value.get("role"))
    calls = value.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    return _Message(
        role="system" if role == "developer" else role,
        text=_text(value.get("content")),
        tools=()
        if native
        else tuple((str(f.get("name")), str(f.get("arguments"))) for f in functions if isinstance(f, dict)),
        answers="" if native else str(value.get("tool_call_id") or ""),
    )


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def request_limits(view: CaseView) -> Iterator[Breach]:
    """Too large, too deep, too many, or not JSON: a clean 4xx, no reset, no 5xx, no crash."""
    for ask in view.asks:
        wrong = what_is_wrong(ask, view)
        client = ask.client
        if wrong is None or not ask.stayed or client.method != "POST":
            continue
        if client.status is None:
            yield Breach(f"{ask.name}: a request that is {wrong} got no answer at all ({client.end})")
        elif client.status >= 500 and any(not call.is_good_status for call in ask.own):
            continue  # upstream was asked and failed: the request may still have been declined by it
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
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in _ROLES:
            return "with a message that has no known role"
        if isinstance(message.get("content"), (int, float)) or not ("content" in message or "tool_calls" in message):
            return "with a message whose content is no text"
    if not isinstance(ask.request.get("model", ""), str) or not isinstance(ask.request.get("stream"), (bool, NoneType)):
        return "with a field of the wrong type"
    return None


def depth(body: bytes) -> int:
    """Return how deep brackets nest in a JSON text, strings left out; works on any bytes and any depth."""
    steps = (1 if bracket in b"[{" else -1 for bracket in _BRACKETS.findall(_STRING.sub(b"", body)))
    return max(accumulate(steps, initial=0))


INVARIANTS = (
    Invariant("request-true", Level.MUST, request_true),
    Invariant("request-limits", Level.MUST, request_limits),
)
