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
    """The beginning of it, as text or as Base64."""
    is_base64: bool = False
    """Whether `text` is Base64, because the bytes are not UTF-8."""
    left_out_bytes: int = Field(default=0, ge=0)
    """How much stands behind the text that was not kept."""


class Exchange(Part):
    """One request and what came of it. Lane `client` is between edgeproof and the target, `upstream` between the target
    and the mock. Times are seconds on the monotonic clock of the machine that played it; secrets are redacted."""

    lane: Literal["client", "upstream"]
    """The side of the target it was on."""
    exchange: int = Field(ge=1)
    """Its number in its lane, as in the wire log."""
    label: Text = ""
    """The step of the case, or the surface of the mock."""
    method: Text
    """The method of the request."""
    url: Text
    """The URL that was asked."""
    http_version: Text = "HTTP/1.1"
    """The version of HTTP that was spoken."""
    request_headers: tuple[tuple[Text, Text], ...] = ()
    """The headers of the request: pairs of a name and a value, in their order."""
    request: Body = Body()
    """The body of the request."""
    status: int | None = None
    """The status of the answer; null when no head came."""
    headers: tuple[tuple[Text, Text], ...] = ()
    """The headers of the answer: pairs of a name and a value, in their order."""
    body: Body = Body()
    """The body of the answer."""
    started_s: float
    """When the request began."""
    sent_s: float | None = None
    """When the whole request had been sent; null when it never was, or when that is not known."""
    head_s: float | None = None
    """When the answer began; null when it never did."""
    end_s: float | None = None
    """When the exchange ended; null when it was still going on when the case ended."""
    end: Text = ""
    """How it ended, in words."""
    faults: tuple[Text, ...] = ()
    """What the mock did to it."""
