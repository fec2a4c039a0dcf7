"""Programs that are measured: the reference proxy, and what others use in the place of ours, as far as it is there.

The one rule: a program is started and ended here, and what it cannot be started with is told, never an error.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.mock_cloudflare.settings import MockSettings, environment
from harness.shell.own_path import with_own_path
from harness.shell.target.ports import free_port

AIMOCK = "@copilotkit/aimock@1.43.0"
MITMPROXY = "mitmproxy==11.0.2"
_INSTALLED_WITHIN_S = 120.0
_READY_WITHIN_S = 30.0
_END_WITHIN_S = 5.0
_LISTENS = re.compile(r"http://127\.0\.0\.1:(\d+)")

_AIMOCK = """
import { LLMock } from "@copilotkit/aimock";
const mock = new LLMock({ port: 0, host: "127.0.0.1", chunkSize: 8, logLevel: "silent" });
mock.onMessage("%s", { content: "edgepro ".repeat(%d) });
mock.onMessage(/./, { content: "edgeproof streams one token at a time." });
await mock.start();
console.log(mock.url);
"""

_MITMPROXY_STREAMS = """
def responseheaders(flow):
    flow.response.stream = True
"""
"""Else it would keep an answer until it is whole."""

_NGINX = """
daemon off; worker_processes 1; error_log stderr; pid %(folder)s/pid;
events { worker_connections 1024; }
http {
    access_log off; client_body_temp_path %(folder)s; proxy_temp_path %(folder)s;
    upstream mock { server 127.0.0.1:%(upstream)d; keepalive 64; }
    server {
        listen 127.0.0.1:%(port)d; keepalive_requests 1000000;
        proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
        location / { proxy_pass http://mock; }
    }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A server that is a program of its own, on `port` of 127.0.0.1."""

    port: int
    process: psutil.Process

    def cpu_s(self) -> float:
        """Return the processor time of it and its children so far, in seconds; it is counted in hundredths."""
        used = [each.cpu_times() for each in (self.process, *self.process.children(recursive=True))]
        return sum(each.user + each.system for each in used)


@contextmanager
def _program(
    command: Sequence[str], *, port: int | None = None, cwd: str | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Program]:
    """Start a program, which says where it listens unless its port is known."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with (
            log.open("w") as output,
            subprocess.Popen(  # noqa: S603 - our own choice of programs
                command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT
            ) as process,
        ):
            try:
                listens = _ready(port, log)
                yield Program(port=listens, process=psutil.Process(process.pid))
            finally:
                process.terminate()
                try:
                    process.wait(_END_WITHIN_S)
                except subprocess.TimeoutExpired:
                    process.kill()


def _ready(port: int | None, log: Path) -> int:
    ends_s = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < ends_s:
        if port is not None:
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    return port
        elif found := _LISTENS.search(log.read_text()):
            return int(found.group(1))
        time.sleep(0.02)
    message = f"the program was not ready within {_READY_WITHIN_S:g} s: {log.read_text()}"
    raise RuntimeError(message)


@contextmanager
def aimock(*, events: int, word: str) -> Iterator[Program | None]:
    """Start aimock, whose answer to what holds the word has so many events; None where it cannot be installed."""
    folder = Path(tempfile.gettempdir()) / f"edgeproof-npm-{os.getuid()}-bench-aimock"
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        yield None
        return
    if not (folder / "node_modules").exists():
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), AIMOCK]
        folder.mkdir(exist_ok=True)
        if subprocess.run(command, check=False, timeout=_INSTALLED_WITHIN_S).returncode:  # noqa: S603 - see above
            yield None
            return
    program = _AIMOCK % (word, events)
    with _program([node, "--input-type=module", "-e", program], cwd=str(folder)) as started:
        yield started


@contextmanager
def reference(upstream: int) -> Iterator[Program]:
    """Start the reference proxy in front of a port."""
    command = [sys.executable, "-P", "-m", "harness.reference_proxy", "--port", "0"]
    told = environment(MockSettings(), f"http://127.0.0.1:{upstream}")
    env = with_own_path({**os.environ, **told})
    with _program([*command, "--upstream", f"http://127.0.0.1:{upstream}"], env=env) as started:
        yield started


@contextmanager
def nginx(upstream: int) -> Iterator[Program | None]:
    """Start Debian's nginx as `proxy_pass` in front of a port; None where there is none."""
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        port, file = free_port(), Path(folder) / "nginx.conf"
        file.write_text(_NGINX % {"folder": folder, "upstream": upstream, "port": port})
        with _program([path, "-c", str(file), "-p", folder], port=port) as started:
            yield started


@contextmanager
def gateway(upstream: int) -> Iterator[Program]:
    """Start the gateway in front of a port."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["--upstream", f"http://127.0.0.1:{upstream}", "--listen", "127.0.0.1:0", "--log", f"{folder}/log"]
        command = [sys.executable, "-P", "-m", "harness", "gateway", *words, "--json"]
        with _program(command, env=with_own_path(os.environ)) as started:
            yield started


@contextmanager
def mitmproxy(upstream: int) -> Iterator[Program | None]:
    """Start mitmproxy as a reverse proxy in front of a port, in an environment of its own; None where it cannot be."""
    home = Path(tempfile.gettempdir()) / f"edgeproof-pip-{os.getuid()}-bench-mitmproxy"
    path = shutil.which("mitmdump") or home / "bin" / "mitmdump"
    if not Path(path).exists():
        installing = ([sys.executable, "-m", "venv", str(home)], [f"{home}/bin/pip", "install", "-q", MITMPROXY])
        for command in installing:
            if subprocess.run(command, check=False, capture_output=True, timeout=_INSTALLED_WITHIN_S).returncode:  # noqa: S603 - see above
                yield None
                return
    with tempfile.TemporaryDirectory() as folder:
        port, script = free_port(), Path(folder) / "streams.py"
        script.write_text(_MITMPROXY_STREAMS)
        words = ["--mode", f"reverse:http://127.0.0.1:{upstream}", "--listen-host", "127.0.0.1", "--quiet"]
        own = ["--listen-port", str(port), "--set", f"confdir={folder}", "--scripts", str(script)]
        with _program([str(path), *words, *own], port=port) as started:
            yield started
