"""What must be true of every case, whatever it is about."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import scenarios.cases
from fault_injection.client import PLAIN_MANNER
from fault_injection.fault import ClientFault, Fault, KvFault
from harness.core.judging.invariants import ALL as INVARIANTS
from harness.core.judging.needs import missing_claim
from harness.core.target.chat_api import ChatResume
from harness.core.target.claims import RateLimit
from harness.core.target.sessions import Sessions
from harness.shell.target.targets import load
from scenarios.case import Step
from scenarios.index import ALL, MODULES
from scenarios.tools import CLOCK, WEATHER

FOLDER = Path(scenarios.cases.__file__).parent


def test_an_id_is_a_family_and_a_slug_of_words() -> None:
    odd = [case.id for case in ALL if not re.fullmatch(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*", case.id)]
    mere_numbers = [case.id for case in ALL if re.fullmatch(r"[a-z]+\.[0-9-]+", case.id)]

    assert odd == []
    assert mere_numbers == []


def test_a_promise_is_one_sentence() -> None:
    shape = re.compile(r"[A-Z`\d\[].{10,158}\.")

    assert [case.id for case in ALL if not shape.fullmatch(case.promise) or ". " in case.promise] == []


def test_no_promise_is_given_twice_for_the_same_thing() -> None:
    given = Counter((case.family, case.promise) for case in ALL)

    assert [promise for promise, times in given.items() if times > 1] == []


def test_a_reference_is_given_and_our_own_are_invariants() -> None:
    ours = [case for case in ALL if case.reference.startswith("edgeproof")]

    assert [case.id for case in ALL if len(case.reference) < 5] == []
    assert [case.id for case in ours if case.reference.removeprefix("edgeproof's own rule: ") not in INVARIANTS] == []


def test_what_a_case_is_about_exists() -> None:
    named = [(case.id, name) for case in ALL for name in (*case.focus, *(expect.invariant for expect in case.expect))]

    assert [pair for pair in named if pair[1] not in INVARIANTS] == []
    assert [case.id for case in ALL if len(set(case.focus)) < len(case.focus)] == []


def test_a_step_does_what_clients_do() -> None:
    given: list[Fault] = [fault for case in ALL for step in case.steps for fault in step.faults]

    assert given
    assert [str(fault) for fault in given if not isinstance(fault, ClientFault)] == []


def test_an_upstream_does_what_servers_do_and_a_store_what_stores_do() -> None:
    given = [(case.id, rule, fault) for case in ALL for rule in case.upstream for fault in rule.faults]

    assert [name for name, _, fault in given if isinstance(fault, ClientFault)] == []
    assert [name for name, rule, fault in given if isinstance(fault, KvFault) and rule.surface[:3] != "kv."] == []


def test_calls_of_the_key_value_store_carry_no_nonce() -> None:
    rules = [(case.id, rule) for case in ALL for rule in case.upstream if rule.surface.startswith("kv.")]

    assert rules
    assert [name for name, rule in rules if rule.question is not None] == []


def test_a_case_without_a_fault_and_with_everyday_requests_expects_something() -> None:
    plain = [case for case in ALL if not case.upstream and not any(map(_is_unusual, case.steps))]

    assert [case.id for case in plain if not case.expect] == ["streaming.empty-answer"]


def _is_unusual(step: Step) -> bool:
    return bool(step.faults or step.headers or step.deed) or step.manner != PLAIN_MANNER


def test_a_case_that_is_no_must_says_what_it_expects() -> None:
    assert [case.id for case in ALL if case.level != "must" and not case.expect] == []


def test_needs_are_words_that_a_target_file_knows() -> None:
    reference = load("reference")
    sessions = Sessions(
        header="X-Conversation",
        history="/{conversation}",
        clear="/{conversation}",
        websocket="/{conversation}",
        broadcast=True,
        per_identity=True,
        survives_restart=True,
    )
    chat = load("reference-chat").capabilities
    claims = replace(
        reference.capabilities,
        rate_limit=RateLimit(per_minute=20),
        sessions=sessions,
        chat_api=chat.chat_api,
        tenants=True,
        agents=chat.agents,
        usage=chat.usage,
        branches=chat.branches,
        resume=ChatResume(),
    )
    target = replace(reference, capabilities=claims, worker="wrangler.jsonc")

    assert {case.id: missing for case in ALL if (missing := missing_claim(case, target))} == {}


def test_a_wait_for_a_claim_needs_the_claim_or_one_that_it_is_about() -> None:
    waits = [(case, step.pause) for case in ALL for step in case.steps if step.pause not in ("none", "moment")]
    claims = {"cache-ttl": {"cache"}, "half-cache-ttl": {"cache"}, "most-of-cache-ttl": {"cache"}}
    claims["half-minute"] = {"rate_limit"}
    rest = {"circuit_breaker", "fallback_model", "cache"}

    assert [
        case.id
        for case, pause in waits
        if not {need.partition(".")[0] for need in case.needs} & claims.get(pause, rest)
    ] == []


def test_a_silent_upstream_is_met_a_few_times_at_most() -> None:
    silent = [
        (case, rule)
        for case in ALL
        for rule in case.upstream
        if any(getattr(fault, "for_s", 0) > 10 for fault in rule.faults)
    ]
    asked = {case.id: sum(step.times for step in case.steps if step.question == rule.question) for case, rule in silent}

    assert asked
    assert {name: times for name, times in asked.items() if times > 2} == {}


def test_a_case_takes_seconds() -> None:
    lasts = {case.id: sum(step.times * _lasts_s(step) for step in case.steps) for case in ALL}

    assert {name: lasts_s for name, lasts_s in lasts.items() if lasts_s > 8} == {}


def _lasts_s(step: Step) -> float:
    leaves = any(fault.id.startswith("client.abort") for fault in step.faults)
    return 0.5 if leaves else step.prompt.first_s + step.prompt.tokens * step.prompt.pace_s


def test_there_are_many_cases() -> None:
    assert len(ALL) >= 125


def test_every_invariant_is_what_some_case_is_about() -> None:
    about = {name for case in ALL for name in case.focus}

    assert set(INVARIANTS) - about == set()


def test_every_invariant_has_a_case_that_can_fail_for_it_as_hard_as_it_may() -> None:
    weights = {"observe": 0, "should": 1, "must": 2}
    hardest = {name: max(weights[case.level] for case in ALL if name in case.focus) for name in INVARIANTS}

    lenient = {name for name, weight in hardest.items() if weight < weights[INVARIANTS[name].level.value]}

    assert lenient == set()


def test_every_module_of_cases_is_in_the_index() -> None:
    on_disk = {path.stem for path in FOLDER.rglob("*.py")} - {"__init__"}

    assert {module.__name__.rpartition(".")[2] for module in MODULES} == on_disk


def test_a_module_holds_one_family_which_its_name_begins_with() -> None:
    for module in MODULES:
        name = module.__name__.rpartition(".")[2]
        (family,) = {case.family for case in module.CASES}

        assert name.partition("_")[0] == family


def test_cases_are_literals() -> None:
    loops = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
    code = (*loops, ast.If, ast.IfExp, ast.FunctionDef, ast.Lambda, ast.BinOp)

    found = [(path.name, type(node).__name__) for path, node in _nodes() if isinstance(node, code)]

    assert found == []


def _nodes() -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path, node


def test_tools_have_names_of_their_own() -> None:
    assert WEATHER["function"]["name"] != CLOCK["function"]["name"]
