"""Which exchanges of a case are kept."""

from __future__ import annotations

from harness.core.judging.recorded.kept import MOST, exchanges
from reports.record import Finding, Level
from tests.harness.core.histories import answer, client, stream, upstream, view

OTHER = "n-00000000000000ff"


def kept(of: object, *told: str) -> tuple[list[tuple[str, int]], int]:
    findings = [Finding(invariant="no-loss", level=Level.MUST, message=each) for each in told]
    found, left_out = exchanges(of, findings, url="http://127.0.0.1:1", redact=str)  # type: ignore[arg-type]  # a view
    return [(each.lane, each.exchange) for each in found], left_out


def test_the_exchange_that_a_finding_names_is_kept_with_what_was_asked_for_it() -> None:
    of = view(
        [client(stream("a")), client(stream("b"), at=5.0, label="second", nonce=OTHER)],
        [upstream(stream("a")), upstream(stream("b"), at=5.1, nonce=OTHER)],
    )

    assert kept(of, "second: text was lost") == ([("client", 2), ("upstream", 2)], 0)


def test_all_are_kept_where_no_finding_names_one() -> None:
    of = view([client(stream("a")), client(stream("a"), at=5.0, label="second")], [upstream(stream("a"))])

    assert kept(of, "the target answers no clean request any more") == (
        [("client", 1), ("client", 2), ("upstream", 1)],
        0,
    )


def test_a_call_without_a_nonce_belongs_to_whom_it_was_made_for_by_its_time() -> None:
    lookup = upstream(answer("x"), at=5.1, nonce="", surface="kv.get")
    of = view([client(stream("a")), client(stream("a"), at=5.0, label="second")], [lookup])

    assert kept(of, "second: it is stale")[0] == [("client", 2), ("upstream", 1)]
    assert kept(of, "ask: it is stale")[0] == [("client", 1)]


def test_of_a_crowd_the_first_are_kept_and_the_rest_is_counted() -> None:
    of = view([client(stream("a"), at=float(at)) for at in range(MOST + 5)], [])

    found, left_out = kept(of, "ask: text was lost")

    assert (len(found), left_out) == (MOST, 5)
