from __future__ import annotations

import pytest

from fault_injection.reply import Headers
from tests.harness.mock_cloudflare.asking import GLM, LLAMA, NONCE, Asker, error_of, user

FOREIGN_CHAT = "/client/v4/accounts/xx/ai/v1/chat/completions"
GOOD_SHAPE = "a" * 40


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), (400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")),
        ((("X-Auth-Key", "k"),), (400, 9106, "Authentication failed (status: 400)")),
        ((("Authorization", "Bearer "),), (400, 6003, "Invalid request headers")),
        ((("Authorization", "Bearer a b"),), (400, 6003, "Invalid request headers")),
        ((("Authorization", "Basic abc"),), (400, 6003, "Invalid request headers")),
        ((("Authorization", "Bearer short"),), (400, 9106, "Authentication failed (status: 400)")),
        ((("Authorization", f"Bearer {GOOD_SHAPE}"),), (401, 10000, "Authentication error")),
        ((("authorization", f"bearer cfut_{GOOD_SHAPE}"),), (401, 10000, "Authentication error")),
    ],
)
def test_a_caller_without_the_token_is_refused_as_cloudflare_does(
    headers: Headers, expected: tuple[int, int, str]
) -> None:
    ask = Asker()

    answer = ask.ask("POST", f"{ask.account}/ai/run/{LLAMA}", {"prompt": "x"}, authorization=headers)

    assert error_of(answer) == expected
    assert answer.surface == "ai.run"


def test_a_bad_header_names_its_cause_in_a_chain() -> None:
    ask = Asker()

    answer = ask.ask("GET", f"{ask.kv}/keys", authorization=(("Authorization", "Bearer"),))

    assert answer.reply.body_bytes == (
        b'{"result":null,"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":'
        b'[{"code":6111,"message":"Invalid format for Authorization header"}]}],"messages":[]}'
    )


def test_another_account_is_refused_with_the_status_of_the_switch() -> None:
    path = f"/client/v4/accounts/{'b' * 32}/ai/run/{LLAMA}"

    by_default = Asker().ask("POST", path, {"prompt": "x"})
    switched = Asker(foreign_account_status=401).ask("POST", path, {"prompt": "x"})

    assert error_of(by_default) == (403, 10000, "Authentication error")
    assert error_of(switched) == (401, 10000, "Authentication error")


def test_the_status_of_an_unknown_token_is_a_switch() -> None:
    ask = Asker(unknown_token_status=403)

    answer = ask.ask("GET", f"{ask.kv}/keys", authorization=(("Authorization", f"Bearer {GOOD_SHAPE}"),))

    assert error_of(answer)[0] == 403


def test_a_token_can_be_verified() -> None:
    ask = Asker()
    bad = (("Authorization", f"Bearer {GOOD_SHAPE}"),)

    good = ask.ask("GET", "/client/v4/user/tokens/verify")
    unknown = ask.ask("GET", f"{ask.account}/tokens/verify", authorization=bad)
    missing = ask.ask("GET", "/client/v4/user/tokens/verify", authorization=())

    assert b'"status":"active"' in good.reply.body_bytes
    assert good.surface == "probe"
    assert error_of(unknown) == (401, 1000, "Invalid API Token")
    assert error_of(missing)[1] == 9106


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/client/v4/nowhere", (400, 7000, "No route for that URI")),
        ("GET", "/elsewhere", (400, 7000, "No route for that URI")),
        ("GET", "{account}/ai/v1/models", (405, 7001, "GET not supported for requested URI.")),
        ("PATCH", "{kv}/values/k", (405, 7001, "PATCH not supported for requested URI.")),
        ("GET", "{account}/ai/run/@cf/a/b", (405, 7001, "GET not supported for requested URI.")),
        ("POST", "{account}/ai/run/", (400, 7000, "No route for that URI")),
        (
            "POST",
            FOREIGN_CHAT,
            (
                404,
                7003,
                f"Could not route to {FOREIGN_CHAT}, perhaps your object identifier is invalid?",
            ),
        ),
    ],
)
def test_a_path_without_a_service_is_refused(method: str, path: str, expected: tuple[int, int, str]) -> None:
    ask = Asker()

    answer = ask.ask(method, path.format(account=ask.account, kv=ask.kv))

    assert error_of(answer) == expected


def test_an_unencoded_slash_in_a_key_is_no_route() -> None:
    ask = Asker()

    answer = ask.ask("GET", f"{ask.kv}/values/a/b")

    assert error_of(answer)[:2] == (404, 7003)


def test_workers_ai_writes_the_message_first_and_an_empty_result() -> None:
    answer = Asker(error_uuid=False).run("@cf/no-such/model", prompt="x")

    assert answer.reply.status == 400
    assert answer.reply.body_bytes == (
        b'{"errors":[{"message":"AiError: No such model @cf/no-such/model or task","code":5007}],'
        b'"success":false,"result":{},"messages":[]}'
    )


def test_an_error_of_workers_ai_ends_in_a_uuid() -> None:
    _, _, message = error_of(Asker().run("@cf/no-such/model", prompt="x"))

    assert message.startswith("AiError: No such model @cf/no-such/model or task (")
    assert message[-2:].strip(")").isalnum()
    assert len(message.rpartition("(")[2]) == 37


NEITHER = "oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt', "


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({}, f"{NEITHER}required properties at '/' are 'messages'"),
        ({"prompt": 7}, "Type mismatch of '/prompt', 'integer' not in 'string'"),
        ({"prompt": ""}, "Length of '/prompt' must be >= 1"),
        ({"prompt": "x" * 131_073}, "Length of '/prompt' must be <= 131072"),
        ({"messages": "hi"}, "Type mismatch of '/messages', 'string' not in 'array'"),
        ({"messages": []}, "Length of '/messages' must be >= 1"),
        ({"messages": [1]}, f"{NEITHER}Type mismatch of '/messages/0', 'integer' not in 'object'"),
        ({"messages": [{"content": "x"}]}, f"{NEITHER}required properties at '/messages/0' are 'role,content'"),
        ({"messages": [{"role": "user"}]}, f"{NEITHER}required properties at '/messages/0' are 'role,content'"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
            f"{NEITHER}Type mismatch of '/messages/0/content', 'array' not in 'string'",
        ),
        (
            {"messages": [{"role": "assistant", "content": None, "tool_calls": [{}]}]},
            f"{NEITHER}Type mismatch of '/messages/0/content', 'null' not in 'string'",
        ),
        (
            {"messages": [{"role": "user", "content": "x" * 131_073}]},
            f"{NEITHER}Length of '/messages/0/content' must be <= 131072",
        ),
        ({"prompt": "x", "temperature": 5.5}, "'/temperature' must be <= 5"),
        ({"prompt": "x", "temperature": -1}, "'/temperature' must be >= 0"),
        ({"prompt": "x", "temperature": "hot"}, "Type mismatch of '/temperature', 'string' not in 'number'"),
        ({"prompt": "x", "max_tokens": 1.5}, "Type mismatch of '/max_tokens', 'number' not in 'integer'"),
        ({"prompt": "x", "max_tokens": True}, "Type mismatch of '/max_tokens', 'boolean' not in 'integer'"),
        ({"prompt": "x", "stream": "yes"}, "Type mismatch of '/stream', 'string' not in 'boolean'"),
    ],
)
def test_bad_input_is_5006_in_cloudflares_words(body: dict[str, object], what: str) -> None:
    answer = Asker(error_uuid=False).run(**body)

    assert error_of(answer) == (400, 5006, f"AiError: Bad input: Error: {what}")
    assert answer.model == LLAMA


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"prompt": "x"}, "required properties at '/' are 'messages'"),
        ({"messages": user("x"), "n": 9}, "'/n' must be <= 8"),
        ({"messages": user("x"), "n": 0}, "'/n' must be >= 1"),
        (
            {"messages": [{"role": "user", "content": [{}]}]},
            "required properties at '/messages/0/content/0' are 'type'",
        ),
        (
            {"messages": [{"role": "user", "content": None}]},
            "Type mismatch of '/messages/0/content', 'null' not in 'string'",
        ),
    ],
)
def test_bad_input_on_v1_is_refused_in_the_same_envelope(body: dict[str, object], what: str) -> None:
    answer = Asker(error_uuid=False).chat(**body)

    assert error_of(answer) == (400, 5006, f"AiError: Bad input: Error: {what}")


def test_a_long_message_is_refused_only_by_classic_models_on_run() -> None:
    long = user(NONCE + " " + "x" * 200_000)

    assert Asker().run(messages=long).reply.status == 400
    assert Asker().run(GLM, messages=long).reply.status == 200
    assert Asker().chat(messages=long).reply.status == 200


def test_a_chat_without_a_model_is_bad_input() -> None:
    ask = Asker()

    answer = ask.ask("POST", f"{ask.account}/ai/v1/chat/completions", {"messages": user(NONCE)})

    assert error_of(answer)[:2] == (400, 5006)


def test_null_content_is_a_switch_on_either_route() -> None:
    turn = [*user(NONCE), {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]}, *user("on")]

    assert Asker().chat(messages=turn).reply.status == 200
    assert Asker(null_content_on_v1=False).chat(messages=turn).reply.status == 400
    assert Asker(null_content_on_run=True).run(messages=turn).reply.status == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"', b"[" * 100_000, b'{"a":' * 300 + b"1" + b"}" * 300])
def test_a_body_that_is_no_json_object_is_bad_input(body: bytes) -> None:
    ask = Asker()

    answer = ask.ask("POST", f"{ask.account}/ai/v1/chat/completions", body)

    assert error_of(answer)[:2] == (400, 5006)


def test_an_empty_body_is_missing() -> None:
    ask = Asker(error_uuid=False)

    answer = ask.ask("POST", f"{ask.account}/ai/run/{LLAMA}")

    assert error_of(answer) == (400, 3003, "AiError: Request is missing headers or body: body")


def test_a_deprecated_model_is_gone() -> None:
    answer = Asker().run("@cf/meta/infire-llama-3.1-8b-instruct", prompt="x")

    assert error_of(answer)[:2] == (410, 5028)


@pytest.mark.parametrize("name", ["gpt-4o", "@cf/meta", "@xx/meta/llama", "@cf/meta/", "@cf/a/b/c"])
def test_a_name_that_is_no_model_is_5007(name: str) -> None:
    assert error_of(Asker().run(name, prompt="x"))[1] == 5007


def test_the_openai_alias_speaks_openais_errors() -> None:
    ask = Asker()
    chat = {"model": "gpt-4o-mini", "messages": user(NONCE)}

    missing = ask.ask("POST", "/v1/chat/completions", chat, authorization=())
    wrong = ask.ask("POST", "/v1/chat/completions", chat, authorization=(("Authorization", "Bearer nope"),))
    unknown = ask.ask("POST", "/v1/chat/completions", {**chat, "model": "no-such-model"})
    bad = ask.ask("POST", "/v1/chat/completions", {"model": "gpt-4o-mini"})
    lost = ask.ask("POST", "/v1/completions", chat)
    method = ask.ask("DELETE", "/v1/chat/completions")

    statuses = [answer.reply.status for answer in (missing, wrong, unknown, bad, lost, method)]
    assert statuses == [401, 401, 404, 400, 404, 405]
    assert wrong.reply.body_bytes == (
        b'{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","param":null,'
        b'"code":"invalid_api_key"}}'
    )
    assert b'"code":"model_not_found"' in unknown.reply.body_bytes
    assert ask.ask("POST", "/v1/chat/completions", chat).reply.status == 200


def test_no_refusal_repeats_a_token() -> None:
    ask = Asker()
    secret = "S3cret" * 6 + "abcd"

    for path in ("/v1/chat/completions", f"{ask.account}/ai/run/{LLAMA}", f"{ask.kv}/keys"):
        answer = ask.ask("POST", path, {}, authorization=(("Authorization", f"Bearer {secret}"),))

        assert secret.encode() not in answer.reply.body_bytes
        assert ask.settings.api_token.encode() not in answer.reply.body_bytes
    assert ask.settings.api_token not in repr(ask.settings)
