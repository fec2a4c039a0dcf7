"""Each key of a wrangler file has one fate."""

from __future__ import annotations

from harness.core.target.worker.keys import HARMLESS, LEFT_OUT, LISTS, OF_ITS_ENVIRONMENT


def test_no_key_is_both_served_and_left_out() -> None:
    assert not HARMLESS & LEFT_OUT.keys()


def test_every_list_of_bindings_is_served_and_belongs_to_its_environment() -> None:
    for path, _, _ in LISTS:
        assert path[0] in HARMLESS
        assert path[0] in OF_ITS_ENVIRONMENT
