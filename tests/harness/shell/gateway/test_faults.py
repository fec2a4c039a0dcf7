"""Faults strike what bears the mark, as the mock would strike it, and nothing else."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from fault_injection.apply import Strike, serve
from fault_injection.dice import dice
from fault_injection.fault import Turn
from fault_injection.plan_file import read_plan
from fault_injection.reply import Reply, event, json_reply, stream_reply
from fault_injection.spec import parse_all
from fault_injection.wire import payload
from harness.core.gateway.guard import Caps, State
from harness.core.observed.history import UpstreamEnd
from harness.core.observed.http_reader import read_response
from harness.shell.gateway.audit import Audit
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.gateway.through import MARK, armed, gateway, over, through
from tests.harness.shell.peer import PATIENCE_S, finished

NONCE = "ep-0123456789ab"
STREAM = stream_reply((*(event(json.dumps({"response": f"word {number}"})) for number in range(5)), event("[DONE]")))
JSON = json_reply(b'{"result":{"response":"Hello"},"success":true}')


@pytest.mark.parametrize(
    ("spec", "reply"),
    [
        ("sse.truncate(after=3)", STREAM),
        ("sse.truncate(after=2, at=mid-event, end=reset)", STREAM),
        ("sse.malformed_json(at=2)", STREAM),
        ("sse.done_twice", STREAM),
        ("sse.inband_error(after=2)", STREAM),
        ("tcp.slice(size_bytes=7)", STREAM),
        ("tcp.coalesce", STREAM),
        ("tcp.reset(at_byte=200)", STREAM),
        ("http.missing_final_chunk", STREAM),
        ("payload.truncated_json", JSON),
        ("tcp.fin_early(at_byte=90)", JSON),
    ],
)
async def test_a_fault_does_to_a_real_answer_what_it_does_to_a_made_up_one(spec: str, reply: Reply) -> None:
    faults = parse_all(spec)
    wanted = serve([Strike(fault=fault) for fault in faults], reply, Turn(dice(0)))
    async with WireServer(mock=FakeService(reply)) as server, gateway(server.url) as running, through(running) as peer:
        armed(running, spec)
        await peer.post(headers=MARK)
        (exchange,) = await over(running)

    assert exchange.faults == tuple(map(str, faults))
    assert read_response(exchange.wire).take() == read_response(payload(wanted.script)).take()
    assert len(exchange.wire) == len(payload(wanted.script))


async def test_what_bears_no_mark_is_not_struck_while_what_does_is() -> None:
    async with WireServer(mock=FakeService(JSON)) as server, gateway(server.url) as running, through(running) as peer:
        armed(running, "http.status(code=503)")
        statuses = []
        for headers in ("", MARK, "baggage: edgeproof=r2\r\n", "baggage: x=1, edgeproof=r1\r\n", ""):
            await peer.post(headers=headers)
            statuses.append((await peer.answer()).status)

    assert statuses == [200, 503, 200, 503, 200]


async def test_a_nonce_in_the_prompt_is_a_mark_where_that_was_said() -> None:
    async with WireServer(mock=FakeService(JSON)) as server, gateway(server.url) as running, through(running) as peer:
        armed(running, "http.status(code=503)", by_nonce=True)
        statuses = []
        for body in (b'{"messages": [{"content": "ep-0123456789ab hi"}]}', b'{"messages": [{"content": "hi"}]}'):
            await peer.post(body)
            statuses.append((await peer.answer()).status)

    assert statuses == [503, 200]


async def test_upstream_is_not_asked_for_what_nothing_of_its_answer_is_left_of() -> None:
    async with WireServer(mock=FakeService(JSON)) as server, gateway(server.url) as running, through(running) as peer:
        armed(running, "http.status(code=429)")
        await peer.post(headers=MARK)
        answer = await peer.answer()
        (exchange,) = await over(running)

        assert answer.status == 429
        assert exchange.faults == ("http.status(code=429)",)
        assert server.journal.exchanges() == ()


async def test_a_cut_ends_the_call_upstream_too() -> None:
    endless = stream_reply((*(event(f"word {number}") for number in range(4)), event("never", 60.0)))
    async with (
        WireServer(mock=FakeService(endless)) as server,
        gateway(server.url) as running,
        through(running) as peer,
    ):
        armed(running, "sse.truncate(after=2)")
        await peer.post(headers=MARK)
        await peer.rest()

        (exchange,) = await finished(server)
        assert exchange.end is UpstreamEnd.PEER_LEFT


async def test_a_fault_for_which_the_client_left_is_told_as_one_that_struck() -> None:
    endless = stream_reply((*(event(f'{{"response":"word {number}"}}') for number in range(4)), event("never", 60.0)))
    async with WireServer(mock=FakeService(endless)) as server, gateway(server.url) as running:
        armed(running, "sse.malformed_json(at=2) + sse.no_done")
        async with through(running) as peer:
            await peer.post(headers=MARK)
            assert await running.journal.wait_for(lambda seen: any(b"word 3" in each.wire for each in seen), PATIENCE_S)
        (exchange,) = await over(running)

    assert exchange.end is UpstreamEnd.PEER_LEFT
    assert [fault.partition("(")[0] for fault in exchange.faults] == ["sse.malformed_json"]
    assert [each.fault.partition("(")[0] for each in exchange.bypassed] == ["sse.no_done"]


async def test_a_fault_that_finds_nothing_to_change_is_told_as_bypassed() -> None:
    async with WireServer(mock=FakeService(JSON)) as server, gateway(server.url) as running, through(running) as peer:
        armed(running, "sse.truncate(after=2)")
        await peer.post(headers=MARK)
        await peer.answer()
        (exchange,) = await over(running)

        assert exchange.faults == ()
        assert [each.fault for each in exchange.bypassed] == ["sse.truncate(after=2)"]
        assert running.experiment.guard.struck == {}


async def test_a_write_is_never_acknowledged_that_upstream_has_not_seen() -> None:
    async with WireServer(mock=FakeService(JSON)) as server, gateway(server.url) as running, through(running) as peer:
        armed(running, "kv.lost_write")
        path = f"/client/v4/accounts/{'a' * 32}/storage/kv/namespaces/{'b' * 32}/values/k"
        await peer.send(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\n{MARK}Content-Length: 1\r\n\r\nv".encode())
        await peer.answer("PUT")
        (exchange,) = await over(running)

        assert (exchange.surface, exchange.faults) == ("kv.put", ())
        assert "only what holds the store" in exchange.bypassed[0].because
        assert len(server.journal.exchanges()) == 1


async def test_reverting_ends_the_silence_that_a_fault_has_put_in_an_answer() -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, gateway(server.url) as running, through(running) as peer:
        armed(running, "sse.stall(after=1, for_s=600)")
        await peer.post(headers=MARK)
        await peer.reader.readuntil(b"word 0")
        running.experiment.revert("enough")
        states = [running.experiment.state]
        answer = await peer.reader.readuntil(b"word 4")
        await over(running)
        states.append(running.experiment.state)

    assert states == [State.REVERTING, State.TRANSPARENT]
    assert b"word 3" in answer


async def test_a_gateway_that_is_stopped_reverts_first(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "audit.ndjson")
    async with (
        WireServer(mock=FakeService(STREAM)) as server,
        gateway(server.url, audit=audit) as running,
        through(running) as peer,
    ):
        armed(running, "sse.stall(after=1, for_s=600)")
        await peer.post(headers=MARK)
        await peer.reader.readuntil(b"word 0")
        await running.close()

    events = [json.loads(line)["event"] for line in (tmp_path / "audit.ndjson").read_text().splitlines()]
    assert events == ["started", "armed", "reverting", "struck", "transparent", "stopped"]


async def test_whoever_says_stop_is_heard_without_any_request() -> None:
    said: list[str] = []
    async with (
        WireServer(mock=FakeService(JSON)) as server,
        gateway(server.url, is_called_off=lambda: "".join(said)) as running,
        through(running) as peer,
    ):
        armed(running, "http.status(code=503)")
        said.append("EDGEPROOF_CHAOS is off")
        await peer.post(headers=MARK)

        assert (await peer.answer()).status == 200
        assert (running.experiment.state, running.experiment.guard.why) == (State.TRANSPARENT, "EDGEPROOF_CHAOS is off")


async def test_caps_hold_with_many_clients_at_once() -> None:
    async with WireServer(mock=FakeService(JSON)) as server, gateway(server.url) as running:
        armed(running, "http.status(code=503)", caps=Caps(faulted=7))

        async def status() -> int:
            async with through(running) as peer:
                await peer.post(headers=MARK)
                return await peer.status()

        statuses = await asyncio.gather(*(status() for _ in range(30)))

    assert (statuses.count(503), statuses.count(200)) == (7, 23)


async def test_the_same_seed_decides_alike_with_fifty_clients_at_once() -> None:
    async def struck(order: list[int]) -> set[str]:
        async with WireServer(mock=FakeService(JSON)) as server, gateway(server.url, seed=7) as running:
            armed(running, "http.status(code=503)", p=0.4)

            async def ask(number: int) -> None:
                async with through(running) as peer:
                    await peer.post(f'{{"prompt":"ep-{number:012x}"}}'.encode(), headers=MARK)
                    await peer.status()

            await asyncio.gather(*(ask(number) for number in order))
            return {each.nonce for each in await over(running, 50) if each.faults}

    forwards = await struck(list(range(50)))

    assert forwards == await struck(list(reversed(range(50))))
    assert 5 < len(forwards) < 35


async def test_a_log_that_cannot_be_written_ends_the_experiment() -> None:
    audit = Audit(Path("/dev/full"))
    async with (
        WireServer(mock=FakeService(JSON)) as server,
        gateway(server.url, audit=audit) as running,
        through(running) as peer,
    ):
        armed(running, "http.status(code=503)")
        statuses = []
        for _ in range(3):
            await peer.post(headers=MARK)
            statuses.append((await peer.answer()).status)

        assert audit.is_broken
        assert statuses[-1] == 200
        assert running.experiment.guard.why == "the audit log cannot be written"


async def test_a_plan_is_followed_on_its_timeline() -> None:
    plan = read_plan(
        'ttl_s = 60\n[[phase]]\nname = "calm"\nlasts_s = 30\n[[phase]]\nname = "storm"\nlasts_s = 30\n'
        '[[rule]]\nfault = "http.status(code=503)"\nmatch = { phase = "storm" }\n'
    )
    async with WireServer(mock=FakeService(JSON)) as server, gateway(server.url) as running, through(running) as peer:
        running.experiment.arm(plan, run="r1", by_nonce=False, watched=False)
        await peer.post(headers=MARK)
        calm = (await peer.answer()).status
        running.experiment.guard._since_s -= 40.0
        await peer.post(headers=MARK)
        storm = (await peer.answer()).status

        assert (calm, storm) == (200, 503)
        await over(running, 2)
        assert running.experiment.guard.struck == {"storm": 1}
