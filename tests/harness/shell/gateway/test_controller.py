"""What steers a gateway, at an address where there is none."""

from __future__ import annotations

import socket

import pytest

from harness.errors import HarnessError
from harness.shell.gateway.controller import Controller
from tests.harness.shell.raw_server import answering, raw_server


@pytest.mark.parametrize("body", [b"<p>\n", b"[1]\n"])
async def test_what_is_no_gateway_is_told_as_that(body: bytes) -> None:
    async with raw_server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + body)) as url:
        with pytest.raises(HarnessError, match="is not a gateway: it answered b'") as told:
            await Controller(url, token="").state()

    assert str(told.value).startswith(url)


async def test_nobody_at_the_address_is_told_as_that() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(HarnessError, match="does not answer: GET state: no connection"):
            await Controller(f"http://127.0.0.1:{free.getsockname()[1]}", token="").state()
