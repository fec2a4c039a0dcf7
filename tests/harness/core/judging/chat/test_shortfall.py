"""A case at a chat service that has shown nothing says so, and what its clients saw is told in words."""

from __future__ import annotations

from dataclasses import replace

from fault_injection.families import client
from harness.core.judging.chat.ledger import Ledger
from harness.core.judging.chat.shortfall import seen, shortfall
from harness.core.judging.verdict import judge
from harness.core.observed.history import ClientEnd
from harness.core.target.chat_api import ChatApi
from reports.record import Verdict
from scenarios.case import Case, Step
from scenarios.deed import Deed
from tests.harness.core.chats import CUT, LEFT, asked, done, found, later, service, told
from tests.harness.core.histories import failure, view

ASK = Step(label="ask", deed=Deed(do="ask"))
CASE = Case(id="chat.x", promise="P.", reference="r", focus=("chat-served",), steps=(ASK,))
LEAVING = replace(CASE, steps=(replace(ASK, faults=(client.AbortAfter(events=2),)),))


def test_a_target_that_accepts_no_connection_has_shown_nothing() -> None:
    refused = service(asked(failure(500), end=ClientEnd.REFUSED, status=None))

    assert shortfall(CASE, refused) == "the target accepted no connection"
    assert judge(CASE, service(asked()), models={}).verdict is Verdict.PASS


def test_a_client_that_came_too_late_to_leave_has_shown_nothing() -> None:
    assert shortfall(LEAVING, service(asked())).startswith("ask: the answer ended before the client could leave")
    assert shortfall(LEAVING, service(asked(told("Blue", finished=False), end=LEFT))) == ""


def test_a_case_without_deeds_has_no_shortfall_of_this_kind() -> None:
    assert shortfall(replace(CASE, steps=(Step(),)), view()) == ""


def test_what_clients_saw_is_told_in_words() -> None:
    half = asked(told("Blue", finished=False), end=CUT, label="half", at=2.0)
    many = [later("read", found({}), at=5.0 + number, label=f"read-{number}") for number in range(6)]

    words = seen(service(asked(), half, *many))

    assert words.startswith(
        "ask: 200 with 16 characters, finished; half: 200 with 4 characters, unfinished; read-0: 200"
    )
    assert words.endswith("; and 2 more")


def test_an_id_may_come_in_a_header() -> None:
    api = ChatApi(conversation_header="X-Thread")
    answered = asked(headers=(("content-type", "text/event-stream"), ("X-Thread", "7")))

    assert Ledger(service(answered, claims={"chat_api": api})).id_of("t") == "7"
    assert Ledger(service(done("list", found([]), at=0.0, talk=""))).id_of("t") == ""
