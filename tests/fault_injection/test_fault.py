from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import ClassVar

import pytest

from fault_injection.client import ClientMoves
from fault_injection.fault import ClientFault, InvalidFaultError, KvFault, Law, ReplyFault, Turn, WireFault, param
from fault_injection.kv_answer import KvAnswer
from fault_injection.reply import Reply
from fault_injection.wire import KEEP


@dataclass(frozen=True, kw_only=True)
class Sample(ReplyFault):
    """Nothing happens.

    Neither here
    nor there.
    """

    id: ClassVar[str] = "sample.sample"
    law: ClassVar[Law] = Law.SAME_BYTES
    number: int = param(1, "a number", unit="bytes", low=0, high=9)
    fraction: float = param(0.5, "a fraction", low=0, high=1)
    word: str = param("a", "a word", choices=("a", "b-c", "true"))
    text: str = param("", "a text")
    flag: bool = param(False, "a flag")


@pytest.mark.parametrize(
    ("fault", "printed"),
    [
        (Sample(), "sample.sample"),
        (Sample(number=2, flag=True), "sample.sample(number=2, flag=true)"),
        (Sample(fraction=1), "sample.sample(fraction=1)"),
        (Sample(word="b-c", text="a b"), 'sample.sample(word=b-c, text="a b")'),
        (Sample(text='"\n é'), 'sample.sample(text="\\"\\n \\u00e9")'),
        (Sample(text="http://a/*"), "sample.sample(text=http://a/*)"),
    ],
)
def test_a_fault_prints_what_differs_from_its_defaults(fault: Sample, printed: str) -> None:
    assert str(fault) == printed


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("number", -1, r"sample.sample: number=-1 is impossible: it wants at least 0 bytes"),
        ("number", 10, r"sample.sample: number=10 is impossible: it wants at most 9 bytes"),
        ("number", True, r"it wants a whole number"),
        ("number", 0.5, r"it wants a whole number"),
        ("fraction", "x", r"fraction='x' is impossible: it wants a number"),
        ("fraction", 2, r"it wants at most 1$"),
        ("word", "c", r"word='c' is impossible: it wants one of a, b-c, true"),
        ("text", 1, r"it wants a word"),
        ("flag", 1, r"it wants a true or false"),
    ],
)
def test_a_refusal_names_fault_parameter_value_and_what_would_do(name: str, value: object, message: str) -> None:
    with pytest.raises(InvalidFaultError, match=message):
        Sample(**{name: value})  # type: ignore[arg-type]  # that is the point


def test_the_summary_is_the_first_line_of_the_docstring_and_the_detail_the_rest() -> None:
    assert (Sample.summary(), Sample.detail()) == ("Nothing happens.", "Neither here nor there.")


def test_a_kind_alone_does_nothing() -> None:
    turn = Turn(Random(1))

    for strike in (
        lambda: ReplyFault().apply(Reply(), turn),
        lambda: WireFault().apply((KEEP,), turn),
        lambda: KvFault().apply(KvAnswer(operation="get", reply=Reply()), turn),
        lambda: ClientFault().apply(ClientMoves(), turn),
    ):
        with pytest.raises(NotImplementedError):
            strike()
