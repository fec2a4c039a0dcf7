from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.observed.request_target import wanted


@pytest.mark.parametrize(
    ("target", "path_and_query", "authority"),
    [
        ("/a?b=c", "/a?b=c", ""),
        ("//[bad/x", "//[bad/x", ""),
        ("*", "*", ""),
        ("http://mock.test/a/b?c=d#e", "/a/b?c=d", "mock.test"),
        ("http://mock.test:8787", "/", "mock.test:8787"),
        ("http://[::1]:8787/a", "/a", "[::1]:8787"),
    ],
)
def test_an_absolute_target_is_a_path_and_an_authority(target: str, path_and_query: str, authority: str) -> None:
    assert wanted(target) == (path_and_query, authority)


@pytest.mark.parametrize("target", ["http://[bad/x", "http://a]/x", "http://[::g]/", "http://a℀b/"])
def test_an_authority_that_can_be_none_makes_no_target(target: str) -> None:
    assert wanted(target) is None


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=40))
def test_no_target_raises(rest: str) -> None:
    wanted(rest)
    wanted(f"http://{rest}")
