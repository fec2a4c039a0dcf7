"""What stands between a target and its upstream in a chaos run: a gateway of the run's own, or one that is there.

The one rule: a system that runs already keeps its upstream. Its gateway is not started and ended with a run unless its
owner says where, and one that was there before is left as it was.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from harness.cli.chaotic.gateway import place_of, upstream_url
from harness.core.gateway.guard import Caps
from harness.core.observed.hidden.credentials import has_userinfo
from harness.core.observed.redact import shown_url
from harness.core.target.file import TargetFile
from harness.errors import UsageError
from harness.shell.gateway.controller import Controller
from harness.shell.gateway.manners import TOKEN_VARIABLE
from harness.shell.gateway.process import GatewayProcess

_ANY_PORT: Final = "127.0.0.1:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the gateway of a run is: at `gateway` it is steered when it runs already, else it is started at `listen`.
    `upstream` is what stands behind it, or nothing for the mock; `all_is_ours` says that nobody else uses it."""

    upstream: str = ""
    gateway: str = ""
    listen: str = ""
    all_is_ours: bool = False

    @property
    def asks_the_mock(self) -> bool:
        """Whether the run's own mock stands behind the gateway."""
        return not self.upstream and not self.gateway

    @property
    def words(self) -> tuple[str, ...]:
        """The flags that say the same again."""
        flags = {"--upstream": self.upstream, "--gateway": self.gateway, "--listen": self.listen}
        return tuple(word for name, value in flags.items() if value for word in (name, value))

    def check(self, target: TargetFile) -> None:
        """Refuse a place at which the target could not find its upstream.

        Raises:
            UsageError: with what to give instead.
        """
        if self.gateway and (self.upstream or self.listen):
            raise UsageError(
                "a gateway that is already running has its own upstream and address",
                evidence=" ".join(map(shown_url, self.words)),
                next_step="give --gateway alone, or --upstream and --listen for one of the run's own",
            )
        if self.upstream:
            upstream_url(self.upstream)
        if self.listen:
            place_of(self.listen)
        if has_userinfo(self.gateway):
            raise UsageError(
                f"{shown_url(self.gateway)} holds a user name or a password, which no gateway asks for",
                next_step=f"leave it out; a gateway that asks for a token finds it in {TOKEN_VARIABLE}",
            )
        if self.gateway and not _is_url(self.gateway):
            raise UsageError(
                f"{shown_url(self.gateway)!r} is not a gateway",
                next_step="give the URL at which it is steered: http://127.0.0.1:9001",
            )
        if target.command is None and not self.gateway and not _has_port(self.listen):
            raise UsageError(
                f"{target.name} is already running, so a gateway has to be its upstream before the run",
                evidence="target.command is not set",
                next_step=(
                    "start `edgeproof gateway --upstream URL --control-port 9001`, make it the upstream of "
                    f"{target.name}, and add --gateway http://127.0.0.1:9001; or give --listen for one that goes "
                    "when the run is over"
                ),
            )

    @asynccontextmanager
    async def taken(self, *, mock: str, seed: int, caps: Caps, folder: Path, is_alone: bool) -> AsyncIterator[Behind]:
        """Have the gateway for a while. One of the run's own writes into `folder`, asks `mock` where no upstream was
        named, and `is_alone` when the run itself tells its target where it is.

        Raises:
            HarnessError: there is none to be had.
        """
        if self.gateway:
            controller = Controller(self.gateway, token=os.environ.get(TOKEN_VARIABLE, ""))
            state = await controller.state()
            yield Behind(controller=controller, url=str(state["url"]), upstream=str(state["upstream"]))
            return
        started = await GatewayProcess.start(
            self.upstream or mock,
            seed=seed,
            folder=folder,
            caps=caps,
            listen=self.listen or _ANY_PORT,
            all_is_ours=is_alone or self.all_is_ours,
        )
        try:
            controller = Controller(started.control_url, token=os.environ.get(TOKEN_VARIABLE, ""))
            yield Behind(controller=controller, url=started.url, upstream=self.upstream or "the mock")
        finally:
            await started.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A gateway that is there: where its traffic goes in, and what it asks."""

    controller: Controller
    url: str
    upstream: str


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _has_port(listen: str) -> bool:
    return bool(listen and place_of(listen)[1])
