"""What a query asks of the points is what it is told: a table of queries with their rows, and laws for any points."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.mock_cloudflare.analytics.querying import Querier, readings


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT 'Hello Workers Analytics Engine' AS message", [["Hello Workers Analytics Engine"]]),
        ("SELECT blob1 FROM usage", [["a"], ["a"], ["b"], ["b"], ["c"]]),
        ("SELECT blob1, blob2, blob3, double3 FROM usage LIMIT 1", [["a", "", "°C", 0]]),
        ("SELECT dataset, index1, _sample_interval FROM usage LIMIT 1", [["usage", "i-a", 1]]),
        (
            "SELECT timestamp FROM usage ORDER BY timestamp DESC LIMIT 2",
            [["2025-11-24 14:04:00"], ["2025-11-24 14:03:00"]],
        ),
        ("SELECT blob1 FROM usage WHERE double1 > 2 AND NOT blob1 = 'b'", [["a"], ["c"]]),
        ("SELECT blob1 FROM usage WHERE blob1 IN ('b', 'c') AND double1 BETWEEN 2 AND 10", [["b"], ["c"]]),
        ("SELECT blob1 FROM usage WHERE blob1 NOT IN ('a') AND double1 NOT BETWEEN 2 AND 10", [["b"]]),
        ("SELECT double1 FROM usage WHERE blob1 <> 'a' OR double2 = 0", [[1], [10], [20], [2.5]]),
        ("SELECT count() FROM usage", [["5"]]),
        ("SELECT SUM(_sample_interval), AVG(double1), MIN(double1), MAX(double1) FROM usage", [["5", 7.3, 1, 20]]),
        (
            "SELECT blob1 AS p, sum(double1) AS s FROM usage GROUP BY p ORDER BY s DESC",
            [["b", 30], ["a", 4], ["c", 2.5]],
        ),
        ("SELECT blob1, count() FROM usage GROUP BY blob1 ORDER BY blob1", [["a", "2"], ["b", "2"], ["c", "1"]]),
        ("SELECT blob1, count() FROM usage GROUP BY 1 ORDER BY 1 DESC", [["c", "1"], ["b", "2"], ["a", "2"]]),
        ("SELECT count() AS n FROM usage GROUP BY blob1 ORDER BY n, count()", [["1"], ["2"], ["2"]]),
        ("SELECT blob1, avg(double1) AS m FROM usage GROUP BY blob1 HAVING m > 2 AND count() > 1", [["b", 15]]),
        ("SELECT count(DISTINCT blob1), sum(DISTINCT double2 % 2) FROM usage", [["3", 1]]),
        ("SELECT blob1 FROM usage ORDER BY blob1 DESC LIMIT 2 OFFSET 1", [["b"], ["b"]]),
        ("SELECT blob1 FROM usage LIMIT ALL OFFSET 4", [["c"]]),
        ("SELECT sum(n) FROM (SELECT count() AS n FROM usage GROUP BY blob1) WHERE n > 1", [["4"]]),
        ("SELECT a FROM (SELECT double1 * 2 AS a, double2 AS b FROM usage) WHERE b = 3", [[40]]),
        ("SELECT blob1 FROM `usage` -- a comment\nWHERE double2 = 4;", [["c"]]),
        (
            "SELECT toStartOfInterval(timestamp, INTERVAL '2' MINUTE) AS t, count() FROM usage GROUP BY t ORDER BY t",
            [["2025-11-24 14:00:00", "2"], ["2025-11-24 14:02:00", "2"], ["2025-11-24 14:04:00", "1"]],
        ),
        (
            "SELECT toStartOfInterval(timestamp, INTERVAL '1' DAY) AS timestamp, count() FROM usage GROUP BY timestamp",
            [["2025-11-24 00:00:00", "5"]],
        ),
        ("SELECT double1 * 2 AS double1, double1 + 1 AS more FROM usage WHERE double2 = 0", [[2, 3]]),
        ("SELECT count() FROM usage WHERE timestamp > NOW() - INTERVAL '1' DAY", [["5"]]),
        ("SELECT count() FROM usage WHERE timestamp > NOW() - INTERVAL '1' HOUR", [["0"]]),
        ("SELECT count() FROM usage WHERE timestamp >= toDateTime('2025-11-24 14:02:00')", [["3"]]),
        ("SELECT count() FROM usage WHERE timestamp < '2025-11-24 14:02:00'", [["2"]]),
        (
            "SELECT count(), sum(double1), avg(double1), min(timestamp) FROM usage WHERE double1 > 99",
            [["0", 0, None, "1970-01-01 00:00:00"]],
        ),
        ("SELECT blob1, count() FROM usage WHERE double1 > 99 GROUP BY blob1", []),
        ("SELECT quantileExactWeighted(0.5)(double1, _sample_interval) FROM usage", [[3]]),
        ("SELECT quantileWeighted(0.95, double1, _sample_interval) FROM usage", [[20]]),
        ("SELECT quantileExactWeighted(0.6)(double1, double2) FROM usage", [[10]]),
        ("SELECT argMax(blob1, double1), argMin(blob1, double1) FROM usage", [["b", "a"]]),
        ("SELECT first_value(blob1), last_value(blob1) FROM usage", [["a", "c"]]),
        (
            "SELECT topK(2)(blob1), topK(blob3), topKWeighted(1)(blob1, double1) FROM usage",
            [[["a", "b"], ["°C"], ["b"]]],
        ),
        (f"SELECT {'0' * 5000}7", [[7]]),
        (f"SELECT {'9' * 5000} > 1", [[1]]),
        ("SHOW TABLES", [["other", "dataset"], ["usage", "dataset"]]),
        ("show timezone", [["Etc/UTC"]]),
    ],
)
def test_a_query_gets_its_rows(sql: str, rows: list[list[object]]) -> None:
    assert readings().rows(sql) == rows


def test_every_time_zone_is_listed() -> None:
    zones = [row[0] for row in readings().rows("SHOW TIMEZONES")]

    assert {"Etc/UTC", "America/New_York"} <= set(zones)
    assert zones == sorted(zones)


def test_all_columns_are_those_of_the_documents_in_their_order() -> None:
    (row,) = readings().rows("SELECT * FROM usage LIMIT 1")

    assert len(row) == 4 + 20 + 20
    assert row[:5] == ["usage", "2025-11-24 14:00:00", 1, "i-a", "a"]


POINTS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(-50, 50), st.integers(0, 5)), max_size=25)


@given(POINTS)
def test_groups_are_added_up_as_by_hand(points: list[tuple[str, int, int]]) -> None:
    querier = Querier()
    querier.write(dataset="usage", blob1="a", double1=0)
    groups: dict[str, list[int]] = defaultdict(list, {"a": [0]})
    for name, value, _ in points:
        querier.write(blob1=name, double1=value)
        groups[name].append(value)

    rows = querier.rows(
        "SELECT blob1 AS g, count() AS n, sum(double1) AS s, min(double1) AS l, max(double1) AS m FROM usage"
        " GROUP BY g ORDER BY g"
    )

    assert rows == [
        [name, str(len(values)), sum(values), min(values), max(values)] for name, values in sorted(groups.items())
    ]


@given(
    POINTS.filter(lambda points: any(weight for _, _, weight in points)), st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0])
)
def test_a_weighted_quantile_is_that_of_as_many_rows(points: list[tuple[str, int, int]], level: float) -> None:
    querier = Querier()
    for _, value, weight in points:
        querier.write(double1=value, double2=weight)
    every = sorted(value for _, value, weight in points for _ in range(weight))

    (row,) = querier.rows("SELECT quantileExactWeighted(Q)(double1, double2) FROM usage".replace("Q", str(level)))

    assert row[0] == every[max(0, -int(-len(every) * level // 1) - 1)]
