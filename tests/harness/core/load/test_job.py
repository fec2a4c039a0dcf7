from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.core.load.job import LoadJob, question
from scenarios.load import ASKED_AGAIN
from tests.harness.core.load.loads import job


def test_a_job_survives_its_json() -> None:
    mine = job(arrivals="poisson", rate_per_s=3.0)

    assert LoadJob.from_json(json.loads(json.dumps(mine.to_json()))) == mine


def test_a_question_follows_from_its_name_and_the_seed_alone() -> None:
    mine = job(cancel=0.3, repeats=0.3)

    assert [question(mine, f"1/{n}") for n in range(50)] == [question(mine, f"1/{n}") for n in range(50)]
    assert question(mine, "1/3").nonce != question(mine, "2/3").nonce


def test_a_question_carries_its_nonce_first() -> None:
    asked = question(job(), "0/0")

    content = json.loads(asked.moves.body)["messages"][-1]["content"]
    assert content.startswith(f"{asked.nonce} tokens=8")


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_as_many_clients_leave_as_the_profile_says(share: float) -> None:
    asked = [question(job(cancel=share), f"0/{number}").moves for number in range(400)]

    left = [moves for moves in asked if moves.leave == "event"]
    assert len(left) / len(asked) == pytest.approx(share, abs=0.06)
    assert all(1 <= moves.leave_after_events <= 4 for moves in left)


def test_repeated_questions_come_a_few_times_each_and_their_clients_stay() -> None:
    mine = job(repeats=0.25, cancel=1.0)
    asked = [question(mine, f"0/{number}") for number in range(800)]

    times = {each.nonce: sum(other.nonce == each.nonce for other in asked) for each in asked}
    again = [each for each in asked if times[each.nonce] > 1]
    assert len(again) / len(asked) == pytest.approx(0.25, abs=0.06)
    assert max(times.values()) <= 3 * ASKED_AGAIN
    assert {each.moves.leave for each in again} == {"never"}


def test_whoever_asks_for_no_stream_stays() -> None:
    whole = replace(job(cancel=1.0), stream=False)

    assert question(whole, "0/1").moves.leave == "never"
