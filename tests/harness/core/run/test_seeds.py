from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.core.run.seeds import digest, nonce, rng
from scenarios.prompt import NONCE


def test_the_same_seed_and_names_give_the_same_draws() -> None:
    assert rng(7, "case", "faults").random() == rng(7, "case", "faults").random()


def test_nothing_changes_from_one_version_to_the_next() -> None:
    assert digest(7, "a", "b").startswith("993e10801e76708f")
    assert rng(7, "a", "b").getrandbits(64) == 15509224648068723295


def test_another_seed_or_name_gives_other_draws() -> None:
    named = [(1, ["a"]), (2, ["a"]), (1, ["b"]), (1, ["a", "b"]), (1, ["ab"]), (1, [])]

    draws = {rng(seed, *names).random() for seed, names in named}

    assert len(draws) == 6


@given(st.integers(), st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]))))
def test_a_nonce_is_found_in_a_prompt(seed: int, names: list[str]) -> None:
    value = nonce(seed, *names)

    assert NONCE.fullmatch(value)
    assert NONCE.findall(f"{value} tokens=2 | Please answer.") == [value]
