"""The borders of the rule that a chat service serves."""

from __future__ import annotations

import json

from fault_injection.reply import event, stream_reply
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.core.target.chat_api import ChatApi
from harness.core.target.claims import RateLimit
from tests.harness.core.chats import CUT, LEFT, asked, call, done, found, later, service, told
from tests.harness.core.histories import Fields, breaches, cut, failure, message, silent, stream

BROKEN = call(reply=cut(stream("Blue ", "is."), 1))


def test_a_whole_answer_is_told_whole_and_to_its_end() -> None:
    assert silent("chat-served", [service(asked())])
    assert message("chat-served", service(asked(told(finished=False)))).endswith("no mark of its end")
    assert "and the client got 502" in message("chat-served", service(asked(failure(502))))


def test_a_broken_answer_is_not_told_as_finished() -> None:
    half = told("Blue ", finished=False)

    assert silent("chat-served", [service(asked(half, end=CUT), calls=(BROKEN,))])
    assert "was told of a finished answer" in message("chat-served", service(asked(told("Blue ")), calls=(BROKEN,)))
    (breach,) = breaches("chat-served", service(asked(half), calls=(BROKEN,)))
    assert breach.level is not None
    assert "without a word" in breach.message


def test_an_error_event_is_a_word() -> None:
    parts = [{"type": "text-delta", "delta": "Blue "}, {"type": "error", "errorText": "no more"}]
    reply = stream_reply(tuple(event(json.dumps(part)) for part in parts))

    assert silent("chat-served", [service(asked(reply), calls=(BROKEN,))])


def test_a_request_of_the_owner_is_done() -> None:
    assert message("chat-served", service(asked(), later("rename", failure(500)))).startswith(
        "rename: rename was asked"
    )
    assert silent("chat-served", [service(asked(), later("rename", failure(404), who="b"))])
    assert silent("chat-served", [service(asked(), later("read", found({}, 404), deed={"missing": True}))])


def test_a_claimed_limit_may_be_told() -> None:
    limited = {"rate_limit": RateLimit(per_minute=5)}

    assert silent("chat-served", [service(asked(), later("rename", failure(429)), claims=limited)])
    assert not silent("chat-served", [service(asked(), later("rename", failure(429)))])


def test_what_was_put_away_may_be_gone() -> None:
    away = later("delete", found({}), at=2.0)

    assert silent("chat-served", [service(asked(), away, later("read", found({}, 404)))])
    assert not silent("chat-served", [service(asked(), away, later("read", failure(500)))])


def test_what_a_kill_ended_is_nobodys_failure() -> None:
    killed = done("kill", at=0.05, talk="", end_s=2.0)

    assert silent("chat-served", [service(asked(told("Blue", finished=False), end=CUT), killed, calls=(BROKEN,))])


def test_an_answer_is_not_ended_by_the_service() -> None:
    given_up = call(reply=cut(stream("Blue ", "is."), 1), end=UpstreamEnd.PEER_LEFT)
    ended = service(asked(told("Blue ", finished=False), end=CUT), calls=(given_up,))

    assert "the service ended an answer" in message("chat-served", ended)


def test_a_key_that_was_changed_serves_no_more() -> None:
    key: Fields = {"deed": {"key": "k"}}
    changed = done("rotate-key", found({}), at=1.0, talk="", **key)

    assert silent("chat-served", [service(changed, asked(failure(401), at=2.0, **key))])
    assert not silent("tenant-isolated", [service(changed, asked(at=2.0, **key))])


def test_a_client_that_left_is_owed_nothing() -> None:
    assert silent("chat-served", [service(asked(told("Blue", finished=False), end=LEFT))])


def test_an_answer_without_an_end_and_a_model_that_is_not_asked_are_found() -> None:
    endless = asked(told("Blue", finished=False), end=ClientEnd.TIMED_OUT, end_s=9.0)

    assert "had no end after 9.0 s" in message("chat-served", service(endless))
    assert "upstream was not asked" in message("chat-served", service(asked(), calls=(call(nonce="ep-000000000000"),)))


def test_a_silent_model_is_given_up_in_the_claimed_time() -> None:
    api = {"chat_api": ChatApi(timeout_s=1.0)}
    stalled = call(reply=cut(stream("Blue ", "is."), 1), faults=("sse.stall(after=1)",))
    half = told("Blue ", finished=False)

    assert silent("chat-served", [service(asked(half, end=CUT, end_s=1.6), calls=(stalled,), claims=api)])
    late = service(asked(half, end=CUT, end_s=4.0), calls=(stalled,), claims=api)
    assert "1 s are claimed" in message("chat-served", late)


def test_an_agent_of_the_tenant_can_be_read_until_it_is_removed() -> None:
    agent: Fields = {"deed": {"agent": "g"}, "errand": {"agent": "agent-1111"}, "talk": ""}
    add = done("add-agent", found({"id": "agent-1111"}), at=0.0, **agent)
    gone = done("remove-agent", found({}), at=3.0, **agent)

    assert not silent("chat-served", [service(add, done("read-agent", failure(404), at=2.0, **agent))])
    assert silent("chat-served", [service(add, done("read-agent", failure(404), at=2.0, who="b", **agent))])
    assert silent("chat-served", [service(add, gone, done("read-agent", failure(404), at=5.0, **agent))])
