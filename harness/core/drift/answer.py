"""An answer as a JSON value: its status, the headers that matter, and its body as JSON, a stream or text.

The one rule: values that name something, such as ids, are replaced by their pattern before anything is compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fault_injection.reply import Headers, header_of
from harness.core.drift import stream
from harness.core.observed import json_text

_TOLD: Final = re.compile(r"content-type|retry-after|(x-)?request-id|cf-.+|(x-)?ratelimit.*")
"""The headers that clients and operators go by."""
_PATTERNS: Final = (
    ("a ray id", re.compile(r"[0-9a-f]{16}-[A-Z]{3}")),
    ("a UUID of version 7", re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")),
    ("a UUID", re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    ("a ULID", re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")),
    ("req_…", re.compile(r"req_\w+")),
    ("a number", re.compile(r"[0-9.]+")),
    ("a date", re.compile(r"[A-Z][a-z]{2}, .* GMT")),
    ("a word", re.compile(r"[A-Z]{2,12}")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer that came whole. The body is without its framing and its content coding."""

    status: int
    headers: Headers
    body: bytes


def described(answer: Answered) -> dict[str, object]:
    """Return what an answer is like, as a value whose form can be inferred."""
    media_type, _, rest = (header_of(answer.headers, "content-type") or "").lower().partition(";")
    headers = {name.lower(): pattern_of(value) for name, value in answer.headers if _TOLD.fullmatch(name.lower())}
    if "content-type" in headers:
        headers["content-type"] = media_type.strip()
    if "charset" in rest:
        headers["content-type charset"] = rest.partition("charset=")[2].strip('" ')
    told: dict[str, object] = {"status": answer.status, "headers": headers}
    if "event-stream" in media_type:
        return {**told, "body": "stream", "stream": stream.described(answer.body)}
    if not answer.body.strip():
        return {**told, "body": "empty"}
    try:
        value, _ = json_text.generously(answer.body)
    except ValueError:
        is_page = answer.body.lstrip()[:15].lower().startswith((b"<!doctype", b"<html"))
        return {**told, "body": "HTML" if is_page else "text"}
    return {**told, "body": "JSON", "json": value}


def pattern_of(value: str) -> str:
    """Return what a header's value looks like."""
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(value)), "text")
