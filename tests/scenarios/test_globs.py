from __future__ import annotations

import pytest

from scenarios.globs import UnmatchedGlobError, matching, words

IDS = ("kv.slow", "cache.hit", "kv.down")


def test_words_stand_between_commas_and_empty_ones_do_not_count() -> None:
    assert words(" kv.*, cache.hit,, ") == ("kv.*", "cache.hit")
    assert words(" , ") == ()


def test_ids_keep_their_order_and_come_once() -> None:
    assert matching(IDS, ["cache.*", "*.slow", "kv.slow"]) == ("kv.slow", "cache.hit")


def test_the_first_glob_that_matches_nothing_is_told() -> None:
    with pytest.raises(UnmatchedGlobError, match=r"nothing matches 'KV\.\*'") as caught:
        matching(IDS, ["kv.*", "KV.*", "x"])

    assert caught.value.glob == "KV.*"
