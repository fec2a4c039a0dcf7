from __future__ import annotations

import pytest

from fault_injection.plan import Plan
from fault_injection.plan_file import read_plan
from fault_injection.plans.words import idle, picture, shown_s, words

PLAN = read_plan(
    """
    seed = 7
    ttl_s = 60

    [[phase]]
    name = "healthy"
    lasts_s = 10

    [[phase]]
    name = "brownout"
    lasts_s = 20
    p_from = 0
    p_to = 0.5

    [[phase]]
    name = "outage"
    lasts_s = 30

    [[rule]]
    name = "busy"
    match = { surface = "ai.*", method = "POST", path = "/v1/*", phase = "brownout" }
    fault = "http.status(code=503)"
    stop = true

    [[rule]]
    match = { phase = "outage", header = { x-user = "a*" }, between = [2, 4] }
    fault = "tcp.reset"
    p = 0.25
    count = 3
    """
)


def test_a_plan_is_told_in_words() -> None:
    assert words(PLAN) == [
        "2 rules, 3 phases, over after 60 s; seed 7",
        "phase healthy: from 0 s to 10 s",
        "phase brownout: from 10 s to 30 s, chances times 0 rising to 0.5",
        "phase outage: from 30 s to 60 s",
        (
            "rule busy: http.status(code=503) for 0% to 50% of ai.*, method POST, path /v1/*, in phase brownout, "
            "no later rule"
        ),
        (
            "rule 2: tcp.reset for 25% of every exchange, with x-user: a*, numbers 2 to 4, in phase outage, "
            "3 times at most"
        ),
    ]


def test_a_picture_shows_each_rule_in_its_time_as_high_as_its_chance() -> None:
    scale, phases, busy, reset = picture(PLAN)

    assert scale.split() == ["0s", "15s", "30s", "45s", "60s"]
    assert phases == "phases     |healthy  |brownout           |outage"
    assert busy == "rule busy  " + " " * 10 + "▁" * 7 + "▂" * 6 + "▃" * 4 + "▄" * 3
    assert reset == "rule 2     " + " " * 30 + "▂" * 30


def test_a_bar_is_never_lower_than_can_be_seen() -> None:
    plan = read_plan('ttl_s = 10\n[[rule]]\nfault = "tcp.reset"\np = 0.001')

    assert picture(plan)[-1] == "rule 1  " + "▁" * 60


def test_a_rule_that_can_never_strike_is_named() -> None:
    plan = read_plan(
        """
        ttl_s = 10

        [[phase]]
        name = "late"
        start_s = 20
        lasts_s = 5

        [[rule]]
        name = "too-late"
        match = { phase = "late" }
        fault = "tcp.reset"

        [[rule]]
        fault = "tcp.reset"
        p = 0

        [[rule]]
        fault = "tcp.reset"
        """
    )

    assert idle(plan) == ["rule too-late never strikes", "rule 2 never strikes"]
    assert [line.split()[-1] for line in picture(plan)[2:4]] == ["(never)", "(never)"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 75.0),
        ("ttl_s = 30", 30.0),
        ("[[phase]]\nname = 'a'\nlasts_s = 8", 8.0),
        ("[[phase]]\nname = 'a'\nlasts_s = 8\n[[phase]]\nname = 'b'", 10.0),
    ],
)
def test_a_picture_is_as_long_as_the_plan_and_goes_on_behind_what_has_no_end(text: str, seconds: float) -> None:
    assert shown_s(read_plan(text)) == seconds


def test_a_plan_without_anything_is_told_as_such() -> None:
    assert words(Plan()) == ["0 rules, 0 phases, without a lifetime; seed of the run"]
    assert len(picture(Plan())) == 1
