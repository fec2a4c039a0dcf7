"""Where a chat service has its things, by its file or as documented."""

from __future__ import annotations

from types import SimpleNamespace

from harness.core.load.chat.api import DOCUMENTED, ChatApi

CLAIM = SimpleNamespace(
    ask="POST /talk",
    list="GET /talks?n={limit}&from={offset}",
    read="GET /talks/{conversation}?n={limit}",
    conversation_header=None,
    names=SimpleNamespace(message="text", conversation="talk", role="who", content="said"),
)


def test_a_claim_says_every_path_and_every_name() -> None:
    api = ChatApi.claimed(CLAIM)

    assert (api.ask, api.listing) == ("/talk", "/talks?n=20&from=0")
    assert api.path_of("t1") == "/talks/t1?n=20"
    assert api.question("hi", "t1") == {"text": "hi", "talk": "t1"}
    assert api.answers({"messages": [{"who": "assistant", "said": "hello"}]}) == ("hello",)


def test_a_first_question_names_no_conversation() -> None:
    assert DOCUMENTED.question("hi", "") == {"message": "hi"}


def test_only_answers_that_are_shown_as_whole_count() -> None:
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "plain"},
        {"role": "assistant", "content": "told", "status": "complete", "complete": True},
        {"role": "assistant", "content": "under way", "status": "streaming", "complete": False},
        {"role": "assistant", "content": "cut", "status": "failed"},
        "no message",
    ]

    assert DOCUMENTED.answers({"messages": messages}) == ("plain", "told")
    assert DOCUMENTED.answers({"messages": None}) == DOCUMENTED.answers([]) == DOCUMENTED.answers(None) == ()
