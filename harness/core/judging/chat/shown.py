"""What a chat service shows: the entries of a list, the messages of a conversation, and what marks half an answer.

The one rule: how entries are wrapped is the service's own. A list is the first array of objects there is.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.core.judging.asked import messages
from harness.core.observed import json_text
from harness.core.observed.history import ClientExchange
from harness.core.target.chat_api import ChatNames

_DEEPEST: Final = 12
_OF_EACH: Final = frozenset(
    {"id", "at", "created", "updated", "timestamp", "time", "date", "ts", "index", "seq", "number", "position", "model"}
)
"""How the names end of what each message has of its own."""
_TEXTS: Final = ("text", "parts")
TELLING_CHARACTERS: Final = 8
"""An id of so many is found nowhere by chance."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is shown. `rest` is what is said of it besides, each value as JSON; `parent` is an id."""

    id: str
    role: str
    text: str
    parent: str
    rest: Mapping[str, str]


def document(exchange: ClientExchange) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of an answer, or None when it is none."""
    try:
        return json_text.loads(exchange.body)
    except ValueError:
        return None


def entries(value: object) -> list[dict[str, Any]] | None:
    """Return the objects of the first array of nothing but objects, those on top first; None when there is none."""
    waiting = deque([value])
    while waiting:
        each = waiting.popleft()
        if isinstance(each, list) and all(isinstance(item, dict) for item in each):
            return each
        if isinstance(each, dict):
            waiting.extend(each.values())
    return None


def said(value: object, names: ChatNames) -> list[Message]:
    """Return every message that an answer holds, in its order."""
    return list(_found(value, names, _DEEPEST))


def mentions(exchange: ClientExchange, found: str, names: ChatNames) -> bool:
    """Whether an answer names an id: a long one anywhere, a short one as the id of an entry."""
    if len(found) >= TELLING_CHARACTERS:
        return found in exchange.body.decode(errors="replace")
    waiting = deque([document(exchange)])
    while waiting:
        value = waiting.popleft()
        if isinstance(value, dict):
            if found in (str(value.get(names.id)), str(value.get(names.conversation))):
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


def at(value: object, path: str) -> float | None:
    """Return the number at a path with dots between its keys; None when there is none."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def is_marked(half: Message, wholes: Sequence[Message]) -> bool:
    """Whether anything is said of a message that is said of no whole one, its id, its times and its counts aside."""
    for name in {*half.rest}.union(*(each.rest for each in wholes)):
        if _last_word(name) in _OF_EACH and half.rest.get(name) is not None:
            continue
        others = {each.rest.get(name) for each in wholes}
        own = half.rest.get(name)
        counts = own is not None and own[0] in "{[0123456789" and None not in others
        if own not in others and not counts:
            return True
    return False


def _found(value: object, names: ChatNames, depth: int) -> Iterator[Message]:
    if isinstance(value, dict) and isinstance(value.get(names.role), str):
        held = value.get(names.content)
        text = held if isinstance(held, str) else _text_of(value)
        kept = {names.role, names.content, *_TEXTS}
        rest = {
            name: json.dumps(each, sort_keys=True)
            for name, each in value.items()
            if name not in kept and each is not None
        }
        parent = value.get(names.parent)
        yield Message(
            str(value.get(names.id, "")), value[names.role], text, "" if parent is None else str(parent), rest
        )
    elif depth and isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _found(each, names, depth - 1)


def _text_of(message: dict[str, Any]) -> str:
    text = messages.read(message, native=False).text
    if text:
        return text
    for name in _TEXTS:
        held = message.get(name)
        if isinstance(held, str):
            return held
        if isinstance(held, list):
            return "".join(str(part.get("text") or "") for part in held if isinstance(part, dict))
    return ""


def _last_word(name: str) -> str:
    return re.split(r"_|-|(?<=[a-z])(?=[A-Z])", name)[-1].lower()
