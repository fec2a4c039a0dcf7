from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from fault_injection.client import Manner
from fault_injection.families.client import StopReading
from fault_injection.spec import parse_all
from harness.core.observed.history import ClientEnd, ClientExchange, History
from harness.core.target.claims import Breaker, Cache, Capabilities
from harness.shell.playing.case_player import CasePlayer
from harness.shell.playing.lane import Lane
from scenarios.case import Case, Step, Upstream
from scenarios.prompt import Prompt
from tests.harness.shell.direct import direct_target

SLOW = Prompt(tokens=6, pace_s=0.05)


def case(*steps: Step, upstream: tuple[Upstream, ...] = (), alone: bool = False) -> Case:
    return Case(
        id="test.some",
        promise="Something.",
        reference="none",
        focus=("no-loss",),
        steps=steps or (Step(),),
        upstream=upstream,
        alone=alone,
    )


async def play(some: Case, logs: Path, *, seed: int = 1, capabilities: Capabilities | None = None) -> History:
    async with Lane(direct_target(capabilities=capabilities), seed=seed, logs=logs) as lane:
        return await CasePlayer(lane, seed=seed).play(some)


def by_label(history: History) -> dict[str, ClientExchange]:
    return {client.label: client for client in history.clients}


async def test_a_step_waits_for_the_ones_before_it(tmp_path: Path) -> None:
    history = await play(case(Step(label="a", prompt=SLOW), Step(label="b", question="r")), tmp_path)

    seen = by_label(history)
    assert seen["b"].started_s >= seen["a"].end_s


async def test_a_step_can_start_with_the_one_before_it(tmp_path: Path) -> None:
    slow = Prompt(tokens=3, first_s=0.5)
    steps = (Step(label="a", prompt=slow), Step(label="b", question="r", prompt=slow, start="with"))

    history = await play(case(*steps), tmp_path)

    seen = by_label(history)
    assert seen["b"].started_s < seen["a"].end_s
    assert seen["a"].started_s < seen["b"].end_s


async def test_a_step_can_start_at_the_first_event_of_the_one_before_it(tmp_path: Path) -> None:
    steps = (
        Step(label="a", prompt=Prompt(tokens=10, first_s=0.2, pace_s=0.1)),
        Step(label="b", question="r", start="first-event"),
    )

    history = await play(case(*steps), tmp_path)

    seen = by_label(history)
    assert seen["a"].pieces[0].at_s <= seen["b"].started_s < seen["a"].end_s


async def test_an_answer_without_any_event_holds_up_no_step(tmp_path: Path) -> None:
    steps = (Step(label="a"), Step(label="b", question="r", start="first-event"))
    silent = Upstream(faults=parse_all("http.empty_response"), question="q")

    history = await play(case(*steps, upstream=(silent,)), tmp_path)

    seen = by_label(history)
    assert seen["a"].end is not ClientEnd.COMPLETE
    assert seen["b"].end is ClientEnd.COMPLETE


async def test_repetitions_are_asked_in_batches_and_share_a_nonce(tmp_path: Path) -> None:
    history = await play(case(Step(label="a", times=2, together=3)), tmp_path)

    assert [client.label for client in history.clients] == [f"a#{number}" for number in range(1, 7)]
    assert len({call.nonce for call in history.upstreams}) == 1
    first_batch, second_batch = history.clients[:3], history.clients[3:]
    assert max(client.end_s for client in first_batch) <= min(client.started_s for client in second_batch)


async def test_unique_repetitions_have_a_nonce_each(tmp_path: Path) -> None:
    history = await play(case(Step(label="a", times=4, unique=True)), tmp_path)

    assert len({call.nonce for call in history.upstreams}) == 4


async def test_a_fault_strikes_the_exchange_that_the_case_names(tmp_path: Path) -> None:
    struck = Upstream(faults=parse_all("sse.truncate(after=3)"), nth=2)

    history = await play(case(Step(times=3), upstream=(struck,)), tmp_path)

    assert [bool(call.faults) for call in history.upstreams] == [False, True, False]
    assert [client.body.count(b"data:") for client in history.clients][1] == 3


async def test_what_a_case_set_up_is_gone_behind_it(tmp_path: Path) -> None:
    broken = case(upstream=(Upstream(faults=parse_all("http.status(code=500)"), question=None),))

    async with Lane(direct_target(), seed=1, logs=tmp_path) as lane:
        history = await CasePlayer(lane, seed=1).play(broken)

        assert lane.server.plan.rules == ()
    assert history.clients[0].status == 500
    assert history.alive is not None
    assert history.alive.status == 200


@pytest.mark.parametrize(("fallback", "asked_again"), [("@cf/test/fallback", True), (None, False)])
async def test_a_fallback_that_failed_is_asked_a_clean_question_behind_the_case(
    tmp_path: Path, fallback: str | None, asked_again: bool
) -> None:
    claims = Capabilities(circuit_breaker=Breaker(failures=5, open_s=9.0), fallback_model=fallback)
    broken = case(Step(model="fallback"), upstream=(Upstream(faults=parse_all("http.status(code=500)")),))

    async with Lane(direct_target(capabilities=claims), seed=1, logs=tmp_path) as lane:
        await CasePlayer(lane, seed=1).play(broken)
        last = lane.server.journal.exchanges()[-1]

    assert (last.model == fallback, last.faults) == (asked_again, ())


async def test_the_same_seed_asks_the_same_and_another_seed_does_not(tmp_path: Path) -> None:
    once = await play(case(Step(times=3, unique=True)), tmp_path, seed=5)
    again = await play(case(Step(times=3, unique=True)), tmp_path, seed=5)
    other = await play(case(Step(times=3, unique=True)), tmp_path, seed=6)

    assert [client.moves.body for client in once.clients] == [client.moves.body for client in again.clients]
    assert not {call.nonce for call in once.upstreams} & {call.nonce for call in other.upstreams}


async def test_a_pause_lasts_as_long_as_the_target_says(tmp_path: Path) -> None:
    claims = Capabilities(streaming=True, cache=Cache(ttl_s=0.2))
    steps = (Step(label="a"), Step(label="b", pause="cache-ttl"))

    history = await play(case(*steps), tmp_path, capabilities=claims)

    seen = by_label(history)
    assert seen["b"].started_s - seen["a"].end_s >= 0.2


async def test_a_player_that_gets_nowhere_says_what_it_waits_for(tmp_path: Path) -> None:
    claims = Capabilities(streaming=True, cache=Cache(ttl_s=3600))
    steps = (Step(label="a"), Step(label="late", pause="cache-ttl"))

    async with Lane(direct_target(capabilities=claims), seed=1, logs=tmp_path) as lane:
        player = CasePlayer(lane, seed=1)
        playing = asyncio.create_task(player.play(case(*steps)))
        while "pause" not in player.waiting_for and not playing.done():  # noqa: ASYNC110 - it raises no event
            await asyncio.sleep(0.01)
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing

        assert player.waiting_for == "the pause before step late (cache-ttl, 3600.6 s)"
        assert lane.server.plan.rules == ()


async def test_a_case_in_which_two_requests_in_a_row_hang_is_ended(tmp_path: Path) -> None:
    steps = [Step(label=label, question=label) for label in ("first", "well", "silent", "silent-too")]
    copies = Step(label="copies", question="copies", times=2)
    questions = ("first", "silent", "silent-too", "copies")
    silent = [Upstream(faults=parse_all("tcp.blackhole(after_byte=0)"), question=question) for question in questions]
    async with Lane(direct_target(deadline_s=0.2), seed=1, logs=tmp_path) as lane:
        history = await CasePlayer(lane, seed=1).play(case(*steps, copies, upstream=tuple(silent)), asks_after=False)

    assert history.alive is None
    assert [client.label for client in history.clients] == ["first", "well", "silent", "silent-too"]


async def test_a_case_in_which_a_request_hangs_for_no_reason_is_ended_at_once(tmp_path: Path) -> None:
    async with Lane(direct_target(deadline_s=0.2), seed=1, logs=tmp_path) as lane:
        lane.server.journal.exchanges = lambda *_, **__: ()  # type: ignore[method-assign]  # nothing went wrong upstream
        silent = Upstream(faults=parse_all("tcp.blackhole(after_byte=0)"))
        some = case(Step(label="hangs"), Step(label="never", question="other"), upstream=(silent,))
        history = await CasePlayer(lane, seed=1).play(some, asks_after=False)

    assert [client.label for client in history.clients] == ["hangs"]


async def test_a_silence_that_is_watched_is_waited_for_longer(tmp_path: Path) -> None:
    async with Lane(direct_target(deadline_s=0.2), seed=1, logs=tmp_path) as lane:
        silent = Upstream(faults=parse_all("tcp.blackhole(after_byte=0)"))
        history = await CasePlayer(lane, seed=1, patience_s=1.0).play(case(upstream=(silent,)), asks_after=False)

    (asked,) = history.clients
    assert asked.end_s - asked.started_s >= 1.0


async def test_steps_that_name_a_connection_share_it_and_others_do_not(tmp_path: Path) -> None:
    one = Manner(connection="one")
    steps = (Step(label="a", manner=one), Step(label="b", question="r", manner=one), Step(label="c", question="s"))

    history = await play(case(*steps), tmp_path)

    seen = by_label(history)
    assert [seen[label].rode_on for label in "abc"] == [False, True, False]
    numbers = [call.connection for call in history.upstreams]
    assert numbers[0] == numbers[1] != numbers[2]


async def test_a_request_is_put_in_the_manner_of_its_step(tmp_path: Path) -> None:
    manner = Manner(framing="chunked-with-extras", content_type="text/plain", query="a=1")

    history = await play(case(Step(stream=False, manner=manner, headers=(("X-One", "1"),))), tmp_path)

    (call,) = history.upstreams
    assert call.header("transfer-encoding") == "chunked"
    assert call.header("content-type") == "text/plain"
    assert (call.query, call.header("x-one")) == ("a=1", "1")
    assert history.clients[0].status == 200


async def test_a_header_of_a_step_takes_the_place_of_the_usual_one(tmp_path: Path) -> None:
    stranger = Step(stream=False, headers=(("authorization", "Bearer of-a-stranger"),))

    history = await play(case(stranger), tmp_path)

    named = [value for name, value in history.clients[0].request_headers if name.lower() == "authorization"]
    assert named == ["Bearer of-a-stranger"]
    assert history.clients[0].status == 401


async def test_a_page_that_asks_whether_it_may_ask_brings_nothing_else(tmp_path: Path) -> None:
    asks = Step(stream=False, manner=Manner(method="OPTIONS"), headers=(("Origin", "https://a.example"),))

    history = await play(case(asks), tmp_path)

    (seen,) = history.clients
    assert seen.method == "OPTIONS"
    assert [name for name, _ in seen.request_headers] == ["Host", "Origin"]


async def test_a_client_that_stops_reading_stays_for_longer_than_the_target_lets_it(tmp_path: Path) -> None:
    flood = Prompt(tokens=200, pace_s=0.05)
    reader = Step(prompt=flood, faults=(StopReading(),))

    async with Lane(direct_target(deadline_s=0.2), seed=1, logs=tmp_path) as lane:
        history = await CasePlayer(lane, seed=1).play(case(reader))

    (seen,) = history.clients
    assert seen.end is ClientEnd.LEFT
    assert seen.end_s - seen.pieces[-1].at_s >= 1.6


async def test_somebody_without_credentials_brings_no_token(tmp_path: Path) -> None:
    steps = (Step(label="a", stream=False), Step(label="b", stream=False, identity="nobody"))
    target = direct_target()
    bringing = replace(target, chat=replace(target.chat, headers={"Authorization": "Bearer {api_token}", "X-One": "1"}))

    async with Lane(bringing, seed=1, logs=tmp_path) as lane:
        history = await CasePlayer(lane, seed=1).play(case(*steps))

    seen = by_label(history)
    assert (seen["a"].status, seen["b"].status) == (200, 401)
    assert ("X-One", "1") in seen["b"].request_headers
    assert "authorization" not in {name.lower() for name, _ in seen["b"].request_headers}
