"""What a Worker has counted, asked of it once a second while it runs, and once more before it is ended.

The one rule: the Worker never waits for this and nothing fails for it. One that is killed or hangs has lost no more
than what it ran since it was asked last.
"""

from __future__ import annotations

import asyncio
import contextlib
from itertools import count
from pathlib import Path
from typing import Final

_EVERY_S: Final = 1.0
_PATIENCE_S: Final = 2.0
_NUMBERS: Final = count(1)


class Counters:
    """Asks one process at its `socket`, and keeps its latest answer in a file of its own in the folder `into`."""

    def __init__(self, socket: Path, *, into: Path) -> None:
        self._socket = socket
        self._file = into / f"counts-{next(_NUMBERS)}.json"
        self._task = asyncio.create_task(self._keep_asking())

    async def end(self, *, alive: bool) -> None:
        """Ask a last time if the process is `alive`, and no more after that."""
        self._task.cancel()
        await asyncio.wait([self._task])
        if alive:
            await self._ask()

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            await self._ask()

    async def _ask(self) -> None:
        import aiohttp  # here, since few runs measure a Worker and loading it takes a while

        with contextlib.suppress(aiohttp.ClientError, OSError):  # a timeout is an OSError as well
            connector = aiohttp.UnixConnector(str(self._socket), force_close=True)
            patience = aiohttp.ClientTimeout(total=_PATIENCE_S)
            async with (
                aiohttp.ClientSession(connector=connector, timeout=patience) as session,
                session.get("http://worker/") as answer,
            ):
                answer.raise_for_status()
                self._keep(await answer.read())

    def _keep(self, told: bytes) -> None:
        unfinished = self._file.with_suffix(".part")
        unfinished.write_bytes(told)
        unfinished.replace(self._file)
