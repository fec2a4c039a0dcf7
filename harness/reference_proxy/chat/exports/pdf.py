"""A conversation as PDF, in whatever script it was written, as far as a font is there for it.

The one rule: a character that cannot be shown is not left out silently: it is a `?`, and the first page says so.
"""

import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from fpdf import FPDF

from harness.reference_proxy.chat.exports import labels

_FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
)
_TITLE_PT, _HEADING_PT, _TEXT_PT, _NOTE_PT = 16, 12, 10, 8
_LINE = 1.5
_MM_PER_PT = 25.4 / 72
_MISSING = "Characters that the font of this file lacks are shown as a question mark."

logging.getLogger("fpdf").setLevel(logging.ERROR)  # a missing glyph is told in the file itself
logging.getLogger("fontTools").setLevel(logging.ERROR)


def render(document: dict[str, Any], *, font: str) -> bytes:
    """The file of a conversation in JSON form; `font` is the path of a TrueType font, or empty."""
    page = _Pages(font or next((path for path in _FONTS if Path(path).is_file()), ""))
    page.file.set_title(labels.one_line(document["title"]))
    page.file.set_creation_date(datetime.fromisoformat(document["updatedAt"]))
    page.write(_TITLE_PT, labels.one_line(document["title"]))
    page.write(_NOTE_PT, f"{document['id']}, begun {document['createdAt']}")
    texts = [document["title"], *(message["content"] for message in document["messages"])]
    if any(not page.shows(text) for text in texts):
        page.write(_NOTE_PT, _MISSING)
    for message in document["messages"]:
        page.gap()
        page.write(_HEADING_PT, labels.heading(message))
        page.write(_TEXT_PT, message["content"])
        for line in (*labels.called(message), labels.note(message)):
            page.write(_NOTE_PT, line)
    return bytes(page.file.output())


class _Pages:
    def __init__(self, font: str) -> None:
        self.file = FPDF(format="A4")
        self._glyphs: set[int] | None = None
        self._family = "helvetica"
        if font:
            self.file.add_font("text", fname=font)
            self._family = "text"
            self._glyphs = set(self.file.fonts["text"].cmap)  # type: ignore[union-attr]
        self.file.set_auto_page_break(True, margin=15)
        self.file.add_page()

    def shows(self, text: str) -> bool:
        return self._shown(text) == text

    def write(self, size_pt: int, text: str) -> None:
        if not text:
            return
        self.file.set_font(self._family, size=size_pt)
        height = size_pt * _LINE * _MM_PER_PT
        self.file.multi_cell(0, height, self._shown(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def gap(self) -> None:
        self.file.ln(_TEXT_PT * _MM_PER_PT)

    def _shown(self, text: str) -> str:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
        if self._glyphs is None:
            return text.encode("latin-1", "replace").decode("latin-1")
        return "".join(char if char == "\n" or ord(char) in self._glyphs else "?" for char in text)
