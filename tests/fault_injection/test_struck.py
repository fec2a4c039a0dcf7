"""Where a fault strikes is where the two scripts part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fault_injection.apply import serve
from fault_injection.dice import dice
from fault_injection.fault import Turn
from fault_injection.rendering import render
from fault_injection.reply import event, stream_reply
from fault_injection.spec import parse_all
from fault_injection.struck import struck_byte
from fault_injection.wire import KEEP, Close, Reset, Send, Wait, WireScript, payload

CLEAN: WireScript = (Send(b"head"), Send(b"one"), Wait(0.1), Send(b"two"), KEEP)


@pytest.mark.parametrize(
    ("faulted", "at"),
    [
        (CLEAN, None),
        ((Send(b"head"), Send(b"oNe"), Wait(0.1), Send(b"two"), KEEP), 5),
        ((Send(b"head"), Send(b"one"), Close()), 7),
        ((Send(b"head"), Send(b"on"), Reset()), 6),
        ((Send(b"head"), Send(b"one"), Wait(9.0), Send(b"two"), KEEP), 7),
        ((Wait(1.0), Send(b"head"), Send(b"oNe"), Wait(0.1), Send(b"two"), KEEP), 0),
        ((Send(b"headone"), Wait(0.1), Send(b"two"), KEEP), 4),
        ((Send(b"head"), Send(b"one"), Wait(0.1), Send(b"two"), Close()), 10),
        ((Send(b"head"), Send(b"one"), Wait(0.1), Send(b"two!"), KEEP), 10),
        ((Reset(),), 0),
    ],
)
def test_the_first_difference_is_told(faulted: WireScript, at: int | None) -> None:
    assert struck_byte(CLEAN, faulted) == at


@given(st.binary(max_size=200), st.binary(max_size=200), st.integers(1, 50))
def test_all_before_it_passes_as_it_should(one: bytes, other: bytes, size: int) -> None:
    clean: WireScript = (*(Send(one[at : at + size]) for at in range(0, len(one), size)), KEEP)
    faulted: WireScript = (Send(other), KEEP)
    at = struck_byte(clean, faulted)

    assert at is None or payload(clean)[:at] == payload(faulted)[:at]
    assert (at is None) == (clean == faulted)


@pytest.mark.parametrize("spec", ["sse.truncate(after=2)", "tcp.reset(at_byte=120)", "http.status(code=500)"])
def test_a_served_answer_tells_it(spec: str) -> None:
    reply = stream_reply(tuple(event(f"word {number}") for number in range(5)))
    served = serve(parse_all(spec), reply, Turn(dice(7, "x")))

    assert served.struck_byte == struck_byte(render(reply), served.script)
    assert served.struck_byte is not None


def test_what_no_fault_strikes_has_no_such_place() -> None:
    reply = stream_reply((event("word"),))

    assert serve((), reply, Turn(dice(7, "x"))).struck_byte is None
