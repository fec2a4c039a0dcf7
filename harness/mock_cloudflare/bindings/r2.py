"""The R2 binding: `get`, `head`, `put`, `list`, `delete` of a bucket that a Worker is bound to.

The one rule: what is asked stands in JSON, in a header or in front of the value, and so does what is answered; a value
is never touched. An error is a status and a header with R2's own code, and a missing key is one of them.
Sources: `src/workerd/api/r2-rpc.c++` and `r2-api.capnp` in workerd, which are the client; Cloudflare docs, R2, error
codes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

from fault_injection.chat import load
from fault_injection.cloudflare_errors import R2_ERROR_HEADER, r2_error
from fault_injection.reply import Reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.r2.errors import R2
from harness.mock_cloudflare.r2.listing import MOST_LISTED, page_of
from harness.mock_cloudflare.request import Answer, ObjectsEffect, StoredObject

SIZE_HEADER: Final = "cf-r2-metadata-size"
REQUEST_HEADER: Final = "cf-r2-request"
MOST_KEY_BYTES: Final = 1024

_Asked: TypeAlias = dict[str, Any]
_Outcome: TypeAlias = tuple[Reply, ObjectsEffect | None]


def answer(call: BindingCall) -> Answer:
    """Answer one call of the binding."""
    asked, value = _asked(call)
    method = str(asked.get("method", ""))
    handler = _HANDLERS.get(method)
    if handler is None:
        return Answer(surface="unknown", reply=_refused(R2.NOT_SERVED))
    reply, effect = handler(call, asked, value)
    return Answer(surface=f"r2.{method}", reply=reply, kept=effect)


def _asked(call: BindingCall) -> tuple[_Asked, bytes]:
    """Return what is asked, and the value that comes with it."""
    request = call.request
    if request.method != "PUT":
        return load((request.header(REQUEST_HEADER) or "").encode("latin-1", "replace")) or {}, b""
    size = request.header(SIZE_HEADER) or ""
    length = int(size) if size.isdecimal() and len(size) < 9 else 0
    return load(request.body[:length]) or {}, request.body[length:]


def _head(call: BindingCall, asked: _Asked, _value: bytes) -> _Outcome:
    found = _find(call, asked)
    return (_told(_shown(found)) if found is not None else _no_key()), None


def _get(call: BindingCall, asked: _Asked, _value: bytes) -> _Outcome:
    found = _find(call, asked)
    if found is None:
        return _no_key(), None
    if not _holds(asked.get("onlyIf"), found):
        return _unmet(found), None
    span = _span(asked.get("range"), len(found.value))
    if span is None:
        return _refused(R2.BAD_RANGE), None
    start, end = span
    shown = {**_shown(found), "range": {"offset": str(start), "length": str(end - start)}}
    return _told(shown, found.value[start:end]), None


def _put(call: BindingCall, asked: _Asked, value: bytes) -> _Outcome:
    key = str(asked.get("object", ""))
    if not key or len(key.encode()) > MOST_KEY_BYTES:
        return _refused(R2.BAD_KEY), None
    before = _find(call, asked)
    if asked.get("onlyIf") and (before is None or not _holds(asked["onlyIf"], before)):
        return _unmet(before), None
    if asked.get("md5") and asked["md5"] != hashlib.md5(value, usedforsecurity=False).hexdigest():
        return _refused(R2.BAD_DIGEST), None
    fields = asked.get("httpFields")
    own = asked.get("customFields")
    made = StoredObject(
        key=key,
        value=value,
        version=call.identity.hex32,
        uploaded_ms=int(call.identity.now_s * 1000),
        http_fields=tuple((str(name), str(told)) for name, told in fields.items()) if isinstance(fields, dict) else (),
        custom_fields=tuple((str(item["k"]), str(item["v"])) for item in own) if isinstance(own, list) else (),
    )
    return _told(_shown(made)), ObjectsEffect(bucket=call.binding.bound_to, puts=(made,))


def _delete(call: BindingCall, asked: _Asked, _value: bytes) -> _Outcome:
    many = asked.get("objects")
    keys = tuple(map(str, many)) if isinstance(many, list) else (str(asked.get("object", "")),)
    return _told({}), ObjectsEffect(bucket=call.binding.bound_to, deletes=keys)


def _list(call: BindingCall, asked: _Asked, _value: bytes) -> _Outcome:
    prefix, mark = str(asked.get("prefix") or ""), str(asked.get("delimiter") or "")
    after = str(asked.get("startAfter") or "")
    most = min(int(asked.get("limit") or MOST_LISTED), MOST_LISTED)
    bucket = call.stores.buckets.get(call.binding.bound_to, {})
    found = page_of(bucket, prefix=prefix, mark=mark, after=after, cursor=str(asked.get("cursor") or ""), most=most)
    page: dict[str, object] = {
        "objects": list(map(_shown, found.objects)),
        "truncated": bool(found.cursor),
        "delimitedPrefixes": found.prefixes,
    }
    return _told({**page, "cursor": found.cursor} if found.cursor else page), None


def _find(call: BindingCall, asked: _Asked) -> StoredObject | None:
    return call.stores.buckets.get(call.binding.bound_to, {}).get(str(asked.get("object", "")))


def _holds(condition: object, found: StoredObject) -> bool:
    """Whether a condition on the object's etag or age is met; one that asks nothing is."""
    if not isinstance(condition, dict):
        return True
    before, after = condition.get("uploadedBefore"), condition.get("uploadedAfter")
    return (
        (not condition.get("etagMatches") or _named(condition["etagMatches"], found))
        and not (condition.get("etagDoesNotMatch") and _named(condition["etagDoesNotMatch"], found))
        and (before is None or found.uploaded_ms < int(before))
        and (after is None or found.uploaded_ms > int(after))
    )


def _named(etags: object, found: StoredObject) -> bool:
    told = etags if isinstance(etags, list) else [etags]
    names = [item.get("value", "*") if isinstance(item, dict) else item for item in told]
    return found.etag in names or "*" in names


def _span(wanted: object, size: int) -> tuple[int, int] | None:
    """Return where a range begins and ends in a value; None for one that is not in it."""
    if not isinstance(wanted, dict):
        return 0, size
    if wanted.get("suffix") is not None:
        return max(0, size - int(wanted["suffix"])), size
    start = int(wanted.get("offset") or 0)
    end = size if wanted.get("length") is None else min(size, start + int(wanted["length"]))
    return (start, end) if start < end or size == start == 0 else None


def _shown(found: StoredObject) -> dict[str, object]:
    return {
        "name": found.key,
        "version": found.version,
        "size": str(len(found.value)),
        "etag": found.etag,
        "uploaded": str(found.uploaded_ms),
        "httpFields": dict(found.http_fields),
        "customFields": [{"k": name, "v": told} for name, told in found.custom_fields],
        "checksums": {} if found.parts_etag else {"0": found.etag},
        "storageClass": "Standard",
    }


def _told(metadata: dict[str, object], value: bytes = b"") -> Reply:
    told = json_text.dump(metadata)
    return Reply(headers=((SIZE_HEADER, str(len(told))),), body=told + value, binding="r2")


def _unmet(found: StoredObject | None) -> Reply:
    told = json_text.dump(_shown(found)) if found is not None else b""
    reply = _refused(R2.UNMET)
    return replace(reply, headers=((SIZE_HEADER, str(len(told))), *reply.headers), body=told)


def _refused(row: R2) -> Reply:
    told = r2_error(row.value.code, row.value.text)
    return Reply(status=row.value.status, headers=((R2_ERROR_HEADER, told),), binding="r2")


def _no_key() -> Reply:
    return _refused(R2.NO_KEY)


_HANDLERS: Final[dict[str, Callable[[BindingCall, _Asked, bytes], _Outcome]]] = {
    "head": _head,
    "get": _get,
    "put": _put,
    "delete": _delete,
    "list": _list,
}
