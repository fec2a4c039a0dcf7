"""The further doors of a target, as its file tells of them."""

from __future__ import annotations

import pytest

from harness.core.target.parser import parse
from harness.errors import UsageError

FILE = """\
[target]
name = "mine"
url = "http://127.0.0.1:8"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
[chat.headers]
Authorization = "Bearer {client_token}"
[[chat.also]]
dialect = "ag-ui"
path = "/ag-ui"
[[chat.also]]
dialect = "anthropic-messages"
path = "/{account_id}/messages"
model = "n"
headers = { x-api-key = "{client_token}" }
"""
WRONG = {
    "dialect": ('"ag-ui"', '"ag-iu"', "line 11: chat.also.dialect: it should be openai | workers-ai |"),
    "nearest": ('"anthropic-messages"', '"anthropic"', "did you mean anthropic-messages?"),
    "path": ('"/ag-ui"', '"ag-ui"', "line 12: chat.also.path: 'ag-ui': it should begin with"),
    "second": ('"/{account_id}/messages"', '"messages"', "line 15: chat.also.path: 'messages'"),
    "missing": ('path = "/ag-ui"\n', "", "line 10: chat.also.path: it is missing"),
    "twice": ('"anthropic-messages"', '"ag-ui"', "line 14: chat.also.dialect: ag-ui is spoken at another path already"),
    "first again": ('"ag-ui"', '"openai"', "line 11: chat.also.dialect: openai is spoken at another path already"),
    "key": ('model = "n"', 'modell = "n"', "line 16: chat.also.modell: there is no such key; did you mean model?"),
    "secret": ('"{client_token}" }', '"{sk}" }', "line 17: chat.also.headers.x-api-key: (not shown)"),
}  # fmt: skip


def test_a_door_has_what_it_says_and_else_what_the_first_one_has() -> None:
    read = parse(FILE, file="mine.toml")

    run, message = read.at("ag-ui").chat, read.at("anthropic-messages").chat
    assert (run.path, run.model, run.headers) == ("/ag-ui", "m", {"Authorization": "Bearer {client_token}"})
    assert (message.model, message.headers) == ("n", {"x-api-key": "{client_token}"})
    assert read.filled({"account_id": "acc"}).at("anthropic-messages").chat.path == "/acc/messages"
    assert read.at("") is read.at("openai") is read.at("copilotkit") is read


@pytest.mark.parametrize(("of", "instead", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_told_with_the_line_of_its_own_door(of: str, instead: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(FILE.replace(of, instead, 1), file="mine.toml")

    assert told in str(caught.value)


def test_one_table_instead_of_a_list_of_them_is_told() -> None:
    text = FILE[: FILE.index("[[chat.also]]")] + '[chat.also]\ndialect = "ag-ui"\npath = "/"\n'

    with pytest.raises(UsageError, match=r"line 10: chat.also: it should be written \[\[chat.also\]\]"):
        parse(text, file="mine.toml")
