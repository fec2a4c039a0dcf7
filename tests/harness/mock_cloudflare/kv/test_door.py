from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.mock_cloudflare.kv_store import KvEntry
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE
from tests.harness.mock_cloudflare.asking import FORM, WRITTEN, Asker, body_of, error_of, form


@given(value=st.binary(max_size=200), key=st.text(min_size=1, max_size=40).filter(lambda text: text not in (".", "..")))
def test_a_value_comes_back_to_the_byte(value: bytes, key: str) -> None:
    ask = Asker()

    written = ask.do("PUT", ask.value(key), value)
    read = ask.ask("GET", ask.value(key))

    assert written.reply.body_bytes == WRITTEN
    assert read.reply.body_bytes == value
    assert read.reply.header("content-type") == "application/octet-stream"
    assert read.reply.header("expiration") is None


@given(value=st.binary(max_size=200).filter(lambda data: b"--B" not in data))
def test_a_form_keeps_the_value_to_the_byte_and_the_metadata(value: bytes) -> None:
    ask = Asker()

    ask.do("PUT", ask.value("k"), form(value, b'{"model":"m"}'), headers=FORM)

    assert ask.ask("GET", ask.value("k")).reply.body_bytes == value
    assert body_of(ask.ask("GET", f"{ask.kv}/metadata/k"))["result"] == {"model": "m"}


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"--B--\r\n", "multipart/form-data; boundary=B", "Missing value field"),
        (form(b"v")[:-8], 'multipart/form-data; boundary="B"', "Missing value field"),
        (form(b"v"), "multipart/form-data", "Missing value field"),
        (form(b"v", b"{"), "multipart/form-data; boundary=B", "Invalid metadata JSON"),
        (b"--B\r\nX: y\r\n\r\nv\r\n--B--", "multipart/form-data; boundary=B", "Missing value field"),
    ],
)
def test_a_form_without_what_it_needs_is_refused(body: bytes, content_type: str, message: str) -> None:
    ask = Asker()

    answer = ask.do("PUT", ask.value("k"), body, headers=(("Content-Type", content_type),))

    assert error_of(answer) == (400, 10001, message)
    assert error_of(ask.ask("GET", ask.value("k")))[1] == 10009


def test_a_missing_key_or_namespace_is_told_apart() -> None:
    ask = Asker()
    nowhere = ask.kv.replace(DEFAULT_NAMESPACE, "a" * 32)

    assert error_of(ask.ask("GET", ask.value("k"))) == (404, 10009, "get: 'key not found'")
    assert error_of(ask.ask("GET", f"{ask.kv}/metadata/k")) == (404, 10009, "get: 'key not found'")
    assert error_of(ask.ask("GET", f"{nowhere}/values/k")) == (404, 10013, "get: 'namespace not found'")
    assert error_of(ask.ask("PUT", f"{nowhere}/values/k")) == (404, 10013, "put: 'namespace not found'")
    assert error_of(ask.ask("DELETE", f"{nowhere}/values/k")) == (404, 10013, "remove key: 'namespace not found'")
    assert error_of(ask.ask("GET", f"{nowhere}/keys")) == (404, 10013, "list keys: 'namespace not found'")
    malformed = ask.ask("GET", ask.kv.replace(DEFAULT_NAMESPACE, "xxx") + "/keys")
    assert error_of(malformed) == (
        400,
        10011,
        "could not parse UUID from request's namespace_id: 'invalid namespace format: xxx'",
    )


def test_deleting_a_missing_key_succeeds() -> None:
    ask = Asker()
    ask.do("PUT", ask.value("k"), b"v")

    first = ask.do("DELETE", ask.value("k"))
    second = ask.do("DELETE", ask.value("k"))

    assert first.reply.body_bytes == second.reply.body_bytes == WRITTEN
    assert error_of(ask.ask("GET", ask.value("k")))[1] == 10009


def test_what_a_write_answers_is_a_switch() -> None:
    ask = Asker(kv_write_result="object")

    assert body_of(ask.do("PUT", ask.value("k"), b"v"))["result"] == {}


def test_an_answer_tells_what_a_fault_may_lie_with() -> None:
    ask = Asker()

    first = ask.do("PUT", ask.value("k"), b"one")
    second = ask.do("PUT", ask.value("k"), b"two")
    read = ask.ask("GET", ask.value("k"))
    ask.do("DELETE", ask.value("k"))
    gone = ask.ask("GET", ask.value("k"))

    told = [answer.kv for answer in (first, second, read, gone)]
    assert [(item.operation, item.previous, item.lapsed) for item in told if item] == [
        ("put", None, None),
        ("put", None, None),
        ("get", b"one", None),
        ("get", b"two", None),
    ]
    assert read.kv is not None
    assert read.kv.reply == read.reply


def test_every_surface_of_keys_tells_its_operation_even_when_it_refuses() -> None:
    ask = Asker()

    told = {
        (method, path): ask.ask(method, f"{ask.kv}/{path}", authorization=()).kv
        for method, path in [
            ("GET", "values/k"),
            ("PUT", "values/k"),
            ("DELETE", "values/k"),
            ("GET", "metadata/k"),
            ("GET", "keys"),
            ("PUT", "bulk"),
        ]
    }

    assert [item.operation for item in told.values() if item] == ["get", "put", "delete", "metadata", "list", "bulk"]
    assert ask.ask("GET", f"{ask.account}/storage/kv/namespaces").kv is None


def test_the_store_is_open_to_seeding() -> None:
    ask = Asker()

    ask.mock.kv.put("f" * 32, "seeded", KvEntry(value=json.dumps({"a": 1}).encode(), metadata={"m": 1}))

    seeded = ask.kv.replace(DEFAULT_NAMESPACE, "f" * 32)
    assert ask.ask("GET", f"{seeded}/values/seeded").reply.body_bytes == b'{"a": 1}'


def test_an_entry_seeded_to_live_for_ever_tells_no_expiry() -> None:
    ask = Asker()

    ask.mock.kv.put(DEFAULT_NAMESPACE, "k", KvEntry(value=b"v", expires_s=float("inf")))

    assert ask.ask("GET", ask.value("k")).reply.header("expiration") is None
    assert body_of(ask.ask("GET", f"{ask.kv}/keys"))["result"] == [{"name": "k"}]
