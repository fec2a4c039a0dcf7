"""What happens at the door: limits, identities, unknown paths, and what operations can see."""

import asyncio
import gzip
import json

import pytest

from tests.harness.reference_proxy.stage import OPENAI_MODEL, chat, says, stage, whole

USER = {"role": "user", "content": "x"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"\xff\xfe", "invalid_json"),
        (b'{"messages":[{"role":"user","content":"x"}],"temperature":NaN}', "invalid_json"),
        (b"9" * 5000, "invalid_json"),
        (b"[]", "invalid_type"),
        (b"[" * 100_000, "too_deep"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "too_deep"),
        ({}, "missing_parameter"),
        ({"messages": None}, "missing_parameter"),
        ({"messages": "hi"}, "invalid_type"),
        ({"messages": []}, "empty_messages"),
        ({"messages": [USER] * 201}, "too_many_messages"),
        ({"messages": ["hi"]}, "invalid_type"),
        ({"messages": [{"content": "x"}]}, "invalid_role"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "invalid_role"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "invalid_role"),
        ({"messages": [{"role": "user"}]}, "invalid_content"),
        ({"messages": [{"role": "user", "content": 5}]}, "invalid_content"),
        ({"messages": [{"role": "user", "content": []}]}, "invalid_content"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "invalid_content"),
        ({"messages": [{"role": "assistant", "content": None}]}, "invalid_content"),
        ({"messages": [{"role": "assistant", "content": "", "tool_calls": "x"}]}, "invalid_type"),
        ({"messages": [USER], "model": 5}, "invalid_type"),
        ({"messages": [USER], "model": "../../user/tokens"}, "invalid_model"),
        ({"messages": [USER], "model": "@cf/a?b"}, "invalid_model"),
        ({"messages": [USER], "model": ""}, "invalid_model"),
        ({"messages": [USER], "stream": "yes"}, "invalid_type"),
        ({"messages": [USER], "stream_options": []}, "invalid_type"),
        ({"messages": [USER], "tools": {}}, "invalid_type"),
        ({"messages": [USER], "temperature": "hot"}, "invalid_type"),
        ({"messages": [USER], "temperature": True}, "invalid_type"),
        ({"messages": [USER], "max_tokens": 1.5}, "invalid_type"),
        ({"messages": [USER], "n": 0}, "invalid_type"),
        ({"messages": [USER], "n": 1000}, "invalid_type"),
    ],
)
async def test_a_bad_request_is_a_clean_400_and_costs_no_upstream_call(body: object, code: str) -> None:
    async with stage(says(whole())) as on:
        answer = await on.ask(body)

        assert on.upstream.seen == []
    assert (answer.status, answer.json["error"]["code"]) == (400, code)
    assert answer.json["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "good",
    [
        {"messages": [USER]},
        {"messages": [USER], "model": None, "stream": None, "n": None},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"id": "c"}]}, USER]},
        {"messages": [USER] * 200},
    ],
)
async def test_a_good_request_passes(good: dict[str, object]) -> None:
    async with stage(says(whole())) as on:
        answer = await on.ask(good)

        assert on.upstream.seen[0].json["messages"] == good["messages"]
    assert answer.status == 200


async def test_the_default_model_is_used_when_none_is_named() -> None:
    async with stage(says(whole())) as on:
        await on.ask({"messages": [USER]})

        assert on.upstream.seen[0].json["model"] == OPENAI_MODEL


async def test_an_announced_size_beyond_the_limit_is_a_413_at_once() -> None:
    async with stage(says(whole()), max_request_bytes=1000) as on:
        call = await on.call(b"", Content_Length="5000000")
        await call.head()
        call.leave()

    assert call.status == 413


async def test_the_client_of_a_large_upload_reads_its_413_and_no_reset() -> None:
    async with stage(says(whole()), max_request_bytes=1000) as on:
        answer = await on.ask(b"x" * 3_000_000)
        alive = await on.get("/healthz")

    assert (answer.status, answer.json["error"]["code"]) == (413, "request_too_large")
    assert alive.status == 200


async def test_a_chunked_upload_beyond_the_limit_is_a_413() -> None:
    async with stage(says(whole()), max_request_bytes=1000) as on:
        reader, writer = await asyncio.open_connection("127.0.0.1", on.port)
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write((b"3e8\r\n" + b"x" * 1000 + b"\r\n") * 5 + b"0\r\n\r\n")
        line = await reader.readline()
        writer.close()

    assert line.split()[1] == b"413"


async def test_expect_continue_is_answered_by_the_size() -> None:
    async with stage(says(whole()), max_request_bytes=1000) as on:
        refused = await on.call(b"", Content_Length="5000", Expect="100-continue")
        await refused.head()
        refused.leave()
        body = json.dumps(chat()).encode()
        allowed = await on.call(b"", Content_Length=str(len(body)), Expect="100-continue")
        await allowed.head()
        first = allowed.status
        allowed.writer.write(body)
        allowed.status = 0
        answer = await allowed.rest()

    assert (refused.status, first, answer.status) == (413, 100, 200)


async def test_a_body_that_cannot_be_decoded_is_a_400() -> None:
    async with stage(says(whole())) as on:
        bad = await on.ask(b"not gzip at all", Content_Encoding="gzip")
        bomb = await on.ask(gzip.compress(b"[" * 5_000_000), Content_Encoding="gzip")

    assert (bad.status, bomb.status) == (400, 413)


async def test_a_request_that_never_ends_is_a_408() -> None:
    async with stage(says(whole()), request_read_timeout_s=0.1) as on:
        call = await on.call(b"{", Content_Length="10")
        await call.head()
        call.leave()

    assert call.status == 408


async def test_a_large_document_is_parsed_beside_the_loop() -> None:
    async with stage(says(whole())) as on:
        answer = await on.ask(chat("x" * 200_000))

        assert on.upstream.seen[0].json["messages"][0]["content"] == "x" * 200_000
    assert answer.status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("POST", "/healthz", 405),
        ("GET", "/v1/chat/completions", 405),
        ("HEAD", "/healthz", 200),
        ("GET", "/healthz", 200),
        ("GET", "/metrics", 200),
    ],
)
async def test_paths_and_methods(method: str, path: str, status: int) -> None:
    async with stage(says(whole())) as on:
        call = await on.call(b"", method=method, path=path)
        await call.head()
        call.leave()

    assert call.status == status
    assert status != 405 or "allow" in call.headers
    assert call.headers["content-type"].startswith("text/plain" if path == "/metrics" else "application/json")


async def test_the_models_are_listed() -> None:
    async with stage(says(whole()), fallback_model="@cf/meta/other") as on:
        answer = await on.get("/v1/models")

    assert [item["id"] for item in answer.json["data"]] == [OPENAI_MODEL, "@cf/meta/other"]


async def test_only_known_tokens_are_let_in_when_there_is_a_list() -> None:
    async with stage(says(whole()), client_tokens="a, b") as on:
        answers = [await on.ask(chat(), Authorization=f"Bearer {token}") for token in "abc"]
        none = await on.ask(chat())

    assert [a.status for a in answers] == [200, 200, 401]
    assert (none.status, none.json["error"]["type"]) == (401, "authentication_error")


async def test_each_client_has_a_rate_of_its_own() -> None:
    async with stage(says(whole()), rate_limit_per_minute=2) as on:
        first = [await on.ask(chat(), Authorization="Bearer a") for _ in range(3)]
        other = await on.ask(chat(), Authorization="Bearer b")

    assert [a.status for a in first] == [200, 200, 429]
    assert 0 < int(first[2].headers["retry-after"]) <= 30
    assert other.status == 200


async def test_one_line_is_logged_per_request_without_a_word_of_it() -> None:
    async with stage(says(whole("the answer"))) as on:
        await on.ask(chat("the question"), Authorization="Bearer client-secret")
        await on.get("/nope")

        text = on.log.getvalue()
    first, second = (json.loads(line) for line in text.splitlines())
    assert (first["status"], first["cache"], first["attempts"], first["usage"]["total_tokens"]) == (200, "MISS", 1, 5)
    assert (second["status"], second["failure"]) == (404, "not_found")
    assert not any(word in text for word in ("secret", "question", "the answer"))


async def test_requests_and_attempts_are_counted() -> None:
    async with stage(says({}, 500), says(whole())) as on:
        await on.ask(chat())
        await on.ask(chat())
        text = (await on.get("/metrics")).body.decode()

    assert 'proxy_requests_total{cache="HIT",form="json",status="200"} 1.0' in text
    assert 'proxy_upstream_attempts_total{outcome="ok"} 1.0' in text
    assert 'proxy_upstream_attempts_total{outcome="upstream_error"} 1.0' in text
    assert "proxy_flights 0.0" in text


async def test_pages_of_the_origins_that_are_set_may_call_and_read_errors() -> None:
    async with stage(says(whole()), cors_origins="https://a.example, https://b.example") as on:
        asked = await on.ask(b"", method="OPTIONS", Origin="https://b.example", Connection="close")
        served = await on.ask(chat(), Origin="https://a.example")
        refused = await on.ask(b"{", Origin="https://a.example")
        foreign = await on.ask(b"", method="OPTIONS", Origin="https://c.example", Connection="close")

    assert asked.status == 204
    assert "authorization" in asked.headers["access-control-allow-headers"]
    assert asked.headers["access-control-allow-origin"] == "https://b.example"
    assert served.headers["access-control-allow-origin"] == "https://a.example"
    assert served.headers["vary"] == "Origin"
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (400, "https://a.example")
    assert "access-control-allow-origin" not in foreign.headers


async def test_pages_of_any_origin_may_call_where_that_is_set() -> None:
    async with stage(says(whole()), cors_origins="*") as on:
        served = await on.ask(chat(), Origin="https://a.example")

    assert served.headers["access-control-allow-origin"] == "*"
    assert "vary" not in served.headers


async def test_no_page_is_granted_anything_unless_that_is_set() -> None:
    async with stage(says(whole())) as on:
        asked = await on.ask(b"", method="OPTIONS", Origin="https://a.example")
        served = await on.ask(chat(), Origin="https://a.example")

    assert asked.status == 405
    assert "access-control-allow-origin" not in served.headers
