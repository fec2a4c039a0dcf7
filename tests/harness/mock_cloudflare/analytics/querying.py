"""How the tests of the SQL API ask: points of a Worker written by its binding, and a query over REST."""

from __future__ import annotations

import json
from typing import Any

from harness.core.observed.binding import named
from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.asking import NOW_S
from tests.harness.mock_cloudflare.bindings.calling import Caller

MINUTE_NS = 60 * 1_000_000_000
START_NS = 1_763_992_800 * 1_000_000_000
"""2025-11-24 14:00:00 UTC, two hours before the mock's now."""


class Querier(Caller):
    """A mock with the points that a Worker wrote, and what the SQL API says of them."""

    def write(self, *, dataset: str = "usage", minute: int = 0, index: str = "", **told: object) -> None:
        point = {
            "index1": [*index.encode()],
            "timestamp": str(START_NS + minute * MINUTE_NS),
            **{name: [*value.encode()] if isinstance(value, str) else value for name, value in told.items()},
        }
        self.call(named("analytics", dataset), "POST", "/", json.dumps(point).encode())

    def query(self, sql: str) -> Answer:
        return self.ask("POST", f"{self.account}/analytics_engine/sql", sql.encode("utf-8", "surrogatepass"))

    def rows(self, sql: str) -> list[list[Any]]:
        """The values of the answer, a list a row."""
        answer = self.query(sql)
        assert answer.reply.status == 200, answer.reply.body_bytes
        return [list(row.values()) for row in json.loads(answer.reply.body_bytes)["data"]]

    def refusal(self, sql: str) -> str:
        answer = self.query(sql)
        assert answer.reply.status == 422, answer.reply.body_bytes
        return answer.reply.body_bytes.decode()


def readings() -> Querier:
    """Five readings of three probes, a minute apart."""
    querier = Querier()
    for minute, (probe, heat) in enumerate([("a", 1.0), ("a", 3.0), ("b", 10.0), ("b", 20.0), ("c", 2.5)]):
        querier.write(minute=minute, index=f"i-{probe}", blob1=probe, blob3="°C", double1=heat, double2=minute)
    querier.write(dataset="other", blob1="elsewhere")
    querier.now_s = NOW_S
    return querier
