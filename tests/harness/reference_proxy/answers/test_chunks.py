"""Chunks in odd forms: what is there is taken, and what is not is not missed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.reference_proxy.answers.capture import Capture
from harness.reference_proxy.answers.chunks import Translator
from harness.reference_proxy.answers.sse import SseEvent


def translator() -> Translator:
    return Translator(model="m", created=1, include_usage=False, choices=1, scrub=str)


def said(*payloads: dict[str, Any]) -> list[dict[str, Any]]:
    reader = translator()
    return [
        chunk
        for payload in payloads
        for chunk in reader.accept(SseEvent("message", json.dumps({"object": "chat.completion.chunk", **payload})))
    ]


def choices(finish: str | None = None, **delta: object) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


@pytest.mark.parametrize("payload", [{"choices": []}, {"choices": None}, {}, {"prompt_filter_results": []}])
def test_a_chunk_without_a_choice_says_nothing(payload: dict[str, Any]) -> None:
    assert said(payload) == []


@pytest.mark.parametrize("role", ["", None])
def test_a_role_that_is_empty_is_none(role: str | None) -> None:
    chunks = said(choices(role=role, content="a"), choices(role=role, content="b"))

    assert [chunk["choices"][0]["delta"] for chunk in chunks] == [
        {"role": "assistant", "content": "a"},
        {"content": "b"},
    ]


def test_text_beside_the_finish_reason_and_reasoning_stays() -> None:
    (chunk,) = said(choices("stop", content="a", reasoning_content="hm"))

    choice = chunk["choices"][0]
    assert (choice["delta"]["content"], choice["delta"]["reasoning_content"], choice["finish_reason"]) == (
        "a",
        "hm",
        "stop",
    )


def test_a_field_in_pieces_is_put_together() -> None:
    capture = Capture(max_bytes=1_000)
    pieces: list[dict[str, Any]] = [
        {"annotations": [1], "audio": {"id": "a", "data": "x"}},
        {"annotations": [2], "audio": {"id": "a", "data": "y", "expires_at": 1}},
        {"extra": 1},
        {"extra": {"why": None}},
    ]

    for piece in pieces:
        capture.add(choices(**piece), 1)

    completion = capture.completion()
    assert completion is not None
    message = completion["choices"][0]["message"]
    assert message["annotations"] == [1, 2]
    assert message["audio"] == {"id": "a", "data": "xy", "expires_at": 1}
    assert message["extra"] == {"why": None}
