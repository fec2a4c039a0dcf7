from __future__ import annotations

from contextlib import suppress

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fault_injection.families import http, sse_ends, tcp
from fault_injection.fault import Fault, InvalidFaultError
from fault_injection.registry import UnknownFaultError
from fault_injection.spec import SpecError, parse, parse_all, show_all
from tests.fault_injection.strategies import ANY_TEXT, any_faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sse.truncate(after=3)", sse_ends.Truncate(after=3)),
        ("http.status(code=429, retry_after=1)", http.Status(code=429, retry_after="1")),
        ("tcp.coalesce", tcp.Coalesce()),
        ("tcp.coalesce()", tcp.Coalesce()),
        ("  tcp.reset ( at_byte = 120 )  ", tcp.Reset(at_byte=120)),
        ("tcp.latency(delay_s=1)", tcp.Latency(delay_s=1.0)),
        ("tcp.latency(delay_s=1e+1)", tcp.Latency(delay_s=10.0)),
        ("sse.truncate(at=mid-event)", sse_ends.Truncate(at="mid-event")),
        ('http.status(message="a + b, \\"c\\") \\n")', http.Status(message='a + b, "c") \n')),
        ("http.status(message=true)", http.Status(message="true")),
    ],
)
def test_a_spec_is_read(text: str, fault: Fault) -> None:
    assert parse(text) == fault


def test_flags_are_read() -> None:
    assert str(parse("client.abort_after(events=2, rudely=true)")) == "client.abort_after(events=2, rudely=true)"
    assert str(parse("client.abort_after(events=2, rudely=false)")) == "client.abort_after(events=2)"


def test_several_faults_are_read_in_their_order() -> None:
    assert parse_all("sse.truncate(after=3)+tcp.latency(delay_s=0.1) + tcp.coalesce") == (
        sse_ends.Truncate(after=3),
        tcp.Latency(delay_s=0.1),
        tcp.Coalesce(),
    )


@given(faults=st.lists(any_faults(), min_size=1, max_size=3), text=ANY_TEXT)
def test_faults_are_read_back_as_they_were_printed(faults: list[Fault], text: str) -> None:
    told = (*faults, http.Status(message=text), http.Status(message=f"{text} + tcp.reset"))

    assert parse_all(show_all(told)) == told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' stops where a fault's id such as sse.truncate is wanted"),
        ("tcp.reset +", "stops where a fault's id"),
        ("tcp.reset)", "character 10: wanted the end, or `[+]` and another fault, found '[)]'"),
        ("tcp.reset tcp.reset", "character 11: wanted the end"),
        ("tcp.reset(at_byte)", "character 18: wanted `=`"),
        ("tcp.reset(at_byte=1", "stops where `[)]` is wanted"),
        ("tcp.reset(at_byte=)", "character 19: wanted a value for at_byte, found '[)]'"),
        ("tcp.reset(1)", "character 11: wanted a parameter's name, found '1[)]'"),
        ('http.status(message="a', "character 21: wanted a JSON string, found '\"a'"),
        ("tcp.reset(at_bite=1)", "character 11: tcp.reset has no parameter 'at_bite'; did you mean 'at_byte'"),
        ("tcp.reset(zzz=1)", "tcp.reset has no parameter 'zzz'; it has at_byte"),
        ("tcp.coalesce(zzz=1)", "tcp.coalesce has no parameter 'zzz'; it has none"),
        ("tcp.reset(at_byte=1, at_byte=2)", "character 22: tcp.reset is given 'at_byte' twice"),
    ],
)
def test_what_is_no_spec_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        parse(text)


def test_one_fault_is_not_two() -> None:
    with pytest.raises(SpecError, match="holds 2 faults where one is wanted"):
        parse("tcp.reset + tcp.reset")


def test_an_unknown_fault_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownFaultError, match=r"did you mean sse\.truncate"):
        parse("sse.truncat(after=3)")


@pytest.mark.parametrize("value", ["-1", "many", "0.5", "true", '"1"', "9" * 5_000, "nan"])
def test_a_value_that_does_not_fit_is_refused_by_the_fault(value: str) -> None:
    with pytest.raises(InvalidFaultError, match=r"tcp\.reset: at_byte=.* is impossible"):
        parse(f"tcp.reset(at_byte={value})")


@given(text=st.text(max_size=40) | st.text('tcp.reset(aby=1)+ ",', max_size=40))
def test_no_text_at_all_makes_the_reader_fail_otherwise(text: str) -> None:
    with suppress(SpecError, UnknownFaultError, InvalidFaultError):
        faults = parse_all(text)

        assert parse_all(show_all(faults)) == faults
