"""Upstreams on real sockets: the mock in a thread, and a server that does whatever a test says to each request."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from fault_injection.fault import Fault
from fault_injection.plan import Plan, Rule
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.upstream.wire_server import WireServer

SETTINGS = MockSettings()
NAMESPACE = next(iter(SETTINGS.kv_namespaces))
CLOUDFLARE = ("--account", SETTINGS.account_id, "--namespace", NAMESPACE)


class MockUpstream:
    """The mock as `edgeproof mock` serves it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self.server = WireServer(mock=MockCloudflare(SETTINGS))
        self._thread = threading.Thread(target=self._loop.run_forever)

    @property
    def url(self) -> str:
        return self.server.url

    def faults(self, *faults: Fault) -> None:
        """Strike every answer with these faults from now on."""
        plan = Plan(rules=tuple(Rule(faults=(fault,)) for fault in faults))
        self._loop.call_soon_threadsafe(self.server.set_plan, plan)

    @contextmanager
    def running(self) -> Iterator[MockUpstream]:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.server.start(), self._loop).result()
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self.server.close(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer to send."""

    status: int
    headers: dict[str, str]
    body: bytes


Play: TypeAlias = Callable[["Handler", Sent], Sent | None]
"""Takes what the mock would answer; returns what is sent instead, or writes it and returns nothing."""


class Handler(BaseHTTPRequestHandler):
    """Asks the mock, and sends what the test makes of its answer."""

    protocol_version = "HTTP/1.1"
    server: Tampering
    asked: bytes

    def handle_one_request(self) -> None:
        """Take what a client that has left may do to the connection."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_POST(self) -> None:
        self.asked = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.seen.append(f"{self.command} {self.path}")
        sent = self.server.play(self, self.as_asked())
        if sent is not None:
            self.send_response_only(sent.status)
            for name, value in {**sent.headers, "content-length": str(len(sent.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent.body)

    def as_asked(self, *, token: str = "") -> Sent:
        """Return what the mock answers, to the bearer of another token where one is given."""
        path, _, query = self.path.partition("?")
        headers = dict(self.headers.items())
        if token:
            headers["Authorization"] = f"Bearer {token}"
        asked = Request(method=self.command, path=path, query=query, headers=tuple(headers.items()), body=self.asked)
        answer = self.server.mock.answer(asked, now_s=1_790_000_000.0)
        self.server.mock.commit(answer)
        return Sent(answer.reply.status, dict(answer.reply.headers), answer.reply.body_bytes)

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - the base class calls them so

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""


class Tampering(ThreadingHTTPServer):
    """A server of such handlers, which stops for nobody."""

    daemon_threads = True

    def __init__(self, play: Play) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mock = MockCloudflare(SETTINGS)
        self.play = play
        self.seen: list[str] = []
        self.over = threading.Event()
        """Set when the test is over, for whoever hangs."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that have left."""


@contextmanager
def tampering(play: Play) -> Iterator[Tampering]:
    """Serve what the mock answers, as `play` changes it."""
    with Tampering(play) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def told_by(out: str) -> dict[str, Any]:
    """Return the record that `--json` has printed."""
    told: dict[str, Any] = json.loads(out)
    return told
