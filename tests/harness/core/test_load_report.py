from __future__ import annotations

import json
from pathlib import Path

from harness.core.load_report import Orders, Report
from tests.harness.core.loads import answer, job, report


def test_orders_survive_being_written() -> None:
    orders = Orders(job=job(), folder=Path("some/where"), workers=3, web_port=0)

    assert Orders.read(orders.write()) == orders


def test_a_report_survives_its_json() -> None:
    told = report(answer(), number=2, late=((1.5, 0.1),), exchanges=({"name": "2/0"},), offset_s=0.25)

    again = Report.from_json(json.loads(json.dumps(told.to_json())))

    assert again.to_json() == told.to_json()
    assert again.late == told.late
    assert again.part.counts["asked"] == 1
