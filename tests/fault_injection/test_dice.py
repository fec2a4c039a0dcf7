from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from fault_injection.dice import chance, dice, identity_of, seed_of

parts = st.lists(st.integers() | st.text() | st.binary(), max_size=4)


def test_a_seed_is_the_same_on_every_machine() -> None:
    assert seed_of(7, "sse.truncate", b"x") == 16582689735168227733


@given(one=parts, other=parts)
def test_other_parts_give_another_seed(one: list[int | str | bytes], other: list[int | str | bytes]) -> None:
    same = [(type(part), part) for part in one] == [(type(part), part) for part in other]

    assert (seed_of(*one) == seed_of(*other)) is same


def test_parts_do_not_run_into_one_another() -> None:
    assert len({seed_of("ab", "c"), seed_of("a", "bc"), seed_of("abc"), seed_of("c", "ab")}) == 4


@given(seed=st.integers())
def test_dice_of_the_same_parts_fall_alike(seed: int) -> None:
    assert dice(seed, "a").random() == dice(seed, "a").random()
    assert 0 <= chance(seed) < 1


def test_a_request_is_known_by_its_nonce_or_else_by_all_it_asks() -> None:
    assert identity_of(nonce="ep-1", method="POST", path="/a", body=b"x") == "ep-1"

    asked = {
        identity_of(nonce="", method=method, path=path, body=body)
        for method in ("GET", "PUT")
        for path in ("/a", "/b")
        for body in (b"x", b"y")
    }
    assert len(asked) == 8
