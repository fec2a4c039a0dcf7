"""One conversation in the form that was asked for.

The one rule: a conversation goes in as the JSON that its reader may see, so that no export shows more.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from harness.reference_proxy.chat.exports import markdown

Format = Literal["markdown", "json", "pdf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file: its bytes, of which kind, and what its name ends with."""

    content: bytes
    media_type: str
    extension: str


def export(document: dict[str, Any], form: Format, *, pdf_font: str = "") -> Exported:
    """The file of a conversation in JSON form; `pdf_font` is the path of a TrueType font, or empty."""
    if form == "markdown":
        text = markdown.render(document)
        return Exported(content=text.encode(), media_type="text/markdown; charset=utf-8", extension="md")
    if form == "json":
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        return Exported(content=text.encode(), media_type="application/json", extension="json")
    # Loaded when asked for: it brings image processing along.
    from harness.reference_proxy.chat.exports import pdf

    return Exported(content=pdf.render(document, font=pdf_font), media_type="application/pdf", extension="pdf")
