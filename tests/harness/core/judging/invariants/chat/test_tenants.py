"""The borders of the rule that what is one user's exists for no other."""

from __future__ import annotations

from reports.record import Level
from tests.harness.core.chats import ID, LONG, asked, call, done, found, later, service, shown, told
from tests.harness.core.histories import NONCE, OTHER, Fields, breaches, failure, message, request, silent

AGENT: Fields = {"deed": {"agent": "g"}, "errand": {"agent": "agent-1111"}, "talk": ""}
ADD = done("add-agent", found({"id": "agent-1111"}), at=0.0, **AGENT)


def test_a_refusal_that_shows_nothing_is_right() -> None:
    refused = [later("read", failure(404), who=who) for who in ("b", "colleague", "stranger", "nobody")]

    assert silent("tenant-isolated", [service(asked(), each) for each in refused])
    assert silent("tenant-isolated", [service(asked(), later("read", shown(), who="b"), claims={"tenants": False})])


def test_a_change_by_somebody_else_is_told() -> None:
    changed = service(asked(), later("delete", found({}), who="colleague"))

    assert "another caller changed a conversation" in message("tenant-isolated", changed)


def test_who_is_unknown_is_done_nothing_for_and_gets_a_clean_refusal() -> None:
    assert "for a caller whom nobody knows" in message(
        "tenant-isolated", service(asked(), later("list", found([]), who="nobody"))
    )
    (breach,) = breaches("tenant-isolated", service(asked(), later("list", failure(500), who="stranger")))
    assert breach.level is Level.SHOULD


def test_a_refusal_is_the_same_as_for_what_never_was() -> None:
    nothing = done("read", failure(404), at=6.0, who="b", talk="", deed={"missing": True})

    (breach,) = breaches("tenant-isolated", service(asked(), later("read", failure(403), who="b"), nothing))

    assert "got 403, and one that never was 404" in breach.message
    assert silent("tenant-isolated", [service(asked(), later("read", failure(404), who="b"), nothing)])


def test_words_of_somebody_else_are_found_wherever_they_come() -> None:
    for words in (f"heard {NONCE}", f"in {ID}", LONG):
        shows = done("list", found([{"id": "conv-9", "title": words}]), at=5.0, who="b", talk="")
        assert "shows words of somebody else's" in message("tenant-isolated", service(asked(), shows))


def test_what_the_caller_has_sent_may_come_back() -> None:
    echo = done("search", found({"q": NONCE}), at=5.0, who="b", path=f"/find?q={NONCE}")

    assert silent("tenant-isolated", [service(asked(), echo)])


def test_a_question_in_a_conversation_of_somebody_else_brings_nothing_of_it() -> None:
    errand = {"conversation": ID, "nonce": OTHER, "text": OTHER}
    theirs = asked(told("Red.", conversation="conv-9999-9999"), at=2.0, who="b", errand=errand, label="theirs")
    apart = call("Red.", at=2.05, nonce=OTHER, body=request(OTHER))
    messages = [{"role": "user", "content": text} for text in (NONCE, OTHER)]
    joined = call("Red.", at=2.05, nonce=OTHER, body=request(OTHER, messages=messages))

    assert silent("tenant-isolated", [service(asked(), theirs, calls=(call(), apart))])
    found_out = message("tenant-isolated", service(asked(), theirs, calls=(call(), joined)))
    assert "upstream was told what somebody else has said" in found_out


def test_an_answer_made_again_by_somebody_else_is_told() -> None:
    again = later("regenerate", told(), at=2.0, who="b")
    found_out = breaches("tenant-isolated", service(asked(), again, calls=(call(), call(at=2.05))))

    assert any("had an answer made" in each.message for each in found_out)


def test_what_is_shared_is_read_by_a_colleague_alone_and_changed_by_nobody_else() -> None:
    share = later("share", found({}), at=2.0)
    read = later("read", shown(), who="colleague")

    assert silent("tenant-isolated", [service(asked(), share, read)])
    denied = service(asked(), share, later("read", failure(404), who="colleague"))
    assert "a colleague who reads it got 404" in message("tenant-isolated", denied)
    changed = service(asked(), share, later("rename", found({}), who="colleague"))
    assert "another caller changed" in message("tenant-isolated", changed)
    assert not silent("tenant-isolated", [service(asked(), share, later("read", shown(), who="b"))])


def test_an_agent_is_its_tenants() -> None:
    theirs = done("read-agent", found({"id": "agent-1111"}), at=2.0, who="b", path="/agent-1111", **AGENT)
    nothing = done("read-agent", failure(404), at=4.0, who="b", **{**AGENT, "deed": {"agent": "g", "missing": True}})

    assert "another tenant could read-agent" in message("tenant-isolated", service(ADD, theirs))
    assert silent("tenant-isolated", [service(ADD, done("read-agent", found({}), at=2.0, who="colleague", **AGENT))])
    assert silent(
        "tenant-isolated", [service(ADD, done("read-agent", failure(404), at=2.0, who="b", **AGENT), nothing)]
    )
