from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fault_injection.reply import Headers
from harness.core.observed.binding import BINDING_HEADER
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE, MockSettings, environment
from tests.harness.mock_cloudflare.asking import LLAMA, NONCE, NOW_S, Asker, user

SETTINGS = MockSettings()
ACCOUNT = f"/client/v4/accounts/{SETTINGS.account_id}"
KV = f"{ACCOUNT}/storage/kv/namespaces"
BEARER = ("authorization", f"Bearer {SETTINGS.api_token}")

paths = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "/v1/chat/completions",
            "/v1/embeddings",
            "/v1/models",
            f"{ACCOUNT}/ai/run",
            f"{ACCOUNT}/ai/run/{LLAMA}",
            f"{ACCOUNT}/ai/run/@cf/baai/bge-m3",
            f"{ACCOUNT}/ai/v1/chat/completions",
            f"{ACCOUNT}/ai/v1/embeddings",
            f"{ACCOUNT}/ai/models/search",
            f"{ACCOUNT}/ai/models/schema",
            "/client/v4/user/tokens/verify",
            KV,
            f"{KV}/{DEFAULT_NAMESPACE}",
            f"{KV}/{DEFAULT_NAMESPACE}/keys",
            f"{KV}/{DEFAULT_NAMESPACE}/bulk",
            f"{KV}/{DEFAULT_NAMESPACE}/bulk/get",
            f"{KV}/{DEFAULT_NAMESPACE}/bulk/delete",
        ]
    ),
    st.builds(
        lambda kind, key: f"{KV}/{DEFAULT_NAMESPACE}/{kind}/{key}", st.sampled_from(["values", "metadata"]), st.text()
    ),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "model messages prompt n max_tokens tools stream stream_options input text temperature keys type key value base64 "
    "expiration expiration_ttl metadata title"
)
fields = st.dictionaries(
    st.sampled_from(NAMES.split()),
    json_values
    | st.sampled_from([LLAMA, "@cf/baai/bge-m3", user(NONCE), [{"name": "\ud800"}], True, "ZZZ", 60, ["k"], 10**400]),
)
bodies = st.one_of(
    st.binary(),
    fields.map(lambda value: json.dumps(value).encode()),
    st.lists(fields, max_size=3).map(lambda value: json.dumps(value).encode()),
)
headers = st.lists(
    st.tuples(
        st.sampled_from(["content-type", "authorization", "x-auth-key", "x-edgeproof-colo"]),
        st.text() | st.sampled_from(["multipart/form-data; boundary=B", "multipart/form-data"]),
    ),
    max_size=2,
).map(tuple)


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]),
    path=paths,
    query=st.text() | st.sampled_from(["limit=10", "cursor=x", "per_page=0&page=9", "expiration_ttl=x", "prefix=%ff"]),
    extra=headers,
    body=bodies,
    signed=st.booleans(),
)
@example(method="POST", path="/v1/embeddings", query="", extra=(), body=b'{"input":"\\ud800"}', signed=True)
@example(method="PUT", path=f"{KV}/{DEFAULT_NAMESPACE}/values/%ff", query="", extra=(), body=b"", signed=True)
@example(method="PUT", path=f"{KV}/{DEFAULT_NAMESPACE}/bulk", query="", extra=(), body=b"[" * 5000, signed=True)
def test_no_request_makes_the_mock_raise(
    method: str, path: str, query: str, extra: tuple[tuple[str, str], ...], body: bytes, signed: bool
) -> None:
    mock = MockCloudflare(replace(SETTINGS, kv_read_cache_s=60.0))
    given_headers = (BEARER, *extra) if signed else extra
    request = Request(method=method, path=path, query=query, headers=given_headers, body=body)

    answer = mock.answer(request, now_s=NOW_S)
    mock.commit(answer)
    again = mock.answer(request, now_s=NOW_S)

    assert 200 <= answer.reply.status < 500
    assert answer.reply.header("cf-ray") == again.reply.header("cf-ray")
    if "json" in (answer.reply.header("content-type") or ""):
        json.loads(answer.reply.body_bytes)


def test_an_answer_is_a_function_of_the_request_and_the_time() -> None:
    first = Asker().run(messages=user(NONCE), stream=True)
    second = Asker().run(messages=user(NONCE), stream=True)

    assert first == second


def test_deciding_changes_nothing_until_it_is_committed() -> None:
    ask = Asker()

    answer = ask.ask("PUT", ask.value("k"), b"v")
    before = ask.mock.kv.find(DEFAULT_NAMESPACE, "k", now_s=ask.now_s)
    ask.mock.commit(answer)

    assert before is None
    entry = ask.mock.kv.find(DEFAULT_NAMESPACE, "k", now_s=ask.now_s)
    assert entry is not None
    assert entry.value == b"v"


@pytest.mark.parametrize(
    ("method", "path", "headers", "remembers"),
    [
        ("POST", "/v1/chat/completions", (), False),
        ("POST", f"{ACCOUNT}/ai/run/{LLAMA}", (), False),
        ("POST", "/v1/messages", (), False),
        ("GET", "/health", (), False),
        ("GET", "/nowhere", (), False),
        ("GET", f"{ACCOUNT}/storage/kv/namespaces/{DEFAULT_NAMESPACE}/values/key", (), True),
        ("GET", f"{ACCOUNT}/storage/kv/namespaces", (), True),
        ("POST", f"{ACCOUNT}/analytics_engine/sql", (), True),
        ("GET", f"{ACCOUNT}/ai-gateway/gateways/g/logs/1", (), True),
        ("GET", "/bucket/key", (("authorization", "AWS4-HMAC-SHA256 Credential=x"),), True),
        ("POST", "/v1/chat/completions", ((BINDING_HEADER, "ai"),), True),
    ],
)
def test_what_may_depend_on_what_is_kept_is_known_beforehand(
    method: str, path: str, headers: Headers, remembers: bool
) -> None:
    request = Request(method=method, path=path, headers=headers)

    assert MockCloudflare(MockSettings()).remembers(request) == remembers


def test_a_reset_returns_to_the_start() -> None:
    ask = Asker()
    ask.do("PUT", ask.value("k"), b"v")
    ask.do("DELETE", ask.kv)

    ask.mock.reset()

    assert ask.mock.kv.titles == {DEFAULT_NAMESPACE: "edgeproof"}
    assert ask.mock.kv.namespaces == {DEFAULT_NAMESPACE: {}}


@pytest.mark.parametrize("path", ["/", "/health", "/healthz", "/v1/models"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_target_may_probe_without_a_token(method: str, path: str) -> None:
    answer = Asker().ask(method, path, authorization=())

    assert answer.surface == "probe"
    assert answer.reply.status == 200


def test_every_reply_carries_what_cloudflares_edge_adds() -> None:
    ask = Asker()

    for answer in (ask.run(prompt="x"), ask.ask("GET", "/nowhere"), ask.ask("GET", ask.value("k"))):
        ray = answer.reply.header("cf-ray") or ""
        assert len(ray) == 20
        assert ray.endswith("-FRA")
        assert answer.reply.header("server") == "cloudflare"
        assert answer.reply.header("date") == "Mon, 24 Nov 2025 16:00:00 GMT"
        assert answer.reply.header("content-type")


def test_the_environment_points_every_official_client_at_the_mock() -> None:
    assert environment(SETTINGS, "http://127.0.0.1:1") == {
        "CLOUDFLARE_ACCOUNT_ID": SETTINGS.account_id,
        "CLOUDFLARE_API_TOKEN": SETTINGS.api_token,
        "CLOUDFLARE_KV_NAMESPACE": DEFAULT_NAMESPACE,
        "CLOUDFLARE_BASE_URL": "http://127.0.0.1:1/client/v4",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
        "OPENAI_API_KEY": SETTINGS.api_token,
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": SETTINGS.r2_access_key_id,
        "AWS_SECRET_ACCESS_KEY": SETTINGS.r2_secret_access_key,
        "AWS_DEFAULT_REGION": "auto",
        "AWS_REGION": "auto",
    }


@pytest.mark.parametrize(
    "wrong", [{"account_id": "short"}, {"kv_namespaces": {"x": "t"}}, {"api_token": ""}, {"api_token": "ü"}]
)
def test_settings_that_no_client_could_use_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"give 32|set another"):
        MockSettings(**wrong)  # type: ignore[arg-type]  # wrong on purpose
