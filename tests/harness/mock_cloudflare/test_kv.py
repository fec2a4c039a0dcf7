from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.mock_cloudflare.kv_limits import MAX_VALUE_BYTES
from harness.mock_cloudflare.kv_store import KvEntry
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE
from tests.harness.mock_cloudflare.asking import NOW_S, Asker, body_of, error_of

FORM = (("Content-Type", "multipart/form-data; boundary=B"),)
START_S = int(NOW_S)
PAST = "Please specify integer greater than the current number of seconds since the UNIX epoch."
WRITTEN = b'{"result":null,"success":true,"errors":[],"messages":[]}'


def form(value: bytes, metadata: bytes | None = None) -> bytes:
    parts = b'--B\r\nContent-Disposition: form-data; name="value"\r\n\r\n' + value + b"\r\n"
    if metadata is not None:
        parts += b'--B\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n' + metadata + b"\r\n"
    return parts + b"--B--\r\n"


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


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("expiration_ttl=59", "Invalid expiration_ttl of 59. Expiration TTL must be at least 60."),
        ("expiration_ttl=0", "Invalid expiration_ttl of 0. Please specify integer greater than 0."),
        ("expiration_ttl=-1", "Invalid expiration_ttl of -1. Please specify integer greater than 0."),
        ("expiration_ttl=x", "Invalid expiration_ttl of x. Please specify integer greater than 0."),
        (
            f"expiration={START_S}",
            f"Invalid expiration of {START_S}. {PAST}",
        ),
        (
            f"expiration={START_S + 59}",
            f"Invalid expiration of {START_S + 59}. Expiration times must be at least 60 seconds in the future.",
        ),
    ],
)
def test_an_expiry_that_is_too_near_is_refused(query: str, message: str) -> None:
    ask = Asker()

    assert error_of(ask.do("PUT", ask.value("k"), b"v", query=query)) == (400, 10021, message)


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ("expiration_ttl=60", START_S + 60),
        (f"expiration={START_S + 60}", START_S + 60),
        (f"expiration={START_S + 900}&expiration_ttl=120", START_S + 120),
    ],
)
def test_a_key_lives_until_its_expiry_and_no_longer(query: str, at: int) -> None:
    ask = Asker()
    ask.do("PUT", ask.value("k"), b"v", query=query)

    ask.now_s = at - 0.001
    alive = ask.ask("GET", ask.value("k"))
    listed = body_of(ask.ask("GET", f"{ask.kv}/keys"))
    ask.now_s = float(at)
    gone = ask.ask("GET", ask.value("k"))

    assert alive.reply.header("expiration") == str(at)
    assert listed["result"] == [{"name": "k", "expiration": at}]
    assert error_of(gone)[1] == 10009
    assert body_of(ask.ask("GET", f"{ask.kv}/keys"))["result"] == []
    assert gone.kv is not None
    assert gone.kv.lapsed == b"v"


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


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("k" * 513, (414, 10030, "UTF-8 encoded length of 513 exceeds key length limit of 512.")),
        ("ü" * 257, (414, 10030, "UTF-8 encoded length of 514 exceeds key length limit of 512.")),
        (".", (400, 10017, 'Illegal key name ".". Please use a different name.')),
        ("..", (400, 10017, 'Illegal key name "..". Please use a different name.')),
    ],
)
def test_a_key_beyond_the_rules_is_refused(key: str, expected: tuple[int, int, str]) -> None:
    ask = Asker()

    assert error_of(ask.do("PUT", ask.value(key), b"v")) == expected
    assert error_of(ask.ask("GET", ask.value(key))) == expected


def test_a_key_that_is_not_utf_8_is_refused() -> None:
    ask = Asker()

    assert error_of(ask.ask("GET", f"{ask.kv}/values/%ff")) == (400, 10017, "Key names must be valid UTF-8")


def test_sizes_are_allowed_up_to_the_limit_and_no_further() -> None:
    ask = Asker()
    metadata = b'"' + b"x" * 1022 + b'"'

    assert ask.do("PUT", ask.value("k" * 512), b"").reply.status == 200
    assert ask.do("PUT", ask.value("k"), b"\0" * MAX_VALUE_BYTES).reply.status == 200
    assert error_of(ask.do("PUT", ask.value("k"), b"\0" * (MAX_VALUE_BYTES + 1))) == (
        413,
        10033,
        "Value length of 26214401 exceeds limit of 26214400.",
    )
    assert ask.do("PUT", ask.value("k"), form(b"v", metadata), headers=FORM).reply.status == 200
    too_much = form(b"v", metadata.replace(b'"x', b'"xx'))
    assert error_of(ask.do("PUT", ask.value("k"), too_much, headers=FORM)) == (
        413,
        10047,
        "Metadata length of 1025 exceeds limit of 1024.",
    )


def test_two_writes_within_a_second_are_refused_where_the_switch_says_so() -> None:
    ask = Asker(kv_one_write_a_second=True)

    first = ask.do("PUT", ask.value("k"), b"1")
    other = ask.do("PUT", ask.value("other"), b"1")
    second = ask.do("PUT", ask.value("k"), b"2")
    ask.now_s += 1.0
    third = ask.do("PUT", ask.value("k"), b"3")

    assert [answer.reply.status for answer in (first, other, second, third)] == [200, 200, 429, 200]
    assert error_of(second)[1] == 10429


names = st.text(alphabet="ab/é\uffff\U00010000", min_size=1, max_size=4)
# Sets grow small by themselves; the size comes first so that most stores need several pages.
keys_of_a_store = st.sampled_from([0, 10, 11, 45]).flatmap(lambda size: st.sets(names, min_size=size, max_size=size))


@settings(max_examples=50)
@given(keys=keys_of_a_store, prefix=st.sampled_from(["", "a", "é", "a/"]), limit=st.integers(10, 20))
def test_pages_of_a_list_join_to_the_sorted_keys(keys: set[str], prefix: str, limit: int) -> None:
    ask = Asker()
    for key in keys:
        ask.mock.kv.put(DEFAULT_NAMESPACE, key, KvEntry(value=b""))
    found: list[str] = []
    cursor = ""

    for _ in range(10):
        query = f"limit={limit}&prefix={prefix}&cursor={cursor}"
        body = body_of(ask.ask("GET", f"{ask.kv}/keys", query=query))
        page = [item["name"] for item in body["result"]]
        info = body["result_info"]
        assert info["count"] == len(page) <= limit
        found += page
        cursor = info["cursor"]
        if not cursor:
            break

    assert cursor == ""
    assert found == sorted((key for key in keys if key.startswith(prefix)), key=str.encode)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", (400, 10022, "Invalid key_count_limit of 0. Please specify an integer greater than 0.")),
        ("limit=x", (400, 10022, "Invalid key_count_limit of x. Please specify an integer greater than 0.")),
        ("limit=9", (400, 10022, "Invalid key_count_limit of 9. Please specify an integer of at least 10.")),
        ("limit=1001", (400, 10022, "Invalid key_count_limit of 1001. Please specify an integer less than 1000.")),
        ("cursor=x", (400, 10023, "list keys: 'invalid cursor'")),
        ("cursor=YWZ0ZXIgMQ", (400, 10023, "list keys: 'invalid cursor'")),
        ("cursor=MTI", (400, 10023, "list keys: 'invalid cursor'")),
        ("cursor=%C3%BC", (400, 10023, "list keys: 'invalid cursor'")),
    ],
)
def test_a_list_that_asks_wrongly_is_refused(query: str, expected: tuple[int, int, str]) -> None:
    ask = Asker()

    assert error_of(ask.ask("GET", f"{ask.kv}/keys", query=query)) == expected


def test_a_list_shows_metadata() -> None:
    ask = Asker()
    ask.do("PUT", ask.value("k"), form(b"v", b'{"a":[1]}'), headers=FORM)

    assert body_of(ask.ask("GET", f"{ask.kv}/keys"))["result"] == [{"name": "k", "metadata": {"a": [1]}}]


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


def test_a_colos_cache_keeps_what_it_read_hits_and_misses() -> None:
    ask = Asker(kv_read_cache_s=30.0)
    missed = ask.do("GET", ask.value("k"))
    ask.do("PUT", ask.value("k"), b"v")

    still_missed = ask.do("GET", ask.value("k"))
    elsewhere = ask.do("GET", ask.value("k"), headers=(("X-Edgeproof-Colo", "SIN"),))
    ask.now_s += 30.0
    found = ask.do("GET", ask.value("k"))
    ask.do("DELETE", ask.value("k"))
    kept = ask.do("GET", ask.value("k"))

    assert [answer.reply.status for answer in (missed, still_missed, elsewhere, found, kept)] == [
        404,
        404,
        200,
        200,
        200,
    ]


def test_an_expiry_beats_a_colos_cache() -> None:
    ask = Asker(kv_read_cache_s=600.0)
    ask.do("PUT", ask.value("k"), b"v", query="expiration_ttl=60")
    ask.do("GET", ask.value("k"))

    ask.now_s = START_S + 60.0

    assert ask.do("GET", ask.value("k")).reply.status == 404


def test_namespaces_are_created_renamed_listed_and_dropped() -> None:
    ask = Asker()
    root = f"{ask.account}/storage/kv/namespaces"

    created = body_of(ask.do("POST", root, {"title": "second"}))["result"]
    taken = ask.do("POST", root, {"title": "second"})
    renamed = ask.do("PUT", f"{root}/{created['id']}", {"title": "aaa"})
    listed = body_of(ask.ask("GET", root, query="order=title&direction=desc&per_page=1&page=2"))
    one = body_of(ask.ask("GET", f"{root}/{created['id']}"))["result"]
    dropped = ask.do("DELETE", f"{root}/{created['id']}")

    assert error_of(taken)[:2] == (400, 10014)
    assert body_of(renamed)["result"] == one == {**created, "title": "aaa"}
    assert listed["result"] == [{**created, "title": "aaa"}]
    assert listed["result_info"] == {"page": 2, "per_page": 1, "count": 1, "total_count": 2, "total_pages": 2}
    assert dropped.reply.body_bytes == WRITTEN
    assert list(ask.mock.kv.titles) == [DEFAULT_NAMESPACE]
    assert error_of(ask.ask("GET", f"{root}/{created['id']}"))[1] == 10013


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": 1}, [], b"{"])
def test_a_namespace_needs_a_title(body: object) -> None:
    ask = Asker()

    answer = ask.do("POST", f"{ask.account}/storage/kv/namespaces", body)

    assert error_of(answer)[:2] == (400, 10001)


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
