"""A conversation as a file: what is not whole says so, and no character is lost in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.reference_proxy.chat.exports import pdf
from harness.reference_proxy.chat.exports.exporting import Format, export


def _message(role: str, content: str, **more: object) -> dict[str, Any]:
    said = {"role": role, "content": content, "complete": True, "status": "complete", "model": "m", "error": None}
    return {**said, **more}


DOCUMENT = {
    "id": "conv_1",
    "title": "Grüße\n# aus 東京",
    "createdAt": "2026-01-31T12:00:00.000Z",
    "updatedAt": "2026-01-31T12:00:00.000Z",
    "messages": [
        _message("user", "Was kostet *das*?\r\n\tViel?"),
        _message("assistant", "Das kostet", complete=False, status="interrupted", error="client_left"),
        _message("assistant", "", complete=False, status="streaming"),
        _message("assistant", "", toolCalls=[{"function": {"name": "look_up", "arguments": '{"q":1}'}}]),
    ],
}


def test_markdown_keeps_the_words_and_marks_what_is_not_whole() -> None:
    text = export(DOCUMENT, "markdown").content.decode()

    assert text.startswith("# Grüße # aus 東京\n")
    assert "## User\n\nWas kostet *das*?\r\n\tViel?\n\n## Assistant (m)\n\nDas kostet\n\n> **Incomplete: " in text
    assert "still being given" in text
    assert '`Calls look_up({"q":1})`' in text


def test_json_is_the_conversation_itself() -> None:
    assert json.loads(export(DOCUMENT, "json").content) == DOCUMENT


@pytest.mark.parametrize("font", ["", "none"])
def test_pdf_marks_what_is_not_whole_and_what_its_font_lacks(font: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if font:
        monkeypatch.setattr(pdf, "_FONTS", ())
    page: list[str] = []
    write = pdf._Pages.write

    def written(pages: pdf._Pages, size_pt: int, text: str) -> None:
        page.append(text)
        write(pages, size_pt, text)

    monkeypatch.setattr(pdf._Pages, "write", written)

    made = export(DOCUMENT, "pdf")

    assert made.content.startswith(b"%PDF-")
    assert (made.media_type, made.extension) == ("application/pdf", "pdf")
    assert pdf._MISSING in page  # 東京 is in neither font
    assert any(line.startswith("Incomplete: the reader left") for line in page)


def test_pdf_takes_a_font_of_ones_own_and_very_long_words(tmp_path: Path) -> None:
    found = next((path for path in pdf._FONTS if Path(path).is_file()), None)
    if found is None:
        pytest.fail("no DejaVu Sans: install it (Debian: apt-get install fonts-dejavu-core)")
    font = tmp_path / "mine.ttf"
    font.write_bytes(Path(found).read_bytes())
    long = {**DOCUMENT, "messages": [_message("user", "x" * 5000), _message("user", "Ωμέγα " * 2000)]}

    assert export(long, "pdf", pdf_font=str(font)).content.count(b"/Type /Page\n") > 3


@pytest.mark.parametrize("form", ["markdown", "json", "pdf"])
def test_an_empty_conversation_is_a_file_as_well(form: Format) -> None:
    assert export({**DOCUMENT, "messages": []}, form).content
