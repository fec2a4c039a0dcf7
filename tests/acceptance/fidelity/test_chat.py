"""What the official clients make of the mock's chat: if they read it, a proxy written against the real thing can."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from openai.types.chat import ChatCompletionToolParam, ChatCompletionUserMessageParam

from tests.acceptance.fidelity.official import ACCOUNT, GLM, KIMI, LLAMA, NONCE, Official, official

TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "lookup", "parameters": {"type": "object", "properties": {}}},
}


def ask(text: str) -> Iterable[ChatCompletionUserMessageParam]:
    return [{"role": "user", "content": text}]


async def stream_run(at: Official, model: str, text: str) -> tuple[httpx.Headers, list[dict[str, Any]]]:
    """Run a model natively with the client's own raw streaming, and read its events."""
    async with at.cloudflare.ai.with_streaming_response.run(
        model, account_id=ACCOUNT, messages=[{"role": "user", "content": text}], stream=True
    ) as response:
        lines = [line async for line in response.iter_lines()]
    assert lines[-2:] == ["data: [DONE]", ""]
    return response.headers, [json.loads(line.removeprefix("data: ")) for line in lines[:-2] if line]


async def test_openais_client_reads_the_same_words_in_one_piece_and_as_a_stream() -> None:
    async with official() as at:
        for client in at.openai_clients:
            whole = await client.chat.completions.create(model=LLAMA, messages=ask(f"{NONCE} tokens=40"))
            stream = await client.chat.completions.create(
                model=LLAMA,
                messages=ask(f"{NONCE} tokens=40"),
                stream=True,
                stream_options={"include_usage": True},
            )
            chunks = [chunk async for chunk in stream]

            deltas = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
            assert "".join(deltas) == whole.choices[0].message.content
            assert whole.choices[0].finish_reason == "stop"
            assert chunks[0].choices[0].delta.role == "assistant"
            assert chunks[-2].choices[0].finish_reason == "stop"
            assert chunks[-1].usage == whole.usage
            assert whole.usage is not None
            assert whole.usage.completion_tokens == 40
            assert len({chunk.id for chunk in chunks}) == 1
            assert chunks[0].id != whole.id


async def test_openais_client_reads_a_response_in_one_piece_and_as_a_stream() -> None:
    async with official() as at:
        for client in at.openai_clients:
            whole = await client.responses.create(model=LLAMA, input=f"{NONCE} tokens=40")
            async with client.responses.stream(model=LLAMA, input=f"{NONCE} tokens=40") as stream:
                deltas = [event.delta async for event in stream if event.type == "response.output_text.delta"]
                last = await stream.get_final_response()

            assert "".join(deltas) == whole.output_text == last.output_text
            assert (whole.status, last.status, len(deltas)) == ("completed", "completed", 40)


async def test_openais_client_accumulates_streamed_tool_calls() -> None:
    async with official() as at:
        for client in at.openai_clients:
            whole = await client.chat.completions.create(model=LLAMA, messages=ask(f"{NONCE} tools=2"), tools=[TOOL])
            async with client.chat.completions.stream(
                model=LLAMA, messages=ask(f"{NONCE} tools=2"), tools=[TOOL]
            ) as stream:
                final = await stream.get_final_completion()

            calls = whole.choices[0].message.tool_calls or []
            streamed = final.choices[0].message.tool_calls or []
            assert [call.id for call in calls] == [call.id for call in streamed]
            assert len(calls) == 2
            for call, other in zip(calls, streamed, strict=True):
                assert call.type == "function"
                assert call.function.name == other.function.name == "lookup"
                assert call.function.arguments == other.function.arguments
                assert json.loads(call.function.arguments)["when"]["hours"] == [6, 12, 18]
            assert final.choices[0].finish_reason == "tool_calls"


async def test_openais_client_keeps_choices_apart() -> None:
    async with official() as at:
        whole = await at.openai.chat.completions.create(model=LLAMA, messages=ask(NONCE), n=3)
        async with at.openai.chat.completions.stream(model=LLAMA, messages=ask(NONCE), n=3) as stream:
            final = await stream.get_final_completion()

    texts = [choice.message.content for choice in whole.choices]
    assert [choice.message.content for choice in final.choices] == texts
    assert len(set(texts)) == 3


async def test_cloudflares_client_runs_a_classic_model() -> None:
    async with official() as at:
        result: Any = await at.cloudflare.ai.run(LLAMA, account_id=ACCOUNT, prompt=f"{NONCE} tokens=5")

    assert result["response"].startswith("re-0123456789ab-")
    assert result["usage"]["completion_tokens"] == 5
    assert result["tool_calls"] == []


async def test_cloudflares_client_streams_a_classic_model() -> None:
    async with official() as at:
        whole: Any = await at.cloudflare.ai.run(
            LLAMA, account_id=ACCOUNT, messages=[{"role": "user", "content": f"{NONCE} tokens=30"}]
        )
        headers, events = await stream_run(at, LLAMA, f"{NONCE} tokens=30")

    assert headers["content-type"] == "text/event-stream"
    assert headers["transfer-encoding"] == "chunked"
    assert "".join(event["response"] for event in events) == whole["response"]
    assert events[-1] == {"response": "", "usage": whole["usage"]}


@pytest.mark.parametrize("model", [GLM, KIMI])
async def test_cloudflares_client_runs_a_newer_model_in_openais_shape(model: str) -> None:
    async with official() as at:
        whole: Any = await at.cloudflare.ai.run(model, account_id=ACCOUNT, prompt=f"{NONCE} tokens=5")
        _, events = await stream_run(at, model, f"{NONCE} tokens=5")

    assert whole["choices"][0]["message"]["content"].startswith("re-0123456789ab-")
    assert whole["usage"]["completion_tokens"] == 5
    assert events[1]["usage"] == {"prompt_tokens": 0, "completion_tokens": 0}
    assert events[-1]["usage"]["completion_tokens"] == 5


async def test_embeddings_are_the_same_through_every_client() -> None:
    model = "@cf/baai/bge-m3"
    async with official() as at:
        native: Any = await at.cloudflare.ai.run(model, account_id=ACCOUNT, text=["one", "two"])
        # OpenAI's client asks for base64 unless told otherwise, and unpacks it.
        packed = [await client.embeddings.create(model=model, input=["one", "two"]) for client in at.openai_clients]
        floats = await at.openai.embeddings.create(model=model, input=["one", "two"], encoding_format="float")

    assert native["shape"] == [2, 1024]
    for answer in (*packed, floats):
        assert [row.embedding for row in answer.data] == native["data"]
    assert packed[0].usage.total_tokens > 0


async def test_models_are_listed_searched_and_described() -> None:
    async with official() as at:
        listed = [model.id async for model in at.openai_only.models.list()]
        found: Any = [item async for item in at.cloudflare.ai.models.list(account_id=ACCOUNT, search="bge", per_page=2)]
        schema: Any = await at.cloudflare.ai.models.schema.get(account_id=ACCOUNT, model=LLAMA)

    assert LLAMA in listed
    assert sorted(item["name"] for item in found) == sorted(name for name in listed if "bge" in name)
    assert schema.input.oneOf[0]["required"] == ["prompt"]
