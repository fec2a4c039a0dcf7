"""A streamed answer of a chat service, in whatever form it comes: its text, its end, and whose it is.

Read are the events of AI SDK's UI message stream and of its data stream (`ai` 3 and 4), those of the OpenAI and the
Anthropic dialect, and JSON that holds the whole answer.

The one rule: reading never judges. An answer is finished once any mark says so that a client would take for the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from harness.core.observed import json_text
from harness.core.observed.history import ClientExchange
from harness.core.observed.reading import as_utf8
from harness.core.observed.sse import Decoder
from harness.core.target.chat_api import ChatApi

_DONE: Final = "[DONE]"
_TEXT_PARTS: Final = "0"
_ERROR_PARTS: Final = "3"
_END_PARTS: Final = frozenset({"d", "e"})
_MOST_LOOKED_AT: Final = 20_000


@dataclass(slots=True)
class Told:
    """What a client was told."""

    parts: list[str] = field(default_factory=list)
    finished: bool = False
    error: str | None = None
    documents: list[Any] = field(default_factory=list)
    """The JSON of every event, or of the body."""
    last_event_id: str = ""

    @property
    def text(self) -> str:
        """The text as far as it came."""
        return as_utf8("".join(self.parts))


def read_told(exchange: ClientExchange) -> Told:
    """Read an answer as far as it came."""
    told = Told()
    kind = (exchange.header("content-type") or "").lower()
    if "event-stream" in kind:
        decoder = Decoder()
        for piece in exchange.pieces:
            for event in decoder.feed(piece.data):
                told.last_event_id = event.last_event_id or told.last_event_id
                _take_event(told, event.data)
    elif "json" in kind:
        _take_document(told, exchange.body)
    else:
        for line in exchange.body.decode(errors="replace").splitlines():
            _take_part(told, line)
    return told


def find(documents: Iterable[Any], name: str) -> Any:  # noqa: ANN401 - JSON
    """Return the first value that goes by a name, those on top first; None when there is none."""
    waiting = deque(documents)
    for _ in range(_MOST_LOOKED_AT):
        if not waiting:
            return None
        value = waiting.popleft()
        if isinstance(value, dict):
            if value.get(name) not in (None, ""):
                return value[name]
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return None


def conversation_of(api: ChatApi, exchange: ClientExchange) -> str:
    """Return the id of the conversation that an answer belongs to, as it tells it; empty when it does not."""
    header = api.conversation_header
    named = exchange.header(header) if header else find(read_told(exchange).documents, api.names.conversation)
    return "" if named is None else str(named)


def _take_event(told: Told, data: str) -> None:
    if data.strip() == _DONE:
        told.finished = True
        return
    try:
        value = json_text.loads(data)
    except ValueError:
        return
    told.documents.append(value)
    if not isinstance(value, dict):
        return
    told.parts += [text for text in _texts(value) if text]
    kind = value.get("type")
    told.finished |= kind in ("finish", "message_stop") or any(
        isinstance(choice, dict) and bool(choice.get("finish_reason")) for choice in _list(value.get("choices"))
    )
    if kind == "error" or value.get("error") is not None:
        told.error = str(value.get("errorText") or value.get("error"))


def _texts(value: dict[str, Any]) -> Iterator[str]:
    delta = value.get("delta")
    if value.get("type") == "text-delta" and isinstance(delta, str):
        yield delta
    elif value.get("type") == "content_block_delta" and isinstance(delta, dict):
        yield str(delta.get("text") or "")
    for choice in _list(value.get("choices")):
        said = choice.get("delta") if isinstance(choice, dict) and choice.get("index", 0) == 0 else None
        if isinstance(said, dict):
            yield str(said.get("content") or "")


def _take_part(told: Told, line: str) -> None:
    """Take a line of the data stream: a letter or digit that says what it is, a colon, JSON."""
    kind, colon, data = line.partition(":")
    try:
        value = json_text.loads(data) if colon else None
    except ValueError:
        return
    if kind == _TEXT_PARTS and isinstance(value, str):
        told.parts.append(value)
    elif kind == _ERROR_PARTS:
        told.error = str(value)
    told.finished |= kind in _END_PARTS and isinstance(value, dict) and not value.get("isContinued")
    told.documents.append(value)


def _take_document(told: Told, body: bytes) -> None:
    try:
        value = json_text.loads(body)
    except ValueError:
        return
    told.documents.append(value)
    if isinstance(value, dict) and value.get("error") is not None:
        told.error = str(value["error"])


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
