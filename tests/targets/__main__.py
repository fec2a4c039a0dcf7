"""Starts one of the proxies: `python -m tests.targets pipe --port N --upstream URL [--defect NAME]`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal

from tests.targets.cache import CachingProxy
from tests.targets.defects import DEFECTS
from tests.targets.parser import ParsingProxy
from tests.targets.pipe import Pipe
from tests.targets.serving import Settings, Target

RIGHT: dict[str, type[Target]] = {"pipe": Pipe, "parser": ParsingProxy, "cache": CachingProxy}


async def _serve(target: Target) -> None:
    task = asyncio.ensure_future(target.serve())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=RIGHT)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--defect", choices=DEFECTS)
    arguments = parser.parse_args()
    kind = DEFECTS[arguments.defect].target if arguments.defect else RIGHT[arguments.kind]
    asyncio.run(_serve(kind(Settings(port=arguments.port, upstream=arguments.upstream))))


if __name__ == "__main__":
    main()
