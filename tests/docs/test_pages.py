"""The pieces that the generated pages are made of."""

from __future__ import annotations

import tomllib

import pytest

from fault_injection import plan_file as plan_reader
from harness.core.target.claims import Limits
from reference_pages import cli, control, plan_file, record, target_file
from reference_pages.attribute_docs import attribute_docs
from reference_pages.markdown import code, escaped, prose
from reference_pages.schema_words import default_of, in_words


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1}, "whole number, at least 1"),
        ({"type": "number", "exclusiveMinimum": 0}, "number, above 0"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text"),
        ({"enum": ["must", "should"]}, "one of `must`, `should`"),
        ({"type": "array", "items": {"type": "string"}}, "list of text"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "table of whole number"),
        ({"$ref": "#/$defs/Retry"}, "[Retry](#r)"),
        ({"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}]}, "list of number, then text"),
        ({}, "anything"),
    ],
)
def test_a_schema_is_told_in_words(schema: dict[str, object], words: str) -> None:
    assert in_words(schema, links={"Retry": "[Retry](#r)"}) == words


@pytest.mark.parametrize(("default", "told"), [(20.0, "`20.0`"), (False, "`false`"), ("", ""), (None, "")])
def test_a_default_is_told_as_it_would_be_written(default: object, told: str) -> None:
    assert default_of({"default": default}) == told


def test_what_stands_below_an_attribute_is_found() -> None:
    assert attribute_docs(Limits)["client_stall_timeout_s"].startswith("A client that takes nothing of its stream")


def test_text_is_told_word_for_word() -> None:
    assert escaped("a <b> *c* d_e `f_<g>`") == "a &lt;b> \\*c\\* d\\_e `f_<g>`"
    assert code("it's `x`") == "``it's `x```"


def test_the_examples_of_a_help_text_are_lines_to_copy() -> None:
    assert prose("Do it:\n\n  edgeproof run\n  edgeproof run --seed 7\n\nThen\nread.") == (
        "Do it:\n\n```sh\nedgeproof run\nedgeproof run --seed 7\n```\n\nThen read."
    )


def test_a_flag_is_told_with_its_value_default_and_variable() -> None:
    (run,) = (each for each in cli.commands() if each.words == ("run",))
    (seed,) = (each for each in cli.flags(run) if each.place == "run--seed")
    (out,) = (each for each in cli.flags(run) if each.place == "run--out")

    assert seed.written == "`--seed` `N`"
    assert "Environment: `EDGEPROOF_SEED`." in seed.meaning
    assert "Default: `edgeproof-report`." in out.meaning


def test_a_key_is_told_with_its_value_and_whether_it_has_to_be_there() -> None:
    keys = {key.place: key for table in target_file.tables() for key in target_file.keys(table)}

    assert keys["chat.model"].required
    assert keys["target.ready_timeout_s"].default == "`20.0`"
    assert keys["capabilities.retry"].kind == "table [`capabilities.retry`](#table.capabilities.retry)"
    assert keys["limits.max_depth"].meaning == "The deepest nesting that it takes in a request's JSON."


def test_every_key_of_a_plan_is_told_in_words() -> None:
    assert [name for name, said in plan_file.places().items() if not said] == []


def test_every_control_path_says_what_it_does() -> None:
    assert [place for place, _, _, said in control.places() if not said] == []


def test_the_template_on_the_page_can_be_read() -> None:
    assert tomllib.loads(target_file.template())["chat"]["dialect"] == "openai"
    assert "a_key_nobody_knows" not in target_file.page()


def test_the_record_comes_first_and_links_to_what_it_holds() -> None:
    page = record.page()

    assert page.index("## The record") < page.index("## CaseResult")
    assert "list of [CaseResult](#CaseResult)" in page


def test_the_page_about_plans_holds_for_what_is_read() -> None:
    assert plan_reader.read_plan("[[rule]]\nfault = 'sse.truncate(after=3)'\np = 0.5").rules[0].p == 0.5
