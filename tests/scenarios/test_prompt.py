"""A prompt reads back as it was written, whatever a target does around it."""

from __future__ import annotations

import pytest

from scenarios.prompt import PLAIN, Prompt, parse

NONCE = "ep-0123456789ab"


def test_a_plain_prompt_is_its_nonce() -> None:
    assert str(Prompt(nonce=NONCE)) == NONCE


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt(nonce=NONCE),
        Prompt(nonce=NONCE, tokens=800, pace_s=0.25, first_s=1.5),
        Prompt(nonce=NONCE, tools=2, ascii=True, finish="length", token_bytes=4096),
        Prompt(nonce=NONCE, tokens=0),
    ],
)
def test_a_prompt_reads_back_as_it_was_written(prompt: Prompt) -> None:
    assert parse(f"{prompt} | Please answer.") == prompt


def test_a_message_without_a_nonce_is_a_plain_prompt() -> None:
    assert parse("tokens=5 hello") == PLAIN


def test_only_words_right_behind_the_nonce_are_knobs() -> None:
    assert parse(f"first: {NONCE} tokens=3 and tokens=5") == Prompt(nonce=NONCE, tokens=3)


@pytest.mark.parametrize("knob", ["tokens=many", "pace_s=soon", "ascii=perhaps", "colour=red", "nonce=", "tokens="])
def test_a_knob_that_is_not_understood_keeps_its_default(knob: str) -> None:
    found = parse(f"{NONCE} {knob} tools=1")

    assert (found.tokens, found.pace_s, found.ascii, found.tools) == (12, 0.0, False, 1)


@pytest.mark.parametrize(
    ("knob", "bounded"),
    [("tokens=-4", 0.0), ("tokens=999999999999", 50_000_000.0), ("pace_s=-1", 0.0), ("pace_s=1e9", 3600.0)],
)
def test_a_knob_is_kept_within_bounds(knob: str, bounded: float) -> None:
    found = parse(f"{NONCE} {knob}")

    assert getattr(found, knob.partition("=")[0]) == bounded
