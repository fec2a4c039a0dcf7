"""The SQL API as clients meet it: ways of asking, forms of answers, refusals, and nothing that makes it fall over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fault_injection.plan import SURFACES
from tests.harness.mock_cloudflare.analytics.querying import Querier, readings
from tests.harness.mock_cloudflare.asking import error_of

SQL = "SELECT blob1 AS p, count() AS n FROM usage WHERE blob1 <> 'c' GROUP BY p ORDER BY p"


def test_json_has_its_types_its_rows_and_no_envelope() -> None:
    answer = readings().query(SQL)

    assert answer.reply.body_bytes == (
        b'{"meta":[{"name":"p","type":"String"},{"name":"n","type":"UInt64"}],'
        b'"data":[{"p":"a","n":"2"},{"p":"b","n":"2"}],"rows":2}'
    )
    assert ("content-type", "application/json") in answer.reply.headers


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("JSONEachRow", b'{"p":"a","n":"2"}\n{"p":"b","n":"2"}\n'),
        ("TabSeparated", b"a\t2\nb\t2\n"),
        ("tabseparated", b"a\t2\nb\t2\n"),
    ],
)
def test_other_forms_have_a_row_a_line(form: str, body: bytes) -> None:
    assert readings().query(f"{SQL} FORMAT {form}").reply.body_bytes == body


def test_a_tab_in_a_value_is_escaped_between_tabs() -> None:
    querier = Querier()
    querier.write(blob1="a\tb\nc\\", double1=0)

    told = querier.query(
        "SELECT blob1, 1 / double1, topK(blob1) FROM usage GROUP BY blob1, double1 FORMAT TabSeparated"
    )

    assert told.reply.body_bytes.startswith(b"a\\tb\\nc\\\\\tnan\t['")


def test_it_is_asked_by_get_too_and_is_one_surface() -> None:
    querier = readings()

    answer = querier.ask("GET", f"{querier.account}/analytics_engine/sql", query="query=SELECT%20count()+FROM+usage")

    assert answer.reply.body_bytes.endswith(b'"data":[{"count()":"5"}],"rows":1}')
    assert (answer.surface, querier.query("SHOW TABLES").surface) == ("analytics.query", "analytics.query")
    assert "analytics.query" in SURFACES


def test_a_form_is_sql_that_nobody_understands() -> None:
    assert "sql parser error" in readings().refusal("query=SELECT%201")


def test_a_wrong_token_is_refused_in_the_v4_envelope() -> None:
    querier = readings()

    answer = querier.ask("POST", f"{querier.account}/analytics_engine/sql", b"SELECT 1", authorization=())

    assert error_of(answer)[:2] == (400, 9106)


def test_a_dataset_is_there_from_its_first_point_on() -> None:
    querier = Querier()

    assert querier.refusal("SELECT count() FROM usage") == "Input was invalid: unknown table: usage"
    querier.write(blob1="a")
    assert querier.rows("SELECT count() FROM usage") == [["1"]]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT max(blob1) FROM usage", "cannot use the String type as argument 1 in max(blob1)"),
        ("SELECT if(1, 'a', 2)", "the 2nd and 3rd arguments to IF() must have the same type"),
        ("SELECT CASE WHEN 1 THEN 2 ELSE 3 END", "unsupported expression type: CASE WHEN 1 THEN 2 ELSE 3 END"),
        ("SELECT 1 FROM usage WHERE blob1 IN ()", "sql parser error: Expected an expression:, found: )"),
        ("SELECT timestamp AS at FROM usage ORDER BY timestamp", "unable to find type of column: timestamp"),
        ("SELECT blob1 FROM usage ORDER BY double1", "unable to find type of column: double1"),
        ("SELECT blob1 FROM usage GROUP BY blob1 ORDER BY SUM(_sample_interval)", "aggregate function SUM"),
        ("SELECT blob21 FROM usage", "unable to find type of column: blob21"),
        ("SELECT a AS b, b AS a FROM usage", "unable to find type of column: "),
        ("SELECT blob1, double1 FROM usage GROUP BY blob1", "column double1 is not under aggregate function"),
        ("SELECT blob1, count() FROM usage", "column blob1 is not under aggregate function"),
        ("SELECT sum(double1) AS s FROM usage WHERE s > 1", "aggregate function sum(double1) is not allowed here"),
        ("SELECT sum(count()) FROM usage", "aggregate function count() is not allowed here"),
        ("SELECT uniq(blob1) FROM usage", "unknown function call: uniq(blob1)"),
        ("SELECT sum(blob1) FROM usage", "cannot use the String type"),
        ("SELECT blob1 + 1 FROM usage", "cannot use the String type"),
        ("SELECT blob1 = 1 FROM usage", "cannot use the"),
        ("SELECT 1 FROM usage WHERE blob1", "cannot use the String type as a condition"),
        ("SELECT max(DISTINCT double1) FROM usage", "cannot use DISTINCT"),
        ("SELECT pow(2)", "wrong number of arguments"),
        ("SELECT INTERVAL '1' DAY", "unsupported expression type"),
        ("SELECT now() - INTERVAL '1' FORTNIGHT", "unsupported interval"),
        ("SELECT toStartOfInterval(now(), INTERVAL '0' DAY)", "unsupported interval"),
        ("SELECT 1 UNION ALL SELECT 2", "unsupported statement type: UNION"),
        ("SELECT blob1 FROM usage JOIN other ON 1", "unsupported clause: JOINS"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "unsupported clause: WITH"),
        ("SELECT DISTINCT blob1 FROM usage", "unsupported clause: DISTINCT"),
        ("SELECT 1 FROM sqlite_master", "unknown table: sqlite_master"),
        ("SELECT 1; SELECT 2", "sql parser error: Expected a single statement"),
        ("DROP TABLE usage", "sql parser error: Expected an SQL statement"),
        ("SELEC 1", "sql parser error"),
        ("SELECT 1 FORMAT CSV", "unsupported format: CSV"),
        ("SELECT blob1 FROM usage LIMIT blob1", "unsupported LIMIT"),
        ("SELECT blob1 FROM usage ORDER BY 2", "there is no column 2"),
        ("", "sql parser error"),
    ],
)
def test_what_is_not_there_is_refused_in_plain_words(sql: str, told: str) -> None:
    refusal = readings().refusal(sql)

    assert refusal.startswith(f"Input was invalid: {told}")


def test_a_query_that_is_too_long_or_too_deep_is_refused() -> None:
    querier = readings()

    assert "longer than" in querier.refusal("SELECT " + "1," * 40_000 + "1")
    assert querier.refusal("SELECT " + "(" * 500 + "1" + ")" * 500)
    assert querier.refusal("SELECT " + "1+" * 2_000 + "1")
    doubled = ", ".join(f"a{at} + a{at} AS a{at + 1}" for at in range(40))
    assert "aliases" in querier.refusal(f"SELECT 1 AS a0, {doubled}")


WORDS = st.sampled_from(
    [
        *("SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "AS n", "DESC", "FORMAT", "JSON", ";"),
        *("usage", "blob1", "double1", "timestamp", "n", "'a'", "1", "2.5", "1e999", "INTERVAL '1' DAY", "--", "*"),
        *(
            "count()",
            "sum(",
            "avg(",
            "if(",
            "topK(2)(blob1)",
            "now()",
            "(",
            ")",
            ",",
            "+",
            "-",
            "/",
            "%",
            "=",
            "<",
            ">",
        ),
        *("AND", "OR", "NOT", "IN", "BETWEEN", "LIKE"),
    ]
)
ASKED = readings()


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(WORDS, max_size=14).map(" ".join),
        st.lists(WORDS, max_size=9).map(" ".join).map("SELECT {}".format),
    )
)
def test_whatever_is_asked_is_answered_or_refused(sql: str) -> None:
    assert ASKED.query(sql).reply.status in (200, 422)
