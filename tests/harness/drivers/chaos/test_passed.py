from __future__ import annotations

from harness.drivers.chaos.passed import Passed
from harness.shell.gateway.controller import Controller
from harness.shell.gateway.gateway import Gateway
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.gateway.through import gateway, over, through


async def asked(running: Gateway, body: bytes) -> None:
    before = running.journal.last_number
    async with through(running) as peer:
        await peer.post(body)
        await peer.answer()
    await over(running, before + 1)


async def test_what_came_before_a_run_is_left_out_and_what_the_journal_forgets_is_kept() -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url, all_is_ours=True) as running:
        await asked(running, b"before")
        passed = Passed(Controller(running.control_url))
        await passed.begin()
        await asked(running, b"first")
        first = await passed.refresh()
        await asked(running, b"second")
        second = await passed.refresh()
        running.journal.clear()
        later = await passed.refresh()

    assert [each.body for each in first] == [b"first"]
    assert [each.body for each in second] == [each.body for each in later] == [b"first", b"second"]


async def test_only_what_went_wrong_in_a_run_is_told_of_it() -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url) as running:
        running.note("long ago")
        passed = Passed(Controller(running.control_url))
        await passed.begin()
        running.note("upstream cannot be reached")

        assert await passed.problems() == ("upstream cannot be reached",)
