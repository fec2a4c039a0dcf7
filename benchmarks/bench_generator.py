"""The load generator against wrk, both asking a server that sends from memory: what putting and measuring costs.

The one rule: both ask on eight connections at once. wrk reads answers and forgets them; the generator makes a
connection for each, stamps every read and keeps what it read, for it is to be judged.
"""

from __future__ import annotations

import asyncio
import re
import resource
import shutil
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

import psutil

from harness.core.load.answer import FINISHED
from harness.core.load.job import LoadJob
from harness.core.load.report import Orders
from harness.shell.load.fleet import command, environment
from harness.shell.load.spool import take_reports
from harness.shell.loop import run
from pairing import Costs, compare, rounds_asked
from scenarios.load import LoadProfile
from scenarios.prompt import Prompt
from servers import Server, chat_request, serving

AT_ONCE = 8
ROUNDS = 2
TOKENS = 36
TURN_S = 2.0
_ENDS_WITHIN_S = 30.0
_REQUESTS = re.compile(r"(\d+) requests in")


async def ours(server: Server, *, stream: bool) -> Costs:
    """Have one generator ask for a while; what it takes to start is not counted."""
    request = chat_request(stream=stream, tokens=TOKENS)
    job = LoadJob(
        url=f"http://127.0.0.1:{server.port}",
        path=request.path,
        headers=tuple((name, value) for name, value in request.headers if name not in ("Host", "Content-Length")),
        dialect="openai",
        model="@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        stream=stream,
        seed=0,
        patience_s=20.0,
        profile=LoadProfile(
            users=AT_ONCE, duration_s=TURN_S, prompt=Prompt(tokens=TOKENS), think_s=0.0, cancel=0.0, repeats=0.0
        ),
    )
    seen = [each for each in await asyncio.to_thread(_generated, job) if each[2]]
    (start_s, start_cpu_s, before), (end_s, end_cpu_s, after) = seen[0], seen[-1]
    answers = max(after - before, 1)
    return {"CPU": 1e6 * (end_cpu_s - start_cpu_s) / answers, "elapsed": 1e6 * (end_s - start_s) / answers}


def _generated(job: LoadJob) -> list[tuple[float, float, int]]:
    """Run a generator; return at each of its reports the time, its processor time, and how many answers it had."""
    seen: list[tuple[float, float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        orders = Path(folder) / "orders"
        orders.write_text(Orders(job=job, folder=Path(folder)).write())
        line = command("local", str(orders))
        with subprocess.Popen(line, env=environment(), stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own
            watched = psutil.Process(process.pid)
            ends_s = time.monotonic() + _ENDS_WITHIN_S
            while process.poll() is None and time.monotonic() < ends_s:
                time.sleep(0.02)
                for report in take_reports(Path(folder)):
                    used = watched.cpu_times()
                    seen.append((time.monotonic(), used.user + used.system, report.part.counts[FINISHED]))
            process.kill()
    return seen


async def wrk(server: Server, *, stream: bool) -> Costs:
    """Have wrk ask for as long."""
    request = chat_request(stream=stream, tokens=TOKENS)
    fields = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in request.headers if name != "Host")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f'wrk.method = "POST"\nwrk.body = [[{request.body.decode()}]]\n{fields}')
        script.flush()
        url = f"http://127.0.0.1:{server.port}{request.path}"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        line = ["wrk", "-t1", f"-c{AT_ONCE}", f"-d{TURN_S:g}s", "-s", script.name, url]
        told = await asyncio.to_thread(subprocess.run, line, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = _REQUESTS.search(told.stdout)
    if found is None:
        message = f"wrk told no requests: {told.stdout}{told.stderr}"
        raise RuntimeError(message)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"CPU": 1e6 * cpu_s / int(found.group(1)), "elapsed": 1e6 * TURN_S / int(found.group(1))}


async def main() -> None:
    """Measure whole answers and streams."""
    rounds = rounds_asked(ROUNDS)
    if shutil.which("wrk") is None:
        print("  wrk: not here; install it with your package manager")
        return
    with serving("bare", tokens=TOKENS) as server:
        for title, stream in (("JSON / wrk", False), (f"stream of {TOKENS} tokens / wrk", True)):
            await compare(
                title, partial(ours, server, stream=stream), partial(wrk, server, stream=stream), rounds=rounds
            )


if __name__ == "__main__":
    run(main())
