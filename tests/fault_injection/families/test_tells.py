"""No tell before the strike: until a fault strikes, what it sends is what a healthy upstream would have sent.

A client must not know a fault beforehand: not by a header, nor by a silence, nor by how the bytes are grouped. Where
the head is what a fault is about, the fault says so in its `tell`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from fault_injection.apply import serve
from fault_injection.chat import chunk_of, text_of
from fault_injection.fault import ClientFault, Fault, KvFault, Law, Turn, WireFault
from fault_injection.kv_answer import KvAnswer
from fault_injection.registry import ALL
from fault_injection.rendering import PLAINLY, Asked, render
from fault_injection.reply import Reply
from fault_injection.stream import StreamFault, answer_place, data_places, first_lost
from fault_injection.wire import Send, Wait, WireScript
from tests.fault_injection.golden import ENVELOPE, GET, NATIVE, PUT
from tests.fault_injection.strategies import faults, kv_answers, replies, streams

pytestmark = pytest.mark.usefixtures("unmeasured")

OF_A_SERVER = {fault_id: kind for fault_id, kind in ALL.items() if not issubclass(kind, ClientFault)}
SILENT = {fault_id: kind for fault_id, kind in OF_A_SERVER.items() if not kind.tell}
TELLING = {fault_id: kind for fault_id, kind in OF_A_SERVER.items() if kind.tell}
CHUNKED = {key: ALL[key] for key in ("http.missing_final_chunk", "http.bad_chunk_size", "http.chunk_ext")}
"""They tell of themselves only where a body with a length is put into chunks."""
SUDDEN = {
    fault_id: kind
    for fault_id, kind in SILENT.items()
    if kind.law is Law.PREFIX and issubclass(kind, WireFault | StreamFault) and fault_id != "sse.no_final_blank"
}
EVERYWHERE = ("sse.numeric_text",)
"""They strike at a place and at any other that will do as well."""
BYTES_BEFORE = ("at_byte", "after_byte", "from_byte")

Given = Reply | KvAnswer
Moment = tuple[int, float, bool]

brief = settings(max_examples=12)
seeds = st.integers(0, 2**32)
ways = st.builds(Asked, http_10=st.booleans(), keep_alive=st.booleans())


def each(kinds: Mapping[str, type[Fault]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", kinds.values(), ids=list(kinds))


def given_to(kind: type[Fault]) -> st.SearchStrategy[Given]:
    return kv_answers if issubclass(kind, KvFault) else replies


def scripts(value: Given, fault: Fault, seed: int, asked: Asked) -> tuple[WireScript, WireScript]:
    """The script of the healthy answer and that of the faulted one."""
    kv, reply = (value, value.reply) if isinstance(value, KvAnswer) else (None, value)
    return render(reply, asked), serve([fault], reply, Turn(Random(seed)), kv=kv, asked=asked).script


def moments(script: WireScript) -> Iterator[Moment]:
    """Every byte with the silence before it, and whether it begins a piece."""
    silence_s = 0.0
    for action in script:
        if isinstance(action, Wait):
            silence_s += action.seconds
        elif isinstance(action, Send):
            for place, byte in enumerate(action.data):
                yield byte, silence_s, place == 0
                silence_s = 0.0


def pieces(script: WireScript) -> list[bytes]:
    return [action.data for action in script if isinstance(action, Send)]


def first(script: WireScript) -> tuple[bytes, float]:
    """The first piece, which of a healthy answer is the head, and the silence before it.

    A body that is another one has, rightly, another length.
    """
    head = re.sub(rb"content-length: \d+", b"content-length: ?", pieces(script)[0])
    return head, next(moments(script))[1]


def events_before(fault: Fault, reply: Reply) -> int:
    """How many events of a stream come before all that the fault is about; 0 where it names no place."""
    after, at = getattr(fault, "after", None), getattr(fault, "at", None)
    if isinstance(after, int):
        return first_lost(reply.events, after)
    if not isinstance(at, int) or fault.id in EVERYWHERE:
        return 0
    texts = [index for index, item in enumerate(reply.events) if (chunk := chunk_of(item)) and text_of(chunk)]
    answers = [index for index in data_places(reply.events) if not reply.events[index].is_done]
    # A place behind the end means the last event that will do: one with text, or one with another behind it.
    return min([answer_place(reply.events, at) or 0, *texts[-1:], *answers[-2:]])


@each(SILENT)
@given(data=st.data(), seed=seeds, asked=ways)
@brief
def test_no_head_gives_a_fault_away(kind: type[Fault], data: st.DataObject, seed: int, asked: Asked) -> None:
    fault = data.draw(faults(kind))

    healthy, faulted = scripts(data.draw(given_to(kind)), fault, seed, asked)

    head_bytes = len(pieces(healthy)[0])
    place = next((getattr(fault, name) for name in BYTES_BEFORE if hasattr(fault, name)), head_bytes)
    if place >= head_bytes and pieces(faulted):
        assert first(faulted) == first(healthy)


@each({key: kind for key, kind in SILENT.items() if issubclass(kind, StreamFault)} | CHUNKED)
@given(data=st.data(), reply=streams, seed=seeds, asked=ways)
@brief
def test_no_event_before_it_gives_a_fault_away(
    kind: type[Fault], data: st.DataObject, reply: Reply, seed: int, asked: Asked
) -> None:
    fault = data.draw(faults(kind))

    healthy, faulted = scripts(reply, fault, seed, asked)

    untouched = sum(map(len, pieces(healthy)[: 1 + events_before(fault, reply)]))
    assert list(islice(moments(faulted), untouched)) == list(islice(moments(healthy), untouched))


@each({key: kind for key, kind in SILENT.items() if issubclass(kind, WireFault)})
@given(data=st.data(), reply=replies, seed=seeds, asked=ways)
@brief
def test_no_byte_before_its_place_gives_a_fault_away(
    kind: type[Fault], data: st.DataObject, reply: Reply, seed: int, asked: Asked
) -> None:
    fault = data.draw(faults(kind))

    healthy, faulted = scripts(reply, fault, seed, asked)

    place = next((getattr(fault, name) for name in BYTES_BEFORE if hasattr(fault, name)), 0)
    untouched = min(place, len(b"".join(pieces(healthy))) - 1)
    assert list(islice(moments(faulted), untouched)) == list(islice(moments(healthy), untouched))


@each(SUDDEN)
@given(data=st.data(), reply=replies, seed=seeds, asked=ways)
@brief
def test_a_sudden_end_is_all_there_is_to_it(
    kind: type[Fault], data: st.DataObject, reply: Reply, seed: int, asked: Asked
) -> None:
    fault = data.draw(faults(kind))
    if getattr(fault, "end", "") == "clean" or getattr(fault, "then", "") == "continue":
        return

    healthy, faulted = (list(moments(script)) for script in scripts(reply, fault, seed, asked))

    assert faulted == healthy[: len(faulted)]


@each(TELLING)
def test_a_fault_that_says_it_shows_beforehand_does(kind: type[Fault]) -> None:
    missed = replace(GET, reply=replace(GET.reply, status=404))
    tries: list[Given] = [GET, PUT, missed] if issubclass(kind, KvFault) else [NATIVE, ENVELOPE]

    both = [scripts(value, kind(), 1, PLAINLY) for value in tries]

    assert any(first(faulted) != first(healthy) for healthy, faulted in both)
