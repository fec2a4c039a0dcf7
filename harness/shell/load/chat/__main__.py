"""`python -m harness.shell.load.chat JOB RESULTS`: one chat load, from a file of orders to a file of measurements.

The one rule: a line is written as soon as it is known, so that a load that is ended half-way has told all it knew.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import aiohttp

from harness.core.load.chat.job import ChatJob
from harness.core.load.chat.measured import Chat, Look, first_line, last_line, line
from harness.core.load.lateness import worth_telling
from harness.shell.load.chat.asking import Crowd
from harness.shell.loop import run
from harness.shell.watching.punctual import Lateness, punctually

_MOST_TOLD = 200


async def _play(job: ChatJob, results: Path) -> None:
    late, playing = Lateness(), asyncio.current_task()
    if playing is not None:  # what is under way is told, too, when the load is ended
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
    timeout = aiohttp.ClientTimeout(total=None)  # the load as a whole is bounded
    with results.open("a", encoding="utf-8") as told:

        def write(measured: Chat | Look) -> None:
            told.write(line(measured) + "\n")
            told.flush()

        async with (
            late.watching(),
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as http,
        ):
            told.write(first_line(time.monotonic()) + "\n")
            told.flush()
            await Crowd(job, http, write).play()
        told.write(last_line(worth_telling(late.moments, _MOST_TOLD), spent_s=round(time.process_time(), 2)) + "\n")


def main(words: Sequence[str]) -> None:
    """Play the load that the first file orders, and write what is measured to the second."""
    job, results = (Path(word) for word in words)
    with punctually(), suppress(asyncio.CancelledError):
        run(_play(ChatJob.read(job.read_text(encoding="utf-8")), results))


if __name__ == "__main__":
    main(sys.argv[1:])
