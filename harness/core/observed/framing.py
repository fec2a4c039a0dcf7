"""How the end of an answer's body is known, and whether its connection serves another request (RFC 9112 §6.3, §9.3).

The one rule: the rules are applied in their order, and each breach is told; where one leaves the body without meaning,
there is no framing.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from fault_injection.reply import Headers

BodyFraming: TypeAlias = Literal["chunked", "length", "until-close", "none"]

_LONGEST_LENGTH = 19
"""Digits of the largest length that is believed."""


class Framing(NamedTuple):
    """How a body ends. `kind` is None where a breach leaves it without meaning, `length_bytes` is what was promised."""

    kind: BodyFraming | None
    length_bytes: int = 0
    breaches: tuple[str, ...] = ()


def framing_of(headers: Headers, *, status: int, method: str, version: str, asked_version: str) -> Framing:
    """Return how the body of an answer ends; `method` is in capitals, versions are as in `1.1`."""
    codings = [item.lower() for item in items(headers, "transfer-encoding")]
    sized = any(name.lower() == "content-length" for name, _ in headers)
    lengths = items(headers, "content-length") or [""] * sized
    breaches: list[str] = []
    if codings and lengths:
        breaches.append(f"conflicting lengths: Transfer-Encoding and Content-Length {lengths[0]!r} (RFC 9112 §6.1)")
    if method == "HEAD" or status in (204, 304):
        return Framing("none", breaches=tuple(breaches))
    if codings:
        if version == "1.0":
            breaches.append("Transfer-Encoding in an HTTP/1.0 answer (RFC 9112 §6.1)")
        if asked_version == "1.0":
            breaches.append("Transfer-Encoding in the answer to an HTTP/1.0 request (RFC 9112 §6.1)")
        if "chunked" in codings[:-1]:
            breaches.append(f"chunked is not the last transfer coding in {', '.join(codings)!r} (RFC 9112 §6.1)")
            return Framing(None, breaches=tuple(breaches))
        return Framing("chunked" if codings[-1] == "chunked" else "until-close", breaches=tuple(breaches))
    if not lengths:
        return Framing("until-close")  # also what follows a 101: another protocol, until the end
    if len(set(lengths)) > 1:
        return Framing(None, breaches=(f"conflicting lengths: Content-Length {' and '.join(lengths)} (RFC 9112 §6.3)",))
    if not (lengths[0].isascii() and lengths[0].isdigit() and len(lengths[0]) <= _LONGEST_LENGTH):
        return Framing(None, breaches=(f"bad Content-Length {lengths[0][:40]!r} (RFC 9110 §8.6)",))
    return Framing("length", length_bytes=int(lengths[0]))


def keeps_connection(headers: Headers, *, version: str, asked_version: str) -> bool:
    """Whether an answer's head leaves the connection to another request (RFC 9112 §9.3)."""
    told = {item.lower() for item in items(headers, "connection")}
    return "keep-alive" in told if "1.0" in (version, asked_version) else "close" not in told


def items(headers: Headers, name: str) -> list[str]:
    """Return the items of the comma-separated lists in all fields of that name, which is in small letters.

    What is empty between two commas is no item (RFC 9110 §5.6.1.2).
    """
    told = [value for key, value in headers if key.lower() == name]
    return [item for item in map(str.strip, ",".join(told).split(",")) if item] if told else []
