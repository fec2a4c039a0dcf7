"""The borders of the rules about requests: what may be added or put in another way."""

from __future__ import annotations

import json

import pytest

from harness.core.judging.invariants import Breach
from harness.core.judging.view import CaseView
from harness.core.target.claims import Capabilities
from harness.core.target.rewrites import Rewrites
from harness.core.target.sessions import Sessions
from reports.record import Level
from tests.harness.core.histories import (
    FALLBACK,
    MAIN,
    NONCE,
    RESILIENT,
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
SPACED = {**CALL, "function": {"name": "f", "arguments": "{ }"}}
OTHER_WORDS = {**CALL, "function": {"name": "f", "arguments": '{"a":1}'}}
FUNCTION = {"name": "f", "parameters": {}}
PARTS = [
    {"type": "text", "text": f"{NONCE} a"},
    {"type": "image_url", "image_url": "data:,"},
    {"type": "text", "text": "b"},
]
LOW = [{"type": "text", "text": NONCE}, {"type": "image_url", "image_url": {"url": "data:,", "detail": "low"}}]
HIGH = [{"type": "text", "text": NONCE}, {"type": "image_url", "image_url": {"url": "data:,", "detail": "high"}}]
ASSISTANT = {"role": "assistant", "content": "", "tool_calls": [CALL]}
TOOL = {"role": "tool", "tool_call_id": "c1", "content": "7"}


def _asked(asked: Json, sent: bytes, *, surface: str = "ai.chat") -> CaseView:
    return view(client(answer(), params=asked), upstream(answer(), body=sent, surface=surface))


def _tool(parameters: Json) -> Json:
    return {"type": "function", "function": {"name": "f", "parameters": parameters}}


def _schema(*names: str) -> Json:
    properties = {name: {"type": "string"} for name in names}
    return {"type": "json_schema", "json_schema": {"name": "s", "schema": {"properties": properties}}}


def _talk(*messages: Json, sent: list[Json], surface: str = "ai.chat") -> CaseView:
    return _asked({"messages": list(messages)}, request(messages=sent), surface=surface)


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (_talk(SYSTEM, USER, sent=[USER]), "as sent, or out of order; the system message 'Be brief.'"),
        (_talk(SYSTEM, USER, sent=[USER, SYSTEM]), f"the user message '{NONCE} tokens=2'"),
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
        (
            _talk({**USER, "content": PARTS}, sent=[{**USER, "content": f"{NONCE} ab"}]),
            "the image_url part of a user message",
        ),
        (_talk({**USER, "content": PARTS}, sent=[{**USER, "content": [*PARTS[1:], PARTS[0]]}]), "the user message"),
        (_talk({**USER, "name": "ann"}, sent=[USER]), "the user message's name='ann' came as None"),
        (_talk({**USER, "content": LOW}, sent=[{**USER, "content": HIGH}]), "image_url.image_url.detail='low' came"),
        (_talk(USER, sent=[USER, USER]), "reached upstream once more than it was sent; user"),
        (_asked({"response_format": _schema("z", "a")}, request(response_format=_schema("a", "z"))), "another order"),
    ],
)
def test_what_the_client_said_must_be_in_it(of: CaseView, words: str) -> None:
    assert words in message("request-true", of)


@pytest.mark.parametrize(
    "of",
    [
        _talk({**SYSTEM, "role": "developer"}, USER, sent=[SYSTEM, USER]),
        _talk({**ASSISTANT, "content": None}, TOOL, USER, sent=[ASSISTANT, TOOL, USER]),
        _talk({**USER, "content": [{"type": "text", "text": NONCE}, 7]}, sent=[{**USER, "content": NONCE}]),
        _talk({**USER, "content": {"text": "a"}}, USER, sent=[{**USER, "content": ""}, USER]),
        _talk(ASSISTANT, TOOL, USER, sent=[{**ASSISTANT, "tool_calls": None}, TOOL, USER], surface="ai.run"),
        _talk(USER, sent=["nonsense", USER]),  # type: ignore[list-item]  # a target may send anything
        _asked({"temperature": None, "n": 1, "tools": [], "tool_choice": "auto"}, request()),
        _asked({"max_completion_tokens": 9}, request(max_tokens=9)),
        _asked({"max_tokens": 9}, request(max_completion_tokens=9)),
        _asked({"stop": "x"}, request(stop=["x"])),
        _asked({"tools": [{"type": "function", "function": FUNCTION}]}, request(tools=[FUNCTION])),
        _talk({**USER, "content": PARTS}, sent=[{**USER, "content": f"{NONCE} ab"}], surface="ai.run"),
        _talk({**USER, "content": PARTS}, sent=[{**USER, "content": PARTS}]),
        _talk(ASSISTANT, TOOL, USER, sent=[{**ASSISTANT, "tool_calls": [SPACED]}, TOOL, USER]),
        _asked({"logit_bias": {}, "stop": [], "user": "", "metadata": None}, request()),
        _asked({"parallel_tool_calls": True, "logprobs": False, "presence_penalty": 0}, request()),
        _asked({"temperature": 1.0, "seed": 10}, b'{"temperature": 1, "seed": 1e1}'),
        _asked({"tools": [_tool({"required": ["b", "a"]})]}, request(tools=[_tool({"required": ["a", "b"]})])),
        _asked({"tools": [_tool({"type": "object", "a": 1})]}, request(tools=[_tool({"a": 1, "type": "object"})])),
        _asked({"tools": [{**_tool({}), "strict": False}]}, request(tools=[_tool({})])),
        _talk({**USER, "content": "\ud83d"}, USER, sent=[{**USER, "content": "\ufffd"}, USER]),
        _talk({**USER, "reasoning_content": None, "refusal": ""}, sent=[USER]),
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


def test_every_attempt_is_judged() -> None:
    calls = [upstream(failure(500), body=request(seed=1)), upstream(answer(), at=0.15)]

    (breach,) = breaches("request-true", view(client(answer(), params={"seed": 1}, end_s=1.0), calls))

    assert breach == Breach("ask: a parameter did not reach upstream as sent; seed=1 came as None in attempt 2")


def test_what_only_a_later_attempt_adds_is_told_every_time() -> None:
    calls = [upstream(failure(500)), upstream(answer(), at=0.15, body=request(temperature=1))]

    (breach,) = breaches("request-true", view(client(answer(), end_s=1.0), calls))

    assert (breach.level, breach.once) == (Level.SHOULD, False)
    assert breach.message == "ask: a parameter was added; temperature=1 was not sent in attempt 2"


def test_a_wish_for_usage_is_passed_on_in_every_attempt_or_in_none() -> None:
    wish: Json = {"stream_options": {"include_usage": True}}
    first, second = upstream(failure(500), body=request(**wish)), upstream(answer(), at=0.15)
    asked = client(answer(), params=wish, end_s=1.0)

    (breach,) = breaches("request-true", view(asked, [first, second]))

    assert "came as None in attempt 2" in breach.message
    assert silent("request-true", [view(asked, [upstream(failure(500)), second])])


def test_an_empty_text_is_not_null() -> None:
    empty = {**TOOL, "content": ""}

    (breach,) = breaches(
        "request-true", _talk(ASSISTANT, empty, USER, sent=[ASSISTANT, {**TOOL, "content": None}, USER])
    )

    assert (breach.level, "tool message's content='' came as None" in breach.message) == (Level.SHOULD, True)


@pytest.mark.parametrize(("model", "told"), [(MAIN, False), (FALLBACK, False), ("@cf/other/model", True)])
def test_a_later_attempt_asks_for_the_same_model_or_the_fallback(model: str, told: bool) -> None:
    calls = [upstream(failure(500)), upstream(answer(), at=0.15, model=model)]

    found = breaches("request-true", view(client(answer(), end_s=1.0), calls, claims=RESILIENT))

    assert [(each.level, model in each.message) for each in found] == ([(Level.SHOULD, True)] if told else [])


@pytest.mark.parametrize(("sent", "told"), [("@cf/other/model", False), (MAIN, True), ("@cf/alias", False)])
def test_the_model_that_a_client_names_is_asked_and_not_the_main_one(sent: str, told: bool) -> None:
    calls = upstream(answer(), model=sent)

    found = breaches("request-true", view(client(answer(), params={"model": "@cf/other/model"}), calls))

    assert [(each.level, f"asked for {sent}" in each.message) for each in found] == ([(None, True)] if told else [])


def test_rules_in_the_middle_may_be_moved_to_the_start_and_not_be_dropped() -> None:
    asked = [{"role": "user", "content": "first"}, SYSTEM, USER]

    (moved,) = breaches("request-true", _talk(*asked, sent=[SYSTEM, asked[0], USER]))
    (dropped,) = breaches("request-true", _talk(*asked, sent=[asked[0], USER]))

    assert (moved.level, dropped.level) == (Level.SHOULD, None)


def test_behind_a_refusal_a_target_may_ask_for_less() -> None:
    calls = [upstream(failure(400), body=request(seed=1)), upstream(answer(), at=0.15)]

    (breach,) = breaches("request-true", view(client(answer(), params={"seed": 1}, end_s=1.0), calls))

    assert breach.level is Level.SHOULD


def test_a_call_that_is_nobodys_is_told_although_another_is_right() -> None:
    clients = [client(answer(), params={"seed": seed}) for seed in (1, 2)]
    calls = [upstream(answer(), body=request(seed=seed)) for seed in (1, 2, 3)]

    assert "came as 3" in breaches("request-true", view(clients, calls))[0].message


@pytest.mark.parametrize(
    ("asked", "sent", "level"),
    [
        ({"top_p": 0.9}, {"top_p": 0.8999999761581421}, Level.SHOULD),
        ({"logit_bias": {"7": 0.1}}, {"logit_bias": {"7": 0.10000000149011612}}, Level.SHOULD),
        ({"top_p": 0.9}, {"top_p": 0.8999}, None),
        ({"temperature": 0}, {}, None),
        ({"top_k": 7}, {}, Level.SHOULD),
        ({"seed": 2512292042121000001}, {"seed": 2512292042121000000}, Level.SHOULD),
        ({"seed": 4711}, {"seed": "4711"}, None),
        ({"temperature": 0}, {"temperature": False}, None),
        ({"parallel_tool_calls": False}, {}, None),
        ({"user": "u-1"}, {}, Level.SHOULD),
        ({"x_future": {"on": False}}, {"x_future": {}}, Level.SHOULD),
        ({"tools": [_tool({"a": {"default": 0}})]}, {"tools": [_tool({"a": {}})]}, None),
        ({"tools": [_tool({"enum": [None, 0]})]}, {"tools": [_tool({"enum": [0]})]}, None),
        ({"tools": [_tool({"additionalProperties": False})]}, {"tools": [_tool({})]}, None),
        ({"response_format": _schema("zebra", "apple")}, {"response_format": _schema("apple", "zebra")}, None),
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


@pytest.mark.parametrize(
    ("of", "words", "level"),
    [
        (_talk(USER, sent=[SYSTEM, USER]), "a message was added; system: 'Be brief.'", Level.SHOULD),
        (_talk(SYSTEM, USER, sent=[{**SYSTEM, "content": "House rules. Be brief."}, USER]), "words were", Level.SHOULD),
        (_asked({}, request(max_tokens=256)), "a parameter was added; max_tokens=256", Level.SHOULD),
        (_asked({}, request(user="u-1")), "a parameter was added; user='u-1'", Level.OBSERVE),
        (_asked({"tools": [_tool({})]}, request(tools=[{**_tool({}), "function": {"name": "f", "strict": True}}])),
         "a parameter was added; tools[0].strict=True", Level.SHOULD),
    ],
)  # fmt: skip
def test_what_is_added_is_told_once(of: CaseView, words: str, level: Level) -> None:
    (breach,) = breaches("request-true", of)

    assert (words in breach.message, breach.level, breach.once) == (True, level, True)


ADDING = Rewrites(adds=frozenset({"system", "max_tokens"}), changes=frozenset({"image_url"}), drops=frozenset({"seed"}))


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, {"max_tokens": 256}),
        ({"seed": 7}, {}),
        ({"messages": [USER]}, {"messages": [SYSTEM, USER]}),
        ({"messages": [{**USER, "content": LOW}]}, {"messages": [{**USER, "content": HIGH}]}),
        ({"messages": [{**USER, "content": PARTS}]}, {"messages": [{**USER, "content": f"{NONCE} ab"}]}),
    ],
    ids=str,
)
def test_what_is_declared_is_not_held_against_the_target(asked: Json, sent: Json) -> None:
    of = [client(answer(), params=asked)], [upstream(answer(), body=request(**sent))]

    assert silent("request-true", [view(*of, rewrites=ADDING)])
    assert not silent("request-true", [view(*of)])


def test_declaring_one_thing_excuses_no_other() -> None:
    of = view(client(answer(), params={"top_p": 0.5}), upstream(answer()), rewrites=ADDING)

    assert "top_p" in message("request-true", of)


def test_in_a_conversation_the_turns_before_are_added_and_its_name_stays_here() -> None:
    claims = Capabilities(sessions=Sessions(field="conversation_id"))
    asked = client(answer(), talk="t", params={"conversation_id": "0190b0c2"})
    sent = request(messages=[{"role": "user", "content": "Before."}, {"role": "assistant", "content": "Yes."}, USER])

    def of(claims: Capabilities) -> CaseView:
        return view(asked, upstream(answer(), body=sent), claims=claims)

    assert silent("request-true", [of(claims)])
    assert not silent("request-true", [of(Capabilities())])
