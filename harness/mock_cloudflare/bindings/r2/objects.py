"""Objects by the R2 binding: `get`, `head`, `put`, `list`, `delete` of a bucket that a Worker is bound to.

The one rule: a condition that does not hold is told with the object that is there.
Source: `src/workerd/api/r2-bucket.c++` in workerd, which is the client.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Final

from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.bindings.r2.wire import Asked, Fields, Outcome, shown, told, unmet, whole
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.r2.listing import MOST_LISTED, page_of
from harness.mock_cloudflare.request import ObjectsEffect, StoredObject

_DIGESTS: Final = ("md5", "sha1", "sha256", "sha384", "sha512")


def head(call: BindingCall, asked: Asked) -> Outcome:
    """Tell of an object, without its value."""
    return told(shown(_found(call, asked))), None


def get(call: BindingCall, asked: Asked) -> Outcome:
    """Give an object, or a range of it, if a condition holds."""
    found = _found(call, asked)
    if not _holds(asked.told.get("onlyIf"), found):
        return unmet(found), None
    start, end = _span(asked.told.get("range"), len(found.value))
    given = {"offset": str(start), "length": str(end - start)}
    return told({**shown(found), "range": given}, found.value[start:end]), None


def put(call: BindingCall, asked: Asked) -> Outcome:
    """Keep an object, if a condition holds and the value is what was announced."""
    key = asked.key
    before = _bucket(call).get(key)
    if not _holds(asked.told.get("onlyIf"), before):
        return unmet(before), None
    _check_value(asked)
    made = made_of(call, key, asked.value, http_fields=asked.http_fields, custom_fields=asked.custom_fields)
    return told(shown(made)), ObjectsEffect(bucket=call.binding.bound_to, puts=(made,))


def delete(call: BindingCall, asked: Asked) -> Outcome:
    """Drop one object or many; one that is not there is no error."""
    many = asked.told.get("objects")
    keys = tuple(map(str, many)) if isinstance(many, list) else (asked.text("object"),)
    return told({}), ObjectsEffect(bucket=call.binding.bound_to, deletes=keys)


def listed(call: BindingCall, asked: Asked) -> Outcome:
    """List a page of the objects, by folders where a delimiter is named."""
    found = page_of(
        _bucket(call),
        prefix=asked.text("prefix"),
        mark=asked.text("delimiter"),
        after=asked.text("startAfter"),
        cursor=asked.text("cursor"),
        most=min(whole(asked.told.get("limit")) or MOST_LISTED, MOST_LISTED),
    )
    page: dict[str, object] = {
        "objects": list(map(shown, found.objects)),
        "truncated": bool(found.cursor),
        "delimitedPrefixes": found.prefixes,
    }
    return told({**page, "cursor": found.cursor} if found.cursor else page), None


def made_of(
    call: BindingCall, key: str, value: bytes, *, http_fields: Fields, custom_fields: Fields, parts_etag: str = ""
) -> StoredObject:
    """Return the object that a call makes."""
    return StoredObject(
        key=key,
        value=value,
        version=call.identity.hex32,
        uploaded_ms=int(call.identity.now_s * 1000),
        http_fields=http_fields,
        custom_fields=custom_fields,
        parts_etag=parts_etag,
    )


def _bucket(call: BindingCall) -> Mapping[str, StoredObject]:
    return call.stores.buckets.get(call.binding.bound_to, {})


def _found(call: BindingCall, asked: Asked) -> StoredObject:
    found = _bucket(call).get(asked.text("object"))
    if found is None:
        raise RefusedError(R2.NO_KEY)
    return found


def _check_value(asked: Asked) -> None:
    """Refuse a value that is not what was announced: MD5 is in Base64 there, the others in hexadecimal."""
    for name, announced in asked.told.items():
        if name not in _DIGESTS or not announced:
            continue
        digest = hashlib.new(name, asked.value, usedforsecurity=False).digest()
        if announced != (base64.b64encode(digest).decode() if name == "md5" else digest.hex()):
            raise RefusedError(R2.BAD_DIGEST)


def _holds(condition: object, found: StoredObject | None) -> bool:
    """Whether a condition on an object's etag or age is met.

    One that asks nothing is; where there is no object, so is one that only tells what it may not be.
    """
    if not isinstance(condition, dict):
        return True
    if found is None:
        return not condition.get("etagMatches") and condition.get("uploadedAfter") is None
    before, after = whole(condition.get("uploadedBefore")), whole(condition.get("uploadedAfter"))
    return (
        (not condition.get("etagMatches") or _named(condition["etagMatches"], found))
        and not (condition.get("etagDoesNotMatch") and _named(condition["etagDoesNotMatch"], found))
        and (before is None or found.uploaded_ms < before)
        and (after is None or found.uploaded_ms > after)
    )


def _named(etags: object, found: StoredObject) -> bool:
    each_of = etags if isinstance(etags, list) else [etags]
    names = [item.get("value", "*") if isinstance(item, dict) else item for item in each_of]
    return found.etag in names or "*" in names


def _span(wanted: object, size: int) -> tuple[int, int]:
    """Return where a range begins and ends in a value.

    Raises:
        RefusedError: it is not in it.
    """
    if not isinstance(wanted, dict):
        return 0, size
    last, length = whole(wanted.get("suffix")), whole(wanted.get("length"))
    if last is not None:
        return max(0, size - last), size
    start = whole(wanted.get("offset")) or 0
    end = size if length is None else min(size, start + length)
    if start >= end and not size == start == 0:
        raise RefusedError(R2.BAD_RANGE)
    return start, end
