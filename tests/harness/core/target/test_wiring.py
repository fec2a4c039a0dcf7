from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.observed.history import Piece, UpstreamEnd, UpstreamExchange
from harness.core.target import wiring
from harness.core.target.file import Chat, TargetFile

STARTED = TargetFile(
    name="p", command=("node", "proxy.js"), chat=Chat(dialect="openai", path="/v1/chat/completions", model="m")
)
WIRED = replace(STARTED, env={"OPENAI_BASE_URL": "{upstream}/v1"})
RUNNING = replace(STARTED, command=None)
MOCK = "http://127.0.0.1:8787"


def call(status: int, path: str = "/v1/chat/completions", *, token: str = "") -> UpstreamExchange:
    return UpstreamExchange(
        number=1,
        connection=1,
        surface="ai.chat",
        method="POST",
        path=path,
        request_headers=(("Authorization", token),) if token else (),
        body=b"",
        body_bytes=0,
        body_sha256="",
        arrived_s=0.0,
        pieces=(Piece(0.0, f"HTTP/1.1 {status} X\r\n\r\n".encode()),),
        end=UpstreamEnd.KEPT,
    )


@pytest.mark.parametrize(
    ("refused", "cure"),
    [
        (call(401), "the call carried no token. Write into the target file (or the names that your proxy reads):"),
        (call(401), 'OPENAI_API_KEY = "{api_token}"'),
        (call(401, token="Bearer other"), "the mock takes one token only"),
        (call(403, "/client/v4/accounts/x/ai/run/m", token="Bearer t"), 'CLOUDFLARE_ACCOUNT_ID = "{account_id}"'),
        (call(400, "/chat/completions"), 'OPENAI_BASE_URL = "{upstream}/v1"'),
        (call(404, "/v1/v1/chat/completions"), "/v1 once too often"),
        (call(404, "/accounts/x/ai/run/m"), 'CLOUDFLARE_BASE_URL = "{upstream}/client/v4"'),
        (call(404, "/api/generate"), "the mock has nothing at /api/generate. The mock serves OpenAI's API"),
        (call(400), "check the path, token and account"),
    ],
)
def test_a_refusal_by_the_mock_has_a_cure_to_copy(refused: UpstreamExchange, cure: str) -> None:
    assert cure in wiring.for_refusal(refused, STARTED)


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "AI_URL"])
def test_a_wrong_base_url_is_mended_under_the_name_that_the_target_file_gives_it(name: str) -> None:
    cure = wiring.for_refusal(call(400, "/chat/completions"), replace(STARTED, env={name: "{upstream}", "PORT": "1"}))

    assert cure.splitlines()[0].endswith("Its base URL lacks /v1. Write into the target file:")
    assert cure.splitlines()[1:] == ["  [target.env]", f'  {name} = "{{upstream}}/v1"']


def test_a_proxy_that_is_running_already_is_told_where_its_environment_comes_from() -> None:
    told = [wiring.for_refusal(call(401), RUNNING), wiring.for_silence(RUNNING, MOCK, 502)]

    assert all("`edgeproof mock` prints" in each for each in told)
    assert not any("[target.env]" in each for each in told)


@pytest.mark.parametrize(
    ("target", "status", "cure"),
    [
        (STARTED, 404, 'set chat.path to the path of its chat route; it is "/v1/chat/completions" now'),
        (STARTED, 401, "set chat.headers"),
        (STARTED, 500, 'OPENAI_BASE_URL = "{upstream}/v1"'),
        (replace(STARTED, command=("p", "{upstream}")), 500, f"uses {MOCK} as its upstream"),
        (WIRED, None, f"uses {MOCK} as its upstream"),
        (replace(STARTED, command=("sh", "{workdir}/start")), 500, f"uses {MOCK} as its upstream"),
    ],
)
def test_silence_towards_the_mock_has_a_cure(target: TargetFile, status: int | None, cure: str) -> None:
    assert cure in wiring.for_silence(target, MOCK, status)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("python: can't open file '/srv/proxy.py': [Errno 2] No such file or directory", True),
        ("Error: Cannot find module '/srv/proxy.py'", True),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'settings.json'", False),
        ("Error: Cannot find module 'express'\nRequire stack:\n- /srv/proxy.py", False),
    ],
)
def test_a_program_that_is_not_there_is_a_matter_of_the_command(said: str, *, told: bool) -> None:
    target = replace(STARTED, command=("{python}", "{here}/proxy.py", "--port", "{port}"))

    cure = wiring.for_last_words(said, target)

    named = "set target.command to what starts the proxy; it is now: {python} {here}/proxy.py --port {port}"
    assert cure == (named if told else "")


def test_a_password_in_the_command_is_not_repeated() -> None:
    target = replace(STARTED, command=("./proxy.py", "--db-password=hunter2"))

    cure = wiring.for_last_words("cannot open ./proxy.py: No such file or directory", target)

    assert cure.endswith("it is now: ./proxy.py --db-password=[redacted]")


def test_variables_that_a_dying_target_asks_for_are_named_with_their_values() -> None:
    said = "OpenAIError: The OPENAI_API_KEY environment variable is missing or empty"

    cure = wiring.for_last_words(said, STARTED)

    assert cure.splitlines()[1:] == [
        "  [target.env]",
        '  OPENAI_API_KEY = "{api_token}"',
        '  OPENAI_BASE_URL = "{upstream}/v1"',
    ]
    assert "OPENAI_BASE_URL" not in wiring.for_last_words(said, WIRED)
    assert wiring.for_last_words("KeyError: 'AI_KEY'", STARTED).startswith("set AI_KEY under [target.env]; ")
    assert wiring.for_last_words("KeyError: 'AI_KEY'", replace(STARTED, env={"AI_KEY": "x"})) == ""
    assert wiring.for_last_words("SyntaxError: invalid syntax", STARTED) == ""
    assert wiring.for_last_words(said, replace(STARTED, env={"OPENAI_API_KEY": "x"})) == ""
