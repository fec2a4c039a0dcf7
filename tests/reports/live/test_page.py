"""The live page as text: whole for whoever opens it, and changed by each event."""

from __future__ import annotations

import re

from reports.live import LivePage
from reports.live.events import EndEvent, LoadEvent, RoundEvent, SaidEvent, StoppingEvent, TargetEvent
from reports.record import Verdict
from tests.reports.live.runs import CUT, GOOD, NEXT, half_way, judged, started
from tests.reports.sample import HOSTILE, case, hostile, laundered


def test_a_page_opened_late_shows_everything_so_far() -> None:
    text = half_way().page(last="run-9")

    assert 'data-live="run-9"' in text
    assert '<h2 id="problems">Problems <span>1 must, 1 should</span></h2>' in text
    assert 'id="done">2</span> of <span id="total">3<' in text
    assert "RUNNING" in text
    assert f'id="{CUT}"' in text
    assert f"{NEXT}: not judged yet" in text
    assert 'id="invariant-no-laundering"' in text


def test_a_page_of_a_run_that_has_judged_nothing_is_a_page() -> None:
    text = LivePage(started()).page(last="run-0")

    assert "none so far" in text
    assert text.count("not judged yet") == 2 * 3


def test_a_case_changes_its_cell_its_family_and_its_group() -> None:
    frames = {frame.name: frame.data for frame in LivePage(started()).take(judged(case(GOOD)))}

    assert set(frames) == {"case", "head"}
    assert frames["case"]["share"] == "1 of 1 pass"
    assert frames["case"]["family"] == "conformance/streaming"
    assert 'class="cell v-pass"' in str(frames["case"]["cell"])
    assert f'data-later="{GOOD}"' in str(frames["case"]["section"])
    assert frames["head"]["counts"] == {"pass": 1} | dict.fromkeys(
        ("fail", "harness-error", "inconclusive", "non-strict", "info", "not-applicable"), 0
    )


def test_a_problem_is_told_with_its_promise_and_its_wire_log() -> None:
    frames = {frame.name: frame.data for frame in LivePage(started()).take(judged(laundered()))}
    problems = str(frames["problems"]["html"])

    assert problems.index("Promised") < problems.index('<svg class="wire"') < problems.index('<table class="log">')
    assert "edgeproof replay" in problems
    assert "curl -N" in problems
    assert "invariant-no-laundering" in str(frames["problems"]["guides"])


def test_a_problem_that_a_later_round_does_not_show_is_gone() -> None:
    page = half_way()

    frames = {frame.name: frame.data for frame in page.take(judged(case(CUT), 3.0))}

    assert "none so far" in str(frames["problems"]["html"])


def test_a_case_that_nobody_had_planned_finds_a_place() -> None:
    page = half_way()
    found = case("found.sequence", Verdict.FAIL, suite="properties", family="found")

    frames = {frame.name: frame.data for frame in page.take(judged(found))}

    assert 'data-family="properties/found"' in str(frames["families"]["html"])
    assert frames["head"]["done"] == 2
    assert page.case("found.sequence") is not None


def test_alike_ids_have_anchors_of_their_own() -> None:
    page = LivePage(started("a.b/c", "a.b-c"))
    list(page.take(judged(case("a.b-c", promised="the second"))))

    assert page.case("a.b-c") is None
    assert "the second" in str(page.case("a.b-c~2"))


def test_the_inside_of_a_case_is_there_once_it_is_judged() -> None:
    page = half_way()

    assert '<svg class="wire"' in str(page.case(CUT))
    assert page.case(NEXT) is None
    assert page.case("no.such") is None


def test_the_head_says_what_is_being_done() -> None:
    page = LivePage(started(rounds=2))
    events = (
        (RoundEvent(at_s=0.5, round=1), "starting"),
        (SaidEvent(at_s=1.0, text="conformance: judging my-proxy, seed 7"), "conformance: judging my-proxy, seed 7"),
        (StoppingEvent(at_s=2.0, signal="SIGINT"), "SIGINT: ending the run"),
        (
            EndEvent(at_s=3.0, shown_as=Verdict.FAIL, word="FAIL", says="FAIL", error="no room"),
            "the run broke off: no room",
        ),
    )
    for event, told in events:
        (head,) = list(page.take(event))
        assert head.data["now"] == told
    assert head.data["total"] == 6
    assert "v-fail" in page.page(last="run-1")


def test_the_end_says_the_verdict_and_where_the_report_is() -> None:
    page = half_way()
    (head,) = page.take(EndEvent(at_s=9.0, shown_as=Verdict.FAIL, word="FAIL", says="FAIL · 1 passed, 1 failed"))

    assert (head.data["word"], head.data["shown"], head.data["over"]) == ("FAIL", "fail", True)
    assert head.data["headline"] == "FAIL · 1 passed, 1 failed"
    assert re.search(r'id="over"><a href="/report">', page.page(last="run-1"))


def test_the_target_moves() -> None:
    page = LivePage(started())
    (head,) = page.take(TargetEvent(at_s=1.0, url="http://127.0.0.1:999"))

    assert head.data["url"] == "http://127.0.0.1:999"


def test_a_load_is_drawn_from_its_third_sample_on() -> None:
    page = LivePage(started())
    seen = []
    for number in range(300):
        sample = LoadEvent(at_s=number, answers=number * 10, failed=number, waiting=3, ttft_p50_s=0.1, ttft_p95_s=None)
        seen.append({frame.name: frame.data for frame in page.take(sample)}["load"]["html"])

    assert seen[1] == ""
    assert "answers_<wbr>per_<wbr>s" in str(seen[2])
    assert "p95" not in str(seen[-1])
    assert "10 … 10" in str(seen[-1])


def test_hostile_text_stays_text() -> None:
    page = LivePage(started(HOSTILE, "errors.hostile-body"))
    frames = list(page.take(judged(hostile()))) + list(page.take(SaidEvent(at_s=2.0, text=HOSTILE)))
    made = [page.page(last="run-1"), str(page.case("errors.hostile-body"))]
    made += [
        str(value) for frame in frames for name, value in frame.data.items() if name in ("html", "section", "cell")
    ]

    for text in made:
        assert "<script>window" not in text
        assert "<img" not in text
