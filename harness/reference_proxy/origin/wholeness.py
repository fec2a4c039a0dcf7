"""Whether an answer that has ended is whole, so that it may be given again: by what it says, not by its framing alone.

The one rule: a stream is whole when it says so itself. A cut one can end as cleanly as any.
Sources: OpenAI API reference, streaming (`[DONE]`, `finish_reason`; Responses' `response.completed`); Anthropic API
reference, streaming (`message_stop`); Ollama API, generate a chat completion (`done`, `done_reason`).
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import failures
from harness.reference_proxy.answers.ndjson import KINDS as NDJSON
from harness.reference_proxy.answers.ndjson import LineParser
from harness.reference_proxy.answers.sse import SseError, SseEvent, SseParser
from harness.reference_proxy.origin.detection import EVENTS, kind_of

_DONE: Final = "[DONE]"
_LAST_EVENTS: Final = frozenset({"message_stop", "response.completed"})
_BAD_EVENTS: Final = frozenset({"error", "response.failed", "response.incomplete"})
_CUT: Final = frozenset({"length", "content_filter", "max_tokens"})
"""Reasons of an end that is none: the next who asks may get more."""


def is_whole(content_type: str, body: bytes, *, measured: bool) -> bool:
    """Whether a body that ended cleanly is all there is; `measured`: its length was told, and came."""
    kind = kind_of(content_type)
    if kind == EVENTS:
        return _stream(SseParser(max_event_bytes=len(body) + 1), body)
    if kind in NDJSON:
        return _stream(LineParser(max_event_bytes=len(body) + 1), body)
    if kind.endswith("json"):
        document = _document(body)
        return document is not None and not _spoils(document)
    return measured


def _stream(parser: SseParser | LineParser, body: bytes) -> bool:
    try:
        events = list(parser.feed(body))
    except SseError:
        return False
    if parser.unfinished or not events:
        return False
    said = list(_said(events))
    return not any(map(_spoils, said)) and _ends(events[-1], said, by_line=isinstance(parser, LineParser))


def _said(events: Iterable[SseEvent]) -> Iterator[Any]:
    for event in events:
        if event.data.strip() == _DONE:
            continue
        document = _document(event.data.encode())
        # What is no JSON may be anything, such as a line of text; only an event that says it is an error is one.
        yield {"type": event.event} if document is None else document


def _ends(last: SseEvent, said: list[Any], *, by_line: bool) -> bool:
    if last.data.strip() == _DONE:
        return _all_finished(said)
    if last.event in _LAST_EVENTS:
        return True
    document = _document(last.data.encode())
    if not isinstance(document, dict):
        return False
    if document.get("done") is True or document.get("type") in _LAST_EVENTS:
        return True
    return by_line and "choices" in document and any(map(_choices, said)) and _all_finished(said)


def _all_finished(said: list[Any]) -> bool:
    """Whether every choice of a stream of chunks has said why it ended; in NDJSON that is the only mark there is."""
    begun: set[object] = set()
    finished: set[object] = set()
    for document in said:
        for choice in _choices(document):
            begun.add(choice.get("index", 0))
            if choice.get("finish_reason"):
                finished.add(choice.get("index", 0))
    return begun == finished


def _spoils(document: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether a document tells of an error, or of an end that was cut."""
    if not isinstance(document, dict):
        return False
    if failures.is_error(document) or document.get("type") in _BAD_EVENTS:
        return True
    delta = document.get("delta")
    reasons = [document.get("done_reason"), document.get("stop_reason"), document.get("finish_reason")]
    reasons += [delta.get("stop_reason")] if isinstance(delta, dict) else []
    reasons += [choice.get("finish_reason") for choice in _choices(document)]
    return any(isinstance(reason, str) and reason in _CUT for reason in reasons)


def _choices(document: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    choices = document.get("choices") if isinstance(document, dict) else None
    return [each for each in choices if isinstance(each, dict)] if isinstance(choices, list) else []


def _document(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return jsontext.loads(body.decode("utf-8-sig"))
    except ValueError:
        return None
