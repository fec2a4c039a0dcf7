from __future__ import annotations

from copy import deepcopy

from harness.core.observed.history import UpstreamEnd
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.record import Record
from harness.shell.upstream.workers.journals import Ledger, Outbox

NONCE = "ep-0123456789ab"


def opened(journal: Journal, path: str, at_s: float, nonce: str = "") -> Record:
    record = journal.open(connection=1, method="POST", path=path, body=b"12345", arrived_s=at_s)
    journal.describe(record, surface="ai.chat", nonce=nonce)
    return record


def ended(journal: Journal, record: Record) -> None:
    journal.sent(record, b"data", 5.0)
    journal.close(record, end=UpstreamEnd.KEPT, whole=True, at_s=6.0)


def handed_over(*outboxes: Outbox) -> list[tuple[Record, ...]]:
    return [deepcopy(each.hand_over()) for each in outboxes]


def test_what_is_over_is_handed_over_once_and_what_runs_again_until_it_is_over() -> None:
    outbox = Outbox()
    ended(outbox, opened(outbox, "/over", 1.0))
    running = opened(outbox, "/running", 2.0, NONCE)

    first = [record.path for record in outbox.hand_over()]
    second = [record.path for record in outbox.hand_over()]
    ended(outbox, running)
    third = [record.end for record in outbox.hand_over()]

    assert (first, second, third) == (["/over", "/running"], ["/running"], [UpstreamEnd.KEPT])
    assert outbox.exchanges() == outbox.exchanges(NONCE) == ()


def test_records_newer_than_a_number_are_found_where_numbers_have_gaps() -> None:
    outbox = Outbox()
    opened(outbox, "/running", 1.0)
    for number in range(9):
        ended(outbox, opened(outbox, f"/{number}", 2.0))
    outbox.hand_over()
    last = outbox.last_number

    opened(outbox, "/new", 3.0)

    assert [record.path for record in outbox.records(since=last)] == ["/new"]
    assert [record.path for record in outbox.records(since=0)] == ["/running", "/new"]


def test_a_ledger_numbers_what_it_hears_of_at_once_by_when_it_came() -> None:
    one, other, ledger = Outbox(), Outbox(), Ledger()
    for outbox, path, at_s in ((one, "/a", 1.0), (one, "/c", 3.0), (other, "/b", 2.0), (other, "/d", 4.0)):
        ended(outbox, opened(outbox, path, at_s))

    ledger.take(handed_over(one, other))

    assert [(each.number, each.path) for each in ledger.exchanges()] == [(1, "/a"), (2, "/b"), (3, "/c"), (4, "/d")]


def test_an_exchange_keeps_its_number_and_becomes_what_it_is_when_it_is_over() -> None:
    outbox, ledger = Outbox(), Ledger()
    running = outbox.open(connection=1, method="POST", path="/slow", arrived_s=1.0)
    ledger.take(handed_over(outbox))
    (before,) = ledger.exchanges()
    outbox.describe(running, surface="ai.chat", nonce=NONCE)
    ended(outbox, running)
    ended(outbox, opened(outbox, "/later", 2.0))

    ledger.take(handed_over(outbox))

    (known,) = ledger.exchanges(NONCE)
    assert (before.number, before.end) == (1, UpstreamEnd.RUNNING)
    assert (known.number, known.end, known.wire) == (1, UpstreamEnd.KEPT, b"data")
    assert [each.number for each in ledger.exchanges()] == [1, 2]


def test_a_ledger_is_bounded_as_any_journal_is() -> None:
    outbox, ledger = Outbox(), Ledger(most_exchanges=2)
    slow = opened(outbox, "/slow", 1.0, NONCE)
    ledger.take(handed_over(outbox))
    for number in range(3):
        ended(outbox, opened(outbox, f"/{number}", 2.0 + number))
    ledger.take(handed_over(outbox))
    ended(outbox, slow)

    ledger.take(handed_over(outbox))

    assert [each.path for each in ledger.exchanges()] == ["/1", "/2"]
    assert ledger.exchanges(NONCE) == ()


def test_what_is_forgotten_is_not_remembered_when_it_is_over() -> None:
    outbox, ledger = Outbox(), Ledger()
    slow = opened(outbox, "/slow", 1.0)
    ledger.take(handed_over(outbox))

    ledger.clear()
    assert ledger.wants_to_forget
    outbox.clear()  # as the worker is then told to
    ended(outbox, slow)
    ledger.take(handed_over(outbox))

    assert ledger.exchanges() == ()
    assert ledger.last_number == 1
