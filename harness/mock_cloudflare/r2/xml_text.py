"""The XML that S3 speaks, as little of it as R2 needs.

The one rule: what is written is a tree of names, and what a client sends is read without entities and without trust.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from harness.mock_cloudflare.r2.errors import R2, RefusedError

Node: TypeAlias = "tuple[str, str | int | Iterable[Node]]"
"""A name, and a text or what is below it."""
_NAMESPACE: Final = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_FIRST: Final = '<?xml version="1.0" encoding="UTF-8"?>'


def document(name: str, *below: Node) -> bytes:
    """Write a whole document."""
    return f"{_FIRST}<{name}{_NAMESPACE}>{_written(below)}</{name}>".encode("utf-8", "replace")


def elements(body: bytes, name: str) -> list[dict[str, str]]:
    """Return the elements of that name below the first, each with the texts below it; a name's namespace is dropped.

    Raises:
        RefusedError: it is no XML that S3 takes.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise RefusedError(R2.BAD_XML)
    try:
        root = ET.fromstring(body)  # noqa: S314 - what could expand was refused above
    except (ET.ParseError, ValueError, LookupError):
        raise RefusedError(R2.BAD_XML) from None
    found = [each for each in root if _bare(each.tag) == name]
    return [{_bare(item.tag): item.text or "" for item in each} for each in found]


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def _written(nodes: Iterable[Node]) -> str:
    return "".join(f"<{name}>{_value(value)}</{name}>" for name, value in nodes)


def _value(value: str | int | Iterable[Node]) -> str:
    match value:
        case str():
            # Control characters have no form in XML 1.0; S3 lists such keys with `encoding-type=url`.
            return escape("".join(char if char >= " " or char in "\t\n" else "\ufffd" for char in value))
        case int():
            return str(value)
        case _:
            return _written(value)
