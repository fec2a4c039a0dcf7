from __future__ import annotations

import json
from dataclasses import replace

from harness.core.load.transcript import pack, unpack
from harness.core.observed.history import ClientEnd
from tests.harness.core.histories import client, stream
from tests.harness.core.load.loads import asked, job


def test_an_exchange_survives_its_way_whole() -> None:
    mine = job()
    answered = asked(client(stream("é", "b", wait_s=0.01)), mine, "1/5")
    exchange = replace(answered, request_headers=mine.headers, problem="none", dialect=mine.dialect)

    assert unpack(json.loads(json.dumps(pack(exchange))), mine) == exchange


def test_an_exchange_without_an_answer_survives_too() -> None:
    mine = job()
    refused = asked(client(end=ClientEnd.REFUSED, sent_s=None), mine, "1/5")
    exchange = replace(refused, request_headers=mine.headers, dialect=mine.dialect)

    assert unpack(pack(exchange), mine) == exchange


def test_times_are_moved_to_the_clock_of_the_receiver() -> None:
    mine = job()
    exchange = asked(client(stream("a")), mine, "0/0")

    moved = unpack(pack(exchange, offset_s=100.0), mine)

    assert moved.started_s == exchange.started_s + 100
    assert moved.sent_s == (exchange.sent_s or 0) + 100
    assert [piece.at_s for piece in moved.pieces] == [piece.at_s + 100 for piece in exchange.pieces]
    assert moved.end_s == exchange.end_s + 100
