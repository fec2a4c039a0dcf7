"""Placeholders filled in."""

from __future__ import annotations

import pytest

from harness.core.target.placeholders import MEANINGS, fill, names_in
from harness.errors import UsageError


def test_each_placeholder_is_replaced() -> None:
    text = " ".join(f"{{{name}}}" for name in MEANINGS)

    assert fill(text, {name: name.upper() for name in MEANINGS}) == " ".join(MEANINGS).upper()


def test_doubled_braces_are_single_ones() -> None:
    assert fill('{{"port": {port}}}', {"port": "80"}) == '{"port": 80}'


def test_a_value_is_not_filled_again() -> None:
    assert fill("{here}", {"here": "/a/{port}", "port": "80"}) == "/a/{port}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{prt}", "did you mean {port}?"),
        ("{zzz}", "known here: {port}, {here}"),
        ("{client_token}", "cannot be used here"),
        ("{port.__class__}", "unknown placeholder {port.__class__}"),
        ("{}", "unknown placeholder {}"),
        ("{port", "lone '{'\nfor a literal brace, write {{ or }}"),
        ("port}", "lone '}'"),
    ],
)
def test_what_cannot_be_filled_is_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        fill(text, {"port": "80", "here": "x"})

    assert told in str(refused.value)


def test_names_are_found_and_meant_braces_are_none() -> None:
    assert names_in("{{python}} {port}-{port} {here}") == {"port", "here"}
