"""The messages of a request, and which of them upstream did not get as they were said.

The one rule: a target may add messages and put words of its own into a system message; what the client said must still
be there, whole and in order. Text may come as one string or in parts; a part of another kind is no text.
Source: OpenAI API, create chat completion, messages; Cloudflare docs: Workers AI, text generation input.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from harness.core.judging.asked.values import Departure, departures
from harness.core.observed import json_text
from harness.core.observed.reading import as_utf8
from reports.record import Level

Raw: TypeAlias = dict[str, Any]

_CORE: Final = frozenset({"role", "content", "tool_calls", "tool_call_id"})
_SHAPING: Final = frozenset({"name"})
"""Fields of a message that a model reads, besides its text; others are at most `should`."""
_HINTS: Final = frozenset({"cache_control"})
"""Keys of a part that change no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a message that is no text. `kind` is its type, `raw` the whole of it."""

    kind: str
    holds: str
    """What it is about, in one text: the address or the data."""
    raw: Raw = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as far as every dialect can say it; `raw` is all of it and is compared apart."""

    role: str
    texts: tuple[str, ...]
    """Its pieces of text, those next to one another joined; between two of them stands a part."""
    parts: tuple[Part, ...]
    tools: tuple[tuple[str, str, str], ...]
    answers: str
    raw: Raw = field(compare=False)

    @property
    def text(self) -> str:
        """All of its text."""
        return "".join(self.texts)

    def is_in(self, other: Message) -> bool:
        """Whether another message says the same; a target may put words of its own into a system message."""
        if self.role == "system" and not self.parts:
            return other.role == "system" and self.text in other.text
        return self == other


def read(value: Raw, *, native: bool) -> Message:
    """Read a message. The native dialect has no parts, and no common way to say whose call a tool's answer is of."""
    role = str(value.get("role"))
    calls = value.get("tool_calls")
    texts, parts = _content(value.get("content"))
    return Message(
        role="system" if role == "developer" else role,
        texts=("".join(texts),) if native else texts,
        parts=() if native else parts,
        tools=() if native else tuple(map(_call, calls)) if isinstance(calls, list) else (),
        answers="" if native else str(value.get("tool_call_id") or ""),
        raw=value,
    )


def _call(value: object) -> tuple[str, str, str]:
    call = value if isinstance(value, dict) else {}
    inner = call.get("function", call.get("custom"))
    function = inner if isinstance(inner, dict) else {}
    arguments = function.get("arguments", function.get("input"))
    return str(call.get("id") or ""), str(function.get("name")), _alike(arguments)


def _alike(arguments: object) -> str:
    """Arguments in one way of writing them, every number with all of its digits; what is no JSON as it is."""
    if not isinstance(arguments, str):
        return str(arguments)
    try:
        return json.dumps(json_text.loads(arguments), sort_keys=True)
    except ValueError:
        return arguments


def _content(content: object) -> tuple[tuple[str, ...], tuple[Part, ...]]:
    if not isinstance(content, list):
        return (as_utf8(content) if isinstance(content, str) else "",), ()
    texts, parts = [""], []
    for item in content:
        if not isinstance(item, dict):
            continue
        if isinstance(item.get("text"), str) and item.get("type") in ("text", "input_text", None):
            texts[-1] += as_utf8(item["text"])
        elif item.get("type") is not None:
            parts.append(_part(item))
            texts.append("")
    return tuple(texts), tuple(parts)


def _part(item: Raw) -> Part:
    kind = str(item["type"])
    inner = item.get(kind)
    held: object = item
    if isinstance(inner, str):
        held = inner
    elif isinstance(inner, dict):
        held = next((inner[key] for key in ("url", "data", "file_data", "file_id") if inner.get(key)), inner)
    return Part(kind=kind, holds=held if isinstance(held, str) else json.dumps(held, sort_keys=True), raw=item)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """How the messages of a request were found again in what upstream was asked."""

    pairs: tuple[tuple[Message, Message], ...]
    """Each message that was found, with what it was found in."""
    missing: Message | None
    """The first one that was not found behind those before it."""
    added: tuple[Message, ...]
    """What upstream got besides."""


def matched(asked: Sequence[Message], sent: Sequence[Message]) -> Matched:
    """Find every message again, each behind the one before it: a subsequence, since a target may add to them."""
    pairs: list[tuple[Message, Message]] = []
    added: list[Message] = []
    kept = iter(sent)
    for item in asked:
        for other in kept:
            if item.is_in(other):
                pairs.append((item, other))
                break
            added.append(other)
        else:
            return Matched(pairs=tuple(pairs), missing=item, added=())
    return Matched(pairs=tuple(pairs), missing=None, added=(*added, *kept))


def details(pairs: Sequence[tuple[Message, Message]], *, native: bool) -> Iterator[Departure]:
    """Yield what departs in messages that were found: in the details of a part, in fields besides the text."""
    for asked, sent in () if native else pairs:
        of = f"the {asked.role} message's "
        for part, other in zip(asked.parts, sent.parts, strict=False):
            for each in departures(part.raw, other.raw, part.kind):
                if each.kind == "changed" and isinstance(part.raw.get(part.kind), dict) == isinstance(
                    other.raw.get(part.kind), dict
                ):
                    slight = each.where.rpartition(".")[2] in _HINTS
                    yield replace(each, where=of + each.where, level=Level.SHOULD if slight else each.level)
        if asked.raw.get("content") == "" and sent.raw.get("content") is None and not asked.tools:
            yield Departure(where=f"{of}content", kind="changed", was="", now=None, level=Level.SHOULD)
        for name, value in asked.raw.items():
            if name in _CORE or value in (None, "", [], {}):
                continue
            for each in departures(value, sent.raw.get(name), name):
                if each.kind == "changed":
                    yield replace(each, where=of + each.where, level=each.level if name in _SHAPING else Level.SHOULD)


def are_but_trimmed(asked: Sequence[Message], sent: Sequence[Message]) -> bool:
    """Whether all is there, in order, without the white space at its ends; empty messages may be missing."""
    bare = iter([_bare(item) for item in sent])
    kept = [_bare(item) for item in asked if item.text.strip() or item.tools or item.parts]
    return all(any(item.is_in(other) for other in bare) for item in kept)


def are_joined_otherwise(asked: Sequence[Message], sent: Sequence[Message]) -> bool:
    """Whether all is there once parts of text are joined by a line feed, which no dialect forbids."""
    lined = [item if item.parts else replace(item, texts=(lines(item),)) for item in asked]
    return matched(lined, sent).missing is None


def lines(message: Message) -> str:
    """A message's parts of text, a line each."""
    content = message.raw.get("content")
    if not isinstance(content, list):
        return message.text
    return "\n".join(as_utf8(str(part.get("text", ""))) for part in content if isinstance(part, dict))


def _bare(message: Message) -> Message:
    return replace(message, texts=tuple(text.strip() for text in message.texts))
