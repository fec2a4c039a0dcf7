"""Settings, the command line, and the process itself."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from harness.reference_proxy.serving import main
from harness.reference_proxy.settings import Settings, SettingsError, load


def test_flags_win_over_environment_over_defaults() -> None:
    settings = load(
        ["--cache-ttl-s", "2.5", "--upstream", "http://127.0.0.1:9/"],
        {"EDGEPROOF_PROXY_CACHE_TTL_S": "9", "EDGEPROOF_PROXY_PORT": "0", "CLOUDFLARE_API_TOKEN": "t",
         "CLOUDFLARE_ACCOUNT_ID": "a", "CLOUDFLARE_KV_NAMESPACE": "n", "EDGEPROOF_PROXY_CLIENT_TOKENS": "x, y,"},
    )  # fmt: skip

    assert (settings.cache_ttl_s, settings.port, settings.retry_max_attempts) == (2.5, 0, 3)
    assert settings.upstream == "http://127.0.0.1:9"
    assert (settings.api_token, settings.account_id, settings.kv_namespace) == ("t", "a", "n")
    assert settings.allowed_client_tokens == {"x", "y"}
    assert settings.kv_on


def test_the_upstream_can_come_from_the_environment() -> None:
    assert load([], {"EDGEPROOF_PROXY_UPSTREAM": "http://h"}).upstream == "http://h"
    assert load([], {}).upstream == "https://api.cloudflare.com"


def test_secrets_are_not_shown() -> None:
    settings = Settings(api_token="s3cret", account_id="s3cret", kv_namespace="s3cret", client_tokens="s3cret")

    assert "s3cret" not in repr(settings)


def test_ages_default_to_what_kv_keeps() -> None:
    assert Settings().kv_max_age_s == 86400
    assert Settings(kv_read_max_age_s=5).kv_max_age_s == 5
    assert not Settings(kv_namespace="n", cache_ttl_s=0).kv_on


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["--port", "many"], "port"),
        (["--port", "-1"], "port"),
        (["--cache-ttl-s", "x"], "cache_ttl_s"),
        (["--deadline-s", "0"], "deadline_s"),
        (["--retry-base-s", "-1"], "retry_base_s"),
        (["--kv-ttl-s", "59"], "kv_ttl_s"),
        (["--upstream", "ftp://x"], "upstream"),
        (["--upstream", "http://[x"], "upstream"),
        (["--upstream", "http://:80"], "upstream"),
    ],
)
def test_a_bad_setting_is_named_and_is_exit_2(argv: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SettingsError, match=named):
        load(argv, {})
    assert main(argv) == 2
    assert named in capsys.readouterr().err


def test_a_port_in_use_is_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = main(["--port", str(taken.getsockname()[1])])

    assert code == 1
    assert "cannot listen" in capsys.readouterr().err


async def test_the_process_says_where_it_listens_and_stops_on_sigterm() -> None:
    environment = {**os.environ, "CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_ACCOUNT_ID": "a"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "harness.reference_proxy", "--port", "0", "--upstream", "http://127.0.0.1:9",
        stderr=asyncio.subprocess.PIPE, env=environment, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert process.stderr is not None
    try:
        line = (await process.stderr.readline()).decode()
        port = int(line.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        answer = await reader.read()
        writer.close()
        process.send_signal(signal.SIGTERM)
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()

    assert line.startswith("listening on http://127.0.0.1:")
    assert b'{"status": "ok"}' in answer
    assert code == 0
