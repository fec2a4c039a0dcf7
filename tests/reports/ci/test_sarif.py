"""SARIF, against the schema of OASIS and what GitHub's code scanning asks for besides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reports.ci.sarif import render
from reports.record import Finding, Level, RunRecord, Target, Verdict
from tests.reports.ci.located import KEPT, LAUNDERED, failed, known, located
from tests.reports.ci.schemas import sarif_validator
from tests.reports.sample import broken_record, case, large_record, record


def run_of(of: RunRecord) -> dict[str, Any]:
    log = json.loads(render(of))
    sarif_validator().validate(log)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    found: dict[str, Any] = log["runs"][0]
    return found


@pytest.mark.parametrize(
    "written",
    [
        record(),
        record([]),
        large_record(30),
        broken_record(),
        located(),
        located(gate=known(LAUNDERED, reason="later")),
        located(target=Target(name="reference", url="")),
    ],
    ids=["sample", "empty", "large", "broken", "located", "baseline", "without-a-file"],
)
def test_every_record_is_a_log_that_fulfils_the_schema(written: RunRecord) -> None:
    results = run_of(written)["results"]

    assert all(each["locations"][0]["physicalLocation"]["region"]["startLine"] > 0 for each in results)


def test_the_schema_is_the_real_one() -> None:
    log = json.loads(render(located()))
    log["runs"][0]["results"][0]["level"] = "dreadful"

    assert [error.json_path for error in sarif_validator().iter_errors(log)] == ["$.runs[0].results[0].level"]


def test_a_result_lies_in_the_target_file_at_the_line_of_the_claim() -> None:
    places = [each["locations"][0]["physicalLocation"] for each in run_of(located())["results"]]

    assert {each["artifactLocation"]["uri"] for each in places} == {"proxies/my%20proxy.toml"}
    assert {each["artifactLocation"]["uriBaseId"] for each in places} == {"%SRCROOT%"}
    assert [each["region"]["startLine"] for each in places] == [12, 13, 8]


def test_a_file_outside_the_repository_is_named_in_full() -> None:
    target = Target(name="t", url="", file="/srv/a b.toml", lines={"chat": 2})

    (first, *_) = run_of(located(target=target))["results"]

    assert first["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///srv/a%20b.toml"}


def test_a_problem_has_the_same_fingerprint_with_any_seed_and_in_any_order() -> None:
    def prints(of: RunRecord) -> set[tuple[str, str]]:
        return {
            (each["ruleId"], each["partialFingerprints"]["primaryLocationLineHash"]) for each in run_of(of)["results"]
        }

    later = LAUNDERED.model_copy(update={"message": "ask#7: [DONE] reached the client, 99 % of it: in other words"})
    again = [failed("endings.other", later.model_copy(update={"message": LAUNDERED.message.replace("100", "3")}))]
    again += [failed("cache.expires", KEPT)]

    assert prints(located(again, seed=99)) < prints(located())
    assert len({digest for _, digest in prints(located())}) == 3


def test_a_rule_tells_what_is_promised_and_how_to_mend_it() -> None:
    run = run_of(located())
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}

    assert all(rules[each["ruleId"]] is run["tool"]["driver"]["rules"][each["ruleIndex"]] for each in run["results"])
    assert rules["no-laundering"]["defaultConfiguration"] == {"level": "error"}
    assert rules["retry-after-kept"]["defaultConfiguration"] == {"level": "warning"}
    assert "How to fix it: " in rules["no-laundering"]["help"]["text"]


def test_what_the_baseline_knows_is_suppressed_with_its_reason() -> None:
    run = run_of(located(gate=known(LAUNDERED, new=[KEPT], reason="mended next week")))
    by_rule = {each["ruleId"]: each for each in run["results"]}

    assert by_rule["no-laundering"]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "mended next week"}
    ]
    assert by_rule["no-laundering"]["baselineState"] == "unchanged"
    assert by_rule["cache-expires"]["baselineState"] == "new"
    assert [name for name, each in by_rule.items() if "suppressions" in each] == ["no-laundering"]
    assert not any("baselineState" in each for each in run_of(located())["results"])


def test_a_target_without_a_file_still_has_a_place_that_says_so() -> None:
    run = run_of(located(target=Target(name="reference", url="")))
    place = run["results"][0]["locations"][0]

    assert place["physicalLocation"]["artifactLocation"]["uri"] == "edgeproof/target-without-a-file/reference"
    assert "has no target file" in place["message"]["text"]
    assert "has no target file" in run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]


def test_what_could_not_be_judged_is_a_notification_and_no_result() -> None:
    cases = [case("a.b", Verdict.HARNESS_ERROR, cause="KeyError"), case("a.c")]
    (invocation,) = run_of(located(cases))["invocations"]

    assert invocation["toolExecutionNotifications"] == [
        {"level": "error", "message": {"text": "a.b could not be judged: KeyError"}}
    ]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)


@pytest.mark.parametrize(
    ("begun", "took_s", "ended"),
    [
        ("2026-01-01T00:00:00.25Z", 1.5, "2026-01-01T00:00:01.750Z"),
        ("2026-01-01T00:00:00Z", 1e300, "9999-12-31T23:59:59.999Z"),
        ("0001-01-01T00:00:00Z", 1.0, "0001-01-01T00:00:01.000Z"),
    ],
    ids=["as usual", "longer than a calendar", "when a calendar begins"],
)
def test_an_invocation_ends_at_a_moment_that_a_calendar_has(begun: str, took_s: float, ended: str) -> None:
    told = json.loads(located().to_json()) | {"started_at": begun, "duration_s": took_s}

    (invocation,) = run_of(RunRecord.from_json(json.dumps(told)))["invocations"]

    assert invocation["endTimeUtc"] == ended


def test_two_targets_of_one_repository_do_not_replace_one_another() -> None:
    ids = {run_of(located(target=Target(name=name, url="")))["automationDetails"]["id"] for name in ("a b", "c/d", "")}

    assert ids == {"edgeproof/a-b/", "edgeproof/c-d/", "edgeproof/target/"}


def test_an_invariant_that_is_not_known_here_has_a_rule_all_the_same() -> None:
    unknown = Finding(invariant="no-such-rule", level=Level.SHOULD, message="it is so")

    run = run_of(located([failed("a.b", unknown)]))

    assert run["tool"]["driver"]["rules"][0]["defaultConfiguration"] == {"level": "warning"}
