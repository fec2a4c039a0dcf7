"""Mistakes are named one after the other, each for what none before it explains."""

from __future__ import annotations

from dataclasses import replace

from reports.causes.cover import AT_MOST, cover
from reports.causes.seen import Pair
from tests.reports.causes.samples import CASES, library, pairs, signature

KNOWN = library(
    ("greedy", signature("g", pairs("abcd"))),
    ("sloppy", signature("s1", pairs("ef"))),
    ("sloppy", signature("s2", pairs("fg"))),
    ("lazy", signature("l", pairs("h"))),
    ("rich", signature("r", pairs("abcdefgh"))),
)


def _named(letters: str, judged: frozenset[str] = CASES, **options: int) -> list[str]:
    return [guess.mistake.id for guess in cover(pairs(letters), judged, KNOWN, **options)]


def test_a_run_that_looks_like_one_mistake_gets_that_one() -> None:
    assert _named("abcd") == ["greedy"]


def test_two_mistakes_at_once_are_both_named_the_larger_first() -> None:
    assert _named("abcdh") == ["greedy", "lazy"]


def test_a_second_form_of_a_mistake_adds_to_the_first() -> None:
    (guess,) = cover(pairs("efg"), CASES, KNOWN)

    assert guess.mistake.id == "sloppy"
    assert guess.explains == pairs("efg")


def test_nothing_found_has_no_cause() -> None:
    assert _named("") == []


def test_a_mistake_that_several_of_its_best_cases_do_not_show_explains_nothing() -> None:
    plain = library(("waiting", signature("w", pairs("abc"))), ("tired", signature("t", pairs("defghij"))))
    best = replace(plain.made_by["w"], best=("streaming.a", "streaming.b"))
    known = replace(plain, made_by={**plain.made_by, "w": best})

    def named(letters: str, judged: frozenset[str] = CASES) -> set[str]:
        return {guess.mistake.id for guess in cover(pairs(letters), judged, known)}

    assert named("c") == {"tired"}
    assert named("cdefghij") == {"tired"}
    assert named("acdefghij") == {"tired", "waiting"}
    assert named("c", CASES - {"streaming.b"}) == {"waiting"}  # one that holds may hold for another reason
    assert named("c", CASES - {"streaming.a", "streaming.b"}) == {"waiting"}


def test_what_breaks_another_invariant_has_no_cause() -> None:
    assert cover(pairs("ab", "no-leak"), CASES, KNOWN) == ()


def test_what_was_seen_in_other_cases_of_a_family_is_more_of_a_mistake_that_is_named() -> None:
    (guess,) = cover(pairs("abcdi"), CASES, KNOWN)

    assert guess.mistake.id == "greedy"
    assert guess.explains == pairs("abcdi")


def test_what_a_search_made_up_is_more_of_the_mistake_that_broke_the_same_invariant() -> None:
    made_up = frozenset({Pair("found.1a2b", "no-loss")})

    (guess,) = cover(pairs("abcd") | made_up, CASES | {"found.1a2b"}, KNOWN)

    assert guess.explains == pairs("abcd") | made_up


def test_what_a_search_made_up_alone_has_no_cause() -> None:
    assert cover(frozenset({Pair("found.1a2b", "no-loss")}), frozenset({"found.1a2b"}), KNOWN) == ()


def test_where_nothing_is_sure_up_to_three_are_named() -> None:
    known = library(*((name, signature(name, pairs(name))) for name in "abcd"))

    assert len(cover(pairs("i"), CASES, known)) == 3
    assert len(cover(pairs("a"), CASES, known)) == 1


def test_behind_what_looks_much_like_a_run_only_what_does_so_nearly_as_much_is_named() -> None:
    like = ("like", signature("l", pairs("abcdefghi")))
    nearly = ("nearly", signature("n", pairs("abcdefghj")))
    hardly = ("hardly", signature("h", pairs("c") | pairs("abcdefghij", "no-leak")))

    named = [
        [guess.mistake.id for guess in cover(pairs("abc"), CASES, library(like, each))] for each in (nearly, hardly)
    ]

    assert named == [["like", "nearly"], ["like"]]


def test_a_mistake_of_which_next_to_nothing_was_seen_is_not_named() -> None:
    much = pairs("a").union(*(pairs("abcdefghij", f"invariant-{number}") for number in range(40)))

    assert cover(pairs("a"), CASES, library(("greedy", signature("g", much)))) == ()


def test_no_more_are_named_than_asked_for() -> None:
    assert _named("abcdefgh", at_most=1) == ["rich"]
    assert AT_MOST == 8


def test_a_library_without_a_signature_does_not_know_it() -> None:
    assert {each.id for each in KNOWN.without("l").signatures} == {"g", "s1", "s2", "r"}
