"""What holds for every fault there is, and for every one to come."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from fault_injection.client import ClientMoves
from fault_injection.fault import Fault, InvalidFaultError, Law, Turn
from fault_injection.kv_answer import KvAnswer
from fault_injection.registry import ALL
from fault_injection.rendering import Asked, render
from fault_injection.reply import Reply
from fault_injection.spec import parse
from fault_injection.wire import WireScript, is_well_formed, payload
from tests.fault_injection.meaning import meaning
from tests.fault_injection.strategies import faults, inputs

pytestmark = pytest.mark.usefixtures("unmeasured")

every_fault = pytest.mark.parametrize("kind", ALL.values(), ids=list(ALL))
brief = settings(max_examples=10)

Rewritten = Reply | WireScript | KvAnswer | ClientMoves


def struck(fault: Fault, given: Rewritten, seed: int, nth: int = 1) -> Rewritten:
    out: Rewritten = fault.apply(given, Turn(Random(seed), nth))  # type: ignore[attr-defined]  # all four kinds have it
    return out


def bytes_of(value: Rewritten) -> bytes:
    match value:
        case Reply():
            return value.body_bytes
        case KvAnswer():
            return value.reply.body_bytes
        case ClientMoves():
            return value.body
        case script:
            return payload(script)


def said(value: Rewritten) -> object:
    if isinstance(value, Reply):
        return meaning(value)
    data = bytes_of(value)
    while data.startswith(b"HTTP/1.1 1"):
        data = data.partition(b"\r\n\r\n")[2]
    return data


@every_fault
@given(data=st.data(), seed=st.integers(0, 2**32))
@brief
def test_a_fault_keeps_its_law(kind: type[Fault], data: st.DataObject, seed: int) -> None:
    fault = data.draw(faults(kind))
    before = data.draw(inputs(kind))

    out = struck(fault, before, seed)

    match kind.law:
        case Law.SAME_BYTES:
            assert bytes_of(out) == bytes_of(before)
        case Law.SAME_MEANING:
            assert said(out) == said(before)
        case Law.PREFIX:
            assert bytes_of(before).startswith(bytes_of(out))
        case Law.OTHER_BYTES:
            pass


@every_fault
@given(data=st.data(), seed=st.integers(0, 2**32))
@brief
def test_a_struck_script_is_well_formed(kind: type[Fault], data: st.DataObject, seed: int) -> None:
    out = struck(data.draw(faults(kind)), data.draw(inputs(kind)), seed)

    match out:
        case Reply():
            scripts = [render(out), render(out, Asked(http_10=True)), render(out, Asked(head_only=True))]
        case KvAnswer():
            scripts = [render(out.reply)]
        case ClientMoves():
            scripts = []
        case script:
            scripts = [script]

    assert all(map(is_well_formed, scripts))


@every_fault
@given(data=st.data(), seed=st.integers(0, 2**32), nth=st.integers(1, 3))
@brief
def test_the_same_turn_gives_the_same_deviation(kind: type[Fault], data: st.DataObject, seed: int, nth: int) -> None:
    fault = data.draw(faults(kind))
    before = data.draw(inputs(kind))

    assert struck(fault, before, seed, nth) == struck(fault, before, seed, nth)


@every_fault
@given(data=st.data())
@brief
def test_a_fault_is_read_back_as_it_was_printed(kind: type[Fault], data: st.DataObject) -> None:
    fault = data.draw(faults(kind, scaled=False))

    assert parse(str(fault)) == fault
    assert str(fault).isascii()


def impossible(kind: type[Fault]) -> Iterator[tuple[str, Any]]:
    for item in kind.parameters():
        wrong: list[object] = [None, b"x", [1]]
        if isinstance(item.default, str):
            wrong += [1, *(["nonsense"] if item.choices else [])]
        elif isinstance(item.default, bool):
            wrong += [1, "true"]
        else:
            assert item.low is not None, f"{kind.id}: {item.name} has no lower bound"
            assert item.high is not None, f"{kind.id}: {item.name} has no upper bound"
            wrong += [item.low - 1, item.high + 1, float("nan"), float("inf"), True, "1"]
        yield from ((item.name, value) for value in wrong)


@every_fault
def test_impossible_parameters_are_refused(kind: type[Fault]) -> None:
    for name, value in impossible(kind):
        with pytest.raises(InvalidFaultError, match=rf"^{kind.id}: {name}=.* is impossible: it wants "):
            kind(**{name: value})


@every_fault
def test_a_fault_says_in_one_plain_sentence_what_happens(kind: type[Fault]) -> None:
    summary = kind.summary()

    assert summary.endswith(".")
    assert summary[0].isupper() or summary[0] == "`"
    assert 15 <= len(summary) <= 120


@every_fault
def test_a_parameter_says_what_it_is(kind: type[Fault]) -> None:
    assert all(item.doc for item in kind.parameters())
    assert all(item.refusal(item.default) is None for item in kind.parameters())
