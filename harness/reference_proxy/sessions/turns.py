"""What of a conversation a model is told with a new question, and what is kept of the turn once it is answered.

The one rule: pure. A client's own rules (system messages) go with each request and are never kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.reference_proxy.requests import ChatRequest

Json = dict[str, Any]

MOST_CONTEXT_CHARACTERS = 256 * 1024
_RULES = frozenset({"system", "developer"})


def followed(said: Sequence[Json], chat: ChatRequest) -> ChatRequest:
    """The request with the turns before it: rules first, then what was said, then what is asked now."""
    asked = _messages(chat)
    rules = [each for each in asked if each["role"] in _RULES]
    whole = [*said, *(each for each in asked if each["role"] not in _RULES)]
    return replace(chat, parameters={**chat.parameters, "messages": [*rules, *_answered(whole)]})


def streamed(chat: ChatRequest) -> ChatRequest:
    """The request as one for a stream, which is how a WebSocket is answered."""
    return replace(chat, parameters={**chat.parameters, "stream": True})


def kept_of(chat: ChatRequest, completion: Mapping[str, Any] | None) -> list[Json]:
    """What is kept of a turn: what was asked in it, and the first choice of the answer.

    Nothing is kept of a turn whose answer says nothing. An answer of None was whole but too large to keep: the question
    alone says that there was one.
    """
    asked = [dict(each) for each in _messages(chat) if each["role"] not in _RULES]
    if completion is None:
        return asked
    choices = completion.get("choices") or [{}]
    message = choices[0].get("message") or {}
    content, calls = message.get("content"), message.get("tool_calls")
    if not calls and not (isinstance(content, str) and content):
        return []  # a model refuses a conversation with an answer that has no text
    answer: Json = {"role": "assistant", "content": content if isinstance(content, str) else ""}
    return [*asked, answer | ({"tool_calls": calls} if calls else {})]


def latest(messages: Sequence[Json], sizes: Sequence[int], *, most: int) -> list[Json]:
    """The latest messages that a model is told: so many, of so many characters, and from a user's on."""
    first, characters = len(messages), 0
    while first and len(messages) - first < most:
        characters += sizes[first - 1]
        if characters > MOST_CONTEXT_CHARACTERS:
            break
        first -= 1
    while first < len(messages) and messages[first]["role"] != "user":
        first += 1
    return list(messages[first:])


def _answered(messages: list[Json]) -> Iterable[Json]:
    """Leave out a call of a tool that nobody has answered: models refuse it, and the talk has gone on without it."""
    for at, message in enumerate(messages):
        following = messages[at + 1]["role"] if at + 1 < len(messages) else None
        if not message.get("tool_calls") or following == "tool":
            yield message


def _messages(chat: ChatRequest) -> list[Json]:
    return list(chat.parameters["messages"])
