"""Functions of one row give what Cloudflare's documents say of them, and tell their types."""

from __future__ import annotations

import json

import pytest

from tests.harness.mock_cloudflare.analytics.querying import Querier


@pytest.mark.parametrize(
    ("sql", "value", "kind"),
    [
        ("if(3 > 2, 'warm', 'cold')", "warm", "String"),
        ("if(3 < 2, 1, 2.5)", 2.5, "Float64"),
        ("now()", "2025-11-24 16:00:00", "DateTime"),
        ("today()", "2025-11-24", "Date"),
        ("NOW() + INTERVAL '1' MONTH", "2025-12-24 16:00:00", "DateTime"),
        ("now() - 60", "2025-11-24 15:59:00", "DateTime"),
        ("now() - toDateTime('2025-11-24 15:00:00')", "3600", "Int64"),
        ("formatDateTime(now(), '%Y-%m-%d')", "2025-11-24", "String"),
        ("formatDateTime(now(), '%H:%i %%x%', 'America/New_York')", "11:00 %x%", "String"),
        ("toDateTime(355924804)", "1981-04-12 12:00:04", "DateTime"),
        ("toDateTime('355924804')", "1981-04-12 12:00:04", "DateTime"),
        ("toDateTime('1981-04-12 12:00:04')", "1981-04-12 12:00:04", "DateTime"),
        ("toDateTime('2022-12-01 16:17:00', 'America/New_York')", "2022-12-01 21:17:00", "DateTime"),
        ("toYear(toDateTime('2025-10-27 00:00:00'))", 2025, "UInt16"),
        ("toMonth(toDateTime('2025-10-27 00:00:00'))", 10, "UInt8"),
        ("toDayOfWeek(toDateTime('2025-11-02 00:00:00'))", 7, "UInt8"),
        ("toDayOfMonth(toDateTime('2025-10-27 00:00:00'))", 27, "UInt8"),
        ("toHour(toDateTime('2025-10-27 09:11:13'))", 9, "UInt8"),
        ("toMinute(toDateTime('2025-10-27 09:11:13'))", 11, "UInt8"),
        ("toSecond(toDateTime('2025-10-27 09:11:13'))", 13, "UInt8"),
        ("toUnixTimestamp(toDateTime('1981-04-12 12:00:04'))", 355924804, "UInt32"),
        ("toStartOfInterval(now(), INTERVAL '15' MINUTE)", "2025-11-24 16:00:00", "DateTime"),
        ("toStartOfInterval(now(), INTERVAL '1' DAY, 'Asia/Tokyo')", "2025-11-24 15:00:00", "DateTime"),
        ("toStartOfYear(toDateTime('2025-10-27 00:00:00'))", "2025-01-01 00:00:00", "DateTime"),
        ("toStartOfMonth(toDateTime('2025-10-27 00:00:00'))", "2025-10-01 00:00:00", "DateTime"),
        ("toStartOfWeek(toDateTime('2025-10-27 00:00:00'))", "2025-10-27 00:00:00", "DateTime"),
        ("toStartOfWeek(toDateTime('2025-10-29 00:00:00'))", "2025-10-27 00:00:00", "DateTime"),
        ("toStartOfDay(toDateTime('2025-10-27 16:55:25'))", "2025-10-27 00:00:00", "DateTime"),
        ("toStartOfHour(toDateTime('2025-10-27 16:55:25'))", "2025-10-27 16:00:00", "DateTime"),
        ("toStartOfFifteenMinutes(toDateTime('2025-10-27 16:55:25'))", "2025-10-27 16:45:00", "DateTime"),
        ("toStartOfTenMinutes(toDateTime('2025-10-27 16:55:25'))", "2025-10-27 16:50:00", "DateTime"),
        ("toStartOfFiveMinutes(toDateTime('2025-10-27 16:55:25'))", "2025-10-27 16:55:00", "DateTime"),
        ("toStartOfMinute(toDateTime('2025-10-27 16:55:25'))", "2025-10-27 16:55:00", "DateTime"),
        ("toYYYYMM(toDateTime('2025-10-27 16:55:25'))", 202510, "UInt32"),
        ("extract(SECOND from toDateTime('2022-06-06 11:30:15'))", 15, "UInt8"),
        ("length('a strïng')", "8", "UInt64"),
        ("empty('')", 1, "UInt8"),
        ("lower('ABÇ')", "abÇ", "String"),
        ("lowerUTF8('ABÇ')", "abç", "String"),
        ("toUpper('abç')", "ABÇ", "String"),
        ("startsWith('prefix ...', 'prefix')", 1, "UInt8"),
        ("endsWith('prefix suffix', 'prefix')", 0, "UInt8"),
        ("position(':' IN 'hello: world')", "6", "UInt64"),
        ("substring('hello world', 7)", "world", "String"),
        ("substring('hello: world', 1, position(':' IN 'hello: world') - 1)", "hello", "String"),
        ("format('{} and {}', 'it''s', 2)", "it's and 2", "String"),
        ("format('{}', toDateTime('2025-10-27 16:55:25'))", "2025-10-27 16:55:25", "String"),
        ("intDiv(7, 2)", 3, "UInt8"),
        ("7 % 4", 3, "UInt8"),
        ("7.5 % 2", 1.5, "Float64"),
        ("-7 + 2", "-5", "Int64"),
        ("200 * 200", 40000, "UInt16"),
        ("1 / 4", 0.25, "Float64"),
        ("1 / 0", None, "Float64"),
        ("log(1)", 0, "Float64"),
        ("ln(0)", None, "Float64"),
        ("pow(3, 2)", 9, "Float64"),
        ("round(5.5)", 6, "Float64"),
        ("round(3.14, 1)", 3.1, "Float64"),
        ("floor(3.14, 1)", 3.1, "Float64"),
        ("floor(5.5)", 5, "Float64"),
        ("ceil(3.14, 1)", 3.2, "Float64"),
        ("toUInt8('42')", 42, "UInt8"),
        ("toUInt32(3.9)", 3, "UInt32"),
        ("'abc' LIKE 'A%'", 0, "UInt8"),
        ("'abc' ILIKE 'A_C'", 1, "UInt8"),
        ("'a.c' NOT LIKE 'a.c'", 0, "UInt8"),
        ("'a' NOT ILIKE 'b'", 1, "UInt8"),
        ("NOT (1 = 2 OR 2 <> 2)", 1, "UInt8"),
        ("300", 300, "UInt16"),
        ("9007199254740993", "9007199254740993", "UInt64"),
    ],
)
def test_it_gives_its_value_and_its_type(sql: str, value: object, kind: str) -> None:
    told = json.loads(Querier().query(f"SELECT {sql} AS it").reply.body_bytes)

    assert (told["data"], told["meta"]) == ([{"it": value}], [{"name": "it", "type": kind}])
