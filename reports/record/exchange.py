"""One HTTP exchange kept whole, as far as bounds and secrets allow: what a tool that reads HAR wants to see."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reports.record.part import Part, Text


class Body(Part):
    """A body freed of its content coding."""

    size_bytes: int = Field(default=0, ge=0)
    """All of it, freed of its coding."""
    coded_bytes: int = Field(default=0, ge=0)
    """All of it as it crossed the wire, framing aside."""
    text: Text = ""
    """The beginning of it; Base64 where `is_base64` says so, because the bytes are no UTF-8."""
    is_base64: bool = False
    left_out_bytes: int = Field(default=0, ge=0)
    """How much stands behind the text that was not kept."""


class Exchange(Part):
    """One request and what came of it. Lane `client` is between edgeproof and the target, `upstream` between the target
    and the mock. Times are seconds on the monotonic clock of the machine that played it; secrets are redacted."""

    lane: Literal["client", "upstream"]
    exchange: int = Field(ge=1)
    """Its number in its lane, as in the wire log."""
    label: Text = ""
    """The step of the case, or the surface of the mock."""
    method: Text
    url: Text
    http_version: Text = "HTTP/1.1"
    request_headers: tuple[tuple[Text, Text], ...] = ()
    request: Body = Body()
    status: int | None = None
    """None: no head came."""
    headers: tuple[tuple[Text, Text], ...] = ()
    body: Body = Body()
    started_s: float
    sent_s: float | None = None
    """When the request had been sent; None where it never was, or where that is not known."""
    head_s: float | None = None
    """When the answer began; None: it never did."""
    end_s: float | None = None
    """None: it was still going on when the case ended."""
    end: Text = ""
    """How it ended, in words."""
    faults: tuple[Text, ...] = ()
    """What the mock did to it."""
