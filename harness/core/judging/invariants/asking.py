"""What is asked: the request reaches upstream as it was meant.

The one rule: a target may add to a request and move it into another dialect; what the client said must still be in it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from harness.core.judging.evidence import CLIENT, UPSTREAM, around
from harness.core.judging.invariants.declining import malformed
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.meeting import overlap
from harness.core.judging.upstream_view import UpstreamView
from harness.core.judging.view import AskView, CaseView
from harness.core.observed import json_text
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
_PARAMETER = "a parameter did not reach upstream as sent"


def request_true(view: CaseView) -> Iterator[Breach]:
    """Messages, parameters, tools and roles reach upstream as the client sent them."""
    for ask in view.asks:
        if ask.request is None or malformed(ask) is not None:
            continue  # what makes no sense cannot be kept as it was: it may be put right, or be declined
        # Where others ask the same at the same time, any of the calls may be this one's.
        calls = ask.own if any(_is_beside(ask, other) for other in view.asks) else ask.own[:1]
        found = [list(_changes(ask.request, sent, call)) for call in calls if (sent := _body(call)) is not None]
        if found:
            yield from (replace(each, message=f"{ask.name}: {each.message}") for each in min(found, key=len))


def _is_beside(ask: AskView, other: AskView) -> bool:
    return other is not ask and other.nonce == ask.nonce and overlap(ask, other)


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
            level = Level.SHOULD if _are_but_trimmed(messages, there) else None
            yield Breach(
                told, level, around(missing.text, _nearest(missing, messages, there), names=(CLIENT, UPSTREAM))
            )
    elif isinstance(sent.get("prompt"), str):
        missing = next((item for item in messages if item.text not in sent["prompt"]), None)
        if missing:
            yield Breach(f"the {missing.role} message {missing.text[:50]!r} is not in the prompt that reached upstream")
    for name in _CARRIED:
        if name in asked and not (native and name in _NOT_NATIVE):
            was, now = _meant(name, asked[name]), _meant(name, sent.get(name))
            if was != now:
                slight = name in _NOT_OPENAI or _in_32_bits(was) == _in_32_bits(now)
                was_sent = f"{name}={asked[name]!r:.60} came as {sent.get(name)!r:.60}"
                yield Breach(f"{_PARAMETER}; {was_sent}", Level.SHOULD if slight else None)
    limit = asked.get("max_tokens", asked.get("max_completion_tokens"))
    arrived = (sent.get("max_tokens"), sent.get("max_completion_tokens"))
    if limit is not None and limit not in arrived:
        came = arrived[0] if arrived[0] is not None else arrived[1]
        yield Breach(f"{_PARAMETER}; max_tokens={limit!r} came as {came!r}")


def _nearest(missing: _Message, messages: list[_Message], there: list[_Message]) -> str:
    """Return what reached upstream in a message's place: of those of its role that have its number, counted from the
    end, because what is dropped is dropped at the start; nothing when there is none."""
    behind = sum(item.role == missing.role for item in messages[messages.index(missing) + 1 :])
    alike = [item.text for item in there if item.role == missing.role]
    return alike[-1 - behind] if behind < len(alike) else ""


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


INVARIANTS = (Invariant("request-true", Level.MUST, request_true),)
