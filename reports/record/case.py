"""What one case promised and what was seen of it, down to the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from reports.record.exchange import Exchange
from reports.record.part import Part, Text
from reports.record.verdict import Level, Verdict


class Finding(Part):
    """One observed breach of an invariant, with evidence."""

    invariant: Text
    level: Level
    message: Text
    evidence: tuple[Text, ...] = ()
    claim: Text = ""
    """The key of the target file, dotted, whose claim it holds the target to; empty of an older record."""


class WireRow(Part):
    """One line of the two-sided wire log.

    Lane `client` is what the harness's client sent to and received from the target; lane `upstream` is what the mock
    received from and sent to the target. Both lie on one axis: `at_s` is in seconds since the case began.
    """

    at_s: float
    lane: Literal["client", "upstream"]
    exchange: int
    """Number of the exchange in its lane; the two lanes count on their own."""
    kind: Literal["request", "sent", "received", "wait", "fault", "end"]
    label: Text
    size_bytes: int = Field(default=0, ge=0)
    preview: Text = ""
    """The beginning of the bytes as text; may contain anything a target sent."""
    hex: Text = Field(default="", pattern="^([0-9a-f]{2})*$")
    """Its first bytes in hexadecimal, where they are no UTF-8, so that the preview has lost some."""
    struck_byte: int | None = Field(default=None, ge=0)
    """Where the first fault struck, counted from 0: of a `fault` in the whole answer, head and framing included; of a
    row that was `sent`, in its own bytes as they are shown, secrets hidden. Null where no fault struck there."""


class CaseResult(Part):
    """What one case promised, what was seen, and how to see it again."""

    id: Text
    title: Text = ""
    suite: Text
    family: Text
    """Group within the suite; the part of the id before its first dot when a record does not say."""
    level: Level
    verdict: Verdict
    duration_s: float = Field(ge=0)
    promised: Text
    saw: Text
    findings: tuple[Finding, ...] = ()
    faults: tuple[Text, ...] = ()
    replay: Text = ""
    """A command line that runs this case again, same seed and same plan."""
    curl: Text = ""
    reference: Text = ""
    """The source of the promise: a standard's section or a documentation page."""
    cause: Text = ""
    """Why the case is inconclusive, not applicable or a harness error; empty otherwise."""
    wire: tuple[WireRow, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    """The exchanges that its findings are about, kept whole where a promise was broken."""
    exchanges_left_out: int = Field(default=0, ge=0)
    """How many more there were than are kept."""

    @model_validator(mode="before")
    @classmethod
    def _name_the_family(cls, data: object) -> object:
        if isinstance(data, Mapping) and "family" not in data and isinstance(data.get("id"), str):
            return {**data, "family": data["id"].partition(".")[0]}
        return data
