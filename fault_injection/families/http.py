"""Faults of HTTP: statuses and headers that a client must survive.

The one rule: an error answered here has the body that Cloudflare sends for it, so that a target's handling of real
errors is what gets tested. How a body is framed and encoded is the other half of this family, in `http_framing`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from itertools import takewhile
from typing import ClassVar

from fault_injection.cloudflare.errors import BODY_FORMS, error_reply
from fault_injection.cloudflare.pages import challenge_page, ray_id
from fault_injection.fault import Fault, Law, Need, ReplyFault, Turn, WireFault, param
from fault_injection.reply import Length, Reply
from fault_injection.wire import Close, Send, WireScript, payload

_PAST = "Sun, 06 Nov 1994 08:49:37 GMT"
_FUTURE = "Fri, 31 Dec 2100 23:59:59 GMT"
_LOCATIONS = {
    "loop": "?again=1",
    "cross-origin": "http://127.0.0.2:9/elsewhere",
    "garbage": "http://[",
}


@dataclass(frozen=True, kw_only=True)
class Status(ReplyFault):
    """The answer is an error status with the body that Cloudflare sends for it."""

    id: ClassVar[str] = "http.status"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the status is the fault"
    code: int = param(500, "HTTP status", low=200, high=599)
    ai_code: int = param(0, "Cloudflare's internal code; 0 takes the usual one of the status", low=0, high=99_999)
    retry_after: str = param("", "Retry-After header, seconds or an HTTP date; empty leaves it out")
    message: str = param("", "error text; empty takes the code's own")
    body: str = param("auto", "form of the body; auto is Cloudflare's own choice", choices=BODY_FORMS)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return error_reply(
            reply,
            self.code,
            turn.rng,
            ai_code=self.ai_code,
            message=self.message,
            retry_after=self.retry_after,
            form=self.body,
        )


@dataclass(frozen=True, kw_only=True)
class RetryAfter(ReplyFault):
    """The answer is an overload error whose Retry-After is correct, absurd or unreadable."""

    id: ClassVar[str] = "http.retry_after"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the status is the fault"
    kind: str = param(
        "seconds",
        "form of the header; a date counts from the reply's Date, or stands in 2100 where nobody knows the time",
        choices=("seconds", "date", "past", "huge", "garbage", "negative", "missing"),
    )
    seconds: int = param(1, "the delay asked for, as seconds or as a date", unit="s", low=0, high=86_400)
    code: int = param(429, "HTTP status", low=400, high=599)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return error_reply(reply, self.code, turn.rng, retry_after=self._value(reply, turn))

    def _value(self, reply: Reply, turn: Turn) -> str:
        match self.kind:
            case "seconds":
                return str(self.seconds)
            case "date":
                return _date_after(reply, turn, self.seconds)
            case "past":
                return _PAST
            case "huge":
                return "99999999999"
            case "garbage":
                return "soon"
            case "negative":
                return f"-{max(1, self.seconds)}"
            case _:
                return ""


@dataclass(frozen=True, kw_only=True)
class FailFirst(ReplyFault):
    """The first exchanges fail with a status, and later ones are not affected."""

    id: ClassVar[str] = "http.fail_first"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the status is the fault"
    n: int = param(1, "how many exchanges fail", low=1, high=1_000_000)
    code: int = param(503, "HTTP status", low=400, high=599)
    retry_after: str = param("", "Retry-After header; empty leaves it out")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        if turn.nth > self.n:
            return reply
        return error_reply(reply, self.code, turn.rng, retry_after=self.retry_after)


@dataclass(frozen=True, kw_only=True)
class HtmlWith200(ReplyFault):
    """A browser challenge page arrives with status 200 in place of the answer."""

    id: ClassVar[str] = "http.html_with_200"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "a page has its own content type and length"

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        page = challenge_page(ray_id(turn.rng))
        plain = reply.without_header("content-encoding").with_header("content-type", "text/html; charset=UTF-8")
        return replace(plain, status=200, body=page, framing=Length())


@dataclass(frozen=True, kw_only=True)
class WrongContentType(ReplyFault):
    """The body is correct, but its Content-Type is not."""

    id: ClassVar[str] = "http.wrong_content_type"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the header is the fault"
    value: str = param("text/html", "the header's value; empty leaves it out")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return reply.with_header("content-type", self.value) if self.value else reply.without_header("content-type")


@dataclass(frozen=True, kw_only=True)
class HeaderHuge(ReplyFault):
    """One header of the answer is very long."""

    id: ClassVar[str] = "http.header_huge"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the header is the fault"
    size_bytes: int = param(65_536, "length of its value", unit="bytes", low=1, high=1_048_576)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return reply.with_header("x-padding", "p" * self.size_bytes)


@dataclass(frozen=True, kw_only=True)
class DuplicateHeader(ReplyFault):
    """A header arrives twice, with the same value or a contradicting one (RFC 9110 §5.3)."""

    id: ClassVar[str] = "http.duplicate_header"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the header is the fault"
    name: str = param("content-type", "the header's name; one that the answer lacks is not added")
    value: str = param("", "the second value; empty repeats the first")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        first = reply.header(self.name)
        if first is None and self.name.lower() == "content-length" and isinstance(reply.framing, Length):
            first = str(len(reply.body_bytes))
            reply = reply.with_header("content-length", first)
        if first is None:
            return reply
        return replace(reply, headers=(*reply.headers, (self.name, self.value or first)))


@dataclass(frozen=True, kw_only=True)
class Redirect(ReplyFault):
    """The answer is a redirect: in a loop, to another origin with the credentials, or to nowhere."""

    id: ClassVar[str] = "http.redirect"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the status is the fault"
    code: int = param(307, "HTTP status", low=301, high=308)
    location: str = param(
        "loop",
        "where to: the same path again, a closed port of another loopback address, an unreadable URL, or no Location",
        choices=("loop", "cross-origin", "garbage", "missing"),
    )

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        bare = reply.without_header("content-type").without_header("content-encoding")
        target = _LOCATIONS.get(self.location)
        if target is not None:
            bare = bare.with_header("location", target)
        return replace(bare, status=self.code, body=b"", framing=Length())


@dataclass(frozen=True, kw_only=True)
class Interim1xx(WireFault):
    """Interim answers arrive before the real one (RFC 9110 §15.2); a client must skip them."""

    id: ClassVar[str] = "http.interim_1xx"
    law: ClassVar[Law] = Law.SAME_MEANING
    needs: ClassVar[tuple[Need, ...]] = (Need.INTERIM,)
    tell: ClassVar[str] = "the interim answer stands before the head"
    code: str = param("103", "which interim status", choices=("100", "102", "103"))
    count: int = param(1, "how many", low=1, high=1_000)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        head = {
            "100": b"HTTP/1.1 100 Continue\r\n\r\n",
            "102": b"HTTP/1.1 102 Processing\r\n\r\n",
            "103": b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n",
        }[self.code]
        return (*(Send(head) for _ in range(self.count)), *script)


_UNASKED = (
    b'{"id":"chatcmpl-unasked","object":"chat.completion","created":1,"model":"unasked","choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"Nobody has asked for this."},"finish_reason":"stop"}]}'
)


@dataclass(frozen=True, kw_only=True)
class SecondResponse(WireFault):
    """A second, well-formed answer that nobody asked for follows the first on the same connection."""

    id: ClassVar[str] = "http.second_response"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the head comes in one segment with the body"
    needs: ClassVar[tuple[Need, ...]] = (Need.END, Need.KEPT)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(_UNASKED)
        # In one segment with what of the first has no pause before it, so that no chance decides whether its reader
        # meets both at once or has put the connection by in between.
        *before, kept = script
        together = tuple(takewhile(lambda action: isinstance(action, Send), reversed(before)))[::-1]
        return (*before[: len(before) - len(together)], Send(payload(together) + head + _UNASKED), kept)


@dataclass(frozen=True, kw_only=True)
class EmptyResponse(WireFault):
    """The connection closes without a single byte of an answer."""

    id: ClassVar[str] = "http.empty_response"
    law: ClassVar[Law] = Law.PREFIX

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return (Close(),)


def _date_after(reply: Reply, turn: Turn, seconds: int) -> str:
    try:
        now_s = parsedate_to_datetime(reply.header("date") or "").timestamp()
    except ValueError:
        now_s = turn.unix_s
    return format_datetime(datetime.fromtimestamp(now_s + seconds, UTC), usegmt=True) if now_s else _FUTURE


FAULTS: tuple[type[Fault], ...] = (
    Status,
    RetryAfter,
    FailFirst,
    HtmlWith200,
    WrongContentType,
    HeaderHuge,
    DuplicateHeader,
    Redirect,
    Interim1xx,
    SecondResponse,
    EmptyResponse,
)
