"""What a target declares to change in requests."""

from __future__ import annotations

from harness.core.target.rewrites import Rewrites


def test_what_is_changed_may_be_missing_and_may_be_new() -> None:
    rewrites = Rewrites(adds=frozenset({"a"}), changes=frozenset({"c"}), drops=frozenset({"d"}))

    assert [name for name in "abcd" if rewrites.changed(name)] == ["c", "d"]
    assert [name for name in "abcd" if rewrites.added(name)] == ["a", "c"]
