"""Golden streams of every dialect are read as what they say, however they are split."""

from __future__ import annotations

import pytest

from harness.core.observed.bodies import read_body
from harness.core.observed.history import Piece
from harness.core.observed.reading import Choice, Reading
from tests.harness.core.observed.dialects.golden import GOLDEN, Golden

EACH = pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.id)


def read(golden: Golden, *pieces: bytes) -> Reading:
    stamped = [Piece(0.0, each) for each in pieces or (golden.body,)]
    return read_body(stamped, golden.content_type, dialect=golden.dialect)


def _meaning(reading: Reading) -> tuple[object, ...]:
    choice = reading.choices.get(0, Choice())
    calls = [(tool.id, tool.name, tool.arguments) for tool in choice.tools.values()]
    return choice.text, "".join(choice.said.reasoning), choice.finish, reading.done, reading.error, reading.usage, calls


@EACH
def test_a_golden_stream_says_what_it_says(golden: Golden) -> None:
    reading = read(golden)

    told = golden.text, golden.reasoning, golden.finish, golden.done, golden.error, golden.usage, golden.calls
    assert _meaning(reading) == told
    assert (reading.form, reading.strays, reading.malformed) == ("stream", [], [])
    assert reading.claims_success is (golden.error is None)
    assert (reading.terminals, reading.after_terminal) == (1, 0)


@pytest.mark.usefixtures("one_unmeasured")
@EACH
def test_every_split_of_a_golden_stream_reads_the_same(golden: Golden) -> None:
    whole = read(golden)
    body = golden.body

    assert read(golden, *(body[at : at + 1] for at in range(len(body)))) == whole
    assert all(read(golden, body[:at], body[at:]) == whole for at in range(1, len(body)))


@EACH
def test_a_golden_stream_that_is_cut_anywhere_says_that_it_is_whole_only_where_all_of_it_came(golden: Golden) -> None:
    whole = read(golden)
    cut = [read(golden, golden.body[:at]) for at in range(1, len(golden.body), 5)]

    early = [each for each in cut if each.claims_success and (each.text, each.choices) != (whole.text, whole.choices)]
    assert early == []


def test_the_id_of_a_run_is_its_clients_and_that_of_its_first_message_the_answers() -> None:
    (golden,) = (each for each in GOLDEN if each.id == "ag-ui-plain")

    assert read(golden).ids == ["m"]
