from __future__ import annotations

from random import Random

import pytest

from fault_injection.families.kv.values import ValueFault
from fault_injection.fault import Turn
from fault_injection.reply import Event, event, stream_reply
from fault_injection.stream import (
    StreamFault,
    answer_place,
    cut_events,
    data_places,
    done_place,
    first_lost,
    inserted,
    replaced,
)
from tests.fault_injection.golden import DONE

EVENTS = (Event(b": hi\n\n"), event("a"), Event(b": ho\n\n"), event("b"), DONE)


def test_places_count_data_events_and_no_comments() -> None:
    assert data_places(EVENTS) == (1, 3, 4)
    assert done_place(EVENTS) == 4
    assert done_place(EVENTS[:4]) is None


@pytest.mark.parametrize(("after", "place"), [(0, 1), (1, 3), (2, 4), (3, 4), (99, 4)])
def test_a_cut_always_loses_an_event(after: int, place: int) -> None:
    assert first_lost(EVENTS, after) == place


@pytest.mark.parametrize(("at", "place"), [(0, 1), (1, 3), (2, 3), (99, 3)])
def test_an_event_of_the_answer_is_never_the_done_mark(at: int, place: int) -> None:
    assert answer_place(EVENTS, at) == place


def test_events_are_replaced_and_inserted_in_their_place() -> None:
    new = event("new")

    assert replaced(EVENTS, 1, new) == (EVENTS[0], new, *EVENTS[2:])
    assert replaced(EVENTS, 1) == (EVENTS[0], *EVENTS[2:])
    assert inserted(EVENTS, 1, new) == (EVENTS[0], new, *EVENTS[1:])


def test_there_is_no_place_in_a_stream_of_comments() -> None:
    assert answer_place(EVENTS[:1], 0) is None
    assert first_lost(EVENTS[:1], 5) == 0


@pytest.mark.parametrize("at_byte", range(40))
def test_a_stream_is_cut_at_any_byte(at_byte: int) -> None:
    whole = b"".join(item.raw for item in EVENTS)

    assert b"".join(item.raw for item in cut_events(EVENTS, at_byte)) == whole[:at_byte]


def test_a_kind_of_fault_alone_does_nothing() -> None:
    with pytest.raises(NotImplementedError):
        StreamFault().apply(stream_reply(EVENTS), Turn(Random(1)))
    with pytest.raises(NotImplementedError):
        ValueFault().on_value(b"", Turn(Random(1)))
