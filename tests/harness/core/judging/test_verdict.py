from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

import pytest

from fault_injection.families import client as client_faults
from fault_injection.families import http
from fault_injection.reply import Reply
from harness.core.judging.expected.disappointment import describe
from harness.core.judging.invariants import ALL, Breach, Invariant
from harness.core.judging.verdict import Judgement, judge
from harness.core.judging.view import CaseView
from harness.core.observed.history import Bypassed, ClientEnd, ClientExchange, UpstreamExchange
from harness.core.target.claims import Breaker, Capabilities
from reports.problems import OUTCOMES, shape
from reports.record import Finding, Level, Verdict
from scenarios.case import Case, Expect, Model, Seen, Step, Upstream
from scenarios.case import Level as CaseLevel
from tests.harness.core.histories import (
    CACHING,
    FALLBACK,
    MAIN,
    OTHER,
    answer,
    client,
    cut,
    failure,
    passed,
    request,
    stream,
    upstream,
    view,
)

RESTING = Capabilities(circuit_breaker=Breaker(failures=1, open_s=1.0))
MODELS: dict[Model, str] = {"main": MAIN, "fallback": FALLBACK, "second": "other"}
CASE = Case(id="family.name", promise="It holds.", reference="RFC 1", focus=("no-loss",), steps=(Step(),))
LOST = passed(stream("a", "b"), stream("a"))
SPOILT_USAGE = passed(answer(usage={"prompt_tokens": 1, "completion_tokens": 1}), answer())


def _judge(of: CaseView, case: Case = CASE) -> Judgement:
    return judge(case, of, models=MODELS)


def _expecting(seen: Seen, *, model: Model | None = None, because: str = "") -> Case:
    return replace(CASE, expect=(Expect(step="ask", seen=seen, invariant="no-loss", model=model, because=because),))


def _only_message(of: CaseView, case: Case) -> str:
    (finding,) = _judge(of, case).findings
    return finding.message


def test_an_expectation_is_told_where_its_invariant_is_silent_about_the_exchange() -> None:
    case = replace(CASE, expect=(Expect(step="ask", seen="refused", invariant="no-loss"),) * 2)

    lost = _judge(LOST, case).findings
    whole = _judge(passed(answer(), answer()), case).findings

    assert [finding.message.partition(";")[0] for finding in lost] == ["ask: text was lost"]
    assert [finding.message.partition(";")[0] for finding in whole] == ["ask: a clean 4xx was expected"]


def test_how_far_an_invariant_was_overrun_is_told_and_what_else_spoke_for_it() -> None:
    late = view(client(end=ClientEnd.LEFT, end_s=0.2), upstream(answer(), end_s=4.7))
    besides = Finding(invariant="cancel-propagates", level=Level.MUST, message="walk: another thing")

    alone = _judge(late)
    with_more = judge(CASE, late, models=MODELS, also=lambda _case, _view: (besides,))

    assert alone.overrun_s == with_more.overrun_s == {"cancel-propagates": pytest.approx(2.25)}
    assert [*alone.besides, *with_more.besides] == ["cancel-propagates"]
    assert _judge(LOST).overrun_s == {"no-loss": inf}


def test_a_right_answer_passes() -> None:
    assert _judge(passed(stream("a"))) == Judgement(verdict=Verdict.PASS)


@pytest.mark.parametrize(
    ("of", "verdict", "invariant"),
    [(LOST, Verdict.FAIL, "no-loss"), (SPOILT_USAGE, Verdict.NON_STRICT, "usage-true")],
)
def test_a_breach_weighs_what_its_invariant_does(of: CaseView, verdict: Verdict, invariant: str) -> None:
    judgement = _judge(of)

    assert judgement.verdict is verdict
    assert [finding.invariant for finding in judgement.findings] == [invariant]


@pytest.mark.parametrize("level", ["must", "should", "observe"])
def test_a_breach_weighs_the_same_in_every_case(level: CaseLevel) -> None:
    for case in (replace(CASE, level=level), replace(CASE, level=level, focus=("cadence",))):
        assert _judge(LOST, case).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("level", "verdict"), [("must", Verdict.FAIL), ("should", Verdict.NON_STRICT), ("observe", Verdict.INFO)]
)
def test_an_expectation_weighs_what_its_case_does(level: CaseLevel, verdict: Verdict) -> None:
    expect = Expect(step="ask", seen="answered", invariant="no-loss")
    declined = view(client(failure(502)), upstream(stream("a")))

    assert _judge(declined, replace(CASE, level=level, expect=(expect,))).verdict is verdict


def test_a_finding_keeps_its_evidence() -> None:
    (finding,) = _judge(view(client(stream("a")), upstream(stream("a")), deaths=("died\nlast words",))).findings

    assert finding.evidence == ("last words",)


def test_the_heaviest_finding_decides() -> None:
    sent = answer("ab", usage={"prompt_tokens": 1, "completion_tokens": 1})

    judgement = _judge(passed(sent, answer("a")))

    assert {finding.level for finding in judgement.findings} == {Level.MUST, Level.SHOULD}
    assert judgement.verdict is Verdict.FAIL


def test_repetitions_of_a_step_make_one_finding() -> None:
    nonces = [f"ep-{number:012x}" for number in range(5)]
    clients = [client(stream("a", id=nonce), nonce=nonce, label=f"ask#{n}") for n, nonce in enumerate(nonces)]
    calls = [upstream(stream("a", "b", id=nonce), nonce=nonce) for nonce in nonces]

    (finding,) = _judge(view(clients, calls)).findings

    assert finding.message == "ask#0: text was lost; 1 of 2 characters arrived"


def test_different_breaches_stay_apart() -> None:
    clients = [client(stream("a"), label="one"), client(stream("a"), at=5.0, label="two")]
    calls = [upstream(stream("a", "b")), upstream(stream("a", "b"), at=5.1)]

    assert {finding.message[:3] for finding in _judge(view(clients, calls)).findings} == {"one", "two"}


def test_a_crash_in_a_check_is_the_harnesss_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: CaseView) -> Iterator[Breach]:
        raise ZeroDivisionError("by nought")

    monkeypatch.setitem(ALL, "no-loss", Invariant("no-loss", Level.MUST, broken))

    judgement = _judge(passed(stream("a")))

    assert judgement.verdict is Verdict.HARNESS_ERROR
    assert judgement.cause == "a check crashed: ZeroDivisionError: by nought"


@pytest.mark.parametrize(
    ("seen", "got", "called", "words"),
    [
        ("answered", stream("a"), True, ""),
        ("answered", failure(502), True, "a whole answer was expected; 502 json"),
        ("failed", failure(502), True, ""),
        ("failed", stream("a"), True, "no success was expected; 200 stream with 1 content event (1 character)"),
        ("refused", failure(400), False, ""),
        ("refused", failure(500), False, "a clean 4xx was expected; 500"),
        ("refused", None, False, "a clean 4xx was expected; no answer, closed early"),
        ("served-or-declined", stream("a"), True, ""),
        ("served-or-declined", failure(422), False, ""),
        ("served-or-declined", failure(500), False, "a whole answer or a clean 4xx was expected; 500"),
        ("asked-upstream", stream("a"), True, ""),
        ("asked-upstream", failure(400), False, "upstream should have been asked; 400 json"),
        ("not-asked-upstream", failure(400), False, ""),
        ("not-asked-upstream", stream("a"), True, "upstream should have been left alone; it was asked 1 time(s)"),
    ],
)  # fmt: skip
def test_what_is_expected_of_a_step_is_seen_or_told(seen: Seen, got: object, called: bool, words: str) -> None:
    calls = [upstream(stream("a"))] if called else []
    of = view(client(got), calls)  # type: ignore[arg-type]  # a reply or nothing, from the table

    told = [
        finding.message
        for finding in _judge(of, _expecting(seen)).findings
        if "expected" in finding.message or "should have" in finding.message
    ]

    assert [words in message for message in told] == ([True] if words else [])


@pytest.mark.parametrize("tells", [False, True])
def test_what_every_case_would_show_is_told_by_one_that_is_about_it(tells: bool) -> None:
    of = view(client(stream("a")), upstream(stream("a"), body=request(max_tokens=7)))
    case = replace(CASE, tells_additions=tells)

    assert ["was added" in finding.message for finding in _judge(of, case).findings] == ([True] if tells else [])


@pytest.mark.parametrize(
    ("seen", "got", "called"),
    [("answered", failure(502), True), ("failed", stream("a"), True), ("refused", failure(500), False)],
)
def test_an_outcome_is_told_in_the_words_that_problems_know(seen: Seen, got: Reply, called: bool) -> None:
    of = view(client(got), [upstream(stream("a"))] if called else [])

    assert {shape(finding) for finding in _judge(of, _expecting(seen)).findings} & {*OUTCOMES}


@pytest.mark.parametrize(("model", "asked"), [("main", False), ("fallback", True), (None, True)])
def test_an_expectation_may_name_a_model(model: Model | None, asked: bool) -> None:
    of = view(client(stream("a")), upstream(stream("a"), model=FALLBACK))

    found = _judge(of, _expecting("asked-upstream", model=model)).findings

    assert (not found) is asked
    assert all(MAIN in finding.message for finding in found)


def test_an_expectation_says_why() -> None:
    case = _expecting("answered", because="upstream was well")

    assert "expected; upstream was well; 502" in _only_message(passed(stream("a"), failure(502)), case)


def test_an_expectation_is_about_every_repetition_of_its_step() -> None:
    clients = [client(failure(502), label="ask#1"), client(stream("a"), label="ask#2"), client(failure(502), label="b")]

    found = _judge(view(clients, upstream(stream("a"))), _expecting("answered")).findings

    assert [finding.message[:5] for finding in found] == ["ask#1"]


def test_an_answer_made_anew_at_the_end_of_its_life_shows_nothing() -> None:
    def asked_again(at_s: float) -> Judgement:
        clients = [client(answer(), label="first"), client(answer(id="two"), at=at_s)]
        calls = [upstream(answer()), upstream(answer(), at=at_s + 0.05)]
        return _judge(view(clients, calls, claims=CACHING), _expecting("not-asked-upstream"))

    assert asked_again(1.0).verdict is Verdict.FAIL
    assert asked_again(2.0).verdict is Verdict.INCONCLUSIVE


def test_an_answer_that_was_never_made_before_has_no_life_to_end() -> None:
    of = view(client(answer(), at=100.0), upstream(answer(), at=100.05), claims=CACHING)

    assert _judge(of, _expecting("not-asked-upstream")).verdict is Verdict.FAIL


def _declined(calls: list[UpstreamExchange], *, at_s: float, claims: Capabilities = RESTING) -> list[str]:
    """Ask at a time when the breaker should be open, and return what the case says of the call there was."""
    case = replace(CASE, expect=(Expect(step="ask", seen="not-asked-upstream", invariant="breaker-opens"),))
    clients = [client(failure(503), nonce=OTHER, label="failing"), client(failure(503), at=at_s)]
    found = _judge(view(clients, calls, claims=claims), case).findings
    return [finding.message for finding in found if finding.message.startswith("ask: upstream ")]


def test_a_request_that_an_open_breaker_kept_from_upstream_is_as_promised() -> None:
    case = replace(CASE, expect=(Expect(step="ask", seen="not-asked-upstream", invariant="breaker-opens"),))
    clients = [client(failure(503), nonce=OTHER, label="failing"), client(failure(503), at=0.2)]
    of = view(clients, [upstream(failure(500), nonce=OTHER)], claims=RESTING)

    assert _judge(of, case).verdict is Verdict.PASS


def test_a_request_behind_the_breakers_rest_shows_nothing() -> None:
    case = replace(CASE, expect=(Expect(step="ask", seen="not-asked-upstream", invariant="breaker-opens"),))
    clients = [client(failure(503), nonce=OTHER, label="failing"), client(failure(503), at=3.0)]
    calls = [upstream(failure(503), nonce=OTHER), upstream(failure(503), at=3.1)]

    found = _judge(view(clients, calls, claims=RESTING), case)

    assert (found.verdict, found.cause) == (
        Verdict.INCONCLUSIVE,
        "ask: the breaker's rest may rightly have been over by then",
    )


@pytest.mark.parametrize(("after_s", "blamed"), [(0.1, 1), (0.8, 1), (0.95, 0), (3.0, 0)])
def test_a_breaker_whose_rest_is_over_may_try_upstream(after_s: float, blamed: int) -> None:
    calls = [upstream(failure(503), nonce=OTHER), upstream(failure(503), at=0.1 + after_s)]

    assert len(_declined(calls, at_s=0.1 + after_s - 0.02)) == blamed


def test_a_try_that_failed_begins_the_rest_anew() -> None:
    calls = [
        upstream(failure(503), nonce=OTHER),
        upstream(failure(503), nonce=OTHER, at=2.0),
        upstream(failure(503), at=2.5),
    ]

    assert _declined(calls, at_s=2.48)


def test_what_another_model_answered_ends_no_rest() -> None:
    calls = [upstream(failure(503), nonce=OTHER, model=FALLBACK, at=1.9), upstream(failure(503), at=2.0)]

    assert _declined(calls, at_s=1.98)


def test_without_a_claimed_rest_no_rest_is_over() -> None:
    calls = [upstream(failure(503), nonce=OTHER), upstream(failure(503), at=9.0)]

    assert _declined(calls, at_s=8.98, claims=Capabilities())


STRUCK = str(http.Status(code=500))
FAULTY = replace(CASE, upstream=(Upstream(faults=(http.Status(code=500),)),))
LEAVING = replace(CASE, steps=(Step(faults=(client_faults.AbortBeforeHead(),)),))
BYPASSED = Bypassed(fault=STRUCK, because="HTTP/1.0 has none")
REFUSED = client(end=ClientEnd.REFUSED)


@pytest.mark.parametrize(
    ("case", "clients", "calls", "cause"),
    [
        (FAULTY, [client(stream("a"))], [upstream(stream("a"))], f"{STRUCK} never struck an exchange on ai.*"),
        (FAULTY, [client(stream("a"))], [upstream(stream("a"), bypassed=(BYPASSED,))], "on ai.*: HTTP/1.0 has none"),
        (CASE, [], [], "nothing was asked"),
        (CASE, [REFUSED, REFUSED], [], "the target accepted no connection"),
        (LEAVING, [client(stream("a"))], [upstream(stream("a"))], "the answer ended before the client could leave"),
    ],
    ids=["never struck", "passed by", "nothing asked", "no connection", "a client that never left"],
)  # fmt: skip
def test_a_case_that_has_shown_nothing_is_inconclusive(
    case: Case, clients: list[ClientExchange], calls: list[UpstreamExchange], cause: str
) -> None:
    judgement = _judge(view(clients, calls), case)

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert cause in judgement.cause


@pytest.mark.parametrize(
    ("case", "clients", "calls"),
    [
        (FAULTY, [client(failure(502))], [upstream(failure(500), faults=(STRUCK,))]),
        (replace(CASE, upstream=(replace(FAULTY.upstream[0], must_strike=False),)), [client(stream("a"))], []),
        (LEAVING, [client(cut(stream("a"), 0), end=ClientEnd.LEFT)], []),
        (LEAVING, [client(failure(400), label="other")], []),
        (CASE, [REFUSED, client(stream("a"))], []),
    ],
)
def test_a_case_that_has_shown_something_is_judged(
    case: Case, clients: list[ClientExchange], calls: list[UpstreamExchange]
) -> None:
    assert _judge(view(clients, calls, claims=Capabilities()), case).verdict.judged


def test_a_breach_is_told_also_where_the_fault_never_struck() -> None:
    assert _judge(LOST, FAULTY).verdict is Verdict.FAIL


def test_a_lighter_breach_does_not_outweigh_that_nothing_was_shown() -> None:
    judgement = _judge(SPOILT_USAGE, FAULTY)

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert len(judgement.findings) == 1


@pytest.mark.parametrize(
    ("exchange", "line"),
    [
        (client(at=5.0), "no answer, closed early"),
        (client(stream("a", "b")), "200 stream with 2 content events (2 characters) finish stop [DONE] complete"),
        (client(stream("a", finish=None, done=False)), "200 stream with 1 content event (1 character) complete"),
        (client(failure(500), at=5.0), "500 json error 'failed with 500' complete"),
        (client(failure(500), pieces=()), "500 without a body complete"),
    ],
)  # fmt: skip
def test_what_a_client_saw_is_told_in_one_line(exchange: ClientExchange, line: str) -> None:
    assert describe(view(exchange).asks[0]) == f"{line} after 0.11 s"


def test_each_choice_tells_its_own_end() -> None:
    two = answer("a", choices=[{"message": {"content": "a"}, "finish_reason": end} for end in ("stop", "length")])

    assert "finish[0] stop finish[1] length" in describe(view(client(two)).asks[0])
