from __future__ import annotations

import json
from pathlib import Path

from harness.core.load.report import ALONE, Generators, Orders, Report
from tests.harness.core.load.loads import answer, job, report


def test_orders_survive_being_written() -> None:
    orders = Orders(job=job(), folder=Path("some/where"), workers=3, web_port=0)

    assert Orders.read(orders.write()) == orders


def test_a_report_survives_its_json() -> None:
    told = report(answer(), number=2, late=((1.5, 0.1),), exchanges=({"name": "2/0"},), offset_s=0.25)

    again = Report.from_json(json.loads(json.dumps(told.to_json())))

    assert again.to_json() == told.to_json()
    assert again.late == told.late
    assert again.part.counts["asked"] == 1


def test_one_process_alone_leads_nobody_and_several_work_for_one_that_does() -> None:
    several, elsewhere = Generators(processes=3), Generators(leads=True, workers=2)

    assert (ALONE.number, ALONE.own_workers, ALONE.are_led) == (1, 0, False)
    assert (several.number, several.own_workers, several.are_led) == (3, 3, True)
    assert (elsewhere.number, elsewhere.own_workers, elsewhere.are_led) == (2, 0, True)
