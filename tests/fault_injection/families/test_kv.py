from __future__ import annotations

import json
from dataclasses import replace

from fault_injection.kv_answer import KvAnswer
from fault_injection.rendering import render
from fault_injection.reply import Reply
from fault_injection.wire import Close, Wait
from tests.fault_injection.families.examples import Example, itself, rows
from tests.fault_injection.golden import DELETE, GET, LIST, METADATA, PUT, VALUE

MISSING = replace(GET, reply=Reply(status=404, body=b"{}"))
NEW = replace(GET, previous=None, lapsed=None)
LISTED = json.loads(LIST.reply.body_bytes)
REFUSED = replace(LIST, reply=replace(LIST.reply, body=b'{"result":null,"success":false}'))
BULK = replace(PUT, operation="bulk")


def value(answer: KvAnswer) -> bytes:
    return answer.reply.body_bytes


def outcome(answer: KvAnswer) -> tuple[int, int, bool]:
    return answer.reply.status, json.loads(value(answer))["errors"][0]["code"], answer.commit


def flipped(answer: KvAnswer) -> int:
    return sum((one ^ other).bit_count() for one, other in zip(value(answer), VALUE.body_bytes, strict=True))


EXAMPLES = (
    Example("kv.miss", GET, outcome, (404, 10_009, True)),
    Example("kv.miss", METADATA, lambda answer: answer.reply.status, 404),
    Example("kv.miss", PUT, itself, PUT),
    Example("kv.miss", MISSING, itself, MISSING),
    Example("kv.stale", GET, value, b'{"v":1,"text":"old"}'),
    Example("kv.stale", MISSING, lambda answer: (answer.reply.status, value(answer)), (200, b'{"v":1,"text":"old"}')),
    Example("kv.stale", MISSING, lambda answer: answer.reply.header("content-type"), "application/octet-stream"),
    Example("kv.stale", NEW, itself, NEW),
    Example("kv.stale", PUT, itself, PUT),
    Example("kv.expired_served", MISSING, value, b'{"v":1,"text":"lapsed"}'),
    Example("kv.expired_served", NEW, itself, NEW),
    Example("kv.corrupt_bits", GET, flipped, 1),
    Example("kv.corrupt_bits(count=9)", GET, flipped, 9),
    Example("kv.corrupt_bits(count=10000)", GET, flipped, len(VALUE.body_bytes) * 8),
    Example("kv.corrupt_bits", DELETE, itself, DELETE),
    Example("kv.truncated", GET, value, b'{"v":1,"tex'),
    Example("kv.truncated(keep_fraction=1)", GET, value, VALUE.body_bytes[:-1]),
    Example("kv.truncated", MISSING, itself, MISSING),
    Example("kv.empty_value", GET, value, b""),
    Example("kv.wrong_type", GET, value, b"42"),
    Example("kv.wrong_type(kind=list)", GET, lambda answer: json.loads(value(answer)), [1, 2, 3]),
    Example("kv.wrong_type(kind=null)", GET, lambda answer: json.loads(value(answer)), None),
    Example("kv.wrong_type(kind=text)", GET, lambda answer: json.loads(value(answer)), "plain text"),
    Example("kv.wrong_schema", GET, lambda answer: json.loads(value(answer))["schema"], 0),
    Example("kv.slow(delay_s=2)", PUT, lambda answer: answer.reply.wait_s, 2.0),
    Example("kv.hang(for_s=2)", GET, lambda answer: render(answer.reply), (Wait(2), Close())),
    Example("kv.error", GET, outcome, (500, 10_001, False)),
    Example("kv.error(code=503, api_code=10002)", PUT, outcome, (503, 10_002, False)),
    Example("kv.rate_limited", PUT, outcome, (429, 971, False)),
    Example("kv.rate_limited", GET, lambda answer: answer.reply.header("retry-after"), None),
    Example("kv.rate_limited(retry_after=5)", GET, lambda answer: answer.reply.header("retry-after"), "5"),
    Example("kv.too_large", PUT, outcome, (413, 10_033, False)),
    Example("kv.too_large", GET, itself, GET),
    Example("kv.lost_write", PUT, itself, replace(PUT, commit=False)),
    Example("kv.lost_write", BULK, itself, replace(BULK, commit=False)),
    Example("kv.lost_write", GET, itself, GET),
    Example("kv.delete_ignored", DELETE, itself, replace(DELETE, commit=False)),
    Example("kv.delete_ignored", PUT, itself, PUT),
    Example(
        "kv.list_incomplete", LIST, lambda answer: json.loads(value(answer)), {**LISTED, "result": [{"name": "a"}]}
    ),
    Example("kv.list_incomplete(keep_fraction=1)", LIST, lambda answer: len(json.loads(value(answer))["result"]), 2),
    Example("kv.list_incomplete", GET, itself, GET),
    Example("kv.list_incomplete", REFUSED, itself, REFUSED),
    Example("kv.list_incomplete", replace(METADATA, operation="list"), value, METADATA.reply.body_bytes),
    Example(
        "kv.metadata_mismatch",
        METADATA,
        lambda answer: json.loads(value(answer))["result"],
        {"owner": "another-key", "version": 0},
    ),
    Example("kv.metadata_mismatch", GET, itself, GET),
)


@rows(*EXAMPLES)
def test_a_fault_of_a_store_does_what_it_says(example: Example) -> None:
    example.check()
