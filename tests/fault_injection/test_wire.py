from __future__ import annotations

from itertools import cycle, pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fault_injection.wire import (
    KEEP,
    Close,
    Keep,
    Reset,
    Send,
    Wait,
    WireScript,
    coalesced,
    cut,
    duration_s,
    end_with,
    ending,
    gathered,
    payload,
    regroup,
)
from tests.fault_injection.strategies import is_well_formed, scripts

SCRIPT: WireScript = (Wait(1.0), Send(b"abc"), Wait(0.5), Send(b"def"), KEEP)


@pytest.mark.parametrize(
    ("script", "well_formed"),
    [
        ((KEEP,), True),
        (SCRIPT, True),
        ((), False),
        ((Send(b"a"),), False),
        ((Close(), Reset()), False),
        ((Close(), Send(b"a")), False),
        ((Wait(0.0), Close()), True),
        ((Wait(-1.0), Close()), False),
    ],
)
def test_a_script_has_one_ending_and_it_comes_last(script: WireScript, well_formed: bool) -> None:
    assert is_well_formed(script) is well_formed


def test_a_script_without_an_ending_has_none_to_tell() -> None:
    with pytest.raises(TypeError, match="must end in Keep, Close or Reset"):
        ending((Send(b"a"),))


def test_a_script_can_end_otherwise() -> None:
    assert end_with(SCRIPT, Reset()) == (*SCRIPT[:-1], Reset())
    assert ending(SCRIPT) == Keep()


@given(script=scripts, at_byte=st.integers(0, 2_000))
def test_a_cut_lets_exactly_so_many_bytes_through(script: WireScript, at_byte: int) -> None:
    short = cut(script, at_byte, Reset())

    assert payload(short) == payload(script)[:at_byte]
    assert is_well_formed(short)


def test_a_cut_lands_inside_a_send() -> None:
    assert cut(SCRIPT, 4, Close()) == (Wait(1.0), Send(b"abc"), Wait(0.5), Send(b"d"), Close())


@given(script=scripts, sizes=st.lists(st.integers(1, 50), min_size=1))
def test_regrouping_keeps_bytes_and_time(script: WireScript, sizes: list[int]) -> None:
    pieces = regroup(script, cycle(sizes))

    assert payload(pieces) == payload(script)
    assert duration_s(pieces) == duration_s(script)
    assert all(1 <= len(action.data) <= max(sizes) for action in pieces if isinstance(action, Send))


@given(script=scripts)
def test_coalescing_keeps_bytes_and_time_in_one_send(script: WireScript) -> None:
    one = coalesced(script)

    assert payload(one) == payload(script)
    assert duration_s(one) == pytest.approx(duration_s(script))
    assert sum(isinstance(action, Send) for action in one) == 1


def test_a_cut_at_the_end_of_a_send_leaves_out_the_silence_behind_it() -> None:
    assert cut(SCRIPT, 3, Close()) == (Wait(1.0), Send(b"abc"), Close())
    assert cut(SCRIPT, 0, Close()) == (Wait(1.0), Close())


def test_coalescing_nothing_leaves_the_ending() -> None:
    assert coalesced((Close(),)) == (Close(),)


@given(script=scripts)
def test_gathering_joins_what_no_wait_separates_and_nothing_else(script: WireScript) -> None:
    joined = gathered(script)

    assert (payload(joined), ending(joined)) == (payload(script), ending(script))
    assert [action for action in joined if isinstance(action, Wait)] == [
        action for action in script if isinstance(action, Wait)
    ]
    assert not any(isinstance(one, Send) and isinstance(other, Send) for one, other in pairwise(joined))
