"""What a target file may claim of a chat service, and the requests that follow from it."""

from __future__ import annotations

import pytest

from harness.core.target.chat_api import ChatAgents, ChatApi, ChatNames, ChatResume, route
from harness.core.target.chat_calls import Call, Ids, call_of, never_there, text_of
from harness.core.target.claims import Capabilities
from harness.core.target.file import TargetFile
from harness.core.target.parser import parse
from harness.errors import UsageError
from scenarios.deed import Deed, Doing, in_words

START = """
[target]
name = "p"
command = ["p", "{port}"]
url = "http://127.0.0.1:{port}"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
[capabilities]
streaming = true
"""
CLAIMS = Capabilities(chat_api=ChatApi(rename="PATCH /c/{conversation}"), agents=ChatAgents(), resume=ChatResume())
IDS = Ids(conversation="c 1", agent="g-1")
ASKED = {"message": "Hi", "conversationId": "c 1", "agentId": "g-1"}
KNOWN = ("41", "", "conv_0123456789abcdef0123456789abcdef", "8c5e0a6e-42f2-4f4c-9f0e-51b3c6d7e8f9")


def _parsed(more: str) -> TargetFile:
    return parse(START + more, file="p.toml")


def test_the_defaults_are_those_of_the_checklist() -> None:
    api = _parsed("[capabilities.chat_api]").capabilities.chat_api

    assert api == ChatApi()
    assert api is not None
    assert (api.ask, api.rename, api.names.conversation) == ("POST /api/v1/chat", None, "conversationId")


def test_another_layout_is_told_route_by_route_and_name_by_name() -> None:
    told = '[capabilities.chat_api]\nask = "PUT /q"\narchive = false\nnames = { id = "number" }'

    assert _parsed(told).capabilities.chat_api == ChatApi(ask="PUT /q", archive=False, names=ChatNames(id="number"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[capabilities.chat_api]\nask = "/q"', 'it should be a method and a path, as "GET /api/v1/chat"'),
        ('[capabilities.chat_api]\nask = "POST /{conversatoin}"', "did you mean {conversation}?"),
        ('[capabilities.chat_api]\naks = "POST /q"', "did you mean ask?"),
        ("[capabilities.chat_api]\narchive = true", "it should be a method and a path, or false"),
        ("tenants = true", "tenants rests on chat_api"),
        ("[capabilities.usage]", "usage rests on chat_api"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(more: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        _parsed(more)

    assert words in str(refused.value)


def test_a_route_is_filled_with_what_there_is() -> None:
    assert route("GET /c/{conversation}?n={limit}", {"conversation": "a/b", "limit": "2"}) == ("GET", "/c/a%2Fb?n=2")
    assert route("GET /c/{conversation}", {}) == ("GET", "/c/")


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("ask", Call(method="POST", path="/api/v1/chat", document=ASKED)),
        ("regenerate", Call(method="POST", path="/api/v1/chat/c%201/regenerate", document={})),
        ("read", Call(method="GET", path="/api/v1/chat/c%201?limit=50&offset=0")),
        ("rename", Call(method="PATCH", path="/c/c%201", document={"title": "Hi"})),
        ("archive", Call(method="POST", path="/api/v1/chat/c%201/archive", document={})),
        ("add-agent", Call(method="POST", path="/api/v1/agents", document={"name": "Hi", "systemPrompt": "Hi"})),
        ("change-agent", Call(method="PATCH", path="/api/v1/agents/g-1", document={"systemPrompt": "Hi"})),
        ("resume", Call(method="GET", path="/api/v1/chat/c%201/stream")),
        ("usage", Call(method="GET", path="/api/v1/usage")),
    ],
)
def test_a_deed_is_one_request(do: Doing, expected: Call) -> None:
    assert call_of(CLAIMS, Deed(do=do), IDS, text="Hi") == expected


def test_a_question_names_no_more_than_there_is() -> None:
    asked = call_of(CLAIMS, Deed(do="ask"), Ids(), text="Hi", model="m")
    shared = call_of(CLAIMS, Deed(do="share"), IDS)

    assert asked.document == {"message": "Hi", "model": "m"}
    assert (shared.path, shared.document) == ("", {"shared": True})


def test_what_is_put_holds_the_mark_of_its_nonce_and_only_a_search_the_nonce() -> None:
    texts = {do: text_of(Deed(do=do), "ep-0123", "What?") for do in ("ask", "rename", "add-agent", "search", "read")}

    assert texts["ask"] == "What?"
    assert [("0123" in texts[do], "ep-" in texts[do]) for do in ("rename", "add-agent")] == [(True, False)] * 2
    assert (texts["search"], texts["read"]) == ("ep-0123", "")


@pytest.mark.parametrize("known", KNOWN)
def test_an_id_that_never_was_is_of_the_same_form(known: str) -> None:
    made = never_there(known)

    assert made != known
    assert made.isdigit() if not known or known.isdigit() else len(made) == len(known)


def test_a_deed_is_told_in_words() -> None:
    assert in_words(Deed(do="read", limit=2, offset=4), "t") == "reads conversation 't' 2 entries behind the first 4"
    assert in_words(Deed(do="export", form="pdf", missing=True), "t") == "exports what never was as pdf"
    assert in_words(Deed(do="remove-agent", agent="g"), "") == "removes agent 'g'"
    assert in_words(Deed(do="read", every_branch=True), "t") == "reads conversation 't' with every branch"
