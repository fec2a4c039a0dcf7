"""The KV binding: the same store as by REST, in the form that the binding reads."""

from __future__ import annotations

import json

import pytest

from fault_injection.apply import apply_kv
from fault_injection.dice import dice
from fault_injection.families.kv import CorruptBits, Error, ListIncomplete, LostWrite, MetadataMismatch, Miss, Stale
from fault_injection.fault import KvFault, Turn
from fault_injection.kv_answer import KvAnswer
from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.asking import FORM, body_of, form
from tests.harness.mock_cloudflare.bindings.calling import Caller

METADATA = (("CF-KV-Metadata", '{"x":1}'),)
KEY = "a key/1"


def _struck(answer: Answer, fault: KvFault) -> KvAnswer:
    assert answer.kv is not None
    applied = apply_kv([fault], answer.kv, Turn(dice(1, "x")))
    assert applied.struck == (fault,)
    return applied.value


def test_what_is_put_is_got() -> None:
    caller = Caller()
    assert caller.env_kv("PUT", KEY, b"value", METADATA).reply.status == 200

    answer = caller.env_kv("GET", KEY)

    assert answer.reply.body_bytes == b"value"
    assert answer.reply.header("cf-kv-metadata") == '{"x":1}'


def test_metadata_goes_as_ascii_because_it_is_a_header() -> None:
    caller = Caller()
    caller.env_kv("PUT", KEY, b"v", (("CF-KV-Metadata", '{"x":"\\u00fc\\u20ac"}'),))

    told = caller.env_kv("GET", KEY).reply.header("cf-kv-metadata")
    assert told is not None
    assert told.isascii()
    assert json.loads(told) == {"x": "ü€"}


def test_a_missing_key_is_a_404() -> None:
    assert Caller().env_kv("GET", KEY).reply.status == 404


def test_the_binding_and_the_rest_api_share_one_store() -> None:
    caller = Caller()
    caller.env_kv("PUT", KEY, b"by the binding")
    assert caller.do("GET", caller.value(KEY)).reply.body_bytes == b"by the binding"

    caller.do("PUT", caller.value(KEY), form(b"by REST", b'{"y":2}'), headers=FORM)
    answer = caller.env_kv("GET", KEY)
    assert (answer.reply.body_bytes, answer.reply.header("cf-kv-metadata")) == (b"by REST", '{"y":2}')


def test_a_value_that_looks_like_a_form_is_kept_as_it_is() -> None:
    caller = Caller()
    caller.env_kv("PUT", KEY, form(b"inside"), FORM)

    assert caller.env_kv("GET", KEY).reply.body_bytes == form(b"inside")


def test_a_key_expires() -> None:
    caller = Caller()
    caller.env_kv("PUT", KEY, b"v", query="expiration_ttl=60")
    caller.now_s += 61

    assert caller.env_kv("GET", KEY).reply.status == 404


@pytest.mark.parametrize(
    ("method", "key", "query", "status"),
    [
        ("PUT", KEY, "expiration_ttl=59", 400),
        ("PUT", "k" * 513, "", 414),
        ("GET", "k" * 513, "", 414),
        ("PATCH", KEY, "", 405),
    ],
)
def test_what_the_service_refuses_has_a_status_and_changes_nothing(
    method: str, key: str, query: str, status: int
) -> None:
    answer = Caller().env_kv(method, key, b"v", query=query)

    assert (answer.reply.status, answer.effect) == (status, None)


def test_a_value_over_25_mebibytes_is_refused() -> None:
    assert Caller().env_kv("PUT", KEY, b"x" * (25 * 1024 * 1024 + 1)).reply.status == 413


def test_a_delete_drops_the_key_and_is_no_error_twice() -> None:
    caller = Caller()
    caller.env_kv("PUT", KEY, b"v")

    assert [caller.env_kv("DELETE", KEY).reply.status for _ in range(2)] == [200, 200]
    assert caller.env_kv("GET", KEY).reply.status == 404


def test_a_list_comes_in_pages_as_short_as_asked() -> None:
    caller = Caller()
    for key in ("a1", "a2", "a3", "b1"):
        caller.env_kv("PUT", key, b"v", METADATA)

    page = body_of(caller.env_kv("GET", query="prefix=a&key_count_limit=2"))
    rest = body_of(caller.env_kv("GET", query=f"prefix=a&key_count_limit=2&cursor={page['cursor']}"))

    assert ([key["name"] for key in page["keys"]], page["list_complete"]) == (["a1", "a2"], False)
    assert page["keys"][0]["metadata"] == {"x": 1}
    assert ([key["name"] for key in rest["keys"]], rest["list_complete"]) == (["a3"], True)
    assert "cursor" not in rest


def test_many_keys_are_got_at_once() -> None:
    caller = Caller()
    caller.env_kv("PUT", "a", b'{"n":1}')

    answer = caller.call(
        "kv 0f2ac74b498b48028cb68387c421e279", "POST", "/bulk/get", b'{"keys":["a","b"],"type":"json"}'
    )

    assert (answer.surface, body_of(answer)) == ("kv.bulk", {"a": {"n": 1}, "b": None})


@pytest.mark.parametrize(
    ("method", "key", "surface"),
    [("GET", KEY, "kv.get"), ("PUT", KEY, "kv.put"), ("DELETE", KEY, "kv.delete"), ("GET", "", "kv.list")],
)
def test_each_call_is_a_surface(method: str, key: str, surface: str) -> None:
    assert Caller().env_kv(method, key).surface == surface


def test_a_reading_colo_remembers_what_it_saw() -> None:
    caller = Caller(kv_read_cache_s=60.0)
    caller.env_kv("PUT", KEY, b"old")
    caller.env_kv("GET", KEY)
    caller.env_kv("PUT", KEY, b"new")

    assert caller.env_kv("GET", KEY).reply.body_bytes == b"old"


def test_every_kind_of_fault_finds_its_way_into_the_binding() -> None:
    caller = Caller()
    caller.env_kv("PUT", KEY, b"old")
    caller.env_kv("PUT", KEY, b"value", METADATA)
    got = caller.env_kv("GET", KEY)

    assert _struck(got, Miss()).reply.status == 404
    assert _struck(got, Stale()).reply.body_bytes == b"old"
    assert _struck(got, CorruptBits()).reply.body_bytes != b"value"
    assert _struck(got, Error(code=503)).reply.status == 503
    assert "another-key" in str(_struck(got, MetadataMismatch()).reply.header("cf-kv-metadata"))
    assert not _struck(caller.env_kv("PUT", KEY, b"v"), LostWrite()).commit


def test_a_list_that_leaves_keys_out_still_says_that_it_is_whole() -> None:
    caller = Caller()
    for key in ("a1", "a2", "a3"):
        caller.env_kv("PUT", key, b"v")

    struck = _struck(caller.env_kv("GET", query="key_count_limit=2"), ListIncomplete())

    body = json.loads(struck.reply.body_bytes)
    assert ([key["name"] for key in body["keys"]], body["list_complete"], "cursor" in body) == (["a1"], True, False)
