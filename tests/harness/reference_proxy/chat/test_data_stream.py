"""A conversation that is kept, with its answers in the form that `ai` 3 and 4 read."""

from __future__ import annotations

from edgeproof import MockCloudflare
from harness.core.load.chat.stream import Streamed
from tests.harness.reference_proxy.chat.service import MODEL, Service, cut, service
from tests.harness.reference_proxy.stage import DONE, USAGE, Upstream, piece, streams

ASK = "/api/v1/chat?protocol=data"


async def test_a_data_stream_is_kept_as_any_other_answer(database_url: str, mock: MockCloudflare) -> None:
    async with service(database_url, mock) as on:
        told, lines = await on.ann.lines({"message": "What is the edge?"}, ASK)
        question, answer = await on.kept(told)
    text = "".join(value for letter, value in lines if letter == "0")
    values = dict(lines)

    assert (told.status, told.whole, told.headers["X-Vercel-AI-Data-Stream"]) == (200, True, "v1")
    assert told.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert [letter for letter, _ in lines if letter != "0"] == ["f", "8", "8", "e", "d"]
    assert values["f"] == {"messageId": told.message_id}
    assert lines[1] == (
        "8", [{"conversationId": told.conversation_id, "userMessageId": question["id"], "model": MODEL}],
    )  # fmt: skip
    assert values["8"] == [{"usage": answer["usage"]}]
    assert (answer["id"], answer["content"], answer["status"]) == (told.message_id, text, "complete")
    assert text


async def test_usage_is_told_at_the_end_also_where_it_had_to_be_estimated(on: Service, upstream: Upstream) -> None:
    _, counted = await on.ann.lines({"message": "one"}, ASK)
    upstream.then(streams(piece("Hello"), piece("", finish="length"), DONE))
    _, estimated = await on.ann.lines({"message": "two"}, ASK)

    assert dict(counted)["d"] == {
        "finishReason": "stop",
        "usage": {"promptTokens": USAGE["prompt_tokens"], "completionTokens": USAGE["completion_tokens"]},
    }
    assert dict(estimated)["d"]["finishReason"] == "length"
    assert dict(estimated)["8"][0]["usage"]["estimated"] is True
    assert dict(estimated)["d"]["usage"]["completionTokens"] == 2


async def test_the_next_question_and_another_answer_take_the_form_that_they_ask_for(on: Service) -> None:
    told, _ = await on.ann.lines({"message": "one"}, ASK)
    again, lines = await on.ann.lines({}, f"/api/v1/chat/{told.conversation_id}/regenerate?protocol=data")
    plain = await on.ann.ask("two", conversationId=told.conversation_id)
    kept = await on.kept(plain)

    assert (again.whole, dict(lines)["f"]) == (True, {"messageId": again.message_id})
    assert (plain.text, plain.done) == ("Hello", True)
    assert [(each["role"], each["content"]) for each in kept] == [
        ("user", "one"), ("assistant", "Hello"), ("user", "two"), ("assistant", "Hello"),
    ]  # fmt: skip
    assert kept[1]["id"] == again.message_id


async def test_an_answer_that_breaks_off_has_an_error_and_no_end(on: Service, upstream: Upstream) -> None:
    upstream.then(cut)
    told, lines = await on.ann.lines({"message": "go on"}, ASK)
    _, answer = await on.kept(told)

    assert told.whole is False
    assert [letter for letter, _ in lines] == ["f", "8", "0", "3"]
    assert (answer["content"], answer["status"], answer["complete"]) == ("Hel", "failed", False)


async def test_a_call_of_a_tool_is_told_in_pieces_and_whole(on: Service, upstream: Upstream) -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"q":'}}
    rest = {"index": 0, "function": {"arguments": '"x"}'}}
    upstream.then(streams(piece("", tool_calls=[call]), piece("", tool_calls=[rest], finish="tool_calls"), DONE))
    told, lines = await on.ann.lines({"message": "look it up"}, ASK)
    _, answer = await on.kept(told)

    assert [letter for letter, _ in lines if letter in "bc9"] == ["b", "c", "c", "9"]
    assert dict(lines)["9"] == {"toolCallId": "c1", "toolName": "look_up", "args": {"q": "x"}}
    assert dict(lines)["d"]["finishReason"] == "tool-calls"
    assert answer["toolCalls"][0]["function"] == {"name": "look_up", "arguments": '{"q":"x"}'}


async def test_a_form_that_there_is_not_is_refused_before_anything_is_kept(on: Service, upstream: Upstream) -> None:
    refused = await on.ann.call("POST", "/api/v1/chat", {"message": "hi"}, protocol="grpc")

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "unknown_protocol")
    assert "ask for 'data'" in refused.json()["error"]["message"]
    assert (await on.ann.get("/api/v1/chat"))["total"] == 0
    assert upstream.seen == []


async def test_the_load_reads_it_as_it_reads_the_other_form(on: Service) -> None:
    answer = await on.ann.call("POST", "/api/v1/chat", {"message": "hi"}, protocol="data")
    said = Streamed()
    said.feed(answer.content, 0.0)

    assert (said.text, said.finished, said.error) == ("Hello", True, "")
