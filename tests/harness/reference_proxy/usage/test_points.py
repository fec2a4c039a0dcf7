"""An answer as a point, and the queries that read points."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from harness.reference_proxy.http.answered import Answered, tell
from harness.reference_proxy.http.app import Record
from harness.reference_proxy.usage import queries
from harness.reference_proxy.usage.points import point_of, wire

CALLER = sha256(b"ann").hexdigest()
ANSWERED = Answered(
    caller=CALLER, model="m", kind="/v1/chat/completions", form="json", cache="MISS", outcome="whole",
    usage={"prompt_tokens": 3, "completion_tokens": 2}, took_s=0.25, attempts=2,
)  # fmt: skip


def test_a_point_tells_who_asked_what_and_what_it_took() -> None:
    point = point_of(ANSWERED, token_price=0.5)

    assert point.index == CALLER[:32]
    assert point.blobs == ("m", "/v1/chat/completions", "json", "MISS", "whole")
    assert point.doubles == (3.0, 2.0, 250.0, 2.5, 2.0, 0.0, 0.0)


def test_a_hit_costs_nothing_and_tells_what_it_saved() -> None:
    point = point_of(replace(ANSWERED, cache="HIT", attempts=0), token_price=0.5)

    assert point.doubles == (3.0, 2.0, 250.0, 0.0, 0.0, 1.0, 0.0)


@pytest.mark.parametrize("usage", [None, "many", {"prompt_tokens": None, "completion_tokens": True}])
def test_usage_that_is_none_counts_no_tokens(usage: object) -> None:
    point = point_of(replace(ANSWERED, usage=usage), token_price=1.0)

    assert point.doubles[:2] == (0.0, 0.0)


def test_a_point_goes_out_as_workerd_sends_it() -> None:
    told = wire(point_of(ANSWERED, token_price=0.0), dataset="d", account="a", at_s=1.5)

    assert told["dataset"] == [100]
    assert told["timestamp"] == "1500000000"
    assert bytes(told["index1"]).decode() == CALLER[:32]
    assert [bytes(told[f"blob{number}"]).decode() for number in (1, 5)] == ["m", "whole"]
    assert told["double3"] == 250.0


@pytest.mark.parametrize(
    ("status", "failure", "outcome"),
    [(200, None, "whole"), (200, "upstream_broken", "broken"), (499, "client_left", "left"), (502, "x", "failed")],
)
def test_how_an_answer_went_follows_from_its_log_line(status: int, failure: str | None, outcome: str) -> None:
    record, told = Record(), list[Answered]()
    tell(told.append, record, kind="k", status=404, failure=None, took_s=1.0)  # nothing was asked of a model
    record.fields["model"] = "m"

    tell(told.append, record, kind="k", status=status, failure=failure, took_s=1.0)

    assert [(each.outcome, each.attempts) for each in told] == [(outcome, 0)]


@pytest.mark.parametrize(("dataset", "user"), [("a;b", None), ("d", "' OR 1")])
def test_nothing_but_names_gets_into_a_query(dataset: str, user: str | None) -> None:
    with pytest.raises(ValueError, match="no name"):
        queries.usage(dataset, by="model", days=1, user=user)


@pytest.mark.parametrize("document", [None, {}, {"data": 1}])
def test_what_is_no_answer_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="SQL API"):
        queries.rows_of(document, by="model")
