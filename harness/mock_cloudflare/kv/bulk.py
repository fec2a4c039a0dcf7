"""Many keys of Workers KV at once.

The one rule: a bulk write is taken whole or refused whole; one bad pair refuses them all and changes nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from harness.mock_cloudflare import errors, json_text
from harness.mock_cloudflare.errors import Kv
from harness.mock_cloudflare.kv.call import KvCall, Outcome
from harness.mock_cloudflare.kv.limits import (
    MAX_BULK_BYTES,
    MAX_BULK_KEYS,
    MAX_BULK_PAIRS,
    MAX_VALUE_BYTES,
    check_expiry,
    check_key,
    check_metadata,
    check_value,
    refuse,
)
from harness.mock_cloudflare.kv_store import KvEntry
from harness.mock_cloudflare.request import KvEffect


def _put(call: KvCall) -> Outcome:
    if len(call.request.body) > MAX_BULK_BYTES:
        raise refuse(Kv.BIG_REQUEST)
    puts = tuple(_pair(call, item) for item in _list_of(call, MAX_BULK_PAIRS))
    return _counted(len(puts), call.effect(puts=puts))


def _delete(call: KvCall) -> Outcome:
    keys = tuple(_key(item) for item in _list_of(call, MAX_BULK_PAIRS))
    return _counted(len(keys), call.effect(deletes=keys))


def _get(call: KvCall) -> Outcome:
    body = call.json_body()
    asked = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(asked, list):
        raise refuse(Kv.BAD_BODY, what="could not parse request body: 'keys' must be an array")
    if not asked:
        raise refuse(Kv.BAD_COUNT, what="You must request a minimum of 1 key")
    if len(asked) > MAX_BULK_KEYS:
        raise refuse(Kv.BAD_COUNT, what=f"You can request a maximum of {MAX_BULK_KEYS} keys")
    kind = body.get("type") or "text"
    if kind not in ("text", "json"):
        raise refuse(Kv.BAD_BODY, what="could not parse request body: 'type' must be text or json")
    keys = [_key(item) for item in asked]
    found, effect = call.look_up(*keys)
    if sum(len(entry.value) for entry in found if entry) > MAX_VALUE_BYTES:
        raise refuse(Kv.BIG_VALUE, length="the answer", limit=MAX_VALUE_BYTES)
    whole = body.get("withMetadata") is True
    values = {key: _shown(entry, as_json=kind == "json", whole=whole) for key, entry in zip(keys, found, strict=True)}
    return errors.success({"values": values}), effect


def _shown(entry: KvEntry | None, *, as_json: bool, whole: bool) -> object:
    if entry is None:
        return None
    value: object = entry.value.decode("utf-8", "replace")
    if as_json:
        try:
            value = json_text.load(entry.value)
        except json_text.BadJsonError:
            raise refuse(
                Kv.BAD_BODY, what="At least one of the requested keys corresponds to a non-JSON value"
            ) from None
    if not whole:
        return value
    shown: dict[str, object] = {"value": value, "metadata": entry.metadata}
    if entry.expiration is not None:
        shown["expiration"] = entry.expiration
    return shown


def _pair(call: KvCall, item: object) -> tuple[str, bytes, float | None, object]:
    if not isinstance(item, dict) or not isinstance(item.get("value"), str):
        raise refuse(Kv.BAD_BODY, what="could not parse request body: each pair needs a key and a string value")
    key = _key(item.get("key"))
    text: str = item["value"]
    value = text.encode("utf-8", "replace")
    if item.get("base64") is True:
        try:
            value = base64.b64decode(value, validate=True)
        except binascii.Error:
            raise refuse(Kv.BAD_BODY, what="could not parse request body: a value is not base64") from None
    expires_s = check_expiry(
        item.get("expiration"),
        item.get("expiration_ttl"),
        now_s=call.now_s,
        least_s=call.settings.switches.kv_min_expiry_s,
    )
    return key, check_value(value), expires_s, check_metadata(item.get("metadata"))


def _key(item: object) -> str:
    if not isinstance(item, str):
        raise refuse(Kv.BAD_BODY, what="could not parse request body: a key must be a string")
    return check_key(item.encode("utf-8", "surrogatepass"))


def _list_of(call: KvCall, most: int) -> list[object]:
    body = call.json_body()
    if not isinstance(body, list):
        raise refuse(Kv.BAD_BODY, what="could not parse request body: an array is wanted")
    if len(body) > most:
        raise refuse(Kv.BAD_COUNT, what=f"You can give a maximum of {most} keys")
    return body


def _counted(count: int, effect: KvEffect) -> Outcome:
    return errors.success({"successful_key_count": count, "unsuccessful_keys": []}), effect


HANDLERS: dict[str, Callable[[KvCall], Outcome]] = {"bulk-put": _put, "bulk-delete": _delete, "bulk-get": _get}
