"""Proxies that ask upstream for something else than they were asked for, or with what is not upstream's to see."""

from __future__ import annotations

import json

from tests.targets.door import Ask
from tests.targets.parser import ParsingProxy
from tests.targets.serving import Json


class TestsForTruth(ParsingProxy):
    """Passes on what is true, and takes false, nought and the empty string for missing."""

    def body_for(self, ask: Ask, model: str) -> Json:
        return {name: value for name, value in super().body_for(ask, model).items() if value}


class SortsKeys(ParsingProxy):
    """Writes objects in the order of the alphabet, as some languages do by themselves."""

    def body_for(self, ask: Ask, model: str) -> Json:
        tidy: Json = json.loads(json.dumps(super().body_for(ask, model), sort_keys=True))
        return tidy


class RereadsArguments(ParsingProxy):
    """Takes the arguments of earlier tool calls apart and puts them together again, every number as a double."""

    def body_for(self, ask: Ask, model: str) -> Json:
        body: Json = json.loads(json.dumps(super().body_for(ask, model)))
        for message in body["messages"]:
            for call in message.get("tool_calls") or ():
                arguments = json.loads(call["function"]["arguments"], parse_int=float)
                call["function"]["arguments"] = json.dumps(arguments)
        return body


class SeesNoPictures(ParsingProxy):
    """Puts a word in the place of a picture."""

    def body_for(self, ask: Ask, model: str) -> Json:
        return {**super().body_for(ask, model), "messages": [_in_words(item) for item in ask.body["messages"]]}


def _in_words(message: Json) -> Json:
    if not isinstance(message.get("content"), list):
        return message
    parts = [
        {"type": "text", "text": "[Image]"} if part["type"] == "image_url" else part for part in message["content"]
    ]
    return {**message, "content": parts}


class SpendsTheRequest(ParsingProxy):
    """Takes out of the client's own document what it has sent once."""

    def body_for(self, ask: Ask, model: str) -> Json:
        body = super().body_for(ask, model)
        ask.body.pop("response_format", None)
        ask.body["messages"] = [item for item in ask.body["messages"] if item["role"] != "system"]
        return body


class TellsWhoAsks(ParsingProxy):
    """Lets upstream count by caller, and names callers by their tokens."""

    def body_for(self, ask: Ask, model: str) -> Json:
        return {**super().body_for(ask, model), "user": ask.caller}


class OneListForAll(ParsingProxy):
    """Collects the rules of a conversation in a list that is there once for everybody."""

    def prepare(self) -> None:
        super().prepare()
        self.rules: list[Json] = []

    def body_for(self, ask: Ask, model: str) -> Json:
        body = super().body_for(ask, model)
        self.rules += [item for item in body["messages"] if item["role"] == "system" and item not in self.rules]
        return {**body, "messages": [*self.rules, *(item for item in body["messages"] if item["role"] != "system")]}
