"""Transactions that wait for one another share one: a commit is a wait for the disk, and one wait does for all.

The one rule: nobody is told that something is kept before the transaction that it is in is on disk. Who is refused
stands in nobody's way: the others are kept without it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.storage.patience import may_pass

T = TypeVar("T")
Work = Callable[[AsyncSession], Awaitable[T]]
Commit = Callable[[Sequence[Work[Any]]], Awaitable[Sequence[Any]]]
"""Runs all of these in one transaction, and gives what each returned once that is on disk."""

_MOST_AT_ONCE = 8
"""The first to come waits for the last, so that a crowd is taken in parts."""

_Waiting: TypeAlias = tuple[Work[Any], "asyncio.Future[Any]"]


class Sharing:
    """One writer, who takes together whatever came while it was busy."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._urgent: list[_Waiting] = []
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, work: Work[T], *, urgent: bool = False) -> T:
        """What `work` returns, once it is on disk; what is `urgent` waits for one transaction of the rest at the most.

        A caller that leaves does not undo it.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._waiting).append((work, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await done

    async def aclose(self) -> None:
        """Let what was begun come to its end."""
        if self._writing is not None:
            await self._writing

    async def _write_all(self) -> None:
        try:
            while self._urgent or self._waiting:
                for queue in (self._urgent, self._waiting):
                    together = queue[:_MOST_AT_ONCE]
                    del queue[:_MOST_AT_ONCE]
                    if together:
                        await self._write(together)
        finally:
            self._writing = None

    async def _write(self, together: Sequence[_Waiting]) -> None:
        try:
            made = await self._commit([work for work, _ in together])
        except Exception as error:  # noqa: BLE001 - it is passed on to who waits
            if len(together) > 1 and not may_pass(error):
                for each in together:
                    await self._write([each])
                return
            for _, done in together:
                if not done.done():
                    done.set_exception(error)
            return
        for (_, done), result in zip(together, made, strict=True):
            if not done.done():
                done.set_result(result)
