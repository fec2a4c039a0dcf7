from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from fault_injection.apply import Strike
from fault_injection.fault import ClientFault, Fault, KvFault
from fault_injection.foresight import Foresight, shared_start
from fault_injection.registry import ALL
from fault_injection.reply import Event, Length, Reply, UntilClose, json_reply
from fault_injection.spec import parse_all
from fault_injection.wire import Close, Keep, Send, Wait, payload
from tests.fault_injection.golden import OPENAI, STREAMS, TYPED
from tests.fault_injection.strategies import any_faults

ON_ANSWERS = [fault_id for fault_id, kind in ALL.items() if not issubclass(kind, (ClientFault, KvFault))]


def foresight(spec: str, seed: int = 1) -> Foresight:
    return Foresight([Strike(fault=fault, seed=seed) for fault in parse_all(spec)])


def paced(reply: Reply) -> Reply:
    return replace(reply, wait_s=0.25, body=tuple(Event(item.raw, 0.125) for item in reply.events))


def begun(reply: Reply, events: int) -> Reply:
    """The first events of a stream, under the length that its head announced, if any."""
    kept = reply.events[:events]
    missing = sum(len(item.raw) for item in reply.events[events:])
    framing = Length(off_by_bytes=missing) if isinstance(reply.framing, Length) else reply.framing
    return replace(reply, body=kept, framing=framing)


def check_nothing_sure_is_taken_back(seen: Foresight, whole: Reply) -> None:
    """What is said to be sure stays so, grows, and is how the script of the whole answer begins."""
    final = seen.of_whole(whole)
    sure: tuple[object, ...] = ()
    for number in range(len(whole.events) + 1):
        foreseen = seen.so_far(begun(whole, number))
        assert foreseen.actions[: len(sure)] == sure
        sure = foreseen.actions
        if foreseen.over:
            assert foreseen.served is not None
            assert sure == final.script
            assert bool(foreseen.served.struck) is bool(final.struck)  # of several, one may hide what another does
            assert len(final.struck) > 1 or len(foreseen.served.struck) > 1 or foreseen.served.struck == final.struck
    assert final.script[: len(sure)] == sure


@pytest.mark.usefixtures("one_unmeasured")
@pytest.mark.parametrize("fault_id", ON_ANSWERS)
def test_no_fault_takes_back_what_was_sure(fault_id: str) -> None:
    for seed, stream in enumerate((*STREAMS, *TYPED)):
        check_nothing_sure_is_taken_back(foresight(fault_id, seed), paced(stream))


# One that only a finish can make strike, with another that hides all of it but how the connection ends.
@example(
    faults=list(parse_all("sse.finish_without_done(end=fin) + sse.cut_at_byte(at_byte=0, end=clean)")),
    stream=OPENAI,
    seed=0,
)
@given(
    faults=st.lists(any_faults(), min_size=1, max_size=2),
    stream=st.sampled_from((*STREAMS, *TYPED)),
    seed=st.integers(0, 99),
)
def test_no_stack_of_faults_takes_back_what_was_sure(faults: list[Fault], stream: Reply, seed: int) -> None:
    check_nothing_sure_is_taken_back(Foresight([Strike(fault=fault, seed=seed) for fault in faults]), paced(stream))


def test_a_fault_has_struck_a_client_that_left_when_something_else_would_have_been_played_without_it() -> None:
    seen = foresight("sse.malformed_json(at=1) + sse.truncate(after=5) + tcp.latency(delay_s=1) + kv.truncated")
    reply = begun(paced(OPENAI), 3)
    sure = seen.so_far(reply).actions
    head = next(place for place, action in enumerate(sure) if isinstance(action, Send)) + 1

    early, late = seen.of_part(reply, sure[:head]), seen.of_part(reply, sure)

    assert [fault.id for fault in early.struck] == ["tcp.latency"]
    assert [fault.id for fault in late.struck] == ["sse.malformed_json", "tcp.latency"]
    because = {each.fault.id: each.because for each in late.bypassed}
    assert because["sse.truncate"] == "the client left before it could strike"
    assert because["kv.truncated"] != because["sse.truncate"]


@pytest.mark.parametrize("framing", [UntilClose(), Length()])
def test_streams_in_other_framings_are_foreseen_as_well(framing: Length | UntilClose) -> None:
    whole = replace(paced(OPENAI), framing=framing)

    check_nothing_sure_is_taken_back(foresight("sse.truncate(after=2)"), whole)
    head, *_ = [action for action in foresight("sse.stall").so_far(begun(whole, 3)).actions if isinstance(action, Send)]
    length = f"content-length: {len(whole.body_bytes)}".encode()
    assert (length in head.data) is isinstance(framing, Length)


def test_a_stream_is_let_through_as_it_comes_up_to_where_a_fault_strikes() -> None:
    seen = foresight("sse.truncate(after=3)")

    sends = [
        sum(isinstance(action, Send) for action in seen.so_far(begun(OPENAI, number)).actions) for number in range(6)
    ]
    over = [seen.so_far(begun(OPENAI, number)).over for number in range(6)]

    # The head at once; then each event but the last, which a cut may still take if the stream ends there.
    assert sends == [1, 1, 2, 3, 4, 4]
    assert over == [False, False, False, False, True, True]


def test_a_fault_in_the_middle_lets_what_is_behind_it_through_as_it_comes() -> None:
    seen = foresight("sse.stall(after=1, for_s=9)")

    actions = seen.so_far(begun(OPENAI, 4)).actions

    assert Wait(9.0) in actions
    assert actions.index(Wait(9.0)) < len(actions) - 2


def test_what_looks_ahead_has_nothing_sure_before_the_end() -> None:
    assert foresight("tcp.corrupt_bytes").so_far(begun(OPENAI, 5)).actions == ()


@pytest.mark.parametrize(
    ("spec", "over"),
    [
        ("http.status(code=503)", True),
        ("tcp.reset", True),
        ("tcp.blackhole(for_s=3)", True),
        ("tcp.reset(at_byte=400)", False),
        ("tcp.latency", False),
        ("sse.truncate", False),
        ("http.status(code=503) + tcp.latency", True),
    ],
)
def test_upstream_need_not_be_asked_for_what_nothing_of_it_is_left_of(spec: str, over: bool) -> None:
    assert foresight(spec).before_asking().over is over


def test_an_answer_that_is_no_stream_is_sure_at_its_end() -> None:
    seen = foresight("payload.truncated_json")
    whole = json_reply(b'{"result": {"response": "Hello"}}')

    assert seen.so_far(whole).actions == ()
    assert payload(seen.of_whole(whole).script).endswith(b"\r\n\r\n" + whole.body_bytes[: len(whole.body_bytes) // 2])


def test_scripts_share_their_start() -> None:
    one, other = (Send(b"a"), Wait(1), Send(b"b"), Keep()), (Send(b"a"), Wait(1), Send(b"c"), Close())

    assert shared_start([one, other]) == (Send(b"a"), Wait(1))
    assert shared_start([one, one]) == one
    assert shared_start([one, (Close(),)]) == ()
