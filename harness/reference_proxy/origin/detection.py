"""Which answers are streams: by their type, by a length that nobody tells, or by one that is large.

The one rule: what may be a stream is one. It costs a stream nothing to be passed as it comes, and it would cost all of
it to be waited for.
"""

from typing import Final

from harness.reference_proxy.answers.ndjson import KINDS as NDJSON

EVENTS: Final = "text/event-stream"
TYPES: Final = frozenset({EVENTS, *NDJSON})


def is_stream(content_type: str, content_length: str | None, *, from_bytes: int) -> bool:
    """Whether an answer with these fields is to be passed as it comes; `from_bytes` is the largest that is not."""
    return kind_of(content_type) in TYPES or (length := length_of(content_length)) is None or length > from_bytes


def kind_of(content_type: str) -> str:
    """Return a content type without its parameters, in small letters."""
    return content_type.partition(";")[0].strip().lower()


def length_of(content_length: str | None) -> int | None:
    """Return a length in bytes; None for none, and for one that is no number."""
    text = (content_length or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
