"""Writes that share a transaction: all of them are kept, each is answered for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.storage.sharing import Sharing, Work
from harness.reference_proxy.errors import ProxyError, invalid_request


class Disk:
    """Where commits go: slow, so that others come meanwhile. `fails` says which commits fail, counted from 0."""

    def __init__(self) -> None:
        self.commits: list[list[Any]] = []
        self.go_on = asyncio.Event()
        self.fails: set[int] = set()
        self._numbers = count()

    async def commit(self, works: Sequence[Work[Any]]) -> list[Any]:
        number = next(self._numbers)
        made = [await work(None) for work in works]  # type: ignore[arg-type]  # none of these looks at its session
        await self.go_on.wait()
        if number in self.fails:
            raise OperationalError("COMMIT", None, Exception("the database is locked"))
        self.commits.append(made)
        return made


def saying(word: str) -> Work[str]:
    async def work(_: AsyncSession) -> str:
        return word

    return work


async def refused(_: AsyncSession) -> str:
    raise invalid_request("no", code="no")


async def _busy(sharing: Sharing, *works: Work[str]) -> list[asyncio.Task[str]]:
    """The first of these being written, while the others wait."""
    tasks = [asyncio.create_task(sharing.write(work)) for work in works[:1]]
    await asyncio.sleep(0)  # it has come to the writer
    await asyncio.sleep(0)  # who has begun
    tasks += [asyncio.create_task(sharing.write(work)) for work in works[1:]]
    await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_the_writer_is_busy_shares_one_commit() -> None:
    disk = Disk()
    tasks = await _busy(Sharing(disk.commit), saying("a"), saying("b"), saying("c"))
    disk.go_on.set()

    assert await asyncio.gather(*tasks) == ["a", "b", "c"]
    assert disk.commits == [["a"], ["b", "c"]]


async def test_nobody_is_answered_before_the_commit_is_over() -> None:
    disk = Disk()
    tasks = await _busy(Sharing(disk.commit), saying("a"), saying("b"))

    assert [task.done() for task in tasks] == [False, False]
    disk.go_on.set()
    await asyncio.gather(*tasks)


async def test_who_is_refused_stands_in_nobodys_way() -> None:
    disk = Disk()
    tasks = await _busy(Sharing(disk.commit), saying("a"), saying("b"), refused, saying("c"))
    disk.go_on.set()
    made = await asyncio.gather(*tasks, return_exceptions=True)

    assert [each for each in made if isinstance(each, str)] == ["a", "b", "c"]
    assert isinstance(made[2], ProxyError)
    assert disk.commits == [["a"], ["b"], ["c"]]


async def test_a_failure_that_may_pass_is_told_to_all_who_shared_it() -> None:
    disk = Disk()
    sharing = Sharing(disk.commit)
    (first, *others) = await _busy(sharing, saying("a"), saying("b"), saying("c"))
    disk.fails = {1}
    disk.go_on.set()
    made = await asyncio.gather(*others, return_exceptions=True)

    assert await first == "a"
    assert [type(each) for each in made] == [OperationalError, OperationalError]
    assert disk.commits == [["a"]]
    assert await sharing.write(saying("d")) == "d"


async def test_a_caller_that_leaves_takes_nobody_along() -> None:
    disk = Disk()
    sharing = Sharing(disk.commit)
    tasks = await _busy(sharing, saying("a"), saying("b"), saying("c"))
    tasks[0].cancel()
    tasks[1].cancel()
    disk.go_on.set()

    assert await tasks[2] == "c"
    await sharing.aclose()
    assert disk.commits == [["a"], ["b", "c"]]


async def test_a_crowd_is_taken_in_parts() -> None:
    disk = Disk()
    tasks = await _busy(Sharing(disk.commit), *(saying(str(number)) for number in range(20)))
    disk.go_on.set()

    assert await asyncio.gather(*tasks) == [str(number) for number in range(20)]
    assert [len(each) for each in disk.commits] == [1, 8, 8, 3]


async def test_what_is_urgent_goes_first_and_by_itself() -> None:
    disk = Disk()
    sharing = Sharing(disk.commit)
    tasks = await _busy(sharing, saying("a"), saying("b"))
    urgent = [asyncio.create_task(sharing.write(saying(word), urgent=True)) for word in "cd"]
    await asyncio.sleep(0)
    disk.go_on.set()
    await asyncio.gather(*tasks, *urgent)

    assert disk.commits == [["a"], ["c", "d"], ["b"]]


async def test_a_writer_that_has_nothing_to_do_is_none_to_wait_for() -> None:
    disk = Disk()
    sharing = Sharing(disk.commit)

    await sharing.aclose()
    assert disk.commits == []

    disk.go_on.set()
    assert await sharing.write(saying("a")) == "a"
    await sharing.aclose()
    assert disk.commits == [["a"]]
