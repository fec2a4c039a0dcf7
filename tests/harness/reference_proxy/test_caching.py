"""What is stored, for whom, for how long, and in which form it is given again."""

import asyncio
import json
from typing import Any

import pytest

from harness.mock_cloudflare.kv import multipart
from harness.reference_proxy.cache import memory as cache
from tests.harness.reference_proxy.stage import (
    DONE,
    GOOD,
    NATIVE_MODEL,
    USAGE,
    Answer,
    Connection,
    chat,
    piece,
    says,
    stage,
    streams,
    whole,
)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
async def test_a_hit_equals_the_original_in_the_form_asked_for(*, first: bool, second: bool) -> None:
    answers: dict[bool, Answer] = {True: GOOD, False: says(whole("Hello"))}
    async with stage(answers[first]) as on:
        await on.ask(chat(stream=first))
        hit = await on.ask(chat(stream=second))

        assert len(on.upstream.seen) == 1
    assert hit.headers["x-cache"] == "HIT"
    if second:
        assert (hit.text, hit.finishes, hit.events[-1], hit.whole) == ("Hello", ["stop"], "[DONE]", True)
    else:
        choice = hit.json["choices"][0]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("Hello", "stop")


async def test_every_answer_has_an_id_of_its_own_hits_included() -> None:
    async with stage(says(whole())) as on:
        ids = {(await on.ask(chat())).json["id"] for _ in range(3)}

    assert len(ids) == 3


async def test_a_replayed_stream_carries_usage_only_when_asked() -> None:
    async with stage(says(whole())) as on:
        await on.ask(chat())
        plain = await on.ask(chat(stream=True))
        asked = await on.ask(chat(stream=True, stream_options={"include_usage": True}))

    assert all(not e.get("usage") for e in plain.events[:-1])
    assert asked.events[-2]["usage"] == USAGE
    assert asked.headers["x-cache"] == "HIT"


async def test_a_stored_answer_without_usage_cannot_serve_who_asks_for_it() -> None:
    async with stage(GOOD) as on:
        await on.ask(chat(stream=True))
        asked = await on.ask(chat(stream=True, stream_options={"include_usage": True}))

    assert asked.headers["x-cache"] == "MISS"


NEVER_STORED: dict[str, tuple[bool, Answer]] = {
    "length": (True, streams(piece("a", finish="length"), DONE)),
    "length in JSON": (False, says(whole("a", "length"))),
    "content filter": (False, says(whole("a", "content_filter"))),
    "empty": (False, says(whole(""))),
    "empty stream": (True, streams(piece("", finish="stop"), DONE)),
    "no finish": (True, streams(piece("a"), DONE)),
    "cut tool arguments": (
        True,
        streams(
            piece("", tool_calls=[{"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a'}}]),
            piece("", finish="tool_calls"),
            DONE,
        ),
    ),
    "too large to capture": (True, streams(piece("x" * 3000, finish="stop"), DONE)),
    "too large to store": (False, says(whole("x" * 9000))),
    "one choice cut": (True, streams(piece("a", finish="stop"), piece("b", 1, "length"), DONE)),
    "an error": (False, says({}, 400)),
}


@pytest.mark.parametrize("what", list(NEVER_STORED))
async def test_what_is_not_whole_is_never_stored(what: str) -> None:
    stream, answer = NEVER_STORED[what]
    async with stage(answer, cache_capture_max_bytes=2000) as on:
        await on.ask(chat(stream=stream))
        second = await on.ask(chat(stream=stream))

        assert len(on.upstream.seen) == 2
    assert second.headers.get("x-cache") != "HIT"


@pytest.mark.parametrize(
    "other",
    [
        {"temperature": 0.5}, {"model": NATIVE_MODEL}, {"seed": 1}, {"max_tokens": 9}, {"n": 2}, {"tools": []},
        {"response_format": {"type": "json_object"}}, {"user": "x"}, {"unknown": 1},
    ],
)  # fmt: skip
async def test_every_parameter_is_in_the_key(other: dict[str, Any]) -> None:
    async with stage(says(whole())) as on:
        await on.ask(chat())
        answer = await on.ask(chat(**other))

    assert answer.headers["x-cache"] == "MISS"


async def test_the_order_of_parameters_is_not_in_the_key() -> None:
    async with stage(says(whole())) as on:
        await on.ask(chat(temperature=1))
        answer = await on.ask(dict(reversed(chat(temperature=1).items())))

    assert answer.headers["x-cache"] == "HIT"


async def test_callers_never_see_each_others_answers() -> None:
    async with stage(says(whole())) as on:
        await on.ask(chat(), Authorization="Bearer a")
        other = await on.ask(chat(), Authorization="Bearer b")
        same = await on.ask(chat(), Authorization="Bearer a")

    assert (other.headers["x-cache"], same.headers["x-cache"]) == ("MISS", "HIT")


@pytest.mark.parametrize("directive", ["no-cache", "no-store", "max-age=0, No-Cache"])
async def test_a_client_can_go_past_the_cache(directive: str) -> None:
    async with stage(says(whole())) as on:
        await on.ask(chat())
        answer = await on.ask(chat(), Cache_Control=directive)

        assert len(on.upstream.seen) == 2
    assert answer.headers["x-cache"] == "BYPASS"


async def test_without_a_cache_everything_is_a_bypass() -> None:
    async with stage(says(whole()), cache_ttl_s=0) as on:
        answers = [await on.ask(chat()) for _ in range(2)]

        assert len(on.upstream.seen) == 2
    assert [a.headers["x-cache"] for a in answers] == ["BYPASS", "BYPASS"]


async def test_answers_expire() -> None:
    async with stage(says(whole()), cache_ttl_s=60) as on:
        await on.ask(chat())
        on.clock.advance(50)
        young = await on.ask(chat())
        on.clock.advance(10)
        old = await on.ask(chat())

    assert (young.headers["x-cache"], old.headers["x-cache"]) == ("HIT", "MISS")


async def test_memory_is_bounded_in_entries() -> None:
    async with stage(says(whole()), cache_max_entries=2) as on:
        for text in "abc":
            await on.ask(chat(text))
        oldest = await on.ask(chat("a"))
        metrics = await on.get("/metrics")

    assert oldest.headers["x-cache"] == "MISS"
    assert "proxy_cache_entries 2.0" in metrics.body.decode()


class Kv:
    """A Workers KV beside the chat endpoint; its reads and writes can be made to fail."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.lines: list[str] = []
        self.wrote = asyncio.Event()
        self.mode = "ok"
        self.chats = 0

    async def __call__(self, connection: Connection) -> None:
        method, target, _ = connection.line.split(" ")
        if "/storage/kv/" not in target:
            self.chats += 1
            await (GOOD if connection.json.get("stream") else says(whole("Hello")))(connection)
            return
        self.lines.append(connection.line)
        assert connection.headers["authorization"] == "Bearer up-secret"
        key = target.partition("?")[0]
        if method == "PUT" and self.mode != "down":
            form = multipart.parse(connection.headers["content-type"], connection.body)
            assert form is not None
            self.values[key], self.metadata[key] = form["value"], json.loads(form["metadata"])
        if self.mode == "silent":
            await connection.gone()
        elif self.mode == "down":
            await connection.json_reply({}, 500)
        elif method == "PUT":
            await connection.json_reply({"result": None, "success": True})
        elif key in self.values:
            await connection.reply(200, self.values[key], kind="application/octet-stream")
        else:
            await connection.json_reply({"errors": [{"code": 10009, "message": "get: 'key not found'"}]}, 404)
        if method == "PUT":
            self.wrote.set()

    async def written(self) -> None:
        await asyncio.wait_for(self.wrote.wait(), 5)
        self.wrote.clear()


KEPT_IN_KV: dict[str, Any] = {"kv_namespace": "ns", "cache_ttl_s": 60, "kv_timeout_s": 0.3}


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_outlives_memory_in_kv(*, stream: bool) -> None:
    kv = Kv()
    async with stage(kv, **KEPT_IN_KV) as on:
        await on.ask(chat(stream=stream))
        await kv.written()
        on.clock.advance(60)
        hit = await on.ask(chat(stream=not stream))

    assert (hit.headers["x-cache"], kv.chats) == ("HIT", 1)
    assert (hit.json["choices"][0]["message"]["content"] if stream else hit.text) == "Hello"
    put = next(line for line in kv.lines if line.startswith("PUT"))
    assert "/client/v4/accounts/acc-secret/storage/kv/namespaces/ns/values/chat-" in put
    assert "?expiration_ttl=86400 " in put


def _damage(value: bytes, how: str) -> bytes:
    entry = json.loads(value)
    match how:
        case "truncated":
            return value[: len(value) // 2]
        case "empty":
            return b""
        case "not JSON":
            return b"\xff\x00garbage"
        case "of another type":
            return b"[1,2]"
        case "altered":
            entry["payload"] = entry["payload"].replace("Hello", "Evil")
        case "of another version":
            entry["version"] = 99
        case "of another key":
            entry["key"] = "0" * 64
        case "without a part":
            del entry["sha256"]
        case "with a wrong time":
            entry["created_s"] = "now"
        case "oversized":
            return value + b" " * 3_000_000
    return json.dumps(entry).encode()


@pytest.mark.parametrize(
    "how",
    ["truncated", "empty", "not JSON", "of another type", "altered", "of another version", "of another key",
     "without a part", "with a wrong time", "oversized"],
)  # fmt: skip
async def test_a_damaged_copy_in_kv_is_a_miss_and_is_written_anew(how: str) -> None:
    kv = Kv()
    async with stage(kv, **KEPT_IN_KV) as on:
        await on.ask(chat())
        await kv.written()
        (key,) = kv.values
        good = kv.values[key]
        kv.values[key] = _damage(good, how)
        on.clock.advance(60)
        answer = await on.ask(chat())
        await kv.written()

    assert (answer.headers["x-cache"], kv.chats) == ("MISS", 2)
    assert answer.json["choices"][0]["message"]["content"] == "Hello"
    assert json.loads(kv.values[key])["payload"] == json.loads(good)["payload"]


async def test_a_stale_copy_in_kv_is_ignored() -> None:
    kv = Kv()
    async with stage(kv, **KEPT_IN_KV, kv_read_max_age_s=60) as on:
        await on.ask(chat())
        await kv.written()
        on.clock.advance(60)
        answer = await on.ask(chat())

    assert (answer.headers["x-cache"], kv.chats) == ("MISS", 2)


@pytest.mark.parametrize("mode", ["down", "silent"])
async def test_a_failing_kv_costs_its_timeout_at_most(mode: str) -> None:
    kv = Kv()
    kv.mode = mode
    async with stage(kv, **KEPT_IN_KV) as on:
        answers = [await on.ask(chat(str(n), stream=True)) for n in range(2)]
        metrics = await on.get("/metrics")

    assert [(a.status, a.text) for a in answers] == [(200, "Hello")] * 2
    assert "proxy_kv_errors 0.0" not in metrics.body.decode()


async def test_concurrent_identical_questions_ask_kv_and_upstream_once() -> None:
    kv = Kv()
    async with stage(kv, kv_namespace="ns") as on:
        answers = await asyncio.gather(*(on.ask(chat()) for _ in range(5)))

    reads = [line for line in kv.lines if line.startswith("GET")]
    assert kv.chats == len(reads) == 1
    assert len({a.json["id"] for a in answers}) == 5


def test_a_sealed_answer_is_believed_only_within_its_age() -> None:
    sealed = cache.seal("k", '{"a":"é"}'.encode(), 1000.0)

    def read(now_s: float) -> object:
        return cache.unseal("k", sealed, now_s=now_s, max_age_s=60)

    assert read(1000) == read(1059.9) == read(800) == {"a": "é"}
    assert read(1060) is None
    assert read(0) is None  # from too far in the future


def test_memory_is_bounded_in_bytes_and_forgets_the_least_recently_used() -> None:
    memory = cache.MemoryCache(ttl_s=10, max_entries=9, max_bytes=10, clock=lambda: 0.0)

    memory.put("a", b"1234")
    memory.put("b", b"1234")
    memory.get("a")
    memory.put("c", b"1234")
    memory.put("huge", b"x" * 11)

    assert [memory.get(key) for key in ("a", "b", "c", "huge")] == [b"1234", None, b"1234", None]
    assert (memory.entries, memory.size_bytes) == (2, 8)
    memory.drop("a")
    assert memory.get("a") is None
