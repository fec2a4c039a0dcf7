"""What a load generator measured, in parts that add up: HDR histograms and counts.

The one rule: merging parts gives exactly what one part over all their samples would have given, and what has no
sample has no value, never 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # it has no types

from harness.core.load.answer import Answer

NAMES: Final = ("ttft", "itl", "tpot", "longest_stall", "e2e", "tokens_rate")
"""Times are kept in microseconds; `tokens_rate` is each answer's tokens a second, in thousandths."""
_HIGHEST: Final = 3_600_000_000
_SCALE: Final = {name: 1_000 if name == "tokens_rate" else 1_000_000 for name in NAMES}
_PERCENTILES: Final = (50, 95, 99)


class LoadPart:
    """The measurements of one load generator. `counts` are of exchanges, by how they ended, and of bytes and tokens."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._histograms = {name: HdrHistogram(1, _HIGHEST, 3) for name in NAMES}

    def record(self, name: str, value: float) -> None:
        """Take one sample, in seconds (or tokens a second)."""
        scaled = round(value * _SCALE[name])
        self._histograms[name].record_value(min(max(scaled, 1), _HIGHEST))

    def take(self, answer: Answer) -> None:
        """Take everything that was measured of one answer."""
        self.counts.update({"asked": 1, answer.ending: 1, "tokens": answer.tokens, "body_bytes": answer.body_bytes})
        for gap_s in answer.gaps_s:
            self.record("itl", gap_s)
        for name, value in (
            ("ttft", answer.ttft_s),
            ("tpot", answer.tpot_s),
            ("longest_stall", answer.longest_stall_s),
            ("e2e", answer.e2e_s),
            ("tokens_rate", answer.tokens_per_s),
        ):
            if value is not None:
                self.record(name, value)

    def samples(self, name: str) -> int:
        """How many samples there are."""
        return int(self._histograms[name].get_total_count())

    def percentile(self, name: str, percent: float) -> float | None:
        """Return a percentile, or None where there is no sample."""
        histogram = self._histograms[name]
        if not histogram.get_total_count():
            return None
        return float(histogram.get_value_at_percentile(percent)) / _SCALE[name]

    def merge(self, other: LoadPart) -> None:
        """Add another part's samples and counts to this one's."""
        self.counts.update(other.counts)
        for name in NAMES:
            self._histograms[name].add(other._histograms[name])

    def to_json(self) -> dict[str, Any]:
        """Return the part as JSON can hold it, no sample lost."""
        encoded = {name: each.encode().decode("ascii") for name, each in self._histograms.items()}
        return {"counts": dict(self.counts), "histograms": encoded}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LoadPart:
        """Read a part that `to_json` wrote."""
        part = cls()
        part.counts.update(data["counts"])
        for name in NAMES:
            part._histograms[name].add(HdrHistogram.decode(data["histograms"][name]))
        return part

    def metrics(self) -> dict[str, float | None]:
        """Return every percentile under the name that objectives use."""
        times = {
            f"{name}_p{percent}_s": self.percentile(name, percent)
            for name in NAMES
            if name != "tokens_rate"
            for percent in _PERCENTILES
        }
        return {**times, "tokens_per_s_p50": self.percentile("tokens_rate", 50)}
