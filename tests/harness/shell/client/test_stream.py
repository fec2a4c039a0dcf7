"""Connections read and written by hand, and the measuring client over TLS."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fault_injection.client import ClientMoves
from harness.core.observed.history import ClientEnd
from harness.shell.client.client import ask
from harness.shell.client.stream import connect
from harness.shell.client.transcript import Ask
from tests.harness.shell.tls import needs_openssl, tls_server

PATIENCE_S = 20.0

pytestmark = needs_openssl


@pytest.mark.usefixtures("trusted")
async def test_a_target_behind_tls_is_asked_like_any_other(certificate: Path) -> None:
    heard: list[bytes] = []
    body = b"answer" * 50_000
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    async with tls_server(certificate, wire, heard=heard) as url:
        exchange = await ask(
            Ask(url=url, path="/", moves=ClientMoves(body=b"question" * 50_000), patience_s=PATIENCE_S)
        )

    assert exchange.problem == ""
    assert (exchange.end, exchange.body) == (ClientEnd.COMPLETE, body)
    assert heard == [b"question" * 50_000]


@pytest.mark.usefixtures("trusted")
async def test_an_end_behind_tls_is_an_end(certificate: Path) -> None:
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
    async with tls_server(certificate, wire, heard=[]) as url:
        exchange = await ask(Ask(url=url, path="/", patience_s=PATIENCE_S))

    assert exchange.end is ClientEnd.CLOSED_EARLY
    assert exchange.body == b"half"


async def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    async with tls_server(certificate, b"", heard=[]) as url:
        exchange = await ask(Ask(url=url, path="/", patience_s=PATIENCE_S))

    assert exchange.end is ClientEnd.REFUSED
    assert "certificate verify failed" in exchange.problem


async def test_a_host_without_an_address_is_an_error_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nowhere(*_: object, **__: object) -> list[object]:
        return []

    loop = asyncio.get_running_loop()
    patched = type("Patched", (), {"getaddrinfo": staticmethod(nowhere)})
    monkeypatch.setattr("harness.shell.client.stream.asyncio.get_running_loop", lambda: patched)

    with pytest.raises(OSError, match="has no address"):
        await connect(urlsplit("http://nowhere.invalid"))
    assert loop.is_running()
