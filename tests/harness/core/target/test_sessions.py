from __future__ import annotations

import pytest

from harness.core.target.parser import parse
from harness.core.target.sessions import Sessions, named, path_of
from harness.errors import UsageError
from scenarios.case import Spelling

HEAD = """
[target]
name = "one"
url = "http://127.0.0.1:1"
[chat]
dialect = "openai"
path = "/chat"
model = "m"
[capabilities.sessions]
"""
SPELLINGS: tuple[Spelling, ...] = ("plain", "long", "path", "letters", "small", "capitals")
ONE, OTHER = "0190b0c2-7b1c-4a3e-8f00-00000000000a", "0190b0c2-7b1c-4a3e-8f00-00000000000b"


def _claimed(text: str) -> Sessions | None:
    return parse(HEAD + text, file="one.toml").capabilities.sessions


def test_what_is_not_claimed_is_not_there() -> None:
    assert _claimed('header = "X-Talk"') == Sessions(header="X-Talk")


def test_a_conversation_can_be_named_in_the_path() -> None:
    assert _claimed('path = "/talks/{conversation}"') == Sessions(path="/talks/{conversation}")


def test_all_of_it_can_be_claimed() -> None:
    paths = {"history": "/a/{conversation}", "clear": "/b/{conversation}", "websocket": "/c/{conversation}"}
    text = "\n".join(f'{name} = "{path}"' for name, path in paths.items())
    flags = "broadcast = true\nper_identity = true\nsurvives_restart = true"

    claimed = _claimed(f'field = "conversation_id"\n{text}\n{flags}')

    assert claimed == Sessions(
        field="conversation_id", **paths, broadcast=True, per_identity=True, survives_restart=True
    )


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ('history = "/h"', "it should say one of header, field and path: how a request names its conversation"),
        ('header = "A"\nfield = "b"', "it should say one of header, field and path"),
        ('header = "A"\nbroadcast = true', "broadcast needs websocket"),
        ('header = "A"\nhistory = "/{talk}"', "{conversation}"),
        ('header = "A"\nhistory = "h"', 'it should begin with "/"'),
        ('header = "A"\nhistry = "/h"', "did you mean history?"),
        ('header = "A B"', "cannot be a name here"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(text: str, saying: str) -> None:
    with pytest.raises(UsageError) as refusal:
        _claimed(text)

    assert saying in str(refusal.value)


def test_a_conversation_is_claimed_nowhere_but_in_sessions() -> None:
    with pytest.raises(UsageError, match="conversation"):
        parse(HEAD.replace('"/chat"', '"/chat/{conversation}"') + 'header = "A"', file="one.toml")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_two_conversations_are_two_in_every_spelling(spelling: Spelling) -> None:
    assert named(ONE, spelling) != named(OTHER, spelling)


def test_a_spelling_makes_another_name_of_it() -> None:
    assert len({named(ONE, spelling) for spelling in SPELLINGS}) == len(SPELLINGS)


def test_a_name_is_one_segment_of_a_path() -> None:
    assert path_of("/v1/{conversation}/socket", "../é") == "/v1/..%2F%C3%A9/socket"
