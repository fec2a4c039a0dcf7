"""Odd numbers of tokens break off no answer, whatever API words it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.reference_proxy.faces.counts import count, detail
from tests.harness.reference_proxy.faces import test_ag_ui as ag_ui
from tests.harness.reference_proxy.faces import test_ai_sdk as ai_sdk
from tests.harness.reference_proxy.faces import test_messages as messages
from tests.harness.reference_proxy.faces import test_responses as responses
from tests.harness.reference_proxy.stage import DONE, OPENAI_MODEL, piece, stage, streams

ODD: Mapping[str, Any] = {"prompt_tokens": "3", "completion_tokens": {}, "prompt_tokens_details": [1]}
ASKED = {
    responses.PATH: responses.asked(stream=True),
    messages.PATH: messages.asked(stream=True),
    "/ai-sdk": ai_sdk.asked(),
    "/ai-sdk?protocol=data": ai_sdk.asked(),
    ag_ui.PATH: ag_ui.asked(),
}


@pytest.mark.parametrize("path", ASKED)
async def test_an_answer_with_odd_numbers_is_whole(path: str) -> None:
    told = {"object": "chat.completion.chunk", "model": OPENAI_MODEL, "choices": [], "usage": ODD}
    async with stage(streams(piece("Hello"), piece("", finish="stop"), told, DONE)) as on:
        got = await on.ask(ASKED[path], path=path)

    assert got.whole
    assert b"Hello" in got.body


def test_what_is_no_whole_number_counts_for_nothing() -> None:
    assert [count({"n": value}, "n") for value in (7, -7, 7.5, "7", True, None)] == [7, -7, 0, 0, 0, 0]
    assert [detail(told, "kept", "n") for told in ({"kept": {"n": 7}}, {"kept": [7]}, {})] == [7, 0, 0]
