"""Places in a log: behind what somebody has read before."""

from __future__ import annotations

import pytest

from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.eventlog import EventLog


async def test_a_reader_behind_some_items_reads_the_others() -> None:
    log = EventLog(window_bytes=100, keep_bytes=100)
    for item in (b"one", b"two", b"three"):
        await log.append(item)
    log.end()
    reader = log.reader_behind(2)

    assert reader is not None
    assert reader.taken_bytes == len(b"onetwo")
    assert [await reader.next(), await reader.next()] == [b"three", None]


async def test_what_is_here_can_be_had_without_waiting_and_an_end_cannot() -> None:
    log = EventLog(window_bytes=100, keep_bytes=100)
    reader = log.reader()
    await log.append(b"one")
    log.end(ProxyError(502, "It broke.", kind="server_error", code="broken"))

    assert [reader.ready(), reader.ready()] == [b"one", None]
    with pytest.raises(ProxyError, match="It broke"):
        await reader()


@pytest.mark.parametrize(("behind", "is_there"), [(-1, False), (0, False), (2, False), (3, True), (4, False)])
async def test_there_is_no_place_where_items_are_gone_or_never_were(behind: int, is_there: bool) -> None:
    log = EventLog(window_bytes=4, keep_bytes=4)
    for item in (b"one", b"two", b"three"):
        await log.append(item)  # nobody reads, so that what is past the bound is let go

    assert (log.reader_behind(behind) is not None) is is_there
