"""Workflow commands, read back as the runner reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reports.ci.github import AT_MOST, render
from reports.record import Finding, Level, RunRecord, Target, Verdict
from tests.reports.ci.located import FILE, KEPT, LAUNDERED, failed, known, located
from tests.reports.sample import broken_record, case, record


@dataclass(frozen=True, slots=True)
class Command:
    kind: str
    properties: dict[str, str]
    data: str


def read(text: str) -> list[Command]:
    """Read commands by the rules of the runner's `ActionCommand.TryParseV2`."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::([a-z]+) ([^:]*)::(.*)", line)
        assert match, line
        pairs = (pair.partition("=") for pair in match[2].split(","))
        properties = {name: _plain(value, ("%2C", ","), ("%3A", ":")) for name, _, value in pairs}
        found.append(Command(match[1], properties, _plain(match[3])))
    return found


def _plain(text: str, *more: tuple[str, str]) -> str:
    for escaped, sign in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(escaped, sign)
    return text


def commands(of: RunRecord) -> list[Command]:
    return read(render(of))


def test_each_problem_is_an_error_on_the_line_of_its_claim_the_heaviest_first() -> None:
    errors = [each for each in commands(located()) if each.kind == "error"]

    assert [each.properties for each in errors] == [
        {"file": FILE, "line": "12", "title": "edgeproof: no-laundering (must)"},
        {"file": FILE, "line": "13", "title": "edgeproof: cache-expires (must)"},
    ]


def test_a_message_keeps_every_sign_and_its_lines() -> None:
    first = commands(located())[0]

    assert first.data.startswith(
        "[DONE] reached the client, 100 % of it: upstream's answer broke off,\nand so, on\nendings.cut, 2 cases. "
    )
    assert first.data.endswith("edgeproof replay endings.cut --seed 7 --target my-proxy.toml")


def test_what_does_not_fail_the_run_is_a_warning_and_what_is_known_a_notice() -> None:
    told = commands(located(gate=known(LAUNDERED, KEPT, reason="mended next week")))

    assert [(each.kind, each.properties["title"]) for each in told] == [
        ("warning", "edgeproof: retry-after-kept (should)"),
        ("notice", "edgeproof: no-laundering (must)"),
        ("notice", "edgeproof: cache-expires (must)"),
    ]
    assert told[1].data.endswith("known: mended next week")


def test_no_more_are_written_than_github_shows_and_the_last_tells_of_the_rest() -> None:
    errors = [each for each in commands(broken_record(30)) if each.kind == "error"]

    assert len(errors) == AT_MOST
    assert errors[-1].properties == {"title": "edgeproof: and 23 more"}
    assert errors[-1].data == "23 more are not annotated; the step summary and results.json have all of them"


def test_a_target_without_a_file_is_annotated_without_a_line() -> None:
    told = commands(located(target=Target(name="reference", url="")))

    assert all(each.properties.keys() == {"title"} for each in told)


def test_what_a_target_says_starts_no_command_of_its_own() -> None:
    evil = Finding(
        invariant="no-loss",
        level=Level.MUST,
        message="ask: it said\r\n::set-env name=PATH::/tmp\r\n::add-mask::x \x1b[31m %0A::error::y",
    )

    text = render(located([failed("a.b", evil)]))

    assert len(text.splitlines()) == 1
    assert "\x1b" not in text
    assert "%250A::error::y" in text


def test_a_message_that_is_too_long_is_cut() -> None:
    long = Finding(invariant="no-loss", level=Level.MUST, message="ask: " + "x" * 9000)

    (told,) = commands(located([failed("a.b", long)]))

    assert len(told.data) == 4000
    assert told.data.endswith("…")


def test_missed_gates_and_cases_that_could_not_be_judged_are_told() -> None:
    missed = record([case("a.b")], coverage={"target": {"percent": 71.2, "fail_under": 80.0, "met": False}})
    doubtful = record([case("a.b"), case("a.c", Verdict.INCONCLUSIVE, cause="it gave up")], coverage={})
    nothing = record([case("a.b", Verdict.NOT_APPLICABLE)], coverage={})

    assert [(each.kind, each.data) for each in commands(missed)] == [
        ("error", "target coverage 71.2 % (at least 80 %)")
    ]
    assert [(each.kind, each.data) for each in commands(doubtful)] == [
        ("error", "1 case could not be judged, among them a.c: it gave up")
    ]
    assert [each.properties["title"] for each in commands(nothing)] == ["edgeproof: inconclusive"]


def test_a_run_in_which_all_held_is_not_annotated() -> None:
    assert render(located([case("a.b")])) == ""
