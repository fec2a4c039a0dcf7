"""A lane: one target and the mock it talks to, both its own, so that nothing else disturbs either.

The one rule: lanes share no state. Two cases on two lanes cannot see each other's breaker, cache or Workers KV.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, Self

from fault_injection.reply import Headers
from harness.core.observed.redact import Redactor
from harness.core.run.seeds import digest
from harness.core.target.file import TargetFile
from harness.core.target.owned import owned_secrets
from harness.errors import TargetError, UsageError
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.playing import rest
from harness.shell.target.target import Target
from harness.shell.upstream.wire_server import WireServer
from scenarios.case import Identity

_MOST_FAILURES = 3
"""How often in a row a target may fail to come up again before nobody waits for it any more."""

_LAST_WORDS = 5
"""How many lines of a dead target's output are told in a report; all of them are in its log."""
_KNOWN: Final[tuple[Identity, ...]] = ("a", "b", "colleague")
"""Whom a target may be told of when it starts."""
_WITH_TOKENS: Final[tuple[Identity, ...]] = (*_KNOWN, "stranger")


class Lane:
    """A target of its own with a mock of its own. Use it as an async context manager.

    The target's output goes to `target.log` in `logs`. `upstream_port` is for a target that runs already and knows
    where its upstream is; 0 picks a free port. `upstream_url` is what stands between the target and its mock.
    `client_token` is what its first client shows to a target that knows its clients; one is made up when left out.
    `extra_env` is what the target's environment gets besides its own.
    """

    def __init__(
        self,
        target_file: TargetFile,
        *,
        seed: int,
        logs: Path,
        upstream_port: int = 0,
        upstream_url: str = "",
        client_token: str = "",
        extra_env: Mapping[str, str] | None = None,
    ) -> None:
        self.target_file = target_file
        self._settings = MockSettings(id_seed=seed, databases=MappingProxyType(dict(target_file.databases)))
        self._tokens: dict[Identity, str] = {name: f"client-{name}-{digest(seed, name)[:24]}" for name in _WITH_TOKENS}
        if client_token:
            self._tokens["a"] = client_token
        self._logs = logs
        self._upstream_port = upstream_port
        self._upstream_url = upstream_url
        self._extra_env = extra_env
        self._stack = AsyncExitStack()
        self._target: Target | None = None
        self._starting = asyncio.Lock()
        self._deaths: list[str] = []
        self._failures: list[TargetError] = []
        self.mock = MockCloudflare(self._settings)
        self.server = WireServer(mock=self.mock, seed=seed, port=upstream_port)
        self.forgotten = 0
        """The number of the last exchange upstream that the target can know nothing of any more."""
        self._rest = rest.Rest(target_file.capabilities.circuit_breaker, self.server.journal)
        self._waited_s = 0.0

    async def __aenter__(self) -> Self:
        (self._logs / "target.log").unlink(missing_ok=True)  # what an earlier run was told is not ours to quote
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.server)
            except OSError as error:
                raise UsageError(
                    f"the mock cannot listen on port {self._upstream_port}",
                    evidence=os.strerror(error.errno or 0),
                    next_step="stop whatever uses it, or give another --upstream-port",
                ) from error
            target = Target(
                self.target_file,
                values=self._values,
                out_dir=self._logs,
                redactor=Redactor(self.hidden),
                extra_env=self._extra_env,
            )
            self._target = await stack.enter_async_context(target)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        self.server.journal.clear()  # its hundreds of megabytes would outlive it by as long as nothing is collected

    @property
    def _values(self) -> dict[str, str]:
        return {
            "upstream": self._upstream_url or self.server.url,
            "account_id": self._settings.account_id,
            "api_token": self._settings.api_token,
            "kv_namespace": next(iter(self._settings.kv_namespaces)),
            "r2_access_key_id": self._settings.r2_access_key_id,
            "r2_secret_access_key": self._settings.r2_secret_access_key,
            **{f"client_token_{name}": self._tokens[name] for name in _KNOWN},
        }

    @property
    def url(self) -> str:
        """Where the target is."""
        return self._running.url

    @property
    def last_words(self) -> str:
        """What the target has written last, without secrets."""
        return self._running.tail()

    @property
    def log_place(self) -> str:
        """Where all is that the target has written, in words."""
        return f"its whole output is in {self._logs / 'target.log'}"

    @property
    def pid(self) -> int | None:
        """The target's process, or None for one that was there before us."""
        return self._running.pid

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never reach a client: the upstream's credentials, unless the clients themselves bring them."""
        return () if self.target_file.clients_bring_the_api_token else (self._settings.api_token,)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must never be shown: every token of the run, and the secrets that the target has of its owner."""
        upstream = (self._settings.api_token, self._settings.r2_secret_access_key)
        return (*upstream, *self._tokens.values(), *owned_secrets(self.target_file))

    def headers(self, identity: Identity, dialect: str = "") -> Headers:
        """The headers that a client of that identity sends, at the first door or that of another dialect."""
        target = self.target_file.at(dialect)
        target = target if identity in self._tokens else target.without_credentials()
        own = target.headers_for(self._tokens.get(identity, ""), self._values)
        return (("content-type", "application/json"), *own)

    def headers_with(self, token: str) -> Headers:
        """The headers that a client sends who brings a token that the target has given it."""
        return (("content-type", "application/json"), *self.target_file.headers_for(token, self._values))

    @property
    def deaths(self) -> tuple[str, ...]:
        """How the target's process ended each time that nobody had asked it to; its last words on further lines."""
        return (*self._deaths, *(() if self._starting.locked() else self._unmourned()))

    async def ended(self, *, within_s: float) -> bool:
        """Wait for the target's process to end by itself, at most so long; say whether it has."""
        return await self._running.ended(within_s=within_s)

    async def restart(self) -> None:
        """Start the target afresh; its memory is gone, the mock's state is not.

        Raises:
            TargetError: when it does not come up again.
        """
        async with self._starting:
            await self._restart()

    async def kill(self) -> None:
        """End the target as `kill -9` does, in the middle of whatever it does, and start it again.

        Raises:
            TargetError: when it does not come up again.
        """
        async with self._starting:
            await self._restart(kill=True)

    async def renew(self) -> None:
        """Start the target afresh on an empty Workers KV: it remembers nothing then.

        Raises:
            TargetError: when it does not come up again.
        """
        self.mock.reset()
        await self.restart()
        self.forgotten = self.server.journal.last_number
        self.server.journal.forget(self.forgotten)  # nobody asks for them any more, and they can be large

    async def start_afresh(self) -> None:
        """Renew the target, if we have started it at all.

        One that does not come up again is told of by whatever is played on it next.
        """
        if self.target_file.command is not None:
            with suppress(TargetError):
                await self.renew()

    @property
    def rest_left_s(self) -> float:
        """How long the target's breaker may rightly rest yet, by all that was done to it; 0 when it is closed."""
        return self._rest.left_s(since=self.forgotten)

    async def let_breaker_close(self) -> None:
        """See to it that no breaker is open: wait where that is cheap, start the target afresh where it is not.

        Raises:
            TargetError: the target runs already, and its breaker has been waited for long enough.
        """
        left_s = self.rest_left_s
        if left_s > rest.CHEAP_S and self.target_file.command is not None:
            await self.start_afresh()
        elif left_s > rest.CHEAP_S and self._waited_s + left_s > rest.PATIENCE_S:
            raise TargetError(
                f"its breaker may stay open for another {left_s:.0f} s, because of failures in earlier cases",
                next_step="shorten its rest for the test, or let edgeproof start it (target.command)",
            )
        elif left_s:
            self._waited_s += left_s
            await asyncio.sleep(left_s + rest.MARGIN_S)

    async def ensure_alive(self) -> None:
        """Start the target again if its process has gone.

        Raises:
            TargetError: when it does not come up again. After a few times it is not tried any more.
        """
        async with self._starting:
            if not self._running.alive():
                await self._restart()

    async def _restart(self, *, kill: bool = False) -> None:
        if len(self._failures) >= _MOST_FAILURES:
            raise self._failures[-1]
        self._deaths += self._unmourned()
        try:
            await self._running.restart(kill=kill)
        except TargetError as error:
            self._failures.append(error)
            raise
        self._failures.clear()

    def _unmourned(self) -> list[str]:
        """Say how the process ended if it has ended by itself and that is not in `_deaths` yet."""
        code = self._running.exit_code
        if code is None or self._failures:  # what did not come up again has not lived
            return []
        return [f"{_how(code)}\n{self._running.last_words(_LAST_WORDS)}".strip()]

    @property
    def _running(self) -> Target:
        if self._target is None:
            raise RuntimeError("the lane has no target before it is entered")
        return self._target


def _how(exit_code: int) -> str:
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        return f"was ended by {signal.Signals(-exit_code).name}"
    except ValueError:  # a number this system has no name for
        return f"was ended by signal {-exit_code}"
