"""What a reply says to a correct reader: the measure of the law `same meaning`.

Written from WHATWG HTML §9.2.6 and the dialects, and from nothing of ours, so that a fault's mistake and the reader's
are not the same one.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from fault_injection.reply import Reply


@dataclass
class Meaning:
    text: dict[int, str] = field(default_factory=lambda: defaultdict(str))
    arguments: dict[int, str] = field(default_factory=lambda: defaultdict(str))
    names: list[tuple[object, object]] = field(default_factory=list)
    finishes: list[object] = field(default_factory=list)
    usages: list[object] = field(default_factory=list)
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


def meaning(reply: Reply) -> object:
    """Say what a reply tells its reader."""
    body = reply.body_bytes
    if reply.header("content-encoding") == "gzip":
        body = gzip.decompress(body)
    if not reply.is_stream:
        return reply.status, body
    told = Meaning()
    for data in event_data(body):
        try:
            chunk = json.loads(data)
        except ValueError:
            told.others.append(data)
            continue
        _read(chunk, told)
    return told


def _read(chunk: dict[str, Any], told: Meaning) -> None:
    if chunk.get("usage"):
        told.usages.append(chunk["usage"])
    choices = chunk.get("choices")
    if choices is None:
        _delta(0, chunk.get("response"), chunk, chunk.get("finish_reason"), told)
    for choice in choices or []:
        delta = choice.get("delta", {})
        _delta(choice["index"], delta.get("content"), delta, choice.get("finish_reason"), told)


def _delta(index: int, text: object, delta: dict[str, Any], finish: object, told: Meaning) -> None:
    if text:
        told.text[index] += str(text)
    if finish:
        told.finishes.append((index, finish))
    for call in delta.get("tool_calls") or []:
        function = call.get("function", {})
        if call.get("id") or function.get("name"):
            told.names.append((call.get("id"), function.get("name")))
        if function.get("arguments"):
            told.arguments[call["index"]] += function["arguments"]
