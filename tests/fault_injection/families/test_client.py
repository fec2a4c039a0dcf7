from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from fault_injection.client import ClientMoves
from tests.fault_injection.families.examples import Example, itself, rows
from tests.fault_injection.golden import CHAT, PROMPT

WORDS = ClientMoves(body=b"words")
PARTS = ClientMoves(body=b'{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}')
NONCE = "ep-0123456789ab"


def body(moves: ClientMoves) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(moves.body)


def last(moves: ClientMoves) -> Any:  # noqa: ANN401 - any JSON
    return body(moves)["messages"][-1]


EXAMPLES = (
    Example(
        "client.abort_before_head(wait_s=1, rudely=true)",
        CHAT,
        itself,
        replace(CHAT, leave="request-sent", leave_wait_s=1, leave_rudely=True),
    ),
    Example("client.abort_before_first_token(wait_s=1)", CHAT, itself, replace(CHAT, leave="head", leave_wait_s=1)),
    Example("client.abort_after(events=3)", CHAT, itself, replace(CHAT, leave="event", leave_after_events=3)),
    Example("client.abort_upload(at_byte=3)", CHAT, itself, replace(CHAT, leave="upload", leave_after_bytes=3)),
    Example("client.abort_upload(at_byte=99)", WORDS, itself, replace(WORDS, leave="upload", leave_after_bytes=4)),
    Example(
        "client.slow_reader(bytes_per_s=9, pause_s=2)", CHAT, itself, replace(CHAT, read_bytes_per_s=9, read_pause_s=2)
    ),
    Example(
        "client.stop_reading(events=3, for_s=9)", CHAT, itself, replace(CHAT, stop_after_events=3, stopped_for_s=9)
    ),
    Example(
        "client.slow_upload(piece_bytes=9, wait_s=2)",
        CHAT,
        itself,
        replace(CHAT, upload_piece_bytes=9, upload_wait_s=2),
    ),
    Example("client.huge_request", CHAT, lambda moves: len(moves.body), 1_200_000),
    Example("client.huge_request(size_bytes=500)", CHAT, lambda moves: last(moves)["content"][:20], f"{NONCE} hixx"),
    Example("client.huge_request(size_bytes=500)", PROMPT, lambda moves: len(moves.body), 500),
    Example("client.huge_request(size_bytes=1)", CHAT, itself, CHAT),
    Example("client.huge_request", WORDS, itself, WORDS),
    Example("client.huge_request", PARTS, itself, PARTS),
    Example("client.many_messages(count=3)", CHAT, lambda moves: len(body(moves)["messages"]), 5),
    Example("client.many_messages(count=3)", CHAT, last, body(CHAT)["messages"][-1]),
    Example(
        "client.many_messages(count=3)",
        CHAT,
        lambda moves: [message["role"] for message in body(moves)["messages"]],
        ["system", "user", "assistant", "user", "user"],
    ),
    Example("client.many_messages", PROMPT, itself, PROMPT),
    Example("client.deep_nesting(depth=2)", PROMPT, lambda moves: moves.body[-14:], b'hi","deep":[[]]}'[-14:]),
    Example("client.deep_nesting(depth=1)", ClientMoves(body=b"{}"), lambda moves: moves.body, b'{"deep":[]}'),
    Example("client.deep_nesting", WORDS, itself, WORDS),
    Example("client.not_json", CHAT, lambda moves: moves.body, b"this is not JSON"),
    Example("client.not_json(kind=truncated)", WORDS, lambda moves: moves.body, b"wo"),
    Example("client.not_json(kind=empty)", CHAT, lambda moves: moves.body, b""),
    Example("client.not_json(kind=binary)", CHAT, lambda moves: len(moves.body), 64),
    Example("client.wrong_root", CHAT, lambda moves: moves.body, b"null"),
    Example("client.wrong_root(kind=list)", CHAT, body, [body(CHAT)]),
    Example("client.wrong_root(kind=list)", ClientMoves(), lambda moves: moves.body, b"[]"),
    Example("client.wrong_root(kind=string)", CHAT, body, CHAT.body.decode()),
    Example("client.wrong_root(kind=number)", CHAT, body, 42),
    Example("client.byte_order_mark", WORDS, lambda moves: moves.body, b"\xef\xbb\xbf" + WORDS.body),
    Example("client.wrong_field", CHAT, body, {"model": "@cf/m", "stream": True}),
    Example("client.wrong_field(kind=messages-empty)", CHAT, lambda moves: body(moves)["messages"], []),
    Example("client.wrong_field(kind=role-missing)", CHAT, last, {"content": f"{NONCE} hi"}),
    Example("client.wrong_field(kind=role-unknown)", CHAT, lambda moves: last(moves)["role"], "stranger"),
    Example("client.wrong_field(kind=content-number)", CHAT, lambda moves: last(moves)["content"], 42),
    Example("client.wrong_field(kind=model-number)", CHAT, lambda moves: body(moves)["model"], 42),
    Example("client.wrong_field(kind=stream-string)", CHAT, lambda moves: body(moves)["stream"], "yes"),
    Example("client.wrong_field(kind=role-missing)", PROMPT, itself, PROMPT),
    Example("client.wrong_field", WORDS, itself, WORDS),
    Example(
        "client.invalid_utf8_body", PROMPT, lambda moves: moves.body, b'{"prompt":"ep-0123456789ab hi\xc3\x28\xff"}'
    ),
    Example("client.invalid_utf8_body", WORDS, itself, WORDS),
)


@rows(*EXAMPLES)
def test_a_fault_of_the_client_does_what_it_says(example: Example) -> None:
    example.check()


@pytest.mark.parametrize("kind", ["text", "truncated", "empty", "binary"])
def test_a_request_that_is_to_be_no_json_is_none(kind: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|decode"):
        Example(f"client.not_json(kind={kind})", CHAT, body, None).check()
