"""Cases are found by id and by glob, and ids are for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scenarios import index
from scenarios.case import InvalidCaseError
from scenarios.index import ALL, BY_ID, RETIRED, UnknownCaseError, families, select, unique


def test_no_two_cases_share_an_id() -> None:
    assert len(BY_ID) == len(ALL)


def test_two_cases_of_one_id_are_refused() -> None:
    with pytest.raises(InvalidCaseError, match="2 cases have it"):
        unique([ALL[0], replace(ALL[1], id=ALL[0].id)])


def test_a_retired_id_never_comes_back() -> None:
    with pytest.raises(InvalidCaseError, match=r"retired \(said nothing\)"):
        unique([ALL[0]], retired={ALL[0].id: "said nothing"})


def test_no_id_is_retired_and_there() -> None:
    assert set(RETIRED).isdisjoint(BY_ID)


def test_families_are_each_in_one_piece() -> None:
    runs = [case.family for place, case in enumerate(ALL) if place == 0 or ALL[place - 1].family != case.family]

    assert len(set(runs)) == len(runs)
    assert tuple(case for cases in families().values() for case in cases) == ALL


def test_a_glob_picks_a_family() -> None:
    assert {case.family for case in select("cache.*")} == {"cache"}


def test_a_star_picks_all() -> None:
    assert select("*") == ALL


def test_globs_may_be_listed_and_overlap() -> None:
    chosen = select("kv.*, endings.done-twice,kv.flipped-bit,")

    assert chosen == tuple(case for case in ALL if case.family == "kv" or case.id == "endings.done-twice")


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("endings.done-twise", "endings.done-twice"),
        ("cach.*", r"cache\.\*"),
        ("streeming.plain", "streaming.plain"),
        ("zzzzzzz", "`edgeproof cases` lists them all"),
    ],
)
def test_an_unknown_id_is_answered_with_the_nearest(asked: str, near: str) -> None:
    with pytest.raises(UnknownCaseError, match=near) as caught:
        select(f"kv.*,{asked}")

    assert repr(asked) in str(caught.value)


def test_a_retired_id_is_answered_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "RETIRED", {"old.case": "it printed nothing"})

    with pytest.raises(UnknownCaseError, match="it was retired: it printed nothing"):
        select("old.case")


@pytest.mark.parametrize("nothing", ["", " , "])
def test_naming_no_case_is_no_choice(nothing: str) -> None:
    with pytest.raises(UnknownCaseError, match="no case is named"):
        select(nothing)
