"""Who asks, and in which conversation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.core.target.sessions import Sessions
from harness.shell.playing.lane import Lane
from harness.shell.playing.speaker import Speaker, told_of
from scenarios.case import Case, Step
from tests.harness.shell.direct import direct_target

SOME = Case(id="test.some", promise="Something.", reference="none", focus=("no-loss",))
OTHER = replace(SOME, id="test.other")
TALK = Step(talk="t")


def lane(logs: Path, *, sessions: Sessions | None = None, bearer: str = "{client_token}") -> Lane:
    target = direct_target(bearer=bearer)
    return Lane(replace(target, capabilities=replace(target.capabilities, sessions=sessions)), seed=1, logs=logs)


def test_a_conversation_is_the_same_in_every_step_and_another_in_every_case_and_attempt(tmp_path: Path) -> None:
    one, again = Speaker(lane(tmp_path), seed=1), Speaker(lane(tmp_path), seed=1, attempt=2)

    names = [one.conversation(SOME, TALK), one.conversation(SOME, Step(label="b", talk="t", question="r"))]

    assert names[0] == names[1]
    others = (one.conversation(SOME, Step(talk="v")), one.conversation(OTHER, TALK), again.conversation(SOME, TALK))
    assert len({names[0], *others}) == 4
    assert one.conversation(SOME, Step()) == ""


async def test_the_name_of_a_conversation_goes_into_the_header_that_is_claimed(tmp_path: Path) -> None:
    async with lane(tmp_path, sessions=Sessions(header="X-Talk")) as one, lane(tmp_path) as other:
        claimed, unclaimed = Speaker(one, seed=1), Speaker(other, seed=1)

        assert dict(claimed.headers(TALK, "t\u00e9"))["X-Talk"].encode("latin-1") == "t\u00e9".encode()
        assert "X-Talk" not in dict(claimed.headers(Step(), ""))
        assert {name.lower() for name, _ in unclaimed.headers(TALK, "t")} == {"content-type", "authorization"}


async def test_a_header_of_the_targets_file_gives_way_to_the_conversation(tmp_path: Path) -> None:
    async with lane(tmp_path, sessions=Sessions(header="authorization")) as one:
        assert Speaker(one, seed=1).bare_headers(TALK, "t") == (("authorization", "t"),)


def test_callers_are_one_where_a_target_cannot_tell_them_apart(tmp_path: Path) -> None:
    apart, one = Speaker(lane(tmp_path), seed=1), Speaker(lane(tmp_path, bearer="{api_token}"), seed=1)

    assert [each.identity(Step(identity="b")) for each in (apart, one)] == ["b", "a"]
    assert one.identity(Step(identity="nobody")) == "nobody"


def test_an_odd_name_is_another_conversation_in_a_history() -> None:
    assert [told_of(Step()), told_of(TALK), told_of(Step(talk="t", spelling="path"))] == ["", "t", "t (path)"]
