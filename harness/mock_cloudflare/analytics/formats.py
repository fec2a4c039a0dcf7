"""The forms of an answer: JSON, JSONEachRow, TabSeparated.

The one rule: the bytes are ClickHouse's, whose formats these are, and there is no v4 envelope around them.
Source: Cloudflare docs, Analytics Engine, SQL reference, FORMAT clause; ClickHouse docs, formats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fault_injection.reply import Reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.analytics.dialect import Format
from harness.mock_cloudflare.analytics.engine import Result

_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f"})


def reply(result: Result, form: Format) -> Reply:
    """Return the answer in the form that was asked for."""
    content_type, write = _FORMS[form]
    return Reply(headers=(("content-type", content_type),), body=write(result))


def refusal(message: str) -> Reply:
    """Return the answer to a query that is refused: 422 and plain text, as people have met it."""
    text = message.encode("utf-8", "replace")
    return Reply(status=422, headers=(("content-type", "text/plain;charset=UTF-8"),), body=text)


def _json(result: Result) -> bytes:
    meta = [{"name": name, "type": kind} for name, kind in result.columns]
    return json_text.dump({"meta": meta, "data": _objects(result), "rows": len(result.rows)})


def _json_each_row(result: Result) -> bytes:
    return b"".join(json_text.dump(row) + b"\n" for row in _objects(result))


def _objects(result: Result) -> list[dict[str, Any]]:
    names = [name for name, _ in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.rows]


def _tab_separated(result: Result) -> bytes:
    lines = ("\t".join(map(_cell, row)) + "\n" for row in result.rows)
    return "".join(lines).encode("utf-8", "replace")


def _cell(value: object) -> str:
    if value is None:
        return "nan"
    if isinstance(value, list):
        return json_text.dump(value).decode().replace('"', "'")
    return str(value).translate(_ESCAPED)


_FORMS: Final[dict[Format, tuple[str, Callable[[Result], bytes]]]] = {
    "JSON": ("application/json", _json),
    "JSONEachRow": ("application/x-ndjson", _json_each_row),
    "TabSeparated": ("text/tab-separated-values; charset=UTF-8", _tab_separated),
}
