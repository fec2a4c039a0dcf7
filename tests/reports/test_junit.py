"""The record as JUnit XML."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from reports import junit
from reports.record import Finding, Level, RunRecord, Shard, Verdict
from tests.reports.sample import broken_record, case, laundered, record, unsteady_record


def parsed(of: RunRecord) -> ET.Element:
    return ET.fromstring(junit.render(of))  # noqa: S314 - our own text, just made


def found(root: ET.Element, case_id: str) -> ET.Element:
    return next(each for each in root.iter("testcase") if each.get("name") == case_id)


def test_totals_add_up() -> None:
    root = parsed(record())
    suites = root.findall("testsuite")

    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "20",
        "failures": "2",
        "errors": "2",
        "skipped": "3",
    }
    for key in ("tests", "failures", "errors", "skipped"):
        assert sum(int(each.get(key, "")) for each in suites) == int(root.get(key, ""))
    assert len(list(root.iter("testcase"))) == 20


def test_a_suite_is_a_family_of_a_suite() -> None:
    names = [each.get("name") for each in parsed(record()).findall("testsuite")]

    assert names[0] == "conformance.streaming"
    assert names[-1] == "properties.sequences"
    assert len(names) == len(set(names))


def test_a_case_keeps_its_id_and_its_place() -> None:
    test = found(parsed(record()), "streaming.cut-before-done")

    assert test.get("classname") == "conformance.streaming"
    assert test.get("time") == "0.413"


def test_a_failure_says_what_was_promised_and_how_to_repeat_it() -> None:
    failure = found(parsed(record()), "streaming.cut-before-done").find("failure")

    assert failure is not None
    assert failure.get("type") == "no-laundering"
    assert re.fullmatch(
        r"no-laundering-\w{8} \(1 of 1 case\): the upstream stream was reset after 3 of 12 events, .*",
        failure.get("message", ""),
    )
    assert failure.text is not None
    for part in (
        "promised  When",
        "          client 1: data: [DONE]",
        "saw       [DONE]",
        "replay    edgeproof replay streaming.cut-before-done",
    ):
        assert part in failure.text


def test_every_case_of_a_problem_names_it() -> None:
    root = parsed(record([laundered(), laundered().model_copy(update={"id": "streaming.cut-elsewhere"})]))
    messages = [str(each.get("message")) for each in root.iter("failure")]
    properties = {str(each.get("name")): str(each.get("value")) for each in root.iter("property")}

    assert all(" (1 of 2 cases): " in message for message in messages)
    assert len({message.partition(" ")[0] for message in messages}) == 1
    assert properties["problem-1"].startswith(f"{messages[0].partition(' ')[0]} (must, 2 cases): ")
    assert properties["problem-2"].startswith("break-visible-")


def test_likely_causes_are_properties() -> None:
    values = {each.get("name"): each.get("value") for each in parsed(broken_record(2, causes=1)).iter("property")}

    assert "a character that is cut in two is lost (1 case, 1 problem) Decode with a decoder" in str(values["cause-1"])


def test_a_failure_without_a_finding_says_what_was_seen() -> None:
    failure = found(parsed(record([case("a.b", Verdict.FAIL, saw="seen")])), "a.b").find("failure")

    assert failure is not None
    assert (failure.get("message"), failure.get("type")) == ("seen", "fail")


def test_what_was_not_judged_is_an_error() -> None:
    root = parsed(record())

    for case_id, kind in (("slowness.stall-ends", "inconclusive"), ("slowness.drip", "harness-error")):
        error = found(root, case_id).find("error")
        assert error is not None
        assert error.get("type") == kind
        assert error.get("message")


def test_what_is_not_claimed_is_skipped() -> None:
    skipped = found(parsed(record()), "kv.corrupt-entry").find("skipped")

    assert skipped is not None
    assert skipped.get("message") == "the target does not claim kv"


def test_what_is_no_breach_passes_and_is_told() -> None:
    root = parsed(record())

    for case_id in ("errors.retry-after-kept", "streaming.comment-lines"):
        test = found(root, case_id)
        assert test.find("failure") is None
        assert "saw" in test.findtext("system-out", "")


def test_the_run_can_be_repeated_from_the_properties() -> None:
    root = parsed(record())
    suite = root.find("testsuite")
    assert suite is not None

    of_suite = {each.get("name"): each.get("value") for each in suite.findall("properties/property")}
    of_case = {
        each.get("name"): each.get("value")
        for each in found(root, "streaming.cut-before-done").findall("properties/property")
    }

    assert of_suite["seed"] == "7"
    assert of_suite["target"] == "my-proxy"
    assert suite.get("timestamp") == "2026-03-02T09:30:00"
    assert str(of_case["reference"]).startswith("OpenAI API reference")


@settings(max_examples=100)
@given(st.text(st.characters(codec=None, exclude_categories=()), min_size=1))
def test_any_text_makes_readable_xml(text: str) -> None:
    finding = Finding(invariant=text, level=Level.MUST, message=text)

    root = parsed(
        record(
            [case(text, Verdict.FAIL, saw=text, findings=(finding,)), case("a.b", Verdict.NOT_APPLICABLE, cause=text)]
        )
    )

    assert root.get("tests") == "2"


def test_a_character_that_xml_cannot_hold_is_replaced() -> None:
    failure = found(parsed(record([case("a.b", Verdict.FAIL, saw="a\x00b\x1b\ufffe\U0001f600")])), "a.b").find(
        "failure"
    )

    assert failure is not None
    assert failure.get("message") == "a\ufffdb\ufffd\ufffd\U0001f600"


def test_a_case_that_differs_between_rounds_is_an_error() -> None:
    suite = ET.fromstring(junit.render(unsteady_record())).find("testsuite")  # noqa: S314 - our own text

    assert suite is not None
    assert suite.get("errors") == "1"
    assert {each.get("name"): each.get("value") for each in suite.iter("property")}["rounds"] == "3"


def test_a_part_of_a_run_says_which_part_it_is() -> None:
    root = parsed(record(shard=Shard(numbers=(1, 3), of=3, merged=True)))

    told = {each.get("name"): each.get("value") for each in root.iter("property")}
    assert told["shard"] == "merged from 2 of 3 shards; shard 2 is missing"


def test_what_was_not_judged_is_summed_up() -> None:
    rows: list[JsonValue] = [{"why": "no time", "suite": "leaks", "cases": 2, "such_as": "leaks.a, leaks.b"}]
    root = parsed(record().model_copy(update={"not_judged": {"reasons": rows}}))
    told = {each.get("name"): each.get("value") for each in root.iter("property")}

    assert told["not-judged"] == "2 of leaks: no time"
