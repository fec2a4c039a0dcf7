"""The wire log in two columns."""

from __future__ import annotations

from reports.page.side_by_side import side_by_side
from tests.reports.sample import cut_stream


def test_no_row_is_lost_and_none_moves() -> None:
    lines = side_by_side(cut_stream())
    seen = [row for line in lines for row in (line.upstream, line.client) if row]

    assert sorted(seen, key=lambda row: cut_stream().index(row)) == list(cut_stream())
    assert all(row.lane == "upstream" for line in lines if (row := line.upstream))
    assert all(row.lane == "client" for line in lines if (row := line.client))
    firsts = [min(row.at_s for row in (line.upstream, line.client) if row) for line in lines]
    assert firsts == sorted(firsts)


def test_what_the_target_passed_on_stands_beside_what_it_got() -> None:
    lines = side_by_side(cut_stream())

    together = [(line.upstream.label, line.client.label) for line in lines if line.upstream and line.client]
    assert ("event 1", "event 1") in together
    assert ("200 head", "200 head") in together


def test_what_nobody_had_sent_stands_alone() -> None:
    (line,) = [each for each in side_by_side(cut_stream()) if each.client and each.client.label == "[DONE]"]

    assert line.upstream is None


def test_nothing_is_nothing() -> None:
    assert side_by_side(()) == ()
