"""Connections read and written by hand, and the measuring client over TLS."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fault_injection.client import ClientMoves
from harness.core.observed.history import ClientEnd
from harness.shell.client.client import ask
from harness.shell.client.stream import connect
from harness.shell.client.transcript import Ask

PATIENCE_S = 20.0
OPENSSL = shutil.which("openssl") or ""

pytestmark = pytest.mark.skipif(not OPENSSL, reason="the openssl program makes the certificate")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key in one file, good for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "both.pem"
    command = [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=edgeproof"]
    extensions = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *extensions], check=True, capture_output=True, timeout=60)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@asynccontextmanager
async def tls_server(certificate: Path, wire: bytes, *, heard: list[bytes]) -> AsyncIterator[str]:
    """Answers every request with the same bytes and closes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        heard.append(await reader.readexactly(length))
        writer.write(wire)
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


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
