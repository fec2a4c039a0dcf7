"""A case held: its target and its mock up, with the case's faults in force, so that it can be asked by hand.

The one rule: what is printed works as it stands; nothing is judged, and Ctrl-C ends everything that was started.
"""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fault_injection.plan import Plan
from harness.cli.output import log, results, tell
from harness.cli.running.session import Session
from harness.cli.stopping import told_to_stop, unless_told
from harness.core.judging.result import faults
from harness.core.judging.waits import sized
from harness.core.observed.curl import command
from harness.core.observed.redact import Redactor, shown_headers
from harness.core.target.file import TargetFile
from harness.core.target.owned import owned_secrets
from harness.core.target.placeholders import names_in
from harness.errors import TargetError
from harness.shell.client.putting import coded, headers_of, target_of
from harness.shell.client.transcript import Ask
from harness.shell.loop import run as run_loop
from harness.shell.playing.asker import Asker, copies
from harness.shell.playing.case_player import CasePlayer
from harness.shell.playing.lane import Lane
from harness.shell.upstream.told import Told
from harness.shell.upstream.wire_server import WireServer
from scenarios.case import Case

_QUIET_S: Final = 3.0
"""After so long without a call the faults count calls from the start again: longer than most wait between attempts."""
_LOOKS_EVERY_S: Final = 0.5
_TOKENS: Final = {"client_token", "api_token"}
"""Placeholders of tokens that are made up for one run, and so are no secrets."""


def hold(session: Session, case: Case) -> None:
    """Keep the target of a case and its mock up until Ctrl-C, and print how to ask it what the case asks."""
    run_loop(_hold(session, case))


async def _hold(session: Session, case: Case) -> None:
    stop, ends = told_to_stop()
    case = sized(case, session.target.capabilities)
    logs = session.logs(1) / "hold"
    async with AsyncExitStack() as stack:
        lane = await unless_told(stop, _started(stack, session, logs))
        if lane is None:
            tell("stopped")
            return
        plan = CasePlayer(lane, seed=session.seed, dialect=case.dialect).plan(case)
        lane.server.set_plan(plan)
        for line in _introduced(lane, case, logs, ends=ends):
            tell(line)
        _print_lines(lane, case, session)
        told = Told(lane.server.journal, log)
        meanwhile = [asyncio.create_task(_keep_up(lane, case, session))]
        meanwhile += [asyncio.create_task(_count_anew(lane.server, plan))] if counts_first_calls(plan) else []
        await stop.wait()
        for task in meanwhile:
            task.cancel()
        await asyncio.gather(*meanwhile, return_exceptions=True)
        told.finish()
    tell("stopped")


async def _started(stack: AsyncExitStack, session: Session, logs: Path) -> Lane:
    lane = Lane(session.target, seed=session.seed, logs=logs, upstream_port=session.upstream_port)
    await stack.enter_async_context(lane)
    await Asker(lane, seed=session.seed).check_wiring()
    return lane


def _introduced(lane: Lane, case: Case, logs: Path, *, ends: str) -> Iterator[str]:
    yield f"\nholding {lane.target_file.name} on {lane.url}, its upstream on {lane.server.url}; {ends} ends both"
    upstreams = tuple(dict.fromkeys(str(fault) for rule in case.upstream for fault in rule.faults))
    if upstreams:
        yield f"faults in force, for what these lines ask: {'  '.join(upstreams)}"
    if clients := [spec for spec in faults(case) if spec not in upstreams]:
        yield f"what the client itself does wrong, curl does not: {'  '.join(clients)}"
    if lane.target_file.command is not None:
        yield f"the target writes into {logs / 'target.log'}"
    yield "calls that reach the mock are listed here as they end"


def _print_lines(lane: Lane, case: Case, session: Session) -> None:
    """Print a curl line for each step of the case."""
    asks, target = Asker(lane, seed=session.seed, dialect=case.dialect), session.target.at(case.dialect)
    for step in case.steps:
        tell(f"\n# {step.label}")
        with results() as console:
            line = _curl(asks.request(case, next(iter(copies(step)))), target, session.out)
            console.print(line, markup=False, soft_wrap=True)


async def _keep_up(lane: Lane, case: Case, session: Session) -> None:
    """Start the target again whenever it has ended; it is on another port then, so the lines are printed anew."""
    while True:
        await asyncio.sleep(_LOOKS_EVERY_S)
        if lane.pid is not None or session.target.command is None:
            continue
        try:
            await lane.ensure_alive()
        except TargetError as error:
            tell(str(error))
            return
        tell(f"\nthe target {lane.deaths[-1].partition(chr(10))[0]}, and was started again; the lines are now:")
        _print_lines(lane, case, session)


def counts_first_calls(plan: Plan) -> bool:
    """Whether the faults strike only the first calls for an answer, so that each line should find them unspent.

    Where a later call is meant, as the second of two, the calls of several lines have to add up.
    """
    matches = [rule.match for rule in plan.rules]
    later = any(each.nth not in (None, 1) or each.after or each.every or each.between for each in matches)
    return not later and any(each.first is not None or each.nth is not None for each in matches)


async def _count_anew(server: WireServer, plan: Plan) -> None:
    """Let the faults count calls from the start whenever none has come for a while."""
    counted = server.journal.last_number
    quiet_since_s = time.monotonic()
    while True:
        before = server.journal.last_number
        await asyncio.sleep(_LOOKS_EVERY_S)
        now_s = time.monotonic()
        if server.running_exchanges or server.journal.last_number != before:
            quiet_since_s = now_s
        elif before != counted and now_s - quiet_since_s >= _QUIET_S:
            server.set_plan(plan)
            counted = before
            log("the faults are unspent again")


def _curl(ask: Ask, target: TargetFile, folder: Path) -> str:
    """Return a line that makes a request; a body that no line should hold is written into a file that it names."""
    manner = ask.moves.manner
    body = coded(ask.moves.body, manner)
    headers = headers_of(ask.headers, ask.method, ask.moves, len(body), urlsplit(ask.url))
    made_up = {name.lower() for name, value in target.chat.headers.items() if _TOKENS & names_in(value)}
    shown = shown_headers(headers, Redactor(owned_secrets(target)).text)
    headers = tuple(
        (name, value if name.lower() in made_up else own)
        for (name, value), (_, own) in zip(headers, shown, strict=True)
    )
    url = ask.url.rstrip("/") + target_of(ask.path, manner.query)
    line, named = command(ask.method, url, headers, body, version=manner.version, coding=manner.content_encoding)
    if named:
        path = folder / named
        path.write_bytes(body)
        line = line.replace(shlex.quote(f"@{named}"), shlex.quote(f"@{path}"))
    return line
