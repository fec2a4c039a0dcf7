from __future__ import annotations

import json
import re

import pytest

from fault_injection.registry import ALL as FAULTS
from harness import __version__
from reports.invariants import GUIDES
from scenarios.index import ALL as CASES
from tests.harness.cli.conftest import Edgeproof

VERBS = (
    "run",
    "ui",
    "replay",
    "load",
    "mock",
    "report",
    "compare",
    "merge",
    "baseline",
    "baseline write",
    "baseline update",
    "baseline show",
    "league",
    "probe",
    "drift",
    "init",
    "cases",
    "cases explain",
    "faults",
    "faults explain",
    "invariants",
    "invariants explain",
    "selfcheck",
)


def test_nothing_at_all_shows_the_verbs(edgeproof: Edgeproof) -> None:
    outcome = edgeproof()

    assert outcome.code == 2
    assert all(f" {verb.split()[0]} " in outcome.out for verb in (*VERBS, "proxy", "doctor"))
    assert outcome.err == ""


def test_the_version_is_told(edgeproof: Edgeproof) -> None:
    assert edgeproof("--version").out == f"edgeproof {__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_help_teaches_by_examples_on_lines_of_their_own(verb: str, edgeproof: Edgeproof) -> None:
    outcome = edgeproof(*verb.split(), "--help")

    examples = re.findall(rf"^ {{1,3}}(edgeproof {verb}\b.*?) *$", outcome.out, re.MULTILINE)
    assert outcome.code == 0
    assert examples
    assert max(map(len, examples)) <= 76  # none is wrapped at 80 columns


@pytest.mark.parametrize("verb", ["run", "replay", "load", "leaks", "report", "merge"])
def test_what_shows_a_record_can_show_all_of_it(verb: str, edgeproof: Edgeproof) -> None:
    assert re.search(r"--verbose +-v ", edgeproof(verb, "--help").out)


def test_every_case_fault_and_invariant_is_a_line_in_a_pipe(edgeproof: Edgeproof) -> None:
    cases = edgeproof("cases").out.splitlines()
    faults = edgeproof("faults").out.splitlines()

    assert [line.split()[0] for line in cases] == [case.id for case in CASES]
    assert [line.split()[0] for line in faults] == list(FAULTS)
    assert [line.split()[0] for line in edgeproof("invariants").out.splitlines()] == list(GUIDES)
    assert cases[0].endswith(CASES[0].promise)


def test_a_glob_chooses_cases(edgeproof: Edgeproof) -> None:
    lines = edgeproof("cases", "--case", "json.*").out.splitlines()

    assert lines
    assert all(line.startswith("json.") for line in lines)


def test_a_case_is_explained_with_the_rules_it_is_about(edgeproof: Edgeproof) -> None:
    out = edgeproof("cases", "explain", "cache.expires").out

    assert "cache-expires: A cached answer is not served after its claimed TTL." in out
    assert out.endswith("\nrun it: edgeproof run --case cache.expires\n")


def test_every_case_can_be_explained(edgeproof: Edgeproof) -> None:
    out = edgeproof("cases", "explain", "*").out

    assert out.count("run it: edgeproof run --case ") == len(CASES)


@pytest.mark.usefixtures("one_unmeasured")
@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_explained_with_its_parameters(name: str, edgeproof: Edgeproof) -> None:
    out = edgeproof("faults", "explain", name).out

    assert all(f"  {item.name}={item.default}  (" in out for item in FAULTS[name].parameters())
    assert f"X-Edgeproof-Fault: {name}" in out


@pytest.mark.usefixtures("one_unmeasured")
@pytest.mark.parametrize("name", GUIDES)
def test_every_invariant_is_explained_with_cases_that_show_it(name: str, edgeproof: Edgeproof) -> None:
    outcome = edgeproof("invariants", "explain", name)

    assert outcome.code == 0
    assert outcome.out.startswith(f"{name}\n  {GUIDES[name].promise}\n")
    assert all(text in outcome.out for text in (GUIDES[name].why, GUIDES[name].right, GUIDES[name].mend))
    assert re.search(r"try it: edgeproof run --case [a-z]+\.[a-z0-9-]+\n$", outcome.out)


@pytest.mark.parametrize(
    ("verb", "name", "told"),
    [
        ("cases", "no-laundering", "no-laundering is an invariant: edgeproof invariants explain no-laundering\n"),
        ("faults", "cache.expires", "cache.expires is a case: edgeproof cases explain cache.expires\n"),
        ("invariants", "sse.truncate", "sse.truncate is a fault: edgeproof faults explain sse.truncate\n"),
    ],
)
def test_an_id_is_explained_whichever_verb_is_asked(verb: str, name: str, told: str, edgeproof: Edgeproof) -> None:
    outcome = edgeproof(verb, "explain", name)

    assert outcome.code == 0
    assert outcome.err == told
    assert outcome.out.startswith(name)


def test_the_cases_can_be_listed_for_programs(edgeproof: Edgeproof) -> None:
    told = json.loads(edgeproof("cases", "--case", "json.*", "--json").out)

    assert [each["id"] for each in told] == [case.id for case in CASES if case.family == "json"]
    assert {"quick", "soak"} <= {*told[0]["profiles"]}
