"""Proxies that lose what an answer says beside its text, say what nobody asked for, or refuse in other words."""

from __future__ import annotations

import aiohttp

from tests.targets.door import Ask
from tests.targets.parser import ParsingProxy, Stream
from tests.targets.serving import Failure, Json
from tests.targets.sse import Event


def _without(item: Json, *names: str) -> Json:
    return {name: value for name, value in item.items() if name not in names}


class _TextAndTools(Stream):
    def understand(self, event: Event) -> Json | None:
        chunk = super().understand(event)
        for choice in (chunk or {}).get("choices") or ():
            choice["delta"] = _without(choice.get("delta") or {}, "refusal", "annotations", "audio")
            choice.pop("logprobs", None)
        return chunk


class TextAndTools(ParsingProxy):
    """Writes answers with the fields that its authors knew."""

    stream = _TextAndTools

    def told(self, completion: Json) -> Json:
        return {**completion, "choices": [_without(choice, "logprobs") for choice in completion["choices"]]}


class CountsForAll(ParsingProxy):
    """Asks for the token usage of every stream, for its own books, and passes on whatever comes."""

    def body_for(self, ask: Ask, model: str) -> Json:
        body = super().body_for(ask, model)
        return {**body, "stream_options": {"include_usage": True}} if ask.stream else body


class AlwaysOurFault(ParsingProxy):
    """Tells every refusal as an error of its own."""

    def refusal(self, answer: aiohttp.ClientResponse, body: bytes) -> Failure:
        failure = super().refusal(answer, body)
        failure.status = 500
        return failure
