"""OpenAI's dialect: `/ai/v1/chat/completions`, its alias `/v1`, and newer models on `/ai/run`.

The one rule: three wordings of one answer live here and differ only where recordings differ. `v1` is OpenAI's own;
newer models on `/ai/run` send zero usage on every chunk and the truth in a native event at the end, some with bare
chunks (`lean`) and some with whole ones (`full`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Literal, TypeAlias

from fault_injection.reply import Event, Reply, event, json_reply, stream_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.ai import native_dialect
from harness.mock_cloudflare.ai.chat import Choice, Exchange
from harness.mock_cloudflare.ai.native_dialect import ESCAPED_EVERY
from harness.mock_cloudflare.errors import success
from harness.mock_cloudflare.settings import Switches

Wording: TypeAlias = Literal["v1", "lean", "full"]

_ZERO_USAGE = {"prompt_tokens": 0, "completion_tokens": 0}


def reply(exchange: Exchange, switches: Switches, *, wording: Wording = "v1") -> Reply:
    """Word an answer: a stream, or one `chat.completion`, which `/ai/run` wraps in the v4 envelope."""
    if exchange.stream:
        return stream_reply(tuple(_events(exchange, switches, wording)))
    completion = _completion(exchange, wording)
    if wording == "v1":
        return json_reply(json_text.dump(completion))
    return success({**completion, "usage": native_dialect.run_usage(exchange, switches)})


def _completion(exchange: Exchange, wording: Wording) -> dict[str, object]:
    return {
        "id": exchange.id,
        "object": "chat.completion",
        "created": exchange.created_s,
        "model": exchange.model,
        "choices": [
            {"index": index, "message": _message(choice, wording), "logprobs": None, "finish_reason": choice.finish}
            for index, choice in enumerate(exchange.choices)
        ],
        "usage": exchange.usage,
    }


def _message(choice: Choice, wording: Wording) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": None if choice.is_silent else choice.content}
    if wording == "v1":
        message |= {"refusal": None, "annotations": []}
    if choice.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in choice.calls
        ]
    return message


def _events(exchange: Exchange, switches: Switches, wording: Wording) -> Iterator[Event]:
    waits = iter([exchange.prompt.first_s])
    for index, choice in enumerate(exchange.choices):
        delta: dict[str, object] = {"role": "assistant", "content": None if choice.is_silent else ""}
        yield _chunk(exchange, wording, index, delta, wait_s=next(waits, 0.0))
    rounds = [_deltas(choice) for choice in exchange.choices]
    writers = [_Words(exchange, wording, index) for index in range(len(rounds))]
    for at in range(max(map(len, rounds), default=0)):
        wait_s = exchange.wait_s(at)
        escaped = at % ESCAPED_EVERY == ESCAPED_EVERY - 1
        for index, deltas in enumerate(rounds):
            if at < len(deltas):
                added = deltas[at]
                if isinstance(added, str):
                    written = writers[index].event(added, ascii_only=escaped)
                else:
                    written = _chunk(exchange, wording, index, added, ascii_only=escaped)
                yield Event(written.raw, wait_s) if wait_s else written
                wait_s = 0.0  # the choices of a round come together
    for index, choice in enumerate(exchange.choices):
        yield _chunk(exchange, wording, index, {}, finish=choice.finish)
    yield from _usage_events(exchange, switches, wording)
    done = b"[DONE]\n\n"
    yield Event(done) if switches.bare_done and wording != "v1" else event("[DONE]")


def _usage_events(exchange: Exchange, switches: Switches, wording: Wording) -> Iterator[Event]:
    if wording == "v1" and exchange.include_usage:
        yield event(json_text.dump({**_head(exchange), "choices": [], "usage": exchange.usage}))
    if wording == "full":
        padding = native_dialect.Padding(exchange.id).next()
        yield event(json_text.dump({**_head(exchange), "choices": [], "usage": exchange.usage, "p": padding}))
    if switches.v1_trailing_usage if wording == "v1" else switches.run_trailing_usage:
        yield native_dialect.usage_event(exchange, switches)


class _Words:
    """Writes the chunks of one choice that bring text, quickly, for a long answer is all written on the loop.

    They differ in nothing but their text, and a long answer repeats its words.
    """

    def __init__(self, exchange: Exchange, wording: Wording, index: int) -> None:
        self._chunk = partial(_chunk, exchange, wording, index, {"content": ""})
        self._around: dict[bool, tuple[bytes, bytes]] = {}
        self._written: tuple[dict[str, Event], dict[str, Event]] = ({}, {})

    def event(self, text: str, *, ascii_only: bool) -> Event:
        """Return the chunk that brings this text."""
        known = self._written[ascii_only].get(text)
        if known is not None:
            return known
        if ascii_only not in self._around:
            # No string of JSON can hold this: its quotation marks would be escaped.
            before, key, after = self._chunk(ascii_only=ascii_only).raw.partition(b'"delta":{"content":')
            self._around[ascii_only] = (before + key, after.removeprefix(b'""'))
        before, after = self._around[ascii_only]
        made = Event(before + json_text.dump(text, ascii_only=ascii_only) + after)
        self._written[ascii_only][text] = made
        return made


def _deltas(choice: Choice) -> list[str | dict[str, object]]:
    """Return what each chunk adds, a text as it is."""
    deltas: list[str | dict[str, object]] = [*choice.tokens]
    for index, call in enumerate(choice.calls):
        opening = {"index": index, "id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
        deltas.append({"tool_calls": [opening]})
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in call.pieces]
    return deltas


def _head(exchange: Exchange) -> dict[str, object]:
    return {
        "id": exchange.id,
        "object": "chat.completion.chunk",
        "created": exchange.created_s,
        "model": exchange.model,
    }


def _chunk(
    exchange: Exchange,
    wording: Wording,
    index: int,
    delta: dict[str, object],
    *,
    finish: str | None = None,
    wait_s: float = 0.0,
    ascii_only: bool = False,
) -> Event:
    choice: dict[str, object]
    if wording == "lean":
        choice = {"delta": delta, "finish_reason": finish, "index": index}
        chunk: dict[str, object] = {"choices": [choice], "usage": _ZERO_USAGE}
    else:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
        chunk = {**_head(exchange), "choices": [choice]}
        if wording == "full":
            chunk["usage"] = _ZERO_USAGE
        elif exchange.include_usage:
            chunk["usage"] = None
    return event(json_text.dump(chunk, ascii_only=ascii_only), wait_s)
