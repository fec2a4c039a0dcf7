"""Secrets that a target's file spells out."""

from __future__ import annotations

from harness.core.target.owned import owned_secrets
from harness.core.target.parser import parse

FILE = """
[target]
name = "mine"
command = ["./proxy", "{port}"]
url = "http://127.0.0.1:{port}"
[target.env]
API_TOKEN = "{api_token}"
DB_PASS = "br{{ace"
DATABASE = "postgres://me:hunter2@h/db"
MODE = "production"
AUTH_ENABLED = "true"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
[chat.headers]
Authorization = "Bearer {client_token}"
X-Api-Key = "sk-0123456789"
Cookie = "sid=0123456789; theme=dark"
X-Auth-Token = "test"
X-Team = "a-long-enough-name"
"""


def test_variables_and_headers_that_are_the_owners_own_are_secrets() -> None:
    assert owned_secrets(parse(FILE, file="a")) == ("br{ace", "hunter2", "sk-0123456789", "0123456789")


def test_headers_of_a_further_door_count_too() -> None:
    door = """[[chat.also]]
dialect = "anthropic-messages"
path = "/v1/messages"
headers = { x-api-key = "sk-of-the-other-door" }
"""

    assert owned_secrets(parse(FILE + door, file="a"))[-1] == "sk-of-the-other-door"


def test_a_target_that_spells_nothing_out_has_none() -> None:
    text = FILE.partition("[target.env]")[0] + "[chat]\n" + FILE.partition("[chat]\n")[2].partition("[chat.headers]")[0]

    assert owned_secrets(parse(text, file="a")) == ()
