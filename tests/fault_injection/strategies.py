"""Hypothesis strategies for faults and for what they rewrite, scaled to one another: cuts land inside what is cut."""

from __future__ import annotations

import hypothesis.strategies as st

from fault_injection.client import ClientMoves
from fault_injection.fault import ClientFault, Fault, KvFault, Parameter, ReplyFault, Value, WireFault
from fault_injection.kv_answer import KvAnswer
from fault_injection.registry import ALL
from fault_injection.rendering import render
from fault_injection.reply import Event, Reply, event, json_reply, stream_reply
from fault_injection.wire import WireScript
from tests.fault_injection.golden import ANSWERS, DONE, REQUESTS, STORE_ANSWERS, STREAMS, native, openai

SCALE = {"bytes": 700, "events": 8, "s": 5, "": 12, "bytes/s": 5_000}
"""How far a number of each unit goes when it is to strike a golden stream, or to cost no more than one."""

ANY_TEXT = st.text(alphabet=st.characters(), max_size=30)
"""Lone surrogates and control characters among it."""


def values(parameter: Parameter, *, scaled: bool) -> st.SearchStrategy[Value]:
    """Values a parameter may have: all of them, or those that strike something small."""
    default = parameter.default
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if isinstance(default, bool):
        return st.booleans()
    if isinstance(default, str):
        return ANY_TEXT
    assert parameter.low is not None
    assert parameter.high is not None
    high = min(parameter.high, max(parameter.low, SCALE.get(parameter.unit, 600))) if scaled else parameter.high
    if parameter.name == "code":
        high = parameter.high
    if isinstance(default, int):
        return st.integers(int(parameter.low), int(high))
    return st.floats(parameter.low, high) | st.just(default)


def faults(kind: type[Fault], *, scaled: bool = True) -> st.SearchStrategy[Fault]:
    """Every form of one fault."""
    return st.builds(kind, **{item.name: values(item, scaled=scaled) for item in kind.parameters()})


def any_faults(base: type[Fault] = Fault) -> st.SearchStrategy[Fault]:
    """Every form of every fault of a kind."""
    return st.sampled_from([kind for kind in ALL.values() if issubclass(kind, base)]).flatmap(faults)


texts = st.text(st.characters(codec="utf-8"), max_size=6)

events: st.SearchStrategy[Event] = st.one_of(
    texts.map(lambda text: native(response=text)),
    texts.map(lambda text: openai({"content": text})),
    st.sampled_from([item for stream in STREAMS for item in stream.events]),
    st.sampled_from([Event(b": keep-alive\n\n"), event("hello"), event("[1]")]),
)


def _timed(items: list[Event], waits: list[float]) -> tuple[Event, ...]:
    return tuple(Event(item.raw, wait) for item, wait in zip(items, [*waits, *[0.0] * len(items)], strict=False))


streams: st.SearchStrategy[Reply] = st.one_of(
    st.sampled_from(STREAMS),
    st.builds(
        lambda items, waits, done: stream_reply((*_timed(items, waits), *done)),
        st.lists(events.filter(lambda item: item.data != b"[1]"), max_size=8),
        st.lists(st.floats(0, 2), max_size=4),
        st.sampled_from([(DONE,), ()]),
    ),
)

replies: st.SearchStrategy[Reply] = st.one_of(
    streams,
    st.sampled_from(ANSWERS),
    st.binary(max_size=40).map(json_reply),
)

scripts: st.SearchStrategy[WireScript] = replies.map(render)

kv_answers: st.SearchStrategy[KvAnswer] = st.sampled_from(STORE_ANSWERS) | st.builds(
    KvAnswer,
    operation=st.sampled_from(["get", "put", "delete", "list", "metadata", "bulk"]),
    reply=st.builds(Reply, status=st.sampled_from([200, 404]), body=st.binary(max_size=40)),
    previous=st.none() | st.binary(max_size=10),
    lapsed=st.none() | st.binary(max_size=10),
)

moves: st.SearchStrategy[ClientMoves] = st.sampled_from(REQUESTS) | st.binary(max_size=40).map(
    lambda body: ClientMoves(body=body)
)


def inputs(kind: type[Fault]) -> st.SearchStrategy[Reply | WireScript | KvAnswer | ClientMoves]:
    """Things that a fault of this kind rewrites."""
    if issubclass(kind, ReplyFault):
        return replies
    if issubclass(kind, WireFault):
        return scripts
    if issubclass(kind, KvFault):
        return kv_answers
    assert issubclass(kind, ClientFault)
    return moves
