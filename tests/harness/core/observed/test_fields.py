"""Field lines: what is one, and that it does not matter how long it is or whether it came before."""

from __future__ import annotations

import pytest

from harness.core.observed.fields import read_field


@pytest.mark.parametrize("length", [1, 255, 256, 257, 10_000])
def test_a_field_is_read_alike_whatever_its_length_and_however_often_it_comes(length: int) -> None:
    line = b"X-Long: \t" + b"\xe9" * length + b" "

    assert read_field(line) == read_field(line) == ("X-Long", "\xe9" * length)


@pytest.mark.parametrize(
    "line", [b"", b"no colon", b": no name", b"space : before", b" folded: line", b"bare: \r return", b"nul: \0"]
)
def test_what_is_no_field_is_none(line: bytes) -> None:
    assert read_field(line) is None
    assert read_field(line + b"x" * 300 + b"\0") is None


def test_names_that_differ_in_case_are_kept_apart() -> None:
    assert (read_field(b"Host: a"), read_field(b"host: a")) == (("Host", "a"), ("host", "a"))
