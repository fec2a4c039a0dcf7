"""The KV binding: `get`, `getWithMetadata`, `put`, `list`, `delete` of a namespace that a Worker is bound to.

The one rule: it shares the store, its limits and its read cache with the REST API; what one writes the other reads. A
value is the body, metadata is a header in JSON, and a missing key is a 404, which the binding turns into null.
Source: `src/workerd/api/kv.c++` in workerd, which is the client, and recordings of its requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote_to_bytes

from fault_injection.chat import load
from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.kv import bulk, door, values
from harness.mock_cloudflare.kv.call import KvCall, Outcome
from harness.mock_cloudflare.kv.limits import MAX_LIST, Refused, check_metadata
from harness.mock_cloudflare.request import Answer, last_of_each

METADATA_HEADER: Final = "CF-KV-Metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    """What a call is by REST, and what answers it here."""

    name: str
    surface: str
    handle: Callable[[KvCall], Outcome]


def answer(call: BindingCall) -> Answer:
    """Answer one call of the binding."""
    operation = _operation(call)
    if operation is None:
        return Answer(surface="unknown", reply=Reply(status=405, binding="kv"))
    rest = _rest(call, operation)
    try:
        reply, effect = operation.handle(rest)
    except Refused as refused:
        reply, effect = refused.reply, None
    reply = replace(reply, binding="kv")
    return Answer(surface=operation.surface, reply=reply, kv=door.describe(rest, reply), effect=effect)


def _operation(call: BindingCall) -> _Operation | None:
    method, path = call.request.method, call.request.path
    if path == "/bulk/get" and method == "POST":
        return _BULK_GET
    if path == "/":
        return _LIST if method == "GET" else None
    return _ON_KEYS.get(method)


def _rest(call: BindingCall, operation: _Operation) -> KvCall:
    """Return the same call as the REST API would get it."""
    key = call.request.path.removeprefix("/").encode("latin-1", "replace")
    encoded = last_of_each(call.request.query).get("urlencoded") == "true"
    parts = {
        "namespace": call.binding.bound_to.encode("latin-1", "replace"),
        "key": unquote_to_bytes(key) if encoded else key,
    }
    headers = tuple(pair for pair in call.request.headers if pair[0].lower() != "content-type")  # no value is a form
    return KvCall(
        request=replace(call.request, headers=headers),
        route=call.route(operation.name, operation.surface, parts),
        settings=call.settings,
        identity=call.identity,
        store=call.kv,
    )


def _get(call: KvCall) -> Outcome:
    reply, effect = values.HANDLERS["get"](call)
    (entry,), _ = call.look_up(call.check_key())
    if reply.status == 200 and entry is not None and entry.metadata is not None:
        reply = reply.with_header(METADATA_HEADER, json_text.dump(entry.metadata, ascii_only=True).decode("ascii"))
    return reply, effect


def _put(call: KvCall) -> Outcome:
    _, effect = values.HANDLERS["put"](call)
    told = call.request.header(METADATA_HEADER)
    if told is not None and effect is not None:
        metadata = check_metadata(_metadata(told))
        effect = replace(effect, puts=tuple((key, value, ends_s, metadata) for key, value, ends_s, _ in effect.puts))
    return Reply(), effect


def _metadata(told: str) -> object:
    try:
        return json_text.load(told.encode("latin-1", "replace"))
    except json_text.BadJsonError:
        return None


def _delete(call: KvCall) -> Outcome:
    _, effect = values.HANDLERS["delete"](call)
    return Reply(), effect


def _list(call: KvCall) -> Outcome:
    asked = call.query.get("key_count_limit", "")
    most = min(int(asked), MAX_LIST) if asked.isdecimal() and len(asked) < 5 and int(asked) else MAX_LIST
    keys, cursor = values.page_of_keys(call, most)
    body: dict[str, object] = {"keys": keys, "list_complete": not cursor, **({"cursor": cursor} if cursor else {})}
    return json_reply(json_text.dump(body)), None


def _bulk_get(call: KvCall) -> Outcome:
    reply, effect = bulk.HANDLERS["bulk-get"](call)
    answered = load(reply.body_bytes) or {}
    return replace(reply, body=json_text.dump(answered["result"]["values"])), effect


_LIST: Final = _Operation(name="list", surface="kv.list", handle=_list)
_BULK_GET: Final = _Operation(name="bulk-get", surface="kv.bulk", handle=_bulk_get)
_ON_KEYS: Final = {
    "GET": _Operation(name="get", surface="kv.get", handle=_get),
    "PUT": _Operation(name="put", surface="kv.put", handle=_put),
    "DELETE": _Operation(name="delete", surface="kv.delete", handle=_delete),
}
