"""The process of the live page: `python -m harness.shell.live PORT REPORT`.

It says on standard output, as one line of JSON, where it listens or why it cannot; then it reads events from standard
input. It ends with its input, so that none outlives its run, and it is polite: what is measured comes first.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from harness.shell.live.server import LiveServer
from reports.live import from_line

_LONGEST_LINE_BYTES: Final = 256 * 1024 * 1024
_NICENESS: Final = 10


async def _serve(port: int, report: Path) -> int:
    server = LiveServer(report=report, name=secrets.token_hex(4))
    try:
        _say(port=await server.start(port))
    except OSError as error:
        _say(error=os.strerror(error.errno or 0))
        return 1
    events = asyncio.StreamReader(limit=_LONGEST_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(events), os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    )
    async for line in events:
        await server.take(from_line(line))
    await server.close()
    return 0


def _say(**told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Serve until standard input ends."""
    with suppress(OSError, AttributeError):  # where there is no such thing
        os.nice(_NICENESS)
    return asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))


if __name__ == "__main__":
    sys.exit(main())
