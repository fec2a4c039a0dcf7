"""Small programs to be started as targets."""

from __future__ import annotations

from pathlib import Path

import psutil

from harness.core.target.file import Chat, TargetFile

SERVER = """\
import http.server, os, signal, subprocess, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(os.environ.get("STATUS", "200")))
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
port = int(sys.argv[1])
if os.environ.get("DEAF"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.environ.get("CHILDREN"):
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    for own_session in (False, True):
        child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, start_new_session=own_session)
        child.stdout.readline()
        print("child", child.pid, flush=True)
print("token", os.environ.get("API_TOKEN"), flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def target_file(
    code: str = SERVER,
    *,
    command: tuple[str, ...] | None = None,
    url: str = "http://127.0.0.1:{port}",
    env: dict[str, str] | None = None,
    ready_path: str | None = "/up",
    ready_timeout_s: float = 20.0,
    here: str = "",
) -> TargetFile:
    """Describe a target that runs this Python code with its port as the only argument."""
    # Braces of the code are meant, those of the port are not.
    escaped = code.replace("{", "{{").replace("}", "}}")
    return TargetFile(
        name="small",
        command=command or ("{python}", "-c", escaped, "{port}"),
        url=url,
        ready_path=ready_path,
        ready_timeout_s=ready_timeout_s,
        env=env or {},
        chat=Chat(dialect="openai", path="/", model="m"),
        here=here,
    )


def runs(pid: int) -> bool:
    """Whether a process is there and is not merely waiting to be buried."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def numbers_after(word: str, log: Path) -> list[int]:
    """Return the numbers that a log has behind a word."""
    return [int(line.split()[1]) for line in log.read_text().splitlines() if line.startswith(f"{word} ")]
