"""Events that are JSON and of no shape that an API has: a real upstream behind a gateway may send them."""

from __future__ import annotations

import json
from random import Random

import pytest

from fault_injection.families.sse_text.instead import JsonInstead
from fault_injection.fault import ReplyFault, Turn
from fault_injection.registry import ALL
from fault_injection.rendering import render
from fault_injection.reply import event, stream_reply
from tests.fault_injection.dialects.test_known import forms
from tests.fault_injection.golden import MESSAGES, RESPONSES, STREAMS, openai
from tests.fault_injection.strategies import is_well_formed

pytestmark = pytest.mark.usefixtures("unmeasured")

ON_REPLIES = [kind for kind in ALL.values() if issubclass(kind, ReplyFault)]
ODD = [
    event(data)
    for data in (
        '{"type":[]}',
        '{"type":{},"delta":[]}',
        '{"type":"content_block_start","index":[1],"content_block":{"partial_json":5}}',
        '{"type":"content_block_delta","index":{},"delta":{"text":[]}}',
        '{"type":"response.completed","response":[],"sequence_number":null}',
        '{"choices":[null]}',
        '{"choices":[{"index":[],"delta":[],"finish_reason":{}}],"usage":[]}',
        r'{"choices":[{"delta":{"tool_calls":[null,{"index":[],"function":{"arguments":"{\"city\":\"Ulm\"}"}}]}}]}',
        '{"choices":[{"delta":{"tool_calls":[{"index":null,"function":5}],"content":{}}}]}',
        '{"response":"\\ud800","tool_calls":{}}',
    )
]
BEGINNINGS = ((), STREAMS[0].events[:2], MESSAGES.events[:3], RESPONSES.events[:3])


@pytest.mark.parametrize("kind", ON_REPLIES, ids=[kind.id for kind in ON_REPLIES])
def test_no_fault_fails_at_an_odd_event(kind: type[ReplyFault]) -> None:
    for beginning in BEGINNINGS:
        for odd in ODD:
            for fault in forms(kind):
                struck = fault.apply(stream_reply((*beginning, odd)), Turn(Random(1)))
                assert is_well_formed(render(struck))


def test_pieces_of_a_call_are_joined_even_where_no_call_has_the_first_index() -> None:
    pieces = [{"index": 2, "function": {"name": "a", "arguments": "{"}}, {"index": 2, "function": {"arguments": "}"}}]
    stream = stream_reply(tuple(openai({"tool_calls": [piece]}) for piece in pieces))

    told = json.loads(JsonInstead().apply(stream, Turn(Random(1))).body_bytes)

    calls = told["choices"][0]["message"]["tool_calls"]
    assert [call["function"] for call in calls] == [{"name": "a", "arguments": "{}"}]
