"""Proxies that are wrong beside what bug reports name: in the next field, the next role, the next form of a value."""

from __future__ import annotations

import json
from typing import ClassVar

import aiohttp
from aiohttp import web

from tests.targets.cache import CachingProxy
from tests.targets.door import Ask
from tests.targets.kv import Kept, KvStore
from tests.targets.parser import Document, ParsingProxy
from tests.targets.resilience import Live
from tests.targets.serving import Failure, Json, dump


class GuessesTotals(ParsingProxy):
    """Tells the tokens of the answer as the total."""

    def told(self, completion: Json) -> Json:
        usage = completion.get("usage") or {}
        return {**completion, "usage": {**usage, "total_tokens": usage.get("completion_tokens")}}


class ForgetsIndexes(ParsingProxy):
    """Writes pieces of tool calls without the index of their call."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices") or []:
            for call in (choice.get("delta") or {}).get("tool_calls") or []:
                call.pop("index", None)
        await super().write(response, chunk)


class OneEndForAll(ParsingProxy):
    """Tells the first choice's reason of its end for every choice."""

    def told(self, completion: Json) -> Json:
        reason = completion["choices"][0]["finish_reason"]
        return {**completion, "choices": [{**each, "finish_reason": reason} for each in completion["choices"]]}


class CallsJsonText(ParsingProxy):
    """Answers in JSON and calls it plain text."""

    async def whole(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        response = await super().whole(request, ask, live)
        response.content_type = "text/plain"
        return response


class CallsErrorsEvents(ParsingProxy):
    """Has set the content type of a stream before it knows that there is none."""

    def failed(self, failure: Failure) -> web.Response:
        response = super().failed(failure)
        response.content_type = "text/event-stream"
        return response


class _TextAlone(Document):
    def __init__(self, live: Live, completion: Json) -> None:
        super().__init__({**completion, "choices": [_text_alone(each) for each in completion["choices"]]})
        self.model, self.attempts = live.model, live.attempts


def _text_alone(choice: Json) -> Json:
    message = {"role": "assistant", "content": choice["message"].get("content")}
    reason = choice["finish_reason"]
    return {**choice, "message": message, "finish_reason": "stop" if reason == "tool_calls" else reason}


class StreamsTextAlone(ParsingProxy):
    """Makes a stream of an answer that came as JSON, of its text alone."""

    async def relay(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        told = _TextAlone(live, live.completion) if isinstance(live, Document) else live
        return await super().relay(request, ask, told)


class CollectsTextAlone(ParsingProxy):
    """Makes JSON of an answer that came as a stream, of its text alone."""

    async def whole(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        told = live if isinstance(live, Document) else _TextAlone(live, await live.completed())
        return await super().whole(request, ask, told)


class AsksTwiceInOne(ParsingProxy):
    """Puts the question behind the conversation at each attempt, into the client's own document."""

    def body_for(self, ask: Ask, model: str) -> Json:
        body = super().body_for(ask, model)
        ask.body["messages"] = [*ask.body["messages"], ask.body["messages"][-1]]
        return body


class WishesOnce(ParsingProxy):
    """Asks for usage at the first attempt, and takes that wish out of the client's own document."""

    def body_for(self, ask: Ask, model: str) -> Json:
        body = super().body_for(ask, model)
        ask.body.pop("stream_options", None)
        return body


class KnowsTheOldLimit(ParsingProxy):
    """Knows `max_tokens` and not its newer name."""

    def body_for(self, ask: Ask, model: str) -> Json:
        body = super().body_for(ask, model)
        return {name: value for name, value in body.items() if name != "max_completion_tokens"}


class StopsByListsAlone(ParsingProxy):
    """Passes on `stop` where it is a list, and drops it where it is a word."""

    def body_for(self, ask: Ask, model: str) -> Json:
        body = super().body_for(ask, model)
        return {name: value for name, value in body.items() if name != "stop" or isinstance(value, list)}


class _InMessages(ParsingProxy):
    """Changes messages one by one."""

    def message(self, message: Json) -> Json:
        """Return what goes upstream for one message."""
        raise NotImplementedError

    def body_for(self, ask: Ask, model: str) -> Json:
        body = super().body_for(ask, model)
        return {**body, "messages": [self.message(item) for item in body["messages"]]}


class TakesTheFirstRule(_InMessages):
    """Of a system message in parts takes the first one."""

    def message(self, message: Json) -> Json:
        parts = message.get("content")
        in_parts = message["role"] == "system" and isinstance(parts, list)
        return {**message, "content": parts[:1]} if in_parts and isinstance(parts, list) else message


class CallsEatText(_InMessages):
    """Takes a message with tool calls for one without a text."""

    def message(self, message: Json) -> Json:
        return {**message, "content": None} if message.get("tool_calls") else message


class _Keyed(CachingProxy):
    """Finds answers by something else than what was asked."""

    def known_by(self, body: Json) -> Json:
        """Return what an answer is found by."""
        raise NotImplementedError

    def key_of(self, ask: Ask) -> str:
        return super().key_of(Ask(self.known_by(ask.body), ask.caller))


class FoldsCase(_Keyed):
    """Finds answers by messages in small letters."""

    def known_by(self, body: Json) -> Json:
        said = [{**item, "content": str(item.get("content")).lower()} for item in body["messages"]]
        return {**body, "messages": said}


_KNOWN = (
    *("model", "messages", "temperature", "top_p", "max_tokens", "seed", "n", "stop"),
    *("tools", "response_format", "logprobs"),
)


class KeyOfKnownNames(_Keyed):
    """Finds answers by the parameters that its authors knew."""

    def known_by(self, body: Json) -> Json:
        return {name: body[name] for name in _KNOWN if name in body}


class NamesNobody(_Keyed):
    """Finds answers by the roles and the words of messages, whoever says them."""

    def known_by(self, body: Json) -> Json:
        said = [{"role": item["role"], "content": item.get("content")} for item in body["messages"]]
        return {**body, "messages": said}


class RemembersWhatIsMissing(CachingProxy):
    """Keeps a 404 for good: what is not there now will not be there later."""

    def prepare(self) -> None:
        super().prepare()
        self.missing: set[str] = set()

    async def answer(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        key = self.key_of(ask)
        try:
            if key in self.missing:
                raise Failure(404, "There is no such model.")
            return await super().answer(request, ask)
        except Failure as failure:
            if failure.status == 404:
                self.missing.add(key)
            raise


class _TextsInKv(KvStore):
    def seal(self, key: str, kept: Kept) -> bytes:
        completion: Json = json.loads(dump(kept.completion))
        for choice in completion["choices"]:
            choice["message"].pop("tool_calls", None)
        return super().seal(key, Kept(completion, kept.made_s))


class KeepsNoCallsInKv(CachingProxy):
    """Has a column for the text in its second tier, and none for tool calls."""

    kv_type = _TextsInKv


class WaitsForBodies(ParsingProxy):
    """Has time limits for heads and for streams, and none for a body that is read at once."""

    start_s: ClassVar[float] = 3600.0

    async def body_of(self, answer: aiohttp.ClientResponse) -> bytes:
        try:
            return await answer.read()
        except (aiohttp.ClientError, OSError):
            raise Failure(502, "Upstream broke off.") from None


class WaitsForReasons(ParsingProxy):
    """Has time limits for answers, and none for the body of a refusal."""

    start_s: ClassVar[float] = 3600.0

    async def reason_of(self, answer: aiohttp.ClientResponse) -> bytes:
        try:
            return await answer.read()
        except (aiohttp.ClientError, OSError):
            return b""
