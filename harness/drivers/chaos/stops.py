"""A plan's stop conditions, looked at.

The one rule: what cannot be looked at counts as met. An experiment whose brake does not answer is stopped.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import quote, urlsplit

from fault_injection.stop import Stop
from harness.core.load.answer import FINISHED, measure
from harness.core.observed.history import ClientExchange
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask

_PATIENCE_S: Final = 5.0
_FEWEST: Final = 5
"""With fewer answers nothing is said of a rate."""


async def why_stop(stops: Sequence[Stop], done: Sequence[ClientExchange]) -> str:
    """Return why a plan has to be taken away, by the first condition that is met; empty when none is."""
    now_s = time.monotonic()
    found = await asyncio.gather(*(_met(stop, done, now_s) for stop in stops))
    return next(filter(None, found), "")


async def _met(stop: Stop, done: Sequence[ClientExchange], now_s: float) -> str:
    if stop.metric:
        return measured(stop, done, now_s)
    if stop.probe:
        return await _probed(stop)
    return await (_commanded(stop) if stop.command else _queried(stop))


def measured(stop: Stop, done: Iterable[ClientExchange], now_s: float) -> str:
    """Say how what clients saw of late is above the bound, or nothing."""
    lately = [measure(each) for each in done if each.end_s >= now_s - stop.over_s]
    if len(lately) < _FEWEST or stop.above is None:
        return ""
    value = 0.0
    if stop.metric == "error_rate":
        value = sum(each.ending != FINISHED for each in lately) / len(lately)
    else:
        first = sorted(each.ttft_s for each in lately if each.ttft_s is not None)
        value = first[math.ceil(0.95 * len(first)) - 1] if first else 0.0
    return f"{stop}: it is {value:.3g}" if value > stop.above else ""


async def _probed(stop: Stop) -> str:
    answer = await _get(stop.probe)
    if answer.status is not None and answer.status < 500:
        return ""
    return f"{stop}: {answer.status or answer.end}"


async def _commanded(stop: Stop) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *stop.command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        return f"{stop}: {error.strerror}"
    try:
        async with asyncio.timeout(_PATIENCE_S):
            code = await process.wait()
    except TimeoutError:
        return f"{stop}: it does not end within {_PATIENCE_S:g} s"
    finally:  # cancelled or not
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return f"{stop}: exit code {code}" if code else ""


async def _queried(stop: Stop) -> str:
    answer = await _get(f"{stop.prometheus.rstrip('/')}/api/v1/query?query={quote(stop.query)}")
    try:
        rows = json.loads(answer.body)["data"]["result"]
        values = [float(row["value"][1]) for row in rows]
    except (ValueError, KeyError, TypeError, IndexError):
        return f"{stop}: {answer.status or answer.end}, and no answer to the query"
    over = [value for value in values if stop.above is not None and not value <= stop.above]  # NaN is no good news
    return f"{stop}: it is {over[0]:g}" if over else ""


async def _get(url: str) -> ClientExchange:
    parts = urlsplit(url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return await ask(Ask(url=f"{parts.scheme}://{parts.netloc}", path=path, method="GET", patience_s=_PATIENCE_S))
