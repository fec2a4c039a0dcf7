"""Upstreams that do not answer, or not as a whole, and those that cannot be reached: a reason each, never the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.drivers.drift.asking import MOST_BYTES
from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.drifting.upstreams import (
    CLOUDFLARE,
    Handler,
    Play,
    Sent,
    tampering,
)


def _as_it_is(_: Handler, sent: Sent) -> Sent:
    return sent


@pytest.mark.parametrize("status", [429, 503])
def test_an_upstream_that_is_busy_is_not_compared(status: int, edgeproof: Edgeproof) -> None:
    with tampering(lambda _, sent: Sent(status, sent.headers, b'{"error":"later"}')) as upstream:
        outcome = edgeproof("drift", "--upstream", f"{upstream.url}/v1", "--only", "chat.plain")

    assert outcome.code == 3
    assert f'not compared: chat.plain: it answered {status}: {{"error":"later"}}\n' in outcome.out


def _hangs(handler: Handler, _: Sent) -> None:
    handler.server.over.wait()


def _is_endless(handler: Handler, _: Sent) -> None:
    handler.send_response_only(200)
    handler.send_header("content-type", "text/event-stream")
    handler.end_headers()
    while not handler.server.over.wait(0.01):
        handler.wfile.write(b'data: {"choices":[]}\n\n')


def _breaks_off(handler: Handler, sent: Sent) -> None:
    handler.send_response_only(200)
    handler.send_header("content-length", str(len(sent.body) + 9))
    handler.end_headers()
    handler.wfile.write(sent.body)
    handler.close_connection = True


def _is_huge(_: Handler, sent: Sent) -> Sent:
    return replace(sent, body=b"x" * (MOST_BYTES + 1))


def _is_no_http(handler: Handler, _: Sent) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n\r\n")
    handler.close_connection = True


@pytest.mark.parametrize("play", [_hangs, _is_endless])
def test_an_answer_that_never_ends_is_given_up(play: Play, edgeproof: Edgeproof) -> None:
    with tampering(play) as upstream:
        arguments = ("drift", "--upstream", f"{upstream.url}/v1", "--only", "chat.stream", "--timeout", "0.5")
        outcome = edgeproof(*arguments)

    assert outcome.code == 3
    assert "not compared: chat.stream: its answer had not come to an end after 0.5 s, with " in outcome.out


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (_breaks_off, "its answer broke off after"),
        (_is_huge, "its answer is longer than 1,048,576 bytes"),
        (_is_no_http, "its answer broke off after 0 bytes"),
    ],
)
def test_an_answer_that_does_not_come_whole_is_a_reason_and_not_the_end(
    play: Play, why: str, edgeproof: Edgeproof
) -> None:
    def plays(handler: Handler, sent: Sent) -> Sent | None:
        return play(handler, sent) if b'"stream"' not in handler.asked else sent

    with tampering(plays) as upstream:
        outcome = edgeproof("drift", "--upstream", f"{upstream.url}/v1", "--only", "chat.plain,chat.stream")

    assert outcome.code == 3
    assert f"not compared: chat.plain: {why}" in outcome.out
    assert "1 of 2 questions compared" in outcome.out


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (401, b'{"error":{"message":"Incorrect API key"}}', "refuses the token"),
        (403, b"<html>no</html>", "refuses the token"),
        (400, b'{"errors":[{"code":9106,"message":"Authentication failed (status: 400)"}]}', "refuses the token"),
        (404, b"not found", "has no such API or no such model"),
        (308, b"", "has no such API or no such model"),
        (400, b'{"errors":[{"code":7000,"message":"No route for that URI"}]}', "has no such API or no such model"),
    ],
)
def test_an_upstream_that_will_answer_nothing_is_left_alone_at_once(
    status: int, body: bytes, why: str, edgeproof: Edgeproof
) -> None:
    with tampering(lambda _, sent: Sent(status, sent.headers, body)) as upstream:
        outcome = edgeproof("drift", "--upstream", upstream.url, *CLOUDFLARE, "--dialect", "chat,kv")

    assert outcome.code == 3
    assert f"edgeproof: the upstream {why}, so nothing was compared" in outcome.err
    assert len(upstream.seen) == 1


def test_an_upstream_that_cannot_be_reached_is_told_as_that(edgeproof: Edgeproof) -> None:
    with tampering(_as_it_is) as upstream:
        gone = upstream.url

    outcome = edgeproof("drift", "--upstream", f"{gone}/v1")

    assert outcome.code == 3
    assert f"edgeproof: the upstream cannot be reached: {gone}/v1: no connection" in outcome.err


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTPS_PROXY", "gopher://me:secret-7@127.0.0.1:1"),
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("HTTPS_PROXY", "http://[::1"),
        ("SSL_CERT_FILE", "missing.pem"),
    ],
)
def test_an_environment_that_cannot_be_used_is_one_clear_message(
    variable: str, value: str, edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(variable, value)

    outcome = edgeproof("drift", "--upstream", "https://192.0.2.1/v1", "--i-own-this-target")

    assert outcome.code == 2
    assert "edgeproof: the environment names a proxy or certificates that cannot be used" in outcome.err
    assert variable in outcome.err
    assert "secret-7" not in outcome.err


def test_a_host_that_no_name_can_be_is_asked_once(edgeproof: Edgeproof) -> None:
    outcome = edgeproof("drift", "--upstream", "http://xn--/v1", "--i-own-this-target")

    assert outcome.code == 3
    assert "edgeproof: the upstream cannot be reached: http://xn--/v1: no connection" in outcome.err
