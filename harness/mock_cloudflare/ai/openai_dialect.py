"""OpenAI's dialect: `/ai/v1/chat/completions`, its alias `/v1`, and newer models on `/ai/run`.

The one rule: three wordings of one answer live here and differ only where recordings differ. `v1` is OpenAI's own;
newer models on `/ai/run` send zero usage on every chunk and the truth in a native event at the end, some with bare
chunks (`lean`) and some with whole ones (`full`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
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
    if wording == "v1" and len(exchange.choices) == 1 and not exchange.choices[0].calls:
        return json_reply(_usual(exchange))
    completion = _completion(exchange, wording)
    if wording == "v1":
        return json_reply(json_text.dump(completion))
    return success({**completion, "usage": native_dialect.run_usage(exchange, switches)})


_USUAL = (
    b'{"id":%b,"object":"chat.completion","created":%d,"model":%b,"choices":[{"index":0,"message":'
    b'{"role":"assistant","content":%b,"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":%b}],'
    b'"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}'
)


def _usual(exchange: Exchange) -> bytes:
    """Write what is asked for by the thousand under load, one text, as `_completion` would come out, but quickly."""
    choice, dump = exchange.choices[0], json_text.dump
    read, said = exchange.prompt_tokens, choice.token_count
    name, content, finish = _told(exchange.model), dump(choice.content), _told(choice.finish)
    return _USUAL % (dump(exchange.id), exchange.created_s, name, content, finish, read, said, read + said)


@lru_cache(maxsize=1024)  # names and words come again and again
def _told(text: str, *, ascii_only: bool = False) -> bytes:
    return json_text.dump(text, ascii_only=ascii_only)


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
    writers = [
        tuple(_Words(exchange, wording, index, escapes) for escapes in (False, True)) for index in range(len(rounds))
    ]
    if len(rounds) == 1 and not exchange.choices[0].calls and not exchange.prompt.pace_s:  # as nearly always under load
        plain, escaped = writers[0]
        tokens = exchange.choices[0].tokens
        yield from [(plain if (at + 1) % ESCAPED_EVERY else escaped)[token] for at, token in enumerate(tokens)]
    else:
        yield from _in_turn(exchange, wording, rounds, writers)
    for index, choice in enumerate(exchange.choices):
        yield _chunk(exchange, wording, index, {}, finish=choice.finish)
    yield from _usage_events(exchange, switches, wording)
    done = b"[DONE]\n\n"
    yield Event(done) if switches.bare_done and wording != "v1" else event("[DONE]")


def _in_turn(
    exchange: Exchange, wording: Wording, rounds: list[list[str | dict[str, object]]], writers: list[tuple[_Words, ...]]
) -> Iterator[Event]:
    for at in range(max(map(len, rounds), default=0)):
        wait_s = exchange.wait_s(at)
        escaped = at % ESCAPED_EVERY == ESCAPED_EVERY - 1
        for index, deltas in enumerate(rounds):
            if at < len(deltas):
                added = deltas[at]
                if isinstance(added, str):
                    written = writers[index][escaped][added]
                else:
                    written = _chunk(exchange, wording, index, added, ascii_only=escaped)
                yield Event(written.raw, wait_s) if wait_s else written
                wait_s = 0.0  # the choices of a round come together


def _usage_events(exchange: Exchange, switches: Switches, wording: Wording) -> Iterator[Event]:
    if wording == "v1" and exchange.include_usage:
        yield event(json_text.dump({**_head(exchange), "choices": [], "usage": exchange.usage}))
    if wording == "full":
        padding = native_dialect.Padding(exchange.id).next()
        yield event(json_text.dump({**_head(exchange), "choices": [], "usage": exchange.usage, "p": padding}))
    if switches.v1_trailing_usage if wording == "v1" else switches.run_trailing_usage:
        yield native_dialect.usage_event(exchange, switches)


class _Words(dict[str, Event]):
    """The chunks of one choice that bring text, by their text: quickly, for a long answer is all written on the loop.

    They differ in nothing but their text, and a long answer repeats its words.
    """

    def __init__(self, exchange: Exchange, wording: Wording, index: int, escapes: bool) -> None:
        super().__init__()
        self._chunk = partial(_chunk, exchange, wording, index, {"content": ""}, ascii_only=escapes)
        self._escapes = escapes
        self._around: tuple[bytes, bytes] | None = None

    def __missing__(self, text: str) -> Event:
        """Write the chunk that brings this text."""
        if self._around is None:
            # No string of JSON can hold this: its quotation marks would be escaped.
            before, key, after = self._chunk().raw.partition(b'"delta":{"content":')
            self._around = before + key, after.removeprefix(b'""')
        before, after = self._around
        made = self[text] = Event(before + _told(text, ascii_only=self._escapes) + after)
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
