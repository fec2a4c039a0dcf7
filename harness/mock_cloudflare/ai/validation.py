"""What Workers AI refuses: the rules of its input schema, as a table, and the texts of error 5006.

The one rule: a rule that holds for every model is a row of `_RANGES`; only what depends on the route is code.
Source: Cloudflare docs, the schema on the page of each model; texts as recorded live.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_TEXT = 131_072
"""How many characters a classic model takes in one prompt or message."""
MOST_CHOICES = 8


@dataclass(frozen=True, slots=True)
class _Range:
    """Bounds of one parameter, both included."""

    least: float
    most: float
    whole: bool = False


_RANGES = {
    "temperature": _Range(0, 5),
    "top_p": _Range(0, 2),
    "top_k": _Range(1, 50, whole=True),
    "seed": _Range(1, 9_999_999_999, whole=True),
    "repetition_penalty": _Range(0, 2),
    "frequency_penalty": _Range(-2, 2),
    "presence_penalty": _Range(-2, 2),
    "max_tokens": _Range(1, 10_000_000, whole=True),
    "max_completion_tokens": _Range(1, 10_000_000, whole=True),
    "n": _Range(1, MOST_CHOICES, whole=True),
}
_ANY_SEED = _Range(-(1 << 63), (1 << 63) - 1, whole=True)
_BOOLEANS = ("stream", "raw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What differs between routes and models."""

    needs_messages: bool
    """`/ai/v1` has no `prompt` form."""
    content_parts: bool
    """Whether a message's content may be a list of parts."""
    null_content: bool
    """Whether an assistant's message with tool calls may have `content: null`."""
    longest_text: int | None
    """How many characters a text may have; None for no limit of its own."""
    any_seed: bool = False
    """Whether a seed may be any number of 64 bits, as OpenAI has it."""


def fault_of(body: Mapping[str, object], rules: Rules) -> str | None:
    """Say what is wrong with a chat request, in Cloudflare's words; None when nothing is."""
    messages = body.get("messages")
    if messages is None and (rules.needs_messages or body.get("prompt") is None):
        return _neither() if not rules.needs_messages else "required properties at '/' are 'messages'"
    wrong = _prompt_fault(body["prompt"], rules) if messages is None else _messages_fault(messages, rules)
    if wrong:
        return wrong
    for name, bounds in _RANGES.items():
        if (value := body.get(name)) is None:
            continue
        bounds = _ANY_SEED if name == "seed" and rules.any_seed else bounds
        wrong = _range_fault(name, value, bounds)
        if wrong:
            return wrong
    for name in _BOOLEANS:
        if not isinstance(body.get(name), bool | None):
            return f"Type mismatch of '/{name}', '{_type(body[name])}' not in 'boolean'"
    return None


def _neither() -> str:
    return (
        "oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt', "
        "required properties at '/' are 'messages'"
    )


def _prompt_fault(prompt: object, rules: Rules) -> str | None:
    if not isinstance(prompt, str):
        return f"Type mismatch of '/prompt', '{_type(prompt)}' not in 'string'"
    if not prompt:
        return "Length of '/prompt' must be >= 1"
    return _length_fault("/prompt", prompt, rules)


def _messages_fault(messages: object, rules: Rules) -> str | None:
    if not isinstance(messages, list):
        return f"Type mismatch of '/messages', '{_type(messages)}' not in 'array'"
    if not messages:
        return "Length of '/messages' must be >= 1"
    for index, message in enumerate(messages):
        wrong = _message_fault(f"/messages/{index}", message, rules)
        if wrong:
            return wrong if rules.needs_messages else f"{_neither().rpartition(', ')[0]}, {wrong}"
    return None


def _message_fault(where: str, message: object, rules: Rules) -> str | None:
    if not isinstance(message, dict):
        return f"Type mismatch of '{where}', '{_type(message)}' not in 'object'"
    if not isinstance(message.get("role"), str):
        return f"required properties at '{where}' are 'role,content'"
    content = message.get("content")
    if content is None and message.get("tool_calls") and (rules.null_content and message["role"] == "assistant"):
        return None
    if isinstance(content, str):
        return _length_fault(f"{where}/content", content, rules)
    if isinstance(content, list) and rules.content_parts:
        fine = all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in content)
        return None if fine else f"required properties at '{where}/content/0' are 'type'"
    if "content" not in message:
        return f"required properties at '{where}' are 'role,content'"
    return f"Type mismatch of '{where}/content', '{_type(content)}' not in 'string'"


def _length_fault(where: str, text: str, rules: Rules) -> str | None:
    if rules.longest_text is None or len(text) <= rules.longest_text:
        return None
    return f"Length of '{where}' must be <= {rules.longest_text}"


def _range_fault(name: str, value: object, bounds: _Range) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or (bounds.whole and not isinstance(value, int)):
        return f"Type mismatch of '/{name}', '{_type(value)}' not in '{'integer' if bounds.whole else 'number'}'"
    if value < bounds.least:
        return f"'/{name}' must be >= {bounds.least}"
    if not value <= bounds.most:  # false for NaN as well
        return f"'/{name}' must be <= {bounds.most}"
    return None


def _type(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
