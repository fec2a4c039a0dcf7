"""A gateway in a process of its own.

The one rule: it outlives whoever started it, transparent: what stands behind it must not lose its upstream because a
test was killed. It goes by itself when nobody needs it any more.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from harness.core.gateway.guard import Caps
from harness.errors import HarnessError
from harness.shell.own_path import with_own_path

_READY_WITHIN_S: Final = 60.0
_ENDS_WITHIN_S: Final = 10.0
_LEAVES_AFTER_S: Final = 60.0
_TOLD_CHARACTERS: Final = 400


class GatewayProcess:
    """A gateway that runs; `start` makes one."""

    def __init__(self, process: asyncio.subprocess.Process, *, url: str, control_url: str) -> None:
        self._process = process
        self.url = url
        self.control_url = control_url

    @classmethod
    async def start(
        cls,
        upstream: str,
        *,
        seed: int,
        folder: Path,
        caps: Caps | None = None,
        listen: str = "127.0.0.1:0",
        names: tuple[str, ...] = (),
        all_is_ours: bool = False,
    ) -> Self:
        """Start a gateway in front of an upstream; its log and its last words are in `folder`, which is there.

        `names` are those by which clients may call it besides; `all_is_ours` says that only a target of the run will
        know where it is.

        Raises:
            HarnessError: it does not come up.
        """
        words = ("gateway", "--upstream", upstream, "--listen", listen, "--seed", str(seed), "--json")
        more: tuple[str, ...] = ("--log", str(folder / "chaos-events.jsonl"), "--leave-after-s", f"{_LEAVES_AFTER_S:g}")
        more += tuple(word for name in names for word in ("--name", name))
        more += ("--all-is-ours",) if all_is_ours else ()
        for name in ("requests", "faulted", "tokens"):
            more += (f"--most-{name}", str(getattr(caps or Caps(), name)))
        errors = folder / "gateway.log"
        with errors.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "harness", *words, *more),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                env=with_own_path(os.environ),
                start_new_session=True,  # Ctrl-C reaches the controller alone, which reverts before anything else
            )
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        line = b""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_READY_WITHIN_S):
                    line = await process.stdout.readline()
        finally:  # cancelled or not
            if not line:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        try:
            told = json.loads(line)
        except ValueError:
            said = errors.read_text(encoding="utf-8", errors="replace")[-_TOLD_CHARACTERS:]
            raise HarnessError("the gateway could not be started", evidence=" ".join(said.split())) from None
        return cls(process, url=told["url"], control_url=told["control"])

    @property
    def pid(self) -> int:
        """The gateway's process."""
        return self._process.pid

    async def end(self) -> None:
        """End it; it reverts first. Whoever is cancelled meanwhile waits no longer: then it is killed."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ENDS_WITHIN_S):
                    await self._process.wait()
        finally:  # cancelled or not
            if self._process.returncode is None:
                with suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
