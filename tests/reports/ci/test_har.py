"""HAR 1.2, against its schema."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

import pytest

from reports.ci.har import render
from reports.record import Body, Exchange, RunRecord
from tests.reports.ci.located import LAUNDERED, exchange, failed, located
from tests.reports.ci.schemas import har_validator
from tests.reports.sample import record


def log_of(of: RunRecord) -> dict[str, Any]:
    archive = json.loads(render(of))
    har_validator().validate(archive)
    found: dict[str, Any] = archive["log"]
    return found


def with_exchanges(*kept: Exchange, clock_s: float | None = None) -> RunRecord:
    return located([failed("endings.cut", LAUNDERED, exchanges=kept)], clock_s=clock_s)


ODD = (
    exchange(status=None, head_s=None, headers=(), body=Body(), end="reset"),
    exchange(status=799, sent_s=None, end_s=None, end=""),
    exchange(lane="upstream", exchange=3, request=Body(), url="not a url at all", faults=("tcp.reset(at_byte=1)",)),
    exchange(body=Body(size_bytes=9, coded_bytes=4, text="AAEC", is_base64=True, left_out_bytes=5)),
    exchange(request=Body(size_bytes=9, coded_bytes=9, text="AAEC", is_base64=True)),
    exchange(head_s=99.0, end_s=98.0),
)


@pytest.mark.parametrize("written", [record(), record([]), located(), with_exchanges(*ODD)])
def test_every_record_is_an_archive_that_fulfils_the_schema(written: RunRecord) -> None:
    assert log_of(written)["version"] == "1.2"


@pytest.mark.parametrize("key", ["started_s", "sent_s", "head_s", "end_s"])
@pytest.mark.parametrize(("odd_s", "year"), [(1.7e308, "9999-"), (-1.7e308, "0001-")])
def test_times_that_no_calendar_has_are_its_last_and_its_first(key: str, odd_s: float, year: str) -> None:
    (entry,) = log_of(with_exchanges(exchange(**{key: odd_s}), clock_s=0.0))["entries"]

    assert all(math.isfinite(value) for value in (entry["time"], *entry["timings"].values()))
    assert entry["startedDateTime"].startswith(year) == (key == "started_s")


def test_the_schema_is_the_real_one() -> None:
    archive = json.loads(render(located()))
    del archive["log"]["entries"][0]["request"]["method"]

    assert [error.message for error in har_validator().iter_errors(archive)] == ["'method' is a required property"]


def test_a_page_is_a_case_and_each_of_its_exchanges_an_entry() -> None:
    log = log_of(located())

    assert [(page["id"], page["comment"].endswith("(2 more exchanges are not kept)")) for page in log["pages"]] == [
        ("endings.cut", True)
    ]
    assert [entry["pageref"] for entry in log["entries"]] == ["endings.cut"]


def test_an_entry_tells_what_was_asked_and_answered() -> None:
    (entry,) = log_of(located())["entries"]

    assert entry["request"]["postData"] == {"mimeType": "application/json", "text": "{}"}
    assert entry["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "b", "value": ""}]
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (200, "OK")
    assert entry["response"]["content"] == {"size": 9, "mimeType": "text/event-stream", "text": "data: a\n\n"}
    assert entry["timings"] == {"send": 1.0, "wait": 99.0, "receive": 400.0}
    assert entry["time"] == 500.0
    assert entry["comment"] == "client to target, ask; ended: closed early"


def test_times_of_day_follow_from_the_clock_of_the_run() -> None:
    (entry,) = log_of(with_exchanges(exchange(), clock_s=98.0))["entries"]
    (unknown,) = log_of(with_exchanges(exchange()))["entries"]

    began = datetime.fromisoformat("2026-03-02T09:30:00+00:00")
    assert (datetime.fromisoformat(entry["startedDateTime"]) - began).total_seconds() == 2.5
    assert datetime.fromisoformat(unknown["startedDateTime"]) == began


def test_both_lanes_stand_in_the_order_in_which_they_began() -> None:
    upstream = exchange(lane="upstream", started_s=100.52, sent_s=None, faults=("sse.truncate(after=3)",))

    entries = log_of(with_exchanges(upstream, exchange()))["entries"]

    assert [entry["_lane"] for entry in entries] == ["client", "upstream"]
    assert entries[1]["comment"].endswith("; faults: sse.truncate(after=3)")
    assert entries[1]["timings"]["send"] == 0


def test_what_is_no_text_or_was_not_kept_is_told() -> None:
    coded, asked = log_of(with_exchanges(ODD[3], ODD[4]))["entries"]

    assert coded["response"]["content"] == {
        "size": 9,
        "mimeType": "text/event-stream",
        "text": "AAEC",
        "encoding": "base64",
        "comment": "5 bytes behind it are left out",
    }
    assert asked["request"]["postData"]["comment"] == "in Base64"


def test_an_exchange_without_an_answer_has_status_0() -> None:
    (entry,) = log_of(with_exchanges(ODD[0]))["entries"]

    assert (entry["response"]["status"], entry["response"]["comment"]) == (0, "no answer came")
