"""The borders of the rule about what is remembered of a conversation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fault_injection.reply import Reply, json_reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, ClientExchange, UpstreamExchange
from harness.core.target.claims import Capabilities
from harness.core.target.sessions import Sessions
from reports.record import Level
from tests.harness.core.histories import (
    NONCE,
    OTHER,
    Fields,
    breaches,
    client,
    cut,
    failure,
    message,
    request,
    silent,
    stream,
    upstream,
    view,
    visit,
)

KEPT = "conversation-kept"
CLAIMS = Capabilities(streaming=True, sessions=Sessions(header="X-Talk", history="/h", clear="/c"))
APART = replace(CLAIMS, sessions=Sessions(header="X-Talk", per_identity=True))
FIRST = "Blue is the colour."
ASKED = ("user", f"{NONCE} tokens=2")
ANSWERED = ("assistant", FIRST)
NEW = ("user", f"{OTHER} tokens=2")


def said(*spoken: tuple[str, str]) -> bytes:
    """Return what upstream is asked."""
    return request(OTHER, messages=[{"role": role, "content": text} for role, text in spoken])


def turn(reply: Reply | None = None, *, at: float = 0.0, **more: Fields) -> ClientExchange:
    return client(reply or stream(FIRST), at=at, label="first", talk="t", **more)


def second(at: float = 2.0, **more: Fields) -> ClientExchange:
    return client(stream("Two."), **{"at": at, "nonce": OTHER, "label": "second", "talk": "t", **more})


def call(*spoken: tuple[str, str], at: float = 2.1) -> UpstreamExchange:
    return upstream(stream("Two."), at=at, nonce=OTHER, body=said(*spoken))


def told(*spoken: tuple[str, str], claims: Capabilities = CLAIMS, gap_s: float = 2.0) -> CaseView:
    """Return two turns of a conversation, and what upstream was told in the second."""
    calls = [upstream(stream(FIRST)), call(*spoken, at=gap_s + 0.1)]
    return view([turn(), second(gap_s)], calls, claims=claims)


def shown(*entries: dict[str, object], status: int = 200, first: Reply | None = None, **more: Fields) -> CaseView:
    """Return a whole turn and a history of it."""
    reply = json_reply(json.dumps({"messages": entries}).encode(), status=status)
    asked = turn(first, **more)
    return view(asked, upstream(first or stream(FIRST)), claims=CLAIMS, visits=(visit("history", reply, at=3.0),))


def entry(spoken: tuple[str, str], **more: object) -> dict[str, object]:
    return {"role": spoken[0], "content": spoken[1], **more}


def test_a_second_turn_that_knows_the_first_is_right() -> None:
    assert silent(KEPT, [told(ASKED, ANSWERED, NEW), told(("system", "Be brief."), ASKED, ANSWERED, NEW)])


def test_nothing_is_remembered_of_who_claims_nothing() -> None:
    assert silent(KEPT, [told(NEW, claims=Capabilities(streaming=True))])


@pytest.mark.parametrize(
    ("spoken", "saying"),
    [
        ((NEW,), "second: upstream was not told what was asked before in its conversation"),
        ((ASKED, NEW), "second: upstream was not told the answer to a question that is there"),
        ((ANSWERED, ASKED, NEW), "second: an answer stands before its question"),
        ((ASKED, ANSWERED, ASKED, NEW), "second: upstream was told one question 2 times; it was asked once"),
        ((ASKED, ANSWERED, NEW, NEW), "second: upstream was told one question 2 times; it was asked once"),
    ],
)
def test_what_is_not_told_as_it_was_said_is_a_breach(spoken: tuple[tuple[str, str], ...], saying: str) -> None:
    (breach,) = breaches(KEPT, told(*spoken))

    assert (breach.message, breach.level) == (saying, None)
    assert breach.evidence[0].startswith("turn      ")


def test_who_goes_on_at_once_may_be_too_quick_for_a_target() -> None:
    (breach,) = breaches(KEPT, told(NEW, gap_s=0.2))

    assert breach.level is Level.SHOULD


def test_turns_told_in_one_text_are_told() -> None:
    body = json.dumps({"prompt": f"{ASKED[1]}\n{FIRST}\n{NEW[1]}"}).encode()
    calls = [upstream(stream(FIRST)), upstream(stream("Two."), at=2.1, nonce=OTHER, body=body)]

    assert silent(KEPT, [view([turn(), second()], calls, claims=CLAIMS)])


def test_a_conversation_of_another_caller_is_another_where_callers_are_told_apart() -> None:
    calls = [upstream(stream(FIRST)), call(NEW)]

    assert silent(KEPT, [view([turn(), second(identity="b")], calls, claims=APART)])
    assert breaches(KEPT, view([turn(), second(identity="b")], calls, claims=CLAIMS))


@pytest.mark.parametrize(
    "first",
    [
        client(failure(500), label="first", talk="t", stream=True),
        client(stream(FIRST), label="first", talk="t", end=ClientEnd.LEFT),
        client(cut(stream(FIRST), 1), label="first", talk="t", end=ClientEnd.CLOSED_EARLY),
    ],
    ids=["failed", "left", "cut"],
)
def test_a_turn_that_came_to_nothing_need_not_be_known(first: ClientExchange) -> None:
    replies = {500: failure(500)}
    calls = [upstream(replies.get(first.status or 0, cut(stream(FIRST), 1))), call(NEW)]

    assert silent(KEPT, [view([first, second()], calls, claims=CLAIMS)])


def test_half_an_answer_that_is_told_as_a_whole_one_is_not_strict() -> None:
    broken = cut(stream(FIRST, " And more."), 1)
    first = client(broken, label="first", talk="t", end=ClientEnd.CLOSED_EARLY)
    calls = [upstream(broken), call(ASKED, ANSWERED, NEW)]

    (breach,) = breaches(KEPT, view([first, second()], calls, claims=CLAIMS))

    assert breach.level is Level.SHOULD
    assert "half an answer as if it were a whole one" in breach.message


def test_half_an_answer_that_is_marked_is_right() -> None:
    broken = cut(stream(FIRST, " And more."), 1)
    first = client(broken, label="first", talk="t", end=ClientEnd.CLOSED_EARLY)
    calls = [upstream(broken), call(ASKED, ("assistant", f"{FIRST} [interrupted]"), NEW)]

    assert silent(KEPT, [view([first, second()], calls, claims=CLAIMS)])


def test_what_was_forgotten_is_not_told_and_need_not_be() -> None:
    calls = [upstream(stream(FIRST)), call(NEW)]
    forgotten = (visit("clear", json_reply(b"{}"), at=1.0),)

    assert silent(KEPT, [view([turn(), second()], calls, claims=CLAIMS, visits=forgotten)])
    remembered = view([turn(), second()], [calls[0], call(ASKED, ANSWERED, NEW)], claims=CLAIMS, visits=forgotten)
    assert "upstream was told what the target said was forgotten" in message(KEPT, remembered)


def test_a_wish_to_forget_is_granted() -> None:
    refused = (visit("clear", failure(500), at=1.0),)

    assert message(KEPT, view((), (), claims=CLAIMS, visits=refused)) == (
        "clear: a conversation was to be forgotten, the target answered 500"
    )


def test_a_long_conversation_may_leave_out_all_but_its_last_turn() -> None:
    turns = [
        client(stream(f"Answer {number}."), at=2.0 * number, nonce=f"ep-00000000000{number}", label="t", talk="t")
        for number in range(6)
    ]
    calls = [
        upstream(stream(f"Answer {number}."), at=2.0 * number + 0.1, nonce=f"ep-00000000000{number}", body=b"{}")
        for number in range(6)
    ]
    last = second(20.0)
    knows = call(("user", "ep-000000000005"), ("assistant", "Answer 5."), NEW, at=20.1)
    forgets = call(("user", "ep-000000000004"), ("assistant", "Answer 4."), NEW, at=20.1)

    assert silent(KEPT, [view([*turns, last], [*calls, knows], claims=CLAIMS)])
    assert "what was asked before" in message(KEPT, view([*turns, last], [*calls, forgets], claims=CLAIMS))


def test_two_turns_at_once_may_come_in_either_order_and_better_one_behind_the_other() -> None:
    beside = client(stream("Green."), at=0.05, nonce="ep-00000000000a", label="beside", talk="t")
    calls = [upstream(stream(FIRST)), upstream(stream("Green."), at=0.1, nonce="ep-00000000000a", body=b"{}")]
    other = (("user", "ep-00000000000a"), ("assistant", "Green."))

    def third(*spoken: tuple[str, str]) -> CaseView:
        return view([turn(), beside, second()], [*calls, call(*spoken, NEW)], claims=CLAIMS)

    assert silent(KEPT, [third(ASKED, ANSWERED, *other), third(*other, ASKED, ANSWERED)])
    assert [each.level for each in breaches(KEPT, third(ASKED, other[0], ANSWERED, other[1]))] == [Level.SHOULD]
    assert "not told what was asked before" in message(KEPT, third(ASKED, ANSWERED))


def test_a_turn_that_was_over_before_another_began_stands_before_it() -> None:
    later = client(stream("Green."), at=1.0, nonce="ep-00000000000a", label="later", talk="t")
    calls = [upstream(stream(FIRST)), upstream(stream("Green."), at=1.1, nonce="ep-00000000000a", body=b"{}")]
    spoken = (("user", "ep-00000000000a"), ("assistant", "Green."), ASKED, ANSWERED, NEW)

    seen = message(KEPT, view([turn(), later, second()], [*calls, call(*spoken)], claims=CLAIMS))

    assert seen == "second: a turn stands before one that was over when it began"


def test_a_history_with_all_of_it_in_order_is_right() -> None:
    assert silent(
        KEPT,
        [
            shown(entry(ASKED), entry(ANSWERED)),
            shown(entry(ASKED, id="7", at="12:00"), entry(ANSWERED, id="8", at="12:01")),
            shown({"role": "user", "parts": [{"text": ASKED[1]}]}, {"role": "assistant", "text": FIRST}),
        ],
    )


@pytest.mark.parametrize(
    ("of", "saying"),
    [
        (shown(), "history: the history does not show what was asked before in its conversation"),
        (shown(entry(ASKED)), "the history does not show the answer to a question that is there"),
        (shown(entry(ANSWERED), entry(ASKED)), "an answer stands before its question"),
        (shown(entry(ASKED), entry(ANSWERED), entry(ASKED)), "the history shows one question 2 times"),
        (shown(status=404), "the history of a conversation was asked for and got 404"),
        (shown(status=500), "the history of a conversation was asked for and got 500"),
    ],
)
def test_a_history_that_lacks_something_is_a_breach(of: CaseView, saying: str) -> None:
    assert saying in message(KEPT, of)


def test_a_history_that_is_no_json_is_a_breach() -> None:
    page = visit("history", json_reply(b"<html>"), at=3.0)

    assert message(KEPT, view(turn(), upstream(stream(FIRST)), claims=CLAIMS, visits=(page,))).endswith("got no JSON")


def test_a_history_in_which_nothing_was_said_may_be_no_history() -> None:
    for status in (200, 404):
        nothing = visit("history", json_reply(b"[]", status=status), at=3.0, talk="u")

        assert silent(KEPT, [view(turn(), upstream(stream(FIRST)), claims=CLAIMS, visits=(nothing,))])


def test_a_history_shows_nothing_that_was_forgotten() -> None:
    reply = json_reply(json.dumps([entry(ASKED), entry(ANSWERED)]).encode())
    visits = (visit("clear", json_reply(b"{}"), at=1.0), visit("history", reply, at=3.0))

    seen = message(KEPT, view(turn(), upstream(stream(FIRST)), claims=CLAIMS, visits=visits))

    assert seen == "history: the history shows what the target said was forgotten"


@pytest.mark.parametrize(
    ("mark", "count"),
    [
        ({}, 0),
        ({"finish_reason": "stop"}, 1),
        ({"finish_reason": "stop", "id": 8, "created_at": "12:02"}, 1),
        ({"finish_reason": "stop", "status": "interrupted"}, 0),
        ({"finish_reason": None}, 0),
    ],
    ids=["no reason", "unmarked", "with an id", "status", "null"],
)
def test_half_an_answer_in_a_history_is_to_be_told_from_a_whole_one(mark: dict[str, object], count: int) -> None:
    broken = cut(stream("Half of it.", " And more."), 1)
    half = client(broken, at=1.0, nonce=OTHER, label="half", talk="t", end=ClientEnd.CLOSED_EARLY)
    own = {name: {"id": 6, "created_at": "12:01"}[name] for name in mark if name in ("id", "created_at")}
    whole = entry(ANSWERED, finish_reason="stop", **own)
    entries = [entry(ASKED), whole, entry(NEW), entry(("assistant", "Half of it."), **mark)]
    reply = json_reply(json.dumps({"messages": entries}).encode())
    calls = [upstream(stream(FIRST)), upstream(broken, at=1.1, nonce=OTHER, body=said(ASKED, ANSWERED, NEW))]

    of = view([turn(), half], calls, claims=CLAIMS, visits=(visit("history", reply, at=3.0),))

    assert [each.level for each in breaches(KEPT, of)] == [None] * count


def test_half_an_answer_of_who_left_weighs_less() -> None:
    whole = stream("Half of it.", " And more.")
    left = client(cut(whole, 1), at=1.0, nonce=OTHER, label="left", talk="t", end=ClientEnd.LEFT)
    entries = [entry(ASKED), entry(ANSWERED), entry(NEW), entry(("assistant", "Half of it."))]
    reply = json_reply(json.dumps({"messages": entries}).encode())
    calls = [upstream(stream(FIRST)), upstream(whole, at=1.1, nonce=OTHER, body=said(ASKED, ANSWERED, NEW))]

    of = view([turn(), left], calls, claims=CLAIMS, visits=(visit("history", reply, at=3.0),))

    assert [each.level for each in breaches(KEPT, of)] == [Level.SHOULD]
