"""Clients that nobody here has written, with a gateway between them and upstream, and without it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from fault_injection.client import ClientMoves
from fault_injection.reply import Chunked, Reply, event, json_reply, stream_reply
from fault_injection.wire import Close
from harness.core.observed.history import ClientExchange
from harness.mock_cloudflare.request import Request
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.gateway.process import GatewayProcess
from harness.shell.target.ports import free_port
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]

HERE = Path(__file__).parents[3]
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CHROMIUM = shutil.which("chromium")
EVENTS = tuple(event(json.dumps({"response": f"word {number}"}), 0.02) for number in range(12))
STREAM = stream_reply((*EVENTS, event("[DONE]")))
CUT = replace(STREAM, body=EVENTS[:5], framing=Chunked(terminated=False), ending=Close(), sudden=True)
PAGE = b"""<!DOCTYPE html><pre id="seen"></pre><script>
const seen = [], source = new EventSource("/events");
const told = () => { document.getElementById("seen").textContent = JSON.stringify(seen); };
source.onopen = () => { seen.push("open"); told(); };
source.onmessage = (message) => { seen.push([message.lastEventId, message.data]); told(); };
source.onerror = () => { seen.push("end " + source.readyState); source.close(); told(); };
</script>"""


@asynccontextmanager
async def before(server: WireServer, folder: Path) -> AsyncIterator[str]:
    # An `upstream` block of nginx puts its own name into Host.
    gateway = await GatewayProcess.start(server.url, seed=7, folder=folder, names=("workers_ai",))
    try:
        yield gateway.url
    finally:
        await gateway.end()


async def through_nginx(upstream: str, folder: Path, set_up: str) -> ClientExchange:
    port = free_port()
    nginx = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.targets.plain.nginx", str(port), upstream, str(folder), set_up),
        cwd=HERE,
        env={**os.environ, "CLOUDFLARE_ACCOUNT_ID": "a" * 32, "CLOUDFLARE_API_TOKEN": "t"},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        while (await ask(Ask(url=url, path="/healthz", method="GET", patience_s=5))).status != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # its start raises no event
        return await ask(
            Ask(url=url, path="/v1/chat/completions", method="POST", moves=ClientMoves(body=b"{}"), patience_s=30)
        )
    finally:
        nginx.terminate()
        await nginx.wait()


@pytest.mark.skipif(NGINX is None, reason="there is no nginx")
@pytest.mark.parametrize("set_up", ["streaming", "as-it-comes"])
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(STREAM, id="a stream"),
        pytest.param(json_reply(b'{"success":true}'), id="a body"),
        pytest.param(CUT, id="a stream that is cut"),
    ],
)
async def test_what_nginx_passes_on_is_the_same_with_a_gateway_behind_it(
    reply: Reply, set_up: str, tmp_path: Path
) -> None:
    async with WireServer(mock=FakeService(reply)) as server:
        without = await through_nginx(server.url, tmp_path, set_up)
        async with before(server, tmp_path) as gateway_url:
            with_it = await through_nginx(gateway_url, tmp_path, set_up)
        first, second = server.journal.exchanges()

    assert (with_it.status, with_it.end, with_it.body) == (without.status, without.end, without.body)
    assert _but_for_the_date(with_it) == _but_for_the_date(without)
    assert (first.wire, first.end) == (second.wire, second.end)
    asked = [[pair for pair in each.request_headers if pair[0].lower() != "host"] for each in (first, second)]
    assert asked[0] == asked[1]


def _but_for_the_date(answer: ClientExchange) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers if name.lower() != "date"]


async def what_a_browser_sees(url: str, home: Path) -> list[object]:
    browser = await asyncio.create_subprocess_exec(
        *(CHROMIUM or "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
        *("--virtual-time-budget=8000", "--dump-dom", f"{url}/page"),
        env={**os.environ, "HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await browser.communicate()
    seen = re.search(r'<pre id="seen">(.*?)</pre>', out.decode(), re.DOTALL)
    assert seen is not None, out[:400]
    told: list[object] = json.loads(unescape(seen[1]) or "[]")
    return told


@pytest.mark.skipif(CHROMIUM is None, reason="there is no browser")
@pytest.mark.parametrize("events", [pytest.param(STREAM, id="whole"), pytest.param(CUT, id="cut")])
async def test_a_browsers_event_source_sees_the_same_with_a_gateway_in_between(events: Reply, tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        page = Reply(body=PAGE, headers=(("content-type", "text/html"),))
        return events if request.path == "/events" else page

    async with WireServer(mock=FakeService(answer)) as server:
        without = await what_a_browser_sees(server.url, tmp_path)
        async with before(server, tmp_path) as gateway_url:
            with_it = await what_a_browser_sees(gateway_url, tmp_path)

    assert with_it == without
    assert with_it[0] == "open"
    assert len(with_it) == len(events.events) + 2
