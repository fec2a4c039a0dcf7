from __future__ import annotations

import pytest

from harness.core.observed.bodies import read_body
from harness.core.observed.history import Piece
from harness.shell.client.messages import as_event, is_last


@pytest.mark.parametrize(
    ("data", "last"),
    [
        ("[DONE]", True),
        (b" [DONE]\n", True),
        ('{"error": "no"}', True),
        ('{"errors": [1]}', True),
        ('{"type": "error"}', True),
        ('{"error": null}', False),
        ("[1]", False),
        ("DONE", False),
    ],
)
def test_the_last_message_of_an_answer_is_known(data: str | bytes, *, last: bool) -> None:
    assert is_last(data) is last


def test_a_message_of_several_lines_is_one_event() -> None:
    assert as_event('{\n"a": 1}') == b'data: {\ndata: "a": 1}\n\n'
    assert as_event("") == b"data: \n\n"


def test_an_error_by_its_type_alone_is_read_as_one() -> None:
    event = as_event('{"type": "error", "message": "no"}')

    assert event == b'event: error\ndata: {"type": "error", "message": "no"}\n\n'
    assert read_body((Piece(0.0, event),), "text/event-stream").error == "no"
    assert as_event('{"type": "error", "error": "no"}') == b'data: {"type": "error", "error": "no"}\n\n'
