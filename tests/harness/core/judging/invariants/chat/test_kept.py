"""The borders of the rule about what a chat service keeps."""

from __future__ import annotations

from harness.core.judging.view import CaseView
from harness.core.observed.history import UpstreamExchange
from reports.record import Level
from tests.harness.core.chats import (
    CUT,
    ID,
    LEFT,
    LONG,
    QUESTION,
    answer,
    asked,
    call,
    later,
    question,
    service,
    shown,
    told,
)
from tests.harness.core.histories import OTHER, Fields, Json, breaches, cut, message, request, silent, stream

HALF = "Green is "
SECOND = f"{OTHER} | Please answer."
MESSAGES = [
    {"role": "user", "content": QUESTION},
    {"role": "assistant", "content": LONG},
    {"role": "user", "content": SECOND},
]
BODY = request(OTHER, messages=MESSAGES)
BROKEN = call(reply=cut(stream(HALF, "the grass."), 1), at=2.05, nonce=OTHER, body=BODY)


def _turn(nonce: str = OTHER, **more: Fields) -> Fields:
    return {"conversation": ID, "nonce": nonce, "text": f"{nonce} | Please answer.", **more}


def _broken(*messages: Json, end: object = CUT, calls: tuple[UpstreamExchange, ...] = (BROKEN,)) -> CaseView:
    half = asked(told(HALF, finished=False), at=2.0, label="second", errand=_turn(), end=end)
    return service(asked(), half, later("read", shown(question(), answer(), *messages)), calls=(call(), *calls))


def _spoken(*said: tuple[str, str]) -> CaseView:
    messages = [{"role": role, "content": text} for role, text in (*said, ("user", SECOND))]
    body = request(OTHER, messages=messages)
    second = asked(told("Red."), at=2.0, label="second", errand=_turn())
    return service(asked(), second, calls=(call(), call("Red.", at=2.05, nonce=OTHER, body=body)))


def test_what_was_acknowledged_is_there() -> None:
    assert silent("message-kept", [service(asked(), later("read", shown(question(), answer())))])
    lost = service(asked(), later("read", shown(question())))
    assert "an answer is not there whose end was told" in message("message-kept", lost)


def test_an_answer_may_be_kept_a_moment_behind_its_end() -> None:
    (breach,) = breaches("message-kept", service(asked(), later("read", shown(question()), at=0.2)))

    assert breach.level is Level.SHOULD


def test_a_question_is_there_once_and_in_its_own_words() -> None:
    twice = service(asked(), later("read", shown(question(), question(3), answer())))
    other = service(asked(), later("read", shown(question(text=f"{QUESTION} Now."), answer())))

    assert "is there 2 times" in message("message-kept", twice)
    assert "in other words" in message("message-kept", other)


def test_half_an_answer_is_marked_or_left_out() -> None:
    second = question(3, SECOND)

    assert silent("message-kept", [_broken(second), _broken(second, answer(4, HALF, status="broken", parent=3))])
    as_whole = _broken(second, answer(4, HALF, parent=3))
    assert message("message-kept", as_whole) == "read: half an answer is shown as whole ones are (second)"
    assert "a question is not there" in message("message-kept", _broken())


def test_an_answer_that_went_on_without_its_client_is_no_half() -> None:
    whole = call("Green is the grass.", at=2.05, nonce=OTHER, body=BODY)
    second = question(3, SECOND)

    assert silent("message-kept", [_broken(second, answer(4, "Green is the grass."), end=LEFT, calls=(whole,))])
    assert not silent("message-kept", [_broken(second, answer(4, HALF), end=LEFT, calls=(whole,))])


def test_a_page_that_is_too_short_shows_nothing_of_what_is_kept() -> None:
    page = later("read", shown(answer()), deed={"limit": 1})

    assert silent("message-kept", [service(asked(), page)])


def test_the_model_is_told_the_turns_before_in_order() -> None:
    first, answered = ("user", question()["content"]), ("assistant", LONG)

    assert silent("message-kept", [_spoken(first, answered)])
    assert "was not told what was answered" in message("message-kept", _spoken(first))
    assert "out of order" in message("message-kept", _spoken(answered, first))


def test_the_model_is_not_told_half_an_answer_as_a_whole_one() -> None:
    first, answered = ("user", question()["content"]), ("assistant", LONG)
    messages = [first, answered, ("user", SECOND), ("assistant", HALF), ("user", "ep-000000000000")]
    body = request("ep-000000000000", messages=[{"role": role, "content": text} for role, text in messages])
    half = asked(told(HALF, finished=False), at=2.0, label="second", errand=_turn(), end=CUT)
    third = asked(told("Red."), at=5.0, label="third", errand=_turn("ep-000000000000"))
    calls = (call(), BROKEN, call("Red.", at=5.05, nonce="ep-000000000000", body=body))
    (breach,) = breaches("message-kept", service(asked(), half, third, calls=calls))

    assert breach.level is Level.SHOULD
    assert "half an answer as a whole one" in breach.message
