from __future__ import annotations

import base64

import pytest

from harness.mock_cloudflare.kv.limits import MAX_VALUE_BYTES
from harness.mock_cloudflare.kv_store import KvEntry
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE
from tests.harness.mock_cloudflare.asking import NOW_S, Asker, body_of, error_of

START_S = int(NOW_S)


def test_a_bulk_write_is_read_back_with_everything_it_said() -> None:
    ask = Asker()
    pairs = [
        {"key": "text", "value": "ü", "metadata": {"m": 1}, "expiration_ttl": 60},
        {"key": "raw", "value": base64.b64encode(b"\xff\0").decode(), "base64": True},
        {"key": "json", "value": '{"a":1}'},
    ]

    written = ask.do("PUT", f"{ask.kv}/bulk", pairs)
    asked = {"keys": ["text", "json", "missing"], "withMetadata": True}
    read = ask.ask("POST", f"{ask.kv}/bulk/get", asked)
    as_json = ask.ask("POST", f"{ask.kv}/bulk/get", {"keys": ["json", "missing"], "type": "json"})

    assert body_of(written)["result"] == {"successful_key_count": 3, "unsuccessful_keys": []}
    assert ask.ask("GET", ask.value("raw")).reply.body_bytes == b"\xff\0"
    assert body_of(read)["result"] == {
        "values": {
            "text": {"value": "ü", "metadata": {"m": 1}, "expiration": START_S + 60},
            "json": {"value": '{"a":1}', "metadata": None},
            "missing": None,
        }
    }
    assert body_of(as_json)["result"] == {"values": {"json": {"a": 1}, "missing": None}}


@pytest.mark.parametrize(("method", "path"), [("POST", "bulk/delete"), ("DELETE", "bulk")])
def test_keys_are_deleted_in_bulk_by_the_new_and_the_old_path(method: str, path: str) -> None:
    ask = Asker()
    ask.do("PUT", ask.value("k"), b"v")

    answer = ask.do(method, f"{ask.kv}/{path}", ["k", "missing"])

    assert body_of(answer)["result"] == {"successful_key_count": 2, "unsuccessful_keys": []}
    assert error_of(ask.ask("GET", ask.value("k")))[1] == 10009


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", "bulk", {}, 10001),
        ("PUT", "bulk", b"[", 10001),
        ("PUT", "bulk", [1], 10001),
        ("PUT", "bulk", [{"key": "k"}], 10001),
        ("PUT", "bulk", [{"key": 1, "value": "v"}], 10001),
        ("PUT", "bulk", [{"key": "", "value": "v"}], 10017),
        ("PUT", "bulk", [{"key": "\ud800", "value": "v"}], 10017),
        ("PUT", "bulk", [{"key": "k", "value": "%", "base64": True}], 10001),
        ("PUT", "bulk", [{"key": "k", "value": "v", "expiration_ttl": 59}], 10021),
        ("PUT", "bulk", [{"key": "k", "value": "v", "expiration_ttl": 60.5}], 10021),
        ("PUT", "bulk", [{"key": "k", "value": "v", "expiration": True}], 10021),
        ("PUT", "bulk", [{"key": "k", "value": "v"}] * 10_001, 10024),
        ("POST", "bulk/get", {"keys": []}, 10024),
        ("POST", "bulk/get", {"keys": ["k"] * 101}, 10024),
        ("POST", "bulk/get", {"keys": ["k"], "type": "stream"}, 10001),
        ("POST", "bulk/get", [], 10001),
        ("POST", "bulk/get", {"keys": ["text"], "type": "json"}, 10001),
    ],
)
def test_a_bulk_call_that_asks_wrongly_changes_nothing(method: str, path: str, body: object, code: int) -> None:
    ask = Asker()
    ask.do("PUT", ask.value("text"), b"no json")

    answer = ask.do(method, f"{ask.kv}/{path}", body)

    assert error_of(answer)[1] == code
    assert [name for name, _ in ask.mock.kv.keys(DEFAULT_NAMESPACE, now_s=NOW_S)] == ["text"]


def test_bulk_calls_have_a_bound_on_their_size() -> None:
    ask = Asker()
    big = KvEntry(value=b"x" * (MAX_VALUE_BYTES // 2 + 1))
    for key in ("a", "b"):
        ask.mock.kv.put(DEFAULT_NAMESPACE, key, big)

    read = ask.ask("POST", f"{ask.kv}/bulk/get", {"keys": ["a", "b"]})
    write = ask.ask("PUT", f"{ask.kv}/bulk", b" " * 100_000_001)

    assert read.reply.status == 413
    assert error_of(write) == (413, 10025, "Total size of request exceeds the limit of 100MB")
