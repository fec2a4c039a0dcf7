"""What operations sees: a line of JSON for each request and each stream, and metrics."""

from __future__ import annotations

from tests.harness.reference_proxy.chat.service import MODEL, Service
from tests.harness.reference_proxy.stage import Upstream


async def test_each_request_and_each_stream_gets_one_line_of_json(on: Service, upstream: Upstream) -> None:
    told = await on.ann.ask("a secret question")
    await on.log.says('"event": "request"')
    (stream,), (request,) = on.lines("stream"), on.lines("request")

    assert (stream["message"], stream["status"], stream["finish_reason"]) == (told.message_id, "complete", "stop")
    assert (stream["provider"], stream["model"], stream["tokens"]) == ("workers-ai", MODEL, 5)
    assert stream["duration_s"] >= stream["first_token_s"] >= 0
    assert stream["persisted"] is True
    assert (request["route"], request["message_length"], request["model"]) == ("/api/v1/chat", 17, MODEL)
    assert {request["conversation"], stream["conversation"]} == {told.conversation_id}
    assert request["user"].startswith("user_")
    assert "secret" not in on.log.getvalue()
    assert "Hello" not in on.log.getvalue()
    assert upstream.seen


async def test_streams_show_in_the_metrics(on: Service) -> None:
    await on.ann.ask()
    text = (await on.nobody.call("GET", "/metrics")).text

    assert 'chat_streams_total{provider="workers-ai",status="complete"} 1.0' in text
    assert "chat_streams_active 0.0" in text
    for name in ("chat_first_token_seconds_count", "chat_tokens_per_second_count", "chat_persistence_seconds_count"):
        assert name in text
