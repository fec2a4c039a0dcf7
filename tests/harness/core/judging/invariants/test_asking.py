"""The borders of the rules about requests: what may be added or put in another way."""

from __future__ import annotations

import json

import pytest

from harness.core.judging.view import CaseView
from reports.record import Level
from tests.harness.core.histories import (
    NONCE,
    Json,
    answer,
    breaches,
    client,
    failure,
    message,
    request,
    silent,
    upstream,
    view,
)

SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": f"{NONCE} tokens=2"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
OTHER_NAME = {**CALL, "function": {"name": "g", "arguments": "{}"}}
OTHER_WORDS = {**CALL, "function": {"name": "f", "arguments": '{"a":1}'}}
FUNCTION = {"name": "f", "parameters": {}}
PARTS = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": "data:,"}, {"type": "text", "text": "b"}]
ASSISTANT = {"role": "assistant", "content": "", "tool_calls": [CALL]}
TOOL = {"role": "tool", "tool_call_id": "c1", "content": "7"}


def _asked(asked: Json, sent: bytes, *, surface: str = "ai.chat") -> CaseView:
    return view(client(answer(), params=asked), upstream(answer(), body=sent, surface=surface))


def _talk(*messages: Json, sent: list[Json], surface: str = "ai.chat") -> CaseView:
    return _asked({"messages": list(messages)}, request(messages=sent), surface=surface)


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (_talk(SYSTEM, USER, sent=[USER]), "the system message 'Be brief.' did not reach upstream as sent"),
        (_talk(SYSTEM, USER, sent=[USER, SYSTEM]), f"the user message '{NONCE} tokens=2' did not reach"),
        (_talk(USER, sent=[{**USER, "content": NONCE}]), "did not reach upstream as sent"),
        (_talk(USER, sent=[{**USER, "role": "assistant"}]), "the user message"),
        (_talk(ASSISTANT, TOOL, USER, sent=[{**ASSISTANT, "tool_calls": []}, TOOL, USER]), "the assistant message ''"),
        (_talk(ASSISTANT, TOOL, USER, sent=[ASSISTANT, {**TOOL, "tool_call_id": "c2"}, USER]), "the tool message '7'"),
        (_asked({}, json.dumps({"prompt": "else"}).encode()), "is not in the prompt that reached upstream"),
        (_asked({"max_tokens": 9}, request()), "max_tokens=9 came as None"),
        (_asked({"max_completion_tokens": 9}, request(max_tokens=8)), "max_tokens=9 came as 8"),
        (_asked({"max_tokens": 9}, request(max_completion_tokens=8)), "max_tokens=9 came as 8"),
        (_talk(USER, sent=[{**USER, "content": f"{NONCE} tokens=2 and more"}]), "the user message"),
        (_talk(ASSISTANT, TOOL, USER, sent=[{**ASSISTANT, "tool_calls": [OTHER_NAME]}, TOOL, USER]), "the assistant"),
        (_talk(ASSISTANT, TOOL, USER, sent=[{**ASSISTANT, "tool_calls": [OTHER_WORDS]}, TOOL, USER]), "the assistant"),
        (_asked({"seed": 1}, request()), "seed=1 came as None"),
        (_asked({"n": 2}, request()), "n=2 came as None"),
        (_asked({"tool_choice": "required"}, request()), "tool_choice='required' came as None"),
        (_asked({"stop": ["x"]}, request(stop="y")), "stop=['x'] came as 'y'"),
    ],
)
def test_what_the_client_said_must_be_in_it(of: CaseView, words: str) -> None:
    assert words in message("request-true", of)


@pytest.mark.parametrize(
    "of",
    [
        _talk(SYSTEM, USER, sent=[SYSTEM, {"role": "user", "content": "before"}, USER]),
        _talk(SYSTEM, USER, sent=[{"role": "system", "content": "House rules. Be brief."}, USER]),
        _talk({**SYSTEM, "role": "developer"}, USER, sent=[SYSTEM, USER]),
        _talk({**ASSISTANT, "content": None}, TOOL, USER, sent=[ASSISTANT, TOOL, USER]),
        _talk({**USER, "content": [{"type": "text", "text": "a"}, 7]}, sent=[{**USER, "content": "a"}]),
        _talk({**USER, "content": {"text": "a"}}, sent=[{**USER, "content": ""}]),
        _talk(ASSISTANT, TOOL, USER, sent=[{**ASSISTANT, "tool_calls": None}, TOOL, USER], surface="ai.run"),
        _talk(USER, sent=["nonsense", USER]),  # type: ignore[list-item]  # a target may send anything
        _asked({"temperature": None, "n": 1, "tools": [], "tool_choice": "auto"}, request()),
        _asked({"max_completion_tokens": 9}, request(max_tokens=9)),
        _asked({"max_tokens": 9}, request(max_completion_tokens=9)),
        _asked({"stop": "x"}, request(stop=["x"])),
        _asked({"tools": [{"type": "function", "function": FUNCTION}]}, request(tools=[FUNCTION])),
        _talk({**USER, "content": PARTS}, sent=[{**USER, "content": "ab"}]),
        _talk(ASSISTANT, TOOL, USER, sent=[ASSISTANT, {**TOOL, "tool_call_id": "c2"}, USER], surface="ai.run"),
        _asked({"n": 2, "stop": "x"}, request(), surface="ai.run"),
        _asked({}, json.dumps({"prompt": f"user: {NONCE} tokens=2"}).encode()),
        _asked({}, b"{}"),
        _asked({}, b"not JSON"),
        _asked({}, b"[]"),
        view(client(failure(400), body=b"{")),
    ],
)
def test_what_means_the_same_is_no_change(of: CaseView) -> None:
    assert silent("request-true", [of])


def test_every_call_may_be_anybodys_where_several_ask_at_once() -> None:
    clients = [client(answer(), params={"seed": seed}) for seed in (1, 2)]
    calls = [upstream(answer(), body=request(seed=seed)) for seed in (1, 2)]

    assert silent("request-true", [view(clients, calls)])
    assert "seed=2 came as 1" in message("request-true", view(clients, calls[:1]))


def test_of_several_attempts_the_first_tells() -> None:
    calls = [upstream(failure(500), body=request(seed=1)), upstream(answer(), at=0.15)]

    assert silent("request-true", [view(client(answer(), params={"seed": 1}, end_s=1.0), calls)])


@pytest.mark.parametrize(
    ("asked", "sent", "level"),
    [
        ({"top_p": 0.9}, {"top_p": 0.8999999761581421}, Level.SHOULD),
        ({"logit_bias": {"7": 0.1}}, {"logit_bias": {"7": 0.10000000149011612}}, Level.SHOULD),
        ({"top_p": 0.9}, {"top_p": 0.8999}, None),
        ({"temperature": 0}, {}, None),
        ({"top_k": 7}, {}, Level.SHOULD),
    ],
    ids=str,
)
def test_what_a_changed_parameter_weighs(asked: Json, sent: Json, level: Level | None) -> None:
    (breach,) = breaches("request-true", view(client(answer(), params=asked), upstream(answer(), body=request(**sent))))

    assert breach.level is level


HI = f"{NONCE} hi"


@pytest.mark.parametrize(
    ("texts", "level"),
    [(["be brief", HI], Level.SHOULD), ([HI], None), ([HI, "be brief"], None), (["be brie", HI], None)],
    ids=["trimmed", "dropped", "out of order", "cut"],
)
def test_white_space_lost_from_the_ends_of_a_message_weighs_less(texts: list[str], level: Level | None) -> None:
    asked = [{"role": "user", "content": text} for text in ("  be brief\n", " ", HI)]
    sent = [{"role": "user", "content": text} for text in texts]
    asks, calls = client(answer(), params={"messages": asked}), upstream(answer(), body=request(messages=sent))

    (breach,) = breaches("request-true", view(asks, calls))

    assert breach.level is level
