"""Faults in the body of a request: very large, not JSON, or JSON that asks for nothing.

The one rule: the nonce stays in it wherever there is a body left to read.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import Json, dump, load, without
from fault_injection.client import ClientMoves
from fault_injection.fault import ClientFault, Law, Turn, param

_MARK = "\ue000"
"""Stands where raw bytes are to be put; a character of private use, which no prompt has."""


@dataclass(frozen=True, kw_only=True)
class HugeRequest(ClientFault):
    """The request is valid and very large: its last message is padded with `x`."""

    id: ClassVar[str] = "client.huge_request"
    law: ClassVar[Law] = Law.OTHER_BYTES
    size_bytes: int = param(1_200_000, "length of the whole body", unit="bytes", low=1, high=110_000_000)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        missing = self.size_bytes - len(moves.body)
        return _behind_prompt(moves, b"x" * missing) if missing > 0 else moves


@dataclass(frozen=True, kw_only=True)
class ManyMessages(ClientFault):
    """A long conversation comes before the last message."""

    id: ClassVar[str] = "client.many_messages"
    law: ClassVar[Law] = Law.OTHER_BYTES
    count: int = param(1_000, "how many extra messages", low=1, high=200_000)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        body = load(moves.body)
        messages = body.get("messages") if body else None
        if body is None or not isinstance(messages, list) or not messages:
            return moves
        past = [
            {"role": "assistant" if number % 2 else "user", "content": f"message {number}"}
            for number in range(self.count)
        ]
        return replace(moves, body=dump({**body, "messages": [*messages[:-1], *past, messages[-1]]}))


@dataclass(frozen=True, kw_only=True)
class DeepNesting(ClientFault):
    """The request holds lists nested so deep that a careless parser runs out of stack."""

    id: ClassVar[str] = "client.deep_nesting"
    law: ClassVar[Law] = Law.OTHER_BYTES
    depth: int = param(10_000, "how deep", low=1, high=1_000_000)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        body = load(moves.body)
        if body is None:
            return moves
        # Written by hand: the library's own writer would run out of stack first.
        deep = b'"deep":' + b"[" * self.depth + b"]" * self.depth
        return replace(moves, body=dump(body)[:-1] + (b"," if body else b"") + deep + b"}")


@dataclass(frozen=True, kw_only=True)
class NotJson(ClientFault):
    """The request is not JSON: words, half of it, nothing at all, or random bytes."""

    id: ClassVar[str] = "client.not_json"
    law: ClassVar[Law] = Law.OTHER_BYTES
    kind: str = param("text", "what it is instead", choices=("text", "truncated", "empty", "binary"))

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        match self.kind:
            case "text":
                body = b"this is not JSON"
            case "truncated":
                body = moves.body[: len(moves.body) // 2]
            case "empty":
                body = b""
            case _:
                body = b"\xff" + turn.rng.randbytes(63)
        return replace(moves, body=body)


@dataclass(frozen=True, kw_only=True)
class WrongRoot(ClientFault):
    """The request is JSON but not an object: null, a list, text or a number (RFC 8259 §2 allows any value)."""

    id: ClassVar[str] = "client.wrong_root"
    law: ClassVar[Law] = Law.OTHER_BYTES
    kind: str = param("null", "what it is instead", choices=("null", "list", "string", "number"))

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        match self.kind:
            case "null":
                body = b"null"
            case "list":
                body = b"[" + moves.body + b"]"
            case "string":
                body = json.dumps(moves.body.decode(errors="replace")).encode()
            case _:
                body = b"42"
        return replace(moves, body=body)


@dataclass(frozen=True, kw_only=True)
class ByteOrderMark(ClientFault):
    """The request begins with a byte order mark, which a reader may ignore or decline (RFC 8259 §8.1)."""

    id: ClassVar[str] = "client.byte_order_mark"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        return replace(moves, body=codecs.BOM_UTF8 + moves.body)


@dataclass(frozen=True, kw_only=True)
class WrongField(ClientFault):
    """One field of the request is missing or of the wrong type."""

    id: ClassVar[str] = "client.wrong_field"
    law: ClassVar[Law] = Law.OTHER_BYTES
    kind: str = param(
        "messages-missing",
        "which, and what is wrong with it",
        choices=(
            "messages-missing",
            "messages-empty",
            "role-missing",
            "role-unknown",
            "content-number",
            "model-number",
            "stream-string",
        ),
    )

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        body = load(moves.body)
        if body is None:
            return moves
        new = self._spoiled(body)
        return moves if new == body else replace(moves, body=dump(new))

    def _spoiled(self, body: Json) -> Json:
        match self.kind:
            case "messages-missing":
                return without(body, "messages")
            case "messages-empty":
                return {**body, "messages": []}
            case "role-missing":
                return _on_last(body, lambda last: without(last, "role"))
            case "role-unknown":
                return _on_last(body, lambda last: {**last, "role": "stranger"})
            case "content-number":
                return _on_last(body, lambda last: {**last, "content": 42})
            case "model-number":
                return {**body, "model": 42}
            case _:
                return {**body, "stream": "yes"}


@dataclass(frozen=True, kw_only=True)
class InvalidUtf8Body(ClientFault):
    """The request's text holds bytes that are not UTF-8."""

    id: ClassVar[str] = "client.invalid_utf8_body"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        return _behind_prompt(moves, b"\xc3\x28\xff")


def _on_last(body: Json, edit: Callable[[Json], Json]) -> Json:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not isinstance(messages[-1], dict):
        return body
    return {**body, "messages": [*messages[:-1], edit(messages[-1])]}


def _behind_prompt(moves: ClientMoves, raw: bytes) -> ClientMoves:
    """Put bytes behind the text of the last message, or behind the prompt of a request that has no messages."""
    body = load(moves.body)
    if body is None:
        return moves

    def marked(last: Json) -> Json:
        content = last.get("content")
        return {**last, "content": content + _MARK} if isinstance(content, str) else last

    prompt = body.get("prompt")
    new = {**body, "prompt": prompt + _MARK} if isinstance(prompt, str) else _on_last(body, marked)
    return moves if new == body else replace(moves, body=dump(new).replace(_MARK.encode(), raw, 1))
