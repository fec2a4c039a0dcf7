"""What a reply says to a correct reader: the measure of the law `same meaning`.

Written from WHATWG HTML §9.2.6 and the dialects, and from nothing of ours, so that a fault's mistake and the reader's
are not the same one.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fault_injection.reply import Reply

COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


@dataclass
class Meaning:
    text: dict[int, str] = field(default_factory=lambda: defaultdict(str))
    arguments: dict[int, str] = field(default_factory=lambda: defaultdict(str))
    names: dict[tuple[int, str], object] = field(default_factory=dict)
    """The first id and the first name of each tool call."""
    finishes: dict[int, object] = field(default_factory=dict)
    usages: list[object] = field(default_factory=list, compare=False)
    usage: object = None
    """The last token usage that counts anything."""
    others: list[str] = field(default_factory=list)


def event_data(body: bytes) -> list[str]:
    """Read the data of every event that a browser would dispatch."""
    lines = re.split(r"\r\n|\r|\n", body.decode("utf-8", "replace").removeprefix("\ufeff"))
    found: list[str] = []
    data: list[str] = []
    for line in lines[:-1]:
        if not line:
            if data:
                found.append("\n".join(data))
            data = []
            continue
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
    return found


def plain(body: bytes, coding: str) -> bytes:
    """Undo a content coding; Brotli and Zstandard as far as they store (RFC 7932 §9.2, RFC 8878 §3.1.1)."""
    match coding:
        case "gzip":
            return gzip.decompress(body)
        case "deflate":
            try:
                return zlib.decompress(body)
            except zlib.error:
                return zlib.decompress(body, wbits=-15)
        case "br":
            # Not compressed: each length, less one, is in 16 bits behind three, and behind the stream's first bit.
            return _stored(body, 0, lambda head, first: (head >> (4 if first else 3) & 0xFFFF) + 1)
        case "zstd":
            return _stored(body, 6, lambda head, _: head >> 3)
        case _:
            return body


def _stored(body: bytes, start: int, size_of: Callable[[int, bool], int]) -> bytes:
    """Read blocks that are stored behind heads of three bytes."""
    at, stored = start, b""
    while at + 3 <= len(body):
        size = size_of(int.from_bytes(body[at : at + 3], "little"), at == start)
        stored += body[at + 3 : at + 3 + size]
        at += 3 + size
    return stored


def meaning(reply: Reply) -> object:
    """Say what a reply tells its reader."""
    body = reply.body_bytes
    body = plain(body, reply.header("content-encoding") or "")
    told = Meaning()
    if not reply.is_stream:
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            return reply.status, body
        core = answer.get("result")
        _read(core if isinstance(core, dict) else answer, told)
        return reply.status, _whole(told)
    for data in event_data(body):
        try:
            chunk = json.loads(data)
        except ValueError:
            told.others.append(data)
            continue
        _read(chunk, told)
    return _whole(told)


def _whole(told: Meaning) -> Meaning:
    # JSON may escape a character as two halves, which come together when the text does.
    for index, text in told.text.items():
        told.text[index] = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return told


def _read(chunk: dict[str, Any], told: Meaning) -> None:
    if isinstance(usage := chunk.get("usage"), dict) and usage:
        told.usages.append(usage)
        told.usage = {name: usage.get(name) for name in COUNTS} if any(map(usage.get, COUNTS)) else told.usage
    choices = chunk.get("choices")
    if choices is None:
        _delta(0, chunk.get("response"), chunk, chunk.get("finish_reason"), told)
    for choice in choices or []:
        delta = choice.get("delta") or choice.get("message") or {}
        _delta(choice["index"], delta.get("content"), delta, choice.get("finish_reason"), told)


def _delta(index: int, text: object, delta: dict[str, Any], finish: object, told: Meaning) -> None:
    if text:
        told.text[index] += str(text)
    if finish:
        told.finishes.setdefault(index, finish)
    for position, call in enumerate(delta.get("tool_calls") or []):
        function, at = call.get("function", {}), call.get("index", position)
        for name, value in (("id", call.get("id")), ("name", function.get("name"))):
            if value:
                told.names.setdefault((at, name), value)
        if function.get("arguments"):
            told.arguments[at] += function["arguments"]
