"""Text from a target made safe to show: what cannot be seen is drawn as a symbol.

The one rule: nothing a target sends may act on the reader's terminal or page, so no control character passes.
"""

from __future__ import annotations

from typing import Final

_CONTROLS: Final = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
_CONTROLS_8_BIT: Final = dict.fromkeys(range(0x80, 0xA0), "�")
_DIRECTION: Final = dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "�")
"""Bidirectional marks can make a line read as something else ("Trojan source", CVE-2021-42574)."""

_EVERYTHING: Final = _CONTROLS | _CONTROLS_8_BIT | _DIRECTION
_PROSE: Final = {code: symbol for code, symbol in _EVERYTHING.items() if chr(code) not in "\n\t"}


def on_one_line(text: str) -> str:
    """Show every control character as its symbol, line ends included: `a\\r\\n` becomes `a␍␊`."""
    return text.translate(_EVERYTHING)


def as_prose(text: str) -> str:
    """Show control characters as symbols, but let line ends and tabs do their work."""
    return text.replace("\r\n", "\n").translate(_PROSE)
