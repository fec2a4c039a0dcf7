from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.load.judgement import Judged
from harness.core.load.transcript import pack
from harness.core.observed.history import ClientEnd, ClientExchange
from harness.shell.load import intake as load_intake
from harness.shell.load.intake import Intake
from harness.shell.upstream.journal import Journal
from tests.harness.core.histories import client, stream
from tests.harness.core.load.loads import BAR, answer, asked, called, job, report

JOB = job()
WORDS = stream("one ", "two ", "three")


def _journal(*names: str, most_exchanges: int = 100) -> Journal:
    """A journal with one good answer to each question."""
    journal = Journal(most_exchanges=most_exchanges)
    for name in names:
        call = called(WORDS, JOB, name)
        record = journal.open(
            connection=1, method=call.method, path=call.path, body=call.body, arrived_s=call.arrived_s
        )
        journal.describe(record, surface="ai.chat", model=call.model, nonce=call.nonce)
        for piece in call.pieces:
            journal.sent(record, piece.data, piece.at_s)
        journal.close(record, end=call.end, whole=True, at_s=call.end_s or 0.0)
    return journal


def _packed(*names: str, at: float = 0.0) -> list[dict[str, object]]:
    exchanges: Sequence[ClientExchange] = [asked(client(WORDS, at=at), JOB, name) for name in names]
    return [pack(each) for each in exchanges]


async def test_every_answer_is_judged_beside_its_own_upstream_call() -> None:
    intake = Intake(JOB, BAR, _journal("0/0", "0/1"))
    intake.take([report(answer(), answer(), exchanges=tuple(_packed("0/0", "0/1")))])

    await intake.judge_rest([])

    assert sorted(each.name for each in intake.judged) == ["0/0", "0/1"]
    assert all(each.is_right and each.asked_upstream for each in intake.judged)
    assert (intake.lost, intake.unjudged) == (0, 0)


async def test_a_later_report_makes_an_earlier_one_superfluous() -> None:
    intake = Intake(JOB, BAR, Journal())

    intake.take([report(answer()), report(answer(), answer()), report(answer(), number=1)])

    assert intake.merged().counts["asked"] == 3
    assert set(intake.latest) == {0, 1}


async def test_an_answer_that_was_counted_and_never_came_is_lost() -> None:
    intake = Intake(JOB, BAR, _journal("0/0"))
    intake.take([report(answer(), answer(), answer(), exchanges=tuple(_packed("0/0")))])

    await intake.judge_rest([])

    assert intake.lost == 2


async def test_what_the_journal_has_forgotten_is_not_judged() -> None:
    journal = _journal("0/0", "0/1", most_exchanges=1)
    intake = Intake(JOB, BAR, journal)
    intake.take([report(answer(), exchanges=tuple(_packed("0/0")))])

    await intake.judge_rest([])

    assert (intake.judged, intake.unjudged, intake.lost) == ([], 1, 0)


async def test_a_long_load_is_judged_while_it_runs_and_a_short_one_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(JOB, BAR, _journal("0/0", "0/1"))
    intake.take([report(answer(), exchanges=tuple(_packed("0/0"))), report(exchanges=tuple(_packed("0/1", at=95.0)))])

    await intake.judge_ripe(100.0, [])
    held_back = list(intake.judged)
    monkeypatch.setattr(load_intake, "_MOST_HELD", 1)
    await intake.judge_ripe(100.0, [])

    assert held_back == []
    assert [each.name for each in intake.judged] == ["0/0"]


def test_a_load_is_over_once_every_generator_rests() -> None:
    intake = Intake(JOB, BAR, Journal())
    before = intake.is_over
    intake.take([report(number=0), report(number=1, rests=False, final=False)])
    meanwhile = intake.is_over
    intake.take([report(number=1)])

    assert (before, meanwhile, intake.is_over) == (False, False, True)
    assert intake.late == []


async def test_what_a_late_harness_measured_by_the_clock_is_held_against_nobody() -> None:
    left = replace(asked(client(WORDS), JOB, "0/0"), end=ClientEnd.LEFT)
    found: dict[bool, list[Judged]] = {}

    for in_time in (True, False):
        journal = _journal("0/0")
        late_call = called(WORDS, JOB, "0/0", arrived_s=9.0)
        record = journal.open(
            connection=1, method="POST", path=late_call.path, body=late_call.body, arrived_s=late_call.arrived_s
        )
        journal.describe(record, surface="ai.chat", nonce=late_call.nonce)
        intake = Intake(JOB, BAR, journal)
        intake.take([report(answer(), exchanges=(pack(left),))])
        await intake.judge_rest([], in_time=in_time)
        found[in_time] = intake.judged

    assert [finding.invariant for finding in found[True][0].findings] == ["cancel-propagates"]
    assert found[False][0].findings == ()
