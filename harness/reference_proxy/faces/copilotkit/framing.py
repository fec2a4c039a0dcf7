"""The forms in which an answer goes out, and which one a client takes.

The one rule: an answer in increments never goes out in a form that cannot hold them, and only a whole one is ended.
Source: GraphQL over HTTP (media types); GraphQL over SSE, distinct connections mode; GraphQL Yoga's bytes of the rest.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from harness.reference_proxy import jsontext
from harness.reference_proxy.faces.face import Json

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
EVENTS: Final = "text/event-stream"
MULTIPART: Final = "multipart/mixed"
IN_PARTS: Final = (MULTIPART, EVENTS)
"""The media types of answers in increments, the preferred one first."""


class Form(Protocol):
    """A form of answers that come in parts."""

    headers: Mapping[str, str]
    begin: bytes
    end: bytes

    def part(self, document: Json) -> bytes:
        """Return one part."""


class Multipart:
    """`multipart/mixed`, as GraphQL Yoga frames it."""

    headers: Mapping[str, str] = {"Content-Type": 'multipart/mixed; boundary="-"'}
    begin = b"\r\n---"
    end = b"--\r\n"

    def part(self, document: Json) -> bytes:
        """Return one part, and the line between it and what may follow."""
        body = jsontext.dumps(document)
        head = b"\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
        return head + body + b"\r\n---"


class Events:
    """Server-sent events, as for a subscription."""

    headers: Mapping[str, str] = {"Content-Type": "text/event-stream; charset=utf-8"}
    begin = b":\n\n"
    end = b"event: complete\ndata:\n\n"

    def part(self, document: Json) -> bytes:
        """Return one event."""
        return b"event: next\ndata: " + jsontext.dumps(document) + b"\n\n"


FORMS: Final[Mapping[str, Form]] = {MULTIPART: Multipart(), EVENTS: Events()}


def taken(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the first of the media types that an Accept field takes; a client without one takes anything.

    Whether at all is decided by it, and not which of several is better: clients give no weights here.
    """
    ranges = [each.partition(";")[0].strip().lower() for each in accept.split(",") if "q=0," not in f"{each},"]
    if not accept.strip() or "*/*" in ranges:
        return offered[0]
    return next((kind for kind in offered if kind in ranges or f"{kind.partition('/')[0]}/*" in ranges), None)
