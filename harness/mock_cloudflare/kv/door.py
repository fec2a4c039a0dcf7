"""Workers KV over REST: which handler answers, what it refuses, and what a commit does to the store.

The one rule: a handler reads the store and describes a change in an effect; only `carry_out` writes. Whatever it
refuses, it refuses by raising `Refused`, which becomes the reply here.
Source: Cloudflare docs, kv/api, and the types of the official clients.
"""

from __future__ import annotations

from typing import get_args

from fault_injection.kv_answer import KvAnswer, KvOperation
from fault_injection.reply import Reply
from harness.mock_cloudflare.kv import bulk as kv_bulk
from harness.mock_cloudflare.kv import namespaces as kv_namespaces
from harness.mock_cloudflare.kv import values as kv_values
from harness.mock_cloudflare.kv.call import KvCall
from harness.mock_cloudflare.kv.limits import Refused
from harness.mock_cloudflare.kv_store import KvEntry, KvStore
from harness.mock_cloudflare.request import Answer, KvEffect

_ON_KEYS = {**kv_values.HANDLERS, **kv_bulk.HANDLERS}
OPERATIONS = frozenset({*_ON_KEYS, *kv_namespaces.HANDLERS})


def answer(call: KvCall) -> Answer:
    """Answer one call of the service."""
    try:
        if call.route.name in _ON_KEYS:
            call.check_namespace()
            reply, effect = _ON_KEYS[call.route.name](call)
        else:
            reply, effect = kv_namespaces.HANDLERS[call.route.name](call)
    except Refused as refused:
        reply, effect = refused.reply, None
    return Answer(surface=call.route.surface, reply=reply, kv=describe(call, reply), effect=effect)


def describe(call: KvCall, reply: Reply) -> KvAnswer | None:
    """Tell a fault what is about to be answered; None where namespaces are concerned and not keys."""
    operations: tuple[KvOperation, ...] = get_args(KvOperation)
    kind = next((name for name in operations if call.route.surface == f"kv.{name}"), None)
    if kind is None:
        return None
    key = call.route.parts.get("key", b"").decode("utf-8", "replace")
    return KvAnswer(
        operation=kind,
        reply=reply,
        previous=call.store.previous(call.namespace, key),
        lapsed=call.store.lapsed(call.namespace, key, now_s=call.now_s),
    )


def carry_out(effect: KvEffect, store: KvStore) -> None:
    """Do to the store what an answer decided."""
    for namespace, title in effect.titles:
        store.name(namespace, title)
    for key, value, expires_s, metadata in effect.puts:
        entry = KvEntry(value=value, metadata=metadata, expires_s=expires_s)
        store.put(effect.namespace, key, entry, at_s=effect.at_s)
    for key in effect.deletes:
        store.delete(effect.namespace, key)
    for colo, key, seen, until_s in effect.seen:
        store.see(colo, effect.namespace, key, seen, until_s=until_s)
