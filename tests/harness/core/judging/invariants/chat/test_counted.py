"""The borders of the rules about agents, usage, branches, and answers that are read on."""

from __future__ import annotations

from harness.core.observed.history import Visit
from harness.core.target.chat_api import ChatResume, ChatUsage
from tests.harness.core.chats import (
    CUT,
    ID,
    LEFT,
    LONG,
    QUESTION,
    answer,
    asked,
    call,
    done,
    found,
    later,
    question,
    service,
    shown,
    told,
)
from tests.harness.core.histories import MAIN, OTHER, Fields, cut, failure, message, request, silent, stream

COUNTED = stream(LONG, usage={"total_tokens": 7})
HALF = told("Blue is ", finished=False)
BROKEN = call(reply=cut(stream("Blue is ", "the."), 1))


def _agent(do: str, at: float, text: str = "In verse.", reply: object = None, **more: Fields) -> Visit:
    errand = {"agent": "agent-1111", "text": text, **more.pop("errand", {})}
    return done(do, reply or found({"id": "agent-1111"}), at=at, talk="", deed={"agent": "g"}, errand=errand, **more)  # type: ignore[arg-type] # one of them


def _asked_of(prompt: str, **more: Fields) -> tuple[Visit, Fields]:
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": QUESTION}]
    ask = asked(at=3.0, deed={"agent": "g"}, errand={"agent": "agent-1111"})
    return ask, {"calls": (call(at=3.05, body=request(messages=messages), **more),)}


def test_an_agents_prompt_is_told_as_it_was_last_put() -> None:
    add, change = _agent("add-agent", 0.0), _agent("change-agent", 1.0, "In prose.")
    first, of_first = _asked_of("Always: In verse.")
    second, of_second = _asked_of("In prose.")

    assert silent("agent-applied", [service(add, first, **of_first), service(add, change, second, **of_second)])
    assert "was told its former prompt" in message("agent-applied", service(add, change, first, **of_first))


def test_a_removed_agent_is_asked_no_more_and_not_shown() -> None:
    add, remove = _agent("add-agent", 0.0), _agent("remove-agent", 1.0)
    ask, of_it = _asked_of("In verse.")
    bare, of_bare = _asked_of("You are kind.")
    listed = done("list-agents", found([{"id": "agent-1111"}]), at=5.0, talk="")

    assert "is still asked" in message("agent-applied", service(add, remove, ask, **of_it))
    assert silent("agent-applied", [service(add, remove, bare, **of_bare), service(add, listed)])
    assert "shows an agent that was removed" in message("agent-applied", service(add, remove, listed))
    assert "that was removed is shown" in message("agent-applied", service(add, remove, _agent("read-agent", 5.0)))


def test_an_agents_own_model_is_asked_and_its_prompt_shown() -> None:
    add = _agent("add-agent", 0.0, errand={"model": "another"})
    ask, of_it = _asked_of("In verse.")
    other, of_other = _asked_of("In verse.", model="another")
    nothing = done("list-agents", found([]), at=5.0, talk="")

    assert f"asked for {MAIN}" in message("agent-applied", service(add, ask, **of_it))
    assert silent("agent-applied", [service(add, other, **of_other)])
    assert "lacks an agent" in message("agent-applied", service(_agent("add-agent", 0.0), nothing))
    assert "not shown with the prompt" in message("agent-applied", service(add, _agent("read-agent", 5.0)))


def _used(tokens: float, at: float, **more: Fields) -> Visit:
    return done("usage", found({"total": {"totalTokens": tokens, "cost": tokens / 10}}), at=at, talk="", **more)


def test_usage_grows_by_what_upstream_has_counted_and_once() -> None:
    counted = (call(reply=COUNTED),)

    assert silent("usage-counted", [service(_used(3, -5.0), asked(), _used(10, 5.0), calls=counted)])
    twice = service(_used(3, -5.0), asked(), _used(17, 5.0), calls=counted)
    assert message("usage-counted", twice) == "usage: usage has grown by 14 tokens, and upstream has counted 7"


def test_an_answer_that_broke_off_counts_something() -> None:
    broken = asked(HALF, end=CUT)

    assert silent("usage-counted", [service(_used(0, -5.0), broken, _used(5, 5.0), calls=(BROKEN,))])
    free = service(_used(0, -5.0), broken, _used(0, 5.0), calls=(BROKEN,))
    assert "answers that broke off count nothing (ask)" in message("usage-counted", free)


def test_what_others_take_is_not_counted_and_what_is_not_over_is_waited_for() -> None:
    theirs = service(_used(0, -5.0), asked(who="b"), _used(7, 5.0))

    assert "nothing was asked by this caller" in message("usage-counted", theirs)
    assert silent("usage-counted", [service(_used(0, -5.0), asked(HALF, end=LEFT), _used(0, 0.3))])


def test_usage_has_its_number_and_tokens_cost_something() -> None:
    nothing = done("usage", found({"total": {}}), at=5.0, talk="")
    dear = {"usage": ChatUsage(cost="total.cost")}
    free = done("usage", found({"total": {"totalTokens": 7, "cost": 0}}), at=5.0, talk="")

    assert "there is no number at total.totalTokens" in message("usage-counted", service(nothing))
    counted = service(_used(0, -5.0), asked(), free, calls=(call(reply=COUNTED),), claims=dear)
    assert "tokens that cost nothing" in message("usage-counted", counted)


AGAIN = later("regenerate", told(), at=2.0, label="again")
TWO = (call(), call(at=2.05))


def test_the_answer_made_again_is_shown_in_the_former_ones_place() -> None:
    look = later("read", shown(question(), answer(2)), at=1.0)
    new = later("read", shown(question(), answer(3)))
    old = later("read", shown(question(), answer(2)))
    gone = later("read", shown(question()))

    assert silent("branch-true", [service(asked(), look, AGAIN, new, calls=TWO)])
    assert "the former answer is shown" in message("branch-true", service(asked(), look, AGAIN, old, calls=TWO))
    assert "no whole answer is shown" in message("branch-true", service(asked(), look, AGAIN, gone, calls=TWO))
    red = later("regenerate", told("Red is the sky."), at=2.0, label="again")
    calls = (call(), call("Red is the sky.", at=2.05))
    assert "not the one that was made again" in message("branch-true", service(asked(), look, red, old, calls=calls))


def test_every_branch_is_there_where_all_can_be_read() -> None:
    every: Fields = {"deed": {"every_branch": True}}
    both = later("read", shown(question(), answer(2), answer(3)), **every)
    one = later("read", shown(question(), answer(3)), **every)

    assert silent("branch-true", [service(asked(), AGAIN, both, calls=TWO)])
    assert "1 of 2 whole answers" in message("branch-true", service(asked(), AGAIN, one, calls=TWO))


def test_an_answer_that_broke_off_takes_no_place() -> None:
    in_vain = later("regenerate", HALF, at=2.0, end=CUT)
    calls = (call(), call(reply=cut(stream("Blue is ", "the."), 1), at=2.05))
    kept = later("read", shown(question(), answer(2)))
    lost = later("read", shown(question(), answer(3, "Blue is ", status="broken")))

    assert silent("branch-true", [service(asked(), in_vain, kept, calls=calls)])
    assert "no whole answer is shown" in message("branch-true", service(asked(), in_vain, lost, calls=calls))


def test_a_conversation_goes_on_from_the_answer_made_again_alone() -> None:
    errand = {"conversation": ID, "nonce": OTHER, "text": OTHER}
    third = asked(told("Red."), at=5.0, label="third", errand=errand)

    def calls(*said: tuple[str, str]) -> Fields:
        messages = [{"role": role, "content": text} for role, text in (*said, ("user", OTHER))]
        return (*TWO, call("Red.", at=5.05, nonce=OTHER, body=request(OTHER, messages=messages)))

    first, told_again = ("user", QUESTION), ("assistant", LONG)
    assert silent("branch-true", [service(asked(), AGAIN, third, calls=calls(first, told_again))])
    both = service(asked(), AGAIN, third, calls=calls(first, told_again, told_again))
    assert "more than one answer" in message("branch-true", both)
    assert "was not told the answer" in message("branch-true", service(asked(), AGAIN, third, calls=calls(first)))


def test_what_is_read_on_is_the_whole_answer_or_its_rest() -> None:
    left = asked(told("Blue", finished=False), end=LEFT, end_s=0.12)
    rest = later("resume", told(LONG[4:]), at=1.0)
    behind = {"resume": ChatResume(from_start=False)}

    assert silent("resumed-true", [service(left, later("resume", told(), at=1.0)), service(left, rest, claims=behind)])
    again = service(left, later("resume", told(), at=1.0), claims=behind)
    assert "repeats something: 20 characters came" in message("resumed-true", again)
    unended = service(left, later("resume", told(finished=False), at=1.0))
    assert "no mark says so" in message("resumed-true", unended)


def test_an_answer_that_is_over_need_not_be_told_again_and_a_broken_one_is_not_finished() -> None:
    left = asked(HALF, end=LEFT, end_s=0.12)

    assert silent("resumed-true", [service(left, later("resume", failure(404), at=9.0))])
    assert "who reads it on got 500" in message("resumed-true", service(left, later("resume", failure(500), at=9.0)))
    finished = service(left, later("resume", told("Blue is "), at=1.0), calls=(BROKEN,))
    assert "as a finished one" in message("resumed-true", finished)
