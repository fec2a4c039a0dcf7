"""The mock's memory: what it keeps, for how long, and who is told."""

from __future__ import annotations

import asyncio
import hashlib
import json

from harness.core.observed.history import Unkept, UpstreamEnd
from harness.shell.upstream.journal import LONGEST_ANSWER_BYTES, LONGEST_BODY_BYTES, LONGEST_REQUEST_BYTES, Journal
from harness.shell.upstream.journal_json import journal_json, record_json
from harness.shell.upstream.record import Record

NONCE = "ep-0123456789ab"


def opened(journal: Journal, body: bytes = b"", *, surface: str = "ai.chat", nonce: str = "") -> Record:
    record = journal.open(connection=1, method="POST", path="/", body=body, arrived_s=1.0)
    journal.describe(record, surface=surface, nonce=nonce)
    return record


def test_exchanges_are_chosen_by_nonce_surface_and_number() -> None:
    journal = Journal()
    opened(journal, nonce=NONCE)
    opened(journal, surface="kv.get")
    opened(journal, surface="kv.put", nonce=NONCE)

    def numbers(nonce: str | None = None, surface: str | None = None, since: int | None = None) -> list[int]:
        return [one.number for one in journal.exchanges(nonce, surface, since)]

    assert numbers() == [1, 2, 3]
    assert numbers(nonce=NONCE) == [1, 3]
    assert numbers(surface="kv") == [2, 3]
    assert numbers(surface="kv.get") == [2]
    assert numbers(surface="k") == []
    assert numbers(since=2) == [3]
    assert numbers(nonce="ep-000000000000") == []
    assert journal.last_number == 3


def test_a_snapshot_of_a_running_exchange_is_true_and_stays_so() -> None:
    journal = Journal()
    record = opened(journal)
    journal.sent(record, b"one", 2.0)
    (before,) = journal.exchanges()
    journal.sent(record, b"two", 3.0)
    journal.close(record, end=UpstreamEnd.KEPT, whole=True, at_s=4.0)

    (after,) = journal.exchanges()

    assert (before.end, before.whole, before.wire) == (UpstreamEnd.RUNNING, False, b"one")
    assert (after.end, after.whole, after.wire, after.end_s) == (UpstreamEnd.KEPT, True, b"onetwo", 4.0)
    assert journal.exchanges()[0] is after
    assert journal.running == 0


def test_what_was_sent_is_not_taken_until_the_system_has_it() -> None:
    journal = Journal()
    record = opened(journal)

    def taken_s() -> float | None:
        return journal.exchanges()[0].taken_s

    journal.sent(record, b"one", 2.0)
    assert taken_s() is None
    journal.taken(record, 2.5)
    assert taken_s() == 2.5
    journal.sent(record, b"two", 3.0)
    assert taken_s() is None


def test_a_long_body_is_kept_as_size_and_hash() -> None:
    journal = Journal()
    opened(journal, b"x" * LONGEST_REQUEST_BYTES)
    opened(journal, b"x" * (LONGEST_REQUEST_BYTES + 1))

    kept, hashed = journal.exchanges()

    assert kept.body == b"x" * LONGEST_REQUEST_BYTES
    assert (hashed.body, hashed.body_bytes) == (b"", LONGEST_REQUEST_BYTES + 1)
    assert hashed.body_sha256 != kept.body_sha256


def test_what_is_sent_over_the_bound_is_counted_and_not_kept() -> None:
    journal = Journal()
    record = opened(journal)
    journal.sent(record, b"x" * LONGEST_ANSWER_BYTES, 1.0)
    journal.sent(record, b"more", 2.0)

    assert len(journal.exchanges()[0].wire) == LONGEST_ANSWER_BYTES
    assert record.sent_bytes == LONGEST_ANSWER_BYTES + 4
    assert journal.exchanges()[0].unkept_bytes == 4


def test_of_what_is_not_kept_it_is_known_when_it_was_sent() -> None:
    journal = Journal()
    record = opened(journal)
    for at_s in (1.0, 2.01, 2.05, 2.31):
        journal.sent(record, b"x" * LONGEST_ANSWER_BYTES, at_s)

    assert journal.exchanges()[0].unkept == (Unkept(2.05, 2 * LONGEST_ANSWER_BYTES), Unkept(2.31, LONGEST_ANSWER_BYTES))


def test_the_oldest_exchange_goes_first() -> None:
    journal = Journal(most_exchanges=2)
    for number in range(4):
        opened(journal, nonce=NONCE if number == 0 else "")

    assert [one.number for one in journal.exchanges()] == [3, 4]
    assert journal.exchanges(NONCE) == ()


def test_the_oldest_exchange_goes_first_when_bytes_run_out() -> None:
    journal = Journal(most_bytes=100)
    first = opened(journal, nonce=NONCE)
    opened(journal, b"x" * 40, nonce=NONCE)
    last = opened(journal, b"x" * 40)
    journal.sent(last, b"y" * 40, 1.0)
    journal.sent(first, b"z" * 1000, 2.0)

    assert [one.number for one in journal.exchanges()] == [3]
    assert first.forgotten


def test_what_is_forgotten_up_to_a_number_is_gone_and_the_rest_stays() -> None:
    journal = Journal()
    old = opened(journal, nonce=NONCE)
    opened(journal, nonce=NONCE)
    opened(journal)

    journal.forget(2)
    journal.sent(old, b"late", 2.0)

    assert [one.number for one in journal.exchanges()] == [3]
    assert journal.exchanges(nonce=NONCE) == ()
    assert (old.forgotten, old.sent, journal.last_number) == (True, [], 3)


def test_clearing_forgets_and_goes_on_counting() -> None:
    journal = Journal()
    running = opened(journal, nonce=NONCE)
    journal.clear()
    journal.sent(running, b"late", 1.0)
    journal.close(running, end=UpstreamEnd.KEPT, whole=True, at_s=2.0)
    opened(journal)

    assert [one.number for one in journal.exchanges()] == [2]
    assert journal.exchanges(NONCE) == ()


async def test_waiting_ends_when_the_journal_shows_it() -> None:
    journal = Journal()
    record = opened(journal, nonce=NONCE)
    waiting = asyncio.ensure_future(
        journal.wait_for(lambda seen: seen[0].end is UpstreamEnd.KEPT, 20.0, nonce=NONCE, surface="ai", since=0)
    )
    await asyncio.sleep(0)
    journal.sent(record, b"x", 1.0)
    await asyncio.sleep(0)
    still_waiting = not waiting.done()
    journal.close(record, end=UpstreamEnd.KEPT, whole=True, at_s=2.0)

    assert await waiting
    assert still_waiting


async def test_waiting_gives_up_when_its_time_is_over() -> None:
    assert not await Journal().wait_for(lambda seen: bool(seen), 0.01)


def test_a_watcher_is_told_until_it_ends_that() -> None:
    journal = Journal()
    told: list[int] = []
    unsubscribe = journal.subscribe(lambda: told.append(1))

    opened(journal)
    before = len(told)
    unsubscribe()
    unsubscribe()
    opened(journal)

    assert before == len(told) == 2


def test_json_holds_no_credentials() -> None:
    journal = Journal()
    headers = (("Authorization", "Bearer secret-token"), ("X-Auth-Key", "secret-key"), ("X-Open", "open"))
    journal.open(connection=1, method="GET", path="/", headers=headers, arrived_s=1.0)

    text = json.dumps(journal_json(journal.records()))

    assert "secret" not in text
    assert "open" in text


def test_json_keeps_long_bodies_as_size_and_hash() -> None:
    journal = Journal()
    long = opened(journal, b"x" * (LONGEST_BODY_BYTES + 1))
    short = opened(journal, b'{"a":"\xff"}')
    journal.sent(long, b"y" * (LONGEST_BODY_BYTES + 1), 1.0)
    journal.sent(short, b"HTTP/1.1 ", 1.0)
    journal.sent(short, b"200", 2.0)

    first, second = record_json(long), record_json(short)

    assert (first["body"], first["sent"], first["sent_bytes"]) == (None, None, LONGEST_BODY_BYTES + 1)
    assert (second["body"], second["sent"]) == ('{"a":"\N{REPLACEMENT CHARACTER}"}', "HTTP/1.1 200")
    assert second["pieces"] == [[1.0, 9], [2.0, 3]]
    assert second["sent_sha256"] == hashlib.sha256(b"HTTP/1.1 200").hexdigest()


def test_json_has_no_hash_of_what_was_not_kept() -> None:
    journal = Journal()
    record = opened(journal)
    journal.sent(record, b"x" * (LONGEST_ANSWER_BYTES + 1), 1.0)

    assert record_json(record)["sent_sha256"] is None
