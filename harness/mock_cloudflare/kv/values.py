"""Single keys of Workers KV, and lists of them.

The one rule: a value is bytes. It goes in and comes out without an envelope, an encoding or a line feed of our own.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable

from fault_injection.reply import Reply
from harness.mock_cloudflare import errors, json_text
from harness.mock_cloudflare.errors import Kv
from harness.mock_cloudflare.kv import multipart
from harness.mock_cloudflare.kv.call import KvCall, Outcome
from harness.mock_cloudflare.kv.limits import check_expiry, check_limit, check_metadata, check_value, refuse
from harness.mock_cloudflare.kv_store import KvEntry

_CURSOR = b"after "


def _get(call: KvCall) -> Outcome:
    key = call.check_key()
    (entry,), effect = call.look_up(key)
    if entry is None:
        return errors.api_error(Kv.NO_KEY), effect
    headers = [("content-type", "application/octet-stream")]
    if entry.expiration is not None:
        headers.append((call.settings.switches.kv_expiration_header, str(entry.expiration)))
    return Reply(headers=tuple(headers), body=entry.value), effect


def _metadata(call: KvCall) -> Outcome:
    key = call.check_key()
    (entry,), effect = call.look_up(key)
    if entry is None:
        return errors.api_error(Kv.NO_KEY), effect
    return errors.success(entry.metadata), effect


def _put(call: KvCall) -> Outcome:
    key = call.check_key()
    value, metadata = _read_put(call)
    query = call.query
    switches = call.settings.switches
    expires_s = check_expiry(
        query.get("expiration") or None,
        query.get("expiration_ttl") or None,
        now_s=call.now_s,
        least_s=switches.kv_min_expiry_s,
    )
    check_value(value)
    check_metadata(metadata)
    last_s = call.store.written_s(call.namespace, key)
    if switches.kv_one_write_a_second and last_s is not None and call.now_s - last_s < 1.0:
        raise refuse(Kv.TOO_MANY_WRITES)
    return call.written(), call.effect(puts=((key, value, expires_s, metadata),))


def _read_put(call: KvCall) -> tuple[bytes, object]:
    content_type = call.request.header("content-type")
    if content_type is None or not multipart.is_form(content_type):
        return call.request.body, None
    form = multipart.parse(content_type, call.request.body)
    if form is None or "value" not in form:
        raise refuse(Kv.BAD_BODY, what="Missing value field")
    text = form.get("metadata", b"")
    try:
        return form["value"], json_text.load(text) if text else None
    except json_text.BadJsonError:
        raise refuse(Kv.BAD_BODY, what="Invalid metadata JSON") from None


def _delete(call: KvCall) -> Outcome:
    key = call.check_key()
    return call.written(), call.effect(deletes=(key,))


def _list(call: KvCall) -> Outcome:
    page, cursor = page_of_keys(call, check_limit(call.query.get("limit")))
    info: dict[str, object] = {"count": len(page), "cursor": cursor}
    return errors.success(page, info=info), None


def page_of_keys(call: KvCall, limit: int) -> tuple[list[dict[str, object]], str]:
    """Return the keys that a list answers, `limit` at most, and the cursor of the next page, empty on the last."""
    query = call.query
    prefix = query.get("prefix", "")
    after = _read_cursor(query.get("cursor", ""))
    found = [
        (key, entry)
        for key, entry in call.store.keys(call.namespace, now_s=call.now_s)
        if key.startswith(prefix) and (after is None or key > after)
    ]
    page = found[:limit]
    cursor = _write_cursor(page[-1][0]) if len(found) > limit else ""
    return [_listed(key, entry) for key, entry in page], cursor


def _listed(key: str, entry: KvEntry) -> dict[str, object]:
    item: dict[str, object] = {"name": key}
    if entry.expiration is not None:
        item["expiration"] = entry.expiration
    if entry.metadata is not None:
        item["metadata"] = entry.metadata
    return item


def _write_cursor(key: str) -> str:
    return base64.urlsafe_b64encode(_CURSOR + json.dumps(key).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> str | None:
    if not cursor:
        return None
    try:
        text = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        after = json_text.load(text.removeprefix(_CURSOR))
    except (binascii.Error, UnicodeEncodeError, json_text.BadJsonError):
        raise refuse(Kv.BAD_CURSOR) from None
    if not isinstance(after, str) or not text.startswith(_CURSOR):
        raise refuse(Kv.BAD_CURSOR)
    return after


HANDLERS: dict[str, Callable[[KvCall], Outcome]] = {
    "get": _get,
    "metadata": _metadata,
    "put": _put,
    "delete": _delete,
    "list": _list,
}
