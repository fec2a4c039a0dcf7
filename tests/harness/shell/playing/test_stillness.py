from __future__ import annotations

import asyncio

from harness.core.observed.history import UpstreamEnd
from harness.shell.playing.stillness import stillness
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.record import Record

LONG_S = 20.0


def _begun(journal: Journal) -> Record:
    return journal.open(connection=1, method="PUT", path="/", arrived_s=0.0)


def _ended(journal: Journal, record: Record) -> None:
    journal.close(record, end=UpstreamEnd.KEPT, whole=True, at_s=1.0)


async def test_a_target_that_asks_nothing_is_still() -> None:
    assert await stillness(Journal(), for_s=0.01, within_s=LONG_S)


async def test_a_call_that_runs_is_waited_for() -> None:
    journal = Journal()
    record = _begun(journal)
    waiting = asyncio.ensure_future(stillness(journal, for_s=0.01, within_s=LONG_S))

    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    _ended(journal, record)

    assert done == set()
    assert await waiting


async def test_a_call_that_follows_another_is_waited_for_as_well() -> None:
    journal = Journal()
    first = _begun(journal)
    waiting = asyncio.ensure_future(stillness(journal, for_s=0.01, within_s=LONG_S))
    await asyncio.sleep(0)

    _ended(journal, first)
    second = _begun(journal)
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    _ended(journal, second)

    assert done == set()
    assert await waiting


async def test_a_call_without_an_end_is_not_waited_for_for_ever() -> None:
    journal = Journal()
    _begun(journal)

    assert not await stillness(journal, for_s=0.01, within_s=0.02)
