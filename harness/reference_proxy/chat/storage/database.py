"""The database: sessions for reading and writing, and patience with it.

The one rule: what was begun here is ended here. A caller that leaves never interrupts a transaction half way.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from harness.reference_proxy.chat.storage.engines import engine_of, is_sqlite
from harness.reference_proxy.chat.storage.patience import Patience
from harness.reference_proxy.chat.storage.sharing import Sharing, Work

T = TypeVar("T")

_READ_ATTEMPTS = 2
_ATTEMPTS = 6
_LATE_ATTEMPTS = 300  # at two seconds each: longer than a server takes to be restarted


class Database:
    """One database and the connections to it; `log` is told of every attempt that failed."""

    def __init__(self, url: URL, *, log: Any) -> None:  # noqa: ANN401 - structlog's type
        self.engine = engine_of(url)
        self._patience = Patience(log)
        # Each statement of a read sees what is committed when it begins, on both databases. A transaction around it
        # would be two more errands to the database.
        reading = {} if is_sqlite(url) else {"isolation_level": "AUTOCOMMIT"}
        self._reading = async_sessionmaker(self.engine.execution_options(**reading), expire_on_commit=False)
        self._writing = self.engine.execution_options(**({"writes": True} if is_sqlite(url) else {}))
        # SQLite has one writer at a time, and those who wait poll for it: in our own process they queue up instead.
        # PostgreSQL has many, whose commits it brings to disk together by itself.
        self._sharing = Sharing(self._commit) if is_sqlite(url) else None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._late: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def read(self, work: Work[T]) -> T:
        """What `work` finds; raises ProxyError (503) when the database cannot be asked."""

        async def once() -> T:
            async with self._reading() as session:
                return await work(session)

        return await self._apart(self._patience.run(once, attempts=_READ_ATTEMPTS))

    async def write(self, work: Work[T], *, urgent: bool = False, **about: str) -> T:
        """Run `work` in a transaction, again after a failure that may pass: it is on disk when this returns.

        What is `urgent` waits for little else, where there is one writer. `about` is what the log's lines of failures
        say it was for. Raises ProxyError (503) when the database stays
        away, or whatever `work` itself refuses with.
        """
        return await self._apart(
            self._patience.run(partial(self._write, work, urgent=urgent), attempts=_ATTEMPTS, **about)
        )

    def write_late(self, work: Work[object], **about: str) -> None:
        """Go on trying to run `work` in a transaction, for minutes, while nobody waits for it; until `aclose`."""
        if self._closing:
            return  # the next start finds what is left
        trying = self._patience.run(partial(self._write, work), attempts=_LATE_ATTEMPTS, **about)
        task = asyncio.create_task(trying)
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        task.add_done_callback(_seen)

    async def aclose(self) -> None:
        """Let what was begun come to its end, and close every connection."""
        self._closing = True
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._sharing is not None:
            await self._sharing.aclose()
        await self.engine.dispose()

    async def _write(self, work: Work[T], *, urgent: bool = False) -> T:
        if self._sharing is not None:
            return await self._sharing.write(work, urgent=urgent)
        (made,) = await self._commit([work])
        return made  # type: ignore[no-any-return]  # what `work` returned

    async def _commit(self, works: Sequence[Work[Any]]) -> list[Any]:
        made = []
        async with self._writing.begin() as connection:
            for work in works:
                # Each has a session of its own, so that none sees what another has loaded; its commit is but a flush.
                async with AsyncSession(connection, expire_on_commit=False) as session:
                    made.append(await work(session))
                    await session.commit()
        return made

    async def _apart(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_seen)
        return await asyncio.shield(task)


def _seen(task: asyncio.Task[Any]) -> None:
    # Whoever asked may have left meanwhile: nobody is to complain that a failure went unseen.
    if not task.cancelled():
        task.exception()
