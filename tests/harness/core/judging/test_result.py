from __future__ import annotations

import shlex
from dataclasses import replace

from fault_injection.families import client as client_faults
from fault_injection.families import http
from harness.core.judging.result import case_result, faults, replay_line, seen, unrun
from harness.core.judging.verdict import Judgement, judge
from harness.core.judging.view import CaseView
from harness.core.observed.redact import Redactor
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case, Step, Upstream
from tests.harness.core.histories import answer, client, passed, stream, upstream, view

CASE = Case(id="family.name", promise="It holds.", reference="RFC 1", focus=("no-loss",), level="should")
PASSED = Judgement(verdict=Verdict.PASS)


def _result(of: CaseView, judgement: Judgement | None = None) -> CaseResult:
    return case_result(
        CASE,
        judgement or judge(CASE, of, models={}),
        of,
        duration_s=0.12345,
        url="http://127.0.0.1:1",
        replay="edgeproof replay family.name",
        redactor=Redactor(["sk-secret"]),
    )


def test_a_case_that_held_tells_what_was_seen() -> None:
    result = _result(passed(stream("a")))

    assert (result.id, result.family, result.level, result.verdict) == (
        "family.name",
        "family",
        Level.SHOULD,
        Verdict.PASS,
    )
    assert result.saw.startswith("ask: 200 stream with 1 content event ")
    assert (result.duration_s, result.promised, result.reference) == (0.123, "It holds.", "RFC 1")
    assert result.curl.startswith("curl -N -i -X POST http://127.0.0.1:1/v1/chat/completions")
    assert result.wire[0].kind == "request"


def test_what_went_over_a_websocket_cannot_be_asked_with_curl() -> None:
    assert _result(view(client(stream("a"), socket="s"), upstream(stream("a")))).curl == ""


def test_a_case_that_did_not_tells_of_the_exchange_that_shows_it() -> None:
    clients = [client(stream("a")), client(stream("a"), at=5.0, label="second", path="/other")]
    of = view(clients, [upstream(stream("a")), upstream(stream("a", "b"), at=5.1)])
    finding = Finding(invariant="no-loss", level=Level.MUST, message="second: text was lost")

    result = _result(of, Judgement(verdict=Verdict.FAIL, findings=(finding,)))

    assert result.saw.startswith("second: 200 stream")
    assert "/other" in result.curl
    assert result.findings == (finding,)


def test_a_result_carries_what_its_case_says_of_itself() -> None:
    case = replace(CASE, upstream=(Upstream(faults=(http.Status(code=500),)),))

    result = case_result(
        case, PASSED, passed(stream("a")), duration_s=0, url="http://127.0.0.1:1", replay="again", redactor=Redactor()
    )

    assert (result.title, result.promised, result.suite, result.family) == (
        "It holds.", "It holds.", "conformance", "family",
    )  # fmt: skip
    assert (result.faults, result.replay) == ((str(http.Status(code=500)),), "again")


def test_the_heaviest_finding_chooses_the_exchange() -> None:
    of = view([client(stream("a"), label="one"), client(stream("a"), label="two")])
    light = Finding(invariant="cadence", level=Level.SHOULD, message="one: held back: 0.3 s")
    heavy = Finding(invariant="no-loss", level=Level.MUST, message="two: lost")

    assert _result(of, Judgement(verdict=Verdict.FAIL, findings=(light, heavy))).saw.startswith("two:")
    assert _result(of, Judgement(verdict=Verdict.NON_STRICT, findings=(light,))).saw.startswith("one:")


def test_a_finding_about_no_exchange_is_shown_with_the_first() -> None:
    leak = Finding(invariant="no-leak", level=Level.MUST, message="9 more descriptors are open")

    assert _result(passed(stream("a")), Judgement(verdict=Verdict.FAIL, findings=(leak,))).saw.startswith("ask:")


def test_a_history_of_nothing_has_nothing_to_show() -> None:
    result = _result(view(), Judgement(verdict=Verdict.INCONCLUSIVE, cause="nothing was asked"))

    assert (result.saw, result.curl, result.wire, result.cause) == ("", "", (), "nothing was asked")


def test_nothing_secret_is_reported() -> None:
    of = view(
        client(stream("sk-secret"), label="sk-secret", params={"user": "sk-secret"}), upstream(stream("sk-secret"))
    )
    finding = Finding(
        invariant="no-loss", level=Level.MUST, message="sk-secret: said sk-secret", evidence=("the log says sk-secret",)
    )

    result = _result(of, Judgement(verdict=Verdict.FAIL, findings=(finding,), cause="sk-secret"))

    assert result.findings[0].evidence == ("the log says [redacted]",)
    assert "[redacted]" in result.model_dump_json()
    assert "sk-secret" not in result.model_dump_json()


def test_a_case_that_was_not_run_says_why() -> None:
    result = unrun(CASE, Verdict.NOT_APPLICABLE, "retry is not claimed", replay="edgeproof replay family.name")

    assert (result.verdict, result.cause, result.saw) == (Verdict.NOT_APPLICABLE, "retry is not claimed", "")
    assert result.replay == "edgeproof replay family.name"


def test_a_case_that_was_not_run_still_says_what_it_is() -> None:
    case = replace(CASE, upstream=(Upstream(faults=(http.Status(code=500),)),))

    assert unrun(case, Verdict.INCONCLUSIVE, "stopped") == CaseResult(
        id="family.name",
        title="It holds.",
        suite="conformance",
        family="family",
        level=Level.SHOULD,
        verdict=Verdict.INCONCLUSIVE,
        duration_s=0.0,
        promised="It holds.",
        saw="",
        faults=(str(http.Status(code=500)),),
        reference="RFC 1",
        cause="stopped",
    )


def test_faults_are_told_once_and_upstreams_first() -> None:
    rule = Upstream(faults=(http.Status(code=500),))
    case = replace(CASE, upstream=(rule, rule), steps=(Step(faults=(client_faults.AbortBeforeHead(),)),))

    assert faults(case) == (str(http.Status(code=500)), str(client_faults.AbortBeforeHead()))


def test_of_many_exchanges_a_few_are_told() -> None:
    of = view([client(answer(), label=f"ask#{number}") for number in range(6)])

    assert seen(of).count("; ask#") == 3
    assert seen(of).endswith("; and 2 more")


def test_a_replay_line_names_all_that_is_needed() -> None:
    line = replay_line("a.b", seed=7, target="my proxy.toml", options=("--i-own-this-target",))

    assert shlex.split(line) == [
        "edgeproof", "replay", "a.b", "--seed", "7", "--target", "my proxy.toml", "--i-own-this-target",
    ]  # fmt: skip
    assert replay_line("a.b", seed=7, target="reference") == "edgeproof replay a.b --seed 7"
