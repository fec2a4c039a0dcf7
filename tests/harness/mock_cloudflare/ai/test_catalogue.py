from __future__ import annotations

import base64
import math
import struct

import pytest

from harness.mock_cloudflare.ai import catalogue
from tests.harness.mock_cloudflare.asking import NONCE, Asker, body_of, error_of, user


@pytest.mark.parametrize(
    ("model", "dimensions"),
    [
        ("@cf/baai/bge-small-en-v1.5", 384),
        ("@cf/baai/bge-base-en-v1.5", 768),
        ("@cf/baai/bge-large-en-v1.5", 1024),
        ("@cf/baai/bge-m3", 1024),
        ("@cf/baai/bge-unheard-of", 768),
    ],
)
def test_native_embeddings_have_the_dimensions_of_their_model(model: str, dimensions: int) -> None:
    answer = Asker().run(model, text=[f"{NONCE} one", "two"])

    result = body_of(answer)["result"]
    assert result["shape"] == [2, dimensions]
    assert [len(row) for row in result["data"]] == [dimensions, dimensions]
    assert math.isclose(sum(number * number for number in result["data"][0]), 1.0, rel_tol=1e-5)
    assert result["data"][0] != result["data"][1]
    assert answer.surface == "ai.embeddings"
    assert answer.nonce == NONCE


def test_bge_m3_pools_otherwise_and_has_a_null_response() -> None:
    result = body_of(Asker().run("@cf/baai/bge-m3", text="x"))["result"]

    assert result["pooling"] == "cls"
    assert result["response"] is None


@pytest.mark.parametrize("prefix", ["{account}/ai/v1", "/v1"])
def test_openai_embeddings_are_the_same_vectors_as_floats_or_base64(prefix: str) -> None:
    ask = Asker()
    path = prefix.format(account=ask.account) + "/embeddings"
    body = {"model": "@cf/baai/bge-m3", "input": "x"}

    floats = body_of(ask.ask("POST", path, body))["data"]
    packed = body_of(ask.ask("POST", path, {**body, "encoding_format": "base64"}))["data"]
    native = body_of(ask.run("@cf/baai/bge-m3", text="x"))["result"]["data"]

    raw = base64.b64decode(packed[0]["embedding"])
    assert list(struct.unpack("<1024f", raw)) == floats[0]["embedding"] == native[0]


def test_embeddings_without_a_text_or_of_a_chat_model_are_refused() -> None:
    ask = Asker()
    path = f"{ask.account}/ai/v1/embeddings"

    no_text = ask.run("@cf/baai/bge-m3", text=[])
    no_input = ask.ask("POST", path, {"model": "@cf/baai/bge-m3"})
    chat_model = ask.ask("POST", path, {"model": "@cf/meta/llama-3.1-8b-instruct", "input": "x"})
    no_model = ask.ask("POST", path, {"input": "x"})
    chat = ask.chat("@cf/baai/bge-m3", messages=user("x"))
    no_body = ask.ask("POST", path)

    codes = [error_of(answer)[1] for answer in (no_text, no_input, chat_model, no_model, chat, no_body)]
    assert codes == [5006, 5006, 5007, 5007, 5007, 3003]


def test_an_openai_only_proxy_may_embed_with_a_name_of_its_own() -> None:
    body = body_of(Asker().ask("POST", "/v1/embeddings", {"model": "text-embedding-3-small", "input": ["x"]}))

    assert len(body["data"][0]["embedding"]) == 768


def test_the_generic_run_takes_the_model_from_the_body() -> None:
    ask = Asker()
    path = f"{ask.account}/ai/run"

    answer = ask.ask("POST", path, {"model": "@cf/meta/llama-3.1-8b-instruct", "input": {"prompt": NONCE}})

    assert answer.nonce == NONCE
    assert error_of(ask.ask("POST", path, {"model": "@cf/a/b"}))[1] == 5006
    assert error_of(ask.ask("POST", path))[1] == 3003


def test_an_encoded_model_name_is_the_same_model() -> None:
    answer = Asker().run("%40cf%2Fmeta%2Fllama-3.1-8b-instruct", prompt=NONCE)

    assert answer.model == "@cf/meta/llama-3.1-8b-instruct"
    assert answer.reply.status == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {model.name for model in catalogue.MODELS}),
        ("search=BGE-M3", {"@cf/baai/bge-m3"}),
        ("task=Text%20Embeddings&author=baai&search=large", {"@cf/baai/bge-large-en-v1.5"}),
        ("task=text-embeddings", set()),
        ("source=2", {"@hf/nousresearch/hermes-2-pro-mistral-7b"}),
    ],
)
def test_models_are_searched_by_every_filter(query: str, expected: set[str]) -> None:
    ask = Asker()

    body = body_of(ask.ask("GET", f"{ask.account}/ai/models/search", query=query))

    assert {item["name"] for item in body["result"]} == expected


def test_pages_of_models_join_to_the_whole_list() -> None:
    ask = Asker()
    names: list[str] = []

    for page in (1, 2, 3, 4):
        body = body_of(ask.ask("GET", f"{ask.account}/ai/models/search", query=f"per_page=5&page={page}"))
        names += [item["name"] for item in body["result"]]

    assert names == [model.name for model in catalogue.MODELS]
    assert body["result_info"] == {"page": 4, "per_page": 5, "count": 3, "total_count": 18, "total_pages": 4}


@pytest.mark.parametrize("query", ["per_page=0&page=x", "per_page=-1", "per_page=99999999999&page=", "per_page=²"])
def test_a_page_that_is_no_number_means_the_default(query: str) -> None:
    ask = Asker()

    body = body_of(ask.ask("GET", f"{ask.account}/ai/models/search", query=query))

    assert body["result_info"]["per_page"] == 50


def test_a_schema_is_told_for_models_of_either_task_and_no_other() -> None:
    ask = Asker()
    path = f"{ask.account}/ai/models/schema"

    chat = body_of(ask.ask("GET", path, query="model=%40cf/meta/llama-3.1-8b-instruct"))["result"]
    embed = body_of(ask.ask("GET", path, query="model=@cf/baai/bge-m3"))["result"]

    assert chat["input"]["oneOf"][0]["required"] == ["prompt"]
    assert embed["input"]["required"] == ["text"]
    assert error_of(ask.ask("GET", path, query="&" * 200))[1] == 5007


def test_a_family_decides_for_models_without_a_row() -> None:
    styles = {name: catalogue.find(f"@cf/x/{name}") for name in ("kimi-k9", "GLM-9", "qwen3-x", "llama-9")}

    assert {name: model.style for name, model in styles.items() if model} == {
        "kimi-k9": "full",
        "GLM-9": "lean",
        "qwen3-x": "full",
        "llama-9": "native",
    }
