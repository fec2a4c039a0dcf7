"""`MockCloudflare`: the mock Cloudflare for a test of one's own, in a process of its own.

The one rule: what is asked and told here goes over the mock's control paths, which are never faulted; the mock waits
for nobody, so that all of it may be called on an event loop as well.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from edgeproof.control import Control
from edgeproof.errors import EdgeproofError
from edgeproof.faults import Fault, rule
from edgeproof.journal import Exchange
from edgeproof.kv import Kv
from edgeproof.processes import Ours
from edgeproof.target import Target


class MockCloudflare:
    """Workers AI, Workers KV and OpenAI's API on a port of 127.0.0.1, for as long as this is entered.

        with MockCloudflare() as mock:                      # or: async with
            start_my_proxy(env=mock.env())
            with mock.fault("sse.truncate(after=3)"):       # `edgeproof faults` lists them
                ...
            assert mock.journal()[-1].json()["stream"] is True

    With `target`, a target file, the proxy that it describes is started as well, with this mock behind it.
    """

    def __init__(self, *, port: int = 0, seed: int = 0, target: str | os.PathLike[str] | None = None) -> None:
        """Port 0 is any free one. The seed decides every draw of faults that have a chance."""
        words = ["mock", "--json", "--port", str(port), "--seed", str(seed)]
        self._process: Final = Ours(*words, *(["--target", os.fspath(target)] if target is not None else []))
        self._told: dict[str, Any] = {}
        self._plan = ""
        self._rules: list[str] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        starting = asyncio.ensure_future(asyncio.to_thread(self.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])
            starting.exception()  # seen, so that nobody complains that it was not
            await asyncio.to_thread(self.close)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(asyncio.to_thread(self.close))

    def start(self) -> None:
        """Start it and wait until it answers; entering does this.

        Raises:
            EdgeproofError: when it cannot be started, with the reason.
        """
        self._told = {}
        try:
            self._process.start()
            line = self._process.line()
            self._told = json.loads(line) if line else {}
        finally:
            if not self._told:
                self._process.end()
        if not self._told:
            raise EdgeproofError(self._process.said().removeprefix("edgeproof: ") or "the mock ended as it started")

    def close(self) -> None:
        """End it; leaving does this."""
        self._process.end()

    @property
    def url(self) -> str:
        """Where it is, without a path: `http://127.0.0.1:N`."""
        return str(self._known("url"))

    def env(self) -> dict[str, str]:
        """Return the environment that points a proxy at it, as clients of Cloudflare and OpenAI read it."""
        return dict(self._known("env"))

    @property
    def target(self) -> Target:
        """The proxy that was started in front of it."""
        told = self._known("target")
        if told is None:
            raise EdgeproofError("there is no proxy in front of this mock; give one: MockCloudflare(target=FILE)")
        return Target(**told)

    def fault(
        self,
        spec: str,
        *,
        surface: str = "",
        model: str = "",
        nth: int | None = None,
        first: int | None = None,
        count: int | None = None,
        p: float = 1.0,
    ) -> Fault:
        """Let answers go wrong from now on, over and above what goes wrong already: `"sse.truncate(after=3)"`.

        Every answer, unless it is said which: those of a `surface` (`ai.chat`, `kv.*`) or for a `model` (globs), the
        `nth` from now, the `first` so many, at most `count`, each with the chance `p`. Counting starts afresh for all
        faults when one is added or ended.

        Raises:
            EdgeproofError: when there is no such fault, with the nearest there is.
        """
        match: dict[str, str | int | None] = {"surface": surface, "model": model, "nth": nth, "first": first}
        added = rule(spec, match=match, count=count, p=p)
        self._put(self._plan, [*self._rules, added])

        def end() -> None:
            if added in self._rules:
                rest = self._rules.copy()
                rest.remove(added)
                self._put(self._plan, rest)

        return Fault(end)

    def plan(self, plan: str | os.PathLike[str]) -> None:
        """Put a plan in force, and nothing else: the TOML text of one, or the path of a file as a `Path`.

        Raises:
            EdgeproofError: when it is none, naming the rule and the key.
        """
        try:
            text = plan if isinstance(plan, str) else Path(plan).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EdgeproofError(f"{plan} cannot be read: {error}") from error
        self._put(text, [])

    def reset(self) -> None:
        """Forget everything: faults and plan, the journal, and what was written into Workers KV."""
        self._put("", [])
        self._control.text("POST", "reset")

    def journal(
        self, *, surface: str | None = None, nonce: str | None = None, since: int | None = None
    ) -> list[Exchange]:
        """Return what reached it, in order: all, that of a surface (`ai`, `kv.get`), or what came after a number."""
        told = self._control.json("GET", "journal", surface=surface, nonce=nonce, since=since)
        return [Exchange.of(each) for each in told["exchanges"]]

    @property
    def kv(self) -> Kv:
        """Its Workers KV."""
        return Kv(self._control)

    @property
    def _control(self) -> Control:
        return Control(self.url)

    def _put(self, plan: str, rules: list[str]) -> None:
        self._control.text("PUT", "plan", body="\n".join([plan, *rules]).encode())
        self._plan, self._rules = plan, rules

    def _known(self, name: str) -> Any:  # noqa: ANN401 - the caller knows
        if not self._told:
            raise EdgeproofError("the mock does not run; use it in a `with`, or call start()")
        return self._told[name]

    def __repr__(self) -> str:
        return f"MockCloudflare({self._told.get('url', 'not started')})"
