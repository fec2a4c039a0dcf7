"""Conversations are played as a case says, on the correct proxy that keeps them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from harness.core.observed.history import History
from harness.core.target.sessions import Sessions
from harness.shell.playing.case_player import CasePlayer
from harness.shell.playing.lane import Lane
from scenarios.case import Case, Step
from tests.harness.shell.direct import direct_target
from tests.targets.talking.defects import right


def case(*steps: Step) -> Case:
    return Case(id="test.some", promise="Something.", reference="none", focus=("no-loss",), steps=steps)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


async def play(logs: Path, *steps: Step) -> History:
    async with Lane(right(), seed=1, logs=logs) as lane:
        return await CasePlayer(lane, seed=1).play(case(*steps), asks_after=False)


async def test_all_that_is_done_in_a_conversation_is_done_in_the_same_one(logs: Path) -> None:
    history = await play(
        logs,
        Step(label="hears", talk="t", act="listen", socket="other"),
        Step(label="http", talk="t"),
        Step(label="socket", question="r", talk="t", socket="s"),
        Step(label="ping", talk="t", act="ping", socket="s"),
        Step(label="read", talk="t", act="history"),
        Step(label="elsewhere", talk="t", spelling="letters", act="history"),
        Step(label="forget", talk="t", act="clear"),
        Step(label="read-again", talk="t", act="history"),
        Step(label="goodbye", talk="t", act="leave", socket="s"),
    )

    visits = {visit.exchange.label: visit for visit in history.visits}
    said = {label: json.loads(visits[label].exchange.body)["messages"] for label in ("read", "elsewhere", "read-again")}
    assert [client.label for client in history.clients] == ["http", "socket"]
    assert [*visits] == ["hears", "ping", "read", "elsewhere", "forget", "read-again", "goodbye"]
    assert {label: len(messages) for label, messages in said.items()} == {"read": 4, "elsewhere": 0, "read-again": 0}
    assert [each["role"] for each in said["read"]] == ["user", "assistant"] * 2
    assert visits["forget"].exchange.status == 204
    assert (visits["ping"].has_ponged, visits["goodbye"].exchange.close_code) == (True, 1000)
    assert visits["hears"].exchange.body.count(b"chat.completion.chunk") > 2
    assert {each.talk for each in (*history.clients, visits["read"].exchange)} == {"t"}
    assert visits["elsewhere"].exchange.talk == "t (letters)"


async def test_a_name_in_the_body_stands_there(logs: Path) -> None:
    target = direct_target()
    claims = replace(target.capabilities, sessions=Sessions(field="conversation_id"))
    async with Lane(replace(target, capabilities=claims), seed=1, logs=logs) as lane:
        history = await CasePlayer(lane, seed=1).play(
            case(Step(label="in", talk="t"), Step(label="again", talk="t"), Step(label="out", question="r"))
        )

    named = [json.loads(client.moves.body).get("conversation_id") for client in history.clients]
    assert named[0] == named[1]
    assert UUID(named[0]).version == 4
    assert named[2] is None


async def test_a_name_in_the_path_stands_there(logs: Path) -> None:
    target = direct_target()
    claims = replace(target.capabilities, sessions=Sessions(path="/talks/{conversation}"))
    async with Lane(replace(target, capabilities=claims), seed=1, logs=logs) as lane:
        history = await CasePlayer(lane, seed=1).play(
            case(Step(label="in", talk="t"), Step(label="odd", talk="t", spelling="path"), Step(label="out"))
        )

    plain, odd, out = (client.path for client in history.clients)
    assert UUID(plain.removeprefix("/talks/")).version == 4
    assert odd.startswith("/talks/..%2F")
    assert out == "/v1/chat/completions"
