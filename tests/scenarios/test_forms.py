"""What a prompt names is a form, the mock says it, and every kind is said by somebody."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, find, settings

from fault_injection.fault import Fault, Law, Turn
from fault_injection.form import FormFault
from fault_injection.reply import Reply
from harness.mock_cloudflare.ai.forms import read
from scenarios.forms import FORMS, asked, spelled
from scenarios.index import ALL
from scenarios.kinds import FORMS as PLACES
from scenarios.kinds import kinds, rows
from scenarios.prompt import Prompt, parse
from scenarios.searching.strategies import prompts
from scenarios.searching.sweep import GOLDEN

ROOT = Path(__file__).parents[2]
NONCE = "ep-0123456789ab"
FIND = settings(
    max_examples=3000, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Reply]]:
    monkeypatch.syspath_prepend(ROOT / "docs")
    module: ModuleType = __import__("kinds")
    monkeypatch.delitem(sys.modules, "kinds")
    found: dict[str, list[Reply]] = module.samples()
    return found


def test_every_form_that_a_case_names_is_one_that_the_mock_gives() -> None:
    prompted = [step.prompt for case in ALL for step in case.steps] + [golden.prompt for golden in GOLDEN]
    named = {prompt.form for prompt in prompted if prompt.form}

    assert named
    assert {form for form in named if not read(form)} == set()


def test_a_form_is_named_without_a_space_and_reads_back() -> None:
    prompt = Prompt(nonce=NONCE, form=spelled(*FORMS))

    assert " " not in prompt.form
    assert parse(str(prompt)) == prompt
    assert asked(prompt) == FORMS
    assert asked(Prompt()) == ()


def test_every_form_keeps_the_meaning_and_there_are_many() -> None:
    assert len(FORMS) > 60
    assert {form.law for form in FORMS} == {Law.SAME_MEANING}
    assert all(isinstance(form, FormFault) for form in FORMS)


def test_every_kind_is_said_in_some_form_and_by_somebody(samples: dict[str, list[Reply]]) -> None:
    told = dict(rows(samples))

    assert list(told) == list(kinds())
    assert [str(kind) for kind, cells in told.items() if not all(cells) or len(cells) != len(PLACES)] == []
    assert [str(kind) for kind, cells in told.items() if set(cells) == {"–"}] == []


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_is_said_in_an_answer_of_the_mock(form: Fault, samples: dict[str, list[Reply]]) -> None:

    replies = [reply for form_of in samples.values() for reply in form_of]

    assert isinstance(form, FormFault)
    assert any(form.apply(reply, Turn(Random(0))) != reply for reply in replies)


@pytest.mark.parametrize("word", ["chat.halves", "place=between", "cut=interleaved", "kind=no-delta", "value=null"])
def test_a_search_draws_forms(word: str) -> None:
    assert word in find(prompts(), lambda prompt: word in prompt.form, settings=FIND).form
