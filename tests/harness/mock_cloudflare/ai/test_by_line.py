"""The alias for other upstreams speaks NDJSON to who reads nothing else; Workers AI itself has no such form."""

from __future__ import annotations

import json

import pytest

from tests.harness.mock_cloudflare.asking import LLAMA, NONCE, Asker, user

LINES = (("Accept", "application/x-ndjson"),)
ASKED = {"model": LLAMA, "stream": True, "messages": user(f"{NONCE} tokens=3 pace_s=0.5")}


def test_the_same_chunks_come_one_a_line_at_the_same_times_and_without_done() -> None:
    asker = Asker()
    events = asker.ask("POST", "/v1/chat/completions", ASKED).reply
    lines = asker.ask("POST", "/v1/chat/completions", ASKED, headers=LINES).reply

    assert lines.header("content-type") == "application/x-ndjson"
    said = [each for each in events.events if not each.is_done]
    assert [each.raw for each in lines.events] == [each.data + b"\n" for each in said]
    assert [each.wait_s for each in lines.events] == [each.wait_s for each in said]
    assert json.loads(lines.events[-1].raw)["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("accept", ["*/*", "application/x-ndjson, text/event-stream", "application/json"])
def test_who_may_read_events_gets_events(accept: str) -> None:
    reply = Asker().ask("POST", "/v1/chat/completions", ASKED, headers=(("Accept", accept),)).reply

    assert reply.header("content-type") == "text/event-stream"


def test_workers_ai_knows_no_lines_nor_does_an_answer_that_is_whole() -> None:
    asker = Asker()
    own = asker.ask("POST", f"{asker.account}/ai/v1/chat/completions", ASKED, headers=LINES).reply
    whole = asker.ask("POST", "/v1/chat/completions", {**ASKED, "stream": False}, headers=LINES).reply

    assert own.header("content-type") == "text/event-stream"
    assert whole.header("content-type") == "application/json"
