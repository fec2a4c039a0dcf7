from __future__ import annotations

import pytest

from harness.core.target.claims import Capabilities
from harness.core.target.first_look import FirstLook
from harness.core.target.parser import parse
from harness.errors import UsageError


def look(url: str, *, dialect: str = "openai", path: str | None = None, streaming: bool = True) -> FirstLook:
    return FirstLook.at(url, dialect=dialect, path=path, model="a model", streaming=streaming)


@pytest.mark.parametrize(
    ("url", "path", "origin", "asked"),
    [
        ("http://127.0.0.1:8080", None, "http://127.0.0.1:8080", "/v1/chat/completions"),
        ("http://127.0.0.1:8080/", None, "http://127.0.0.1:8080", "/v1/chat/completions"),
        ("http://[::1]:8080/api/chat", None, "http://[::1]:8080", "/api/chat"),
        ("https://localhost/api", "/chat", "https://localhost", "/chat"),
    ],
)
def test_an_address_says_where_a_proxy_is_and_may_say_where_it_is_asked(
    url: str, path: str | None, origin: str, asked: str
) -> None:
    found = look(url, path=path)

    assert (found.origin, found.path) == (origin, asked)


@pytest.mark.parametrize("dialect", ["openai", "workers-ai"])
def test_the_assumptions_are_a_target_file_that_claims_nothing_but_streaming(dialect: str) -> None:
    target = parse(look("http://127.0.0.1:8080", dialect=dialect).text, file="a first look")

    assert (target.url, target.name, target.command) == ("http://127.0.0.1:8080", "127.0.0.1:8080", None)
    assert (target.chat.dialect, target.chat.model) == (dialect, "a model")
    assert target.capabilities == Capabilities(streaming=True)
    assert target.tells_callers_apart


def test_a_proxy_that_does_not_stream_claims_nothing_at_all() -> None:
    target = parse(look("http://127.0.0.1:8080", streaming=False).text, file="a first look")

    assert target.capabilities == Capabilities()


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8080", "ftp://127.0.0.1", "http://", "http://127.0.0.1:70000", "http://h/?a=b", "http://h:{port}"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="not the address of a proxy"):
        look(url)


def test_a_path_without_a_slash_is_refused() -> None:
    with pytest.raises(UsageError, match="not the path of a chat request"):
        look("http://127.0.0.1:8080", path="chat")
