"""Which binding of a Worker a call comes from."""

from __future__ import annotations

import pytest

from harness.core.observed.binding import BINDING_HEADER, kind_of, named
from tests.harness.core.histories import upstream


@pytest.mark.parametrize(("kind", "bound_to"), [("ai", ""), ("kv", "0f2ac74b498b48028cb68387c421e279")])
def test_what_is_named_is_read_again(kind: str, bound_to: str) -> None:
    assert kind_of(named(kind, bound_to)) == kind
    assert named(kind, bound_to).endswith(bound_to)


def test_a_call_without_the_header_comes_from_no_binding() -> None:
    assert kind_of(None) == ""
    assert upstream().binding == ""
    assert upstream(request_headers=((BINDING_HEADER.upper(), "kv abc"),)).binding == "kv"
