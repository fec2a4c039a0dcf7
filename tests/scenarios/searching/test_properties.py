"""The searches go by names that no case has, and hold nothing to play."""

from __future__ import annotations

from scenarios.index import ALL
from scenarios.searching.properties import SEARCHES
from scenarios.searching.sweep import GOLDEN


def test_every_search_has_a_name_of_its_own() -> None:
    taken = {case.id for case in ALL} | {golden.whole.id for golden in GOLDEN}

    assert len({case.id for case in SEARCHES}) == len(SEARCHES)
    assert not taken & {case.id for case in SEARCHES}


def test_a_search_breaks_nothing_by_itself() -> None:
    assert not any(case.upstream or case.expect for case in SEARCHES)
