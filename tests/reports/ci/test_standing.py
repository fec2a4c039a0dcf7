from __future__ import annotations

import pytest

from reports.ci.standing import Place, Standing, judged, place
from reports.record import Gate, Target
from tests.reports.ci.located import DROPPED, FILE, KEPT, LAUNDERED, known, located


@pytest.mark.parametrize(
    ("claim", "line", "named"),
    [
        ("capabilities.cache", 13, "capabilities.cache"),
        ("capabilities.cache.ttl_s", 13, "capabilities.cache"),
        ("capabilities.kv", 12, "capabilities"),
        ("limits.deadline_s", 3, ""),
        ("", 3, ""),
    ],
)
def test_a_claim_is_found_on_its_line_or_on_the_nearest_above_it(claim: str, line: int, named: str) -> None:
    assert place(located(), claim) == Place(file=FILE, line=line, claim=named)


def test_a_target_without_a_file_has_no_line() -> None:
    assert place(located(target=Target(name="reference", url="")), "chat") is None


def test_a_file_of_which_no_line_is_known_begins_at_its_first() -> None:
    assert place(located(target=Target(name="t", url="", file="t.toml")), "chat") == Place(file="t.toml", line=1)


def test_without_a_baseline_each_must_fails_the_run_and_a_should_is_told() -> None:
    standings = {each.told.problem.invariant: each.standing for each in judged(located())}

    assert standings == {
        "no-laundering": Standing.FAILING,
        "cache-expires": Standing.FAILING,
        "retry-after-kept": Standing.TOLD,
    }


def test_a_should_fails_a_run_that_is_held_to_it() -> None:
    found = judged(located(gate=Gate(fail_on="should")))

    assert {each.standing for each in found} == {Standing.FAILING}


def test_what_the_baseline_knows_is_known_unless_a_part_of_it_is_new() -> None:
    excused = judged(located(gate=known(LAUNDERED, KEPT, reason="later")))
    worse = judged(located(gate=known(LAUNDERED, KEPT, new=[KEPT])))

    assert [(each.told.problem.invariant, each.standing) for each in excused] == [
        ("retry-after-kept", Standing.TOLD),
        ("no-laundering", Standing.KNOWN),
        ("cache-expires", Standing.KNOWN),
    ]
    assert excused[1].known[0].reason == "later"
    assert worse[0].told.problem.invariant == KEPT.invariant
    assert worse[0].standing is Standing.FAILING
    assert DROPPED.invariant in {each.told.problem.invariant for each in worse}
