"""What belongs to one conversation: its turns, what upstream was told of them, and what a client can read of them.

The one rule: a turn counts as said once its client had all of it, and as unsaid again once the target said that it has
forgotten it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final, TypeAlias

from harness.core.judging.asked import messages
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed import json_text
from harness.core.observed.bodies import read_body
from harness.core.observed.history import ClientExchange, Visit
from harness.core.observed.reading import as_utf8
from harness.core.observed.sse import Decoder

Key: TypeAlias = tuple[str, str]
"""One conversation: what it is called, and by whom where callers are told apart."""
Spoken: TypeAlias = tuple[str, str]
"""A role and what it said."""
_DEEPEST: Final = 12
_TEXTS: Final = ("text", "message", "parts")
"""Where chat services have a message's text besides `content`."""
_SAID: Final = frozenset({"role", "content", *_TEXTS})


def key_of(view: CaseView, client: ClientExchange) -> Key:
    """Return the conversation that an exchange belongs to; one without a name belongs to none."""
    sessions = view.claims.sessions
    apart = sessions is not None and sessions.per_identity
    return client.talk, client.identity if apart else ""


def turns_of(view: CaseView, client: ClientExchange) -> list[AskView]:
    """Return the turns of its conversation that were over when an exchange began, oldest first."""
    key = key_of(view, client)
    mine = [ask for ask in view.asks if ask.client is not client and key_of(view, ask.client) == key]
    over = [ask for ask in mine if ask.nonce and ask.client.end_s < client.started_s]
    return sorted(over, key=lambda ask: ask.client.started_s)


def forgotten_s(view: CaseView, client: ClientExchange) -> float:
    """Return when its conversation was last forgotten before an exchange began; minus infinity when it never was."""
    done = [visit.exchange for visit in view.history.visits if visit.act == "clear" and is_granted(visit)]
    mine = [each for each in done if key_of(view, each) == key_of(view, client) and each.end_s < client.started_s]
    return max((each.started_s for each in mine), default=-inf)


def is_granted(visit: Visit) -> bool:
    """Whether a visit got what it wanted."""
    return visit.exchange.status is not None and visit.exchange.status < 300


def is_whole(ask: AskView) -> bool:
    """Whether a turn came to a good end that both its client and the target know of."""
    source = ask.source
    good = source is not None and source.wholeness is Wholeness.WHOLE and same(source.reading.text, ask.reading.text)
    return good and ask.succeeded and ask.stayed and bool(ask.reading.text)


def same(one: str, other: str) -> bool:
    """Whether two texts are the same, white space at their ends aside."""
    return as_utf8(one).strip() == as_utf8(other).strip()


def told(call: UpstreamView) -> list[Spoken]:
    """Return what upstream was told, message by message."""
    asked = call.asked or {}
    said = asked.get("messages")
    if isinstance(said, list):
        read = [messages.read(each, native=False) for each in said if isinstance(each, dict)]
        return [(each.role, each.text) for each in read]
    return [("user", asked["prompt"])] if isinstance(asked.get("prompt"), str) else []


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a history as a client reads it. `rest` is what is said of it besides, each as JSON."""

    role: str
    text: str
    rest: Mapping[str, str]


def entries(visit: Visit) -> list[Entry] | None:
    """Return the messages that a history holds, in its order; None when it is no JSON."""
    try:
        return list(_found(json_text.loads(visit.exchange.body), _DEEPEST))
    except ValueError:
        return None


def _found(value: Any, depth: int) -> Iterator[Entry]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict) and isinstance(value.get("role"), str):
        text = messages.read(value, native=False).text or _text_of(value)
        rest = {name: json.dumps(each, sort_keys=True) for name, each in value.items() if name not in _SAID}
        yield Entry(value["role"], text, rest)
    elif depth and isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _found(each, depth - 1)


def _text_of(message: dict[str, Any]) -> str:
    """Return the text of a message that has no `content`."""
    for name in _TEXTS:
        held = message.get(name)
        if isinstance(held, str):
            return as_utf8(held)
        if isinstance(held, list):
            return "".join(as_utf8(str(part.get("text") or "")) for part in held if isinstance(part, dict))
    return ""


def heard(visit: Visit) -> list[str]:
    """Return what whoever listens has heard: the text of the chunks together, and every text that a message holds."""
    read = read_body(visit.exchange.pieces, "text/event-stream")
    messages_heard = [each.data for piece in visit.exchange.pieces for each in Decoder().feed(piece.data)]
    return [read.text, *(text for each in messages_heard for text in _texts_in(each))]


def _texts_in(message: str) -> Iterator[str]:
    try:
        waiting = [json_text.loads(message.encode())]
    except ValueError:
        yield message
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield as_utf8(value)
        elif isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value


def place(spoken: Sequence[Spoken], text: str, start: int = 0) -> int | None:
    """Return the number of the first message from `start` on that says a text; None when none does."""
    bare = as_utf8(text).strip()
    return next((at for at in range(start, len(spoken)) if bare in spoken[at][1]), None)


def is_own_history(view: CaseView, own: Sequence[AskView], foreign: Sequence[str]) -> bool:
    """Whether other questions that a call holds belong to the conversation in which it was made.

    The same question may have been asked in several: that this one is among them is enough.
    """
    mine = {key_of(view, ask.client) for ask in own if ask.client.talk} if view.claims.sessions is not None else set()
    theirs = ({key_of(view, ask.client) for ask in view.asks if ask.nonce == nonce} for nonce in foreign)
    return bool(mine) and all(not each or each & mine for each in theirs)
