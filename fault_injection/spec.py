"""Faults as text: `sse.truncate(after=3) + tcp.latency(delay_s=0.1)`, in plans, on the command line and in headers.

The one rule: `parse(str(fault)) == fault` for every fault there is; printing is the fault's own `str`.

A value is written by its parameter's type: `true` or `false`, a number, or text. Text stands bare when it is made of
letters, digits and `_ . : / @ * -` alone; else it is a JSON string, so that a spec is ASCII whatever it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches

from fault_injection.fault import Fault, Parameter, Value
from fault_injection.registry import by_id

SEPARATOR = " + "

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_BARE = re.compile(r"[^\s,()+\"=]+(?:\+[0-9]+)?")
_SPACE = re.compile(r"\s*")
_STRING = json.JSONDecoder()


class SpecError(ValueError):
    """A spec cannot be read; the message names the place, counted in characters from 1."""


def parse(text: str) -> Fault:
    """Read one fault.

    Raises:
        SpecError: the text is no spec, or names a parameter that the fault does not have.
        UnknownFaultError: no fault has that id.
        InvalidFaultError: a parameter's value is impossible.
    """
    faults = parse_all(text)
    if len(faults) != 1:
        message = f"{text!r} holds {len(faults)} faults where one is wanted"
        raise SpecError(message)
    return faults[0]


def parse_all(text: str) -> tuple[Fault, ...]:
    """Read faults joined by `+`, in the order in which they apply; see `parse` for what it raises."""
    reader = _Reader(text)
    faults = [reader.fault()]
    while reader.took("+"):
        faults.append(reader.fault())
    reader.expect_end()
    return tuple(faults)


def show_all(faults: Iterable[Fault]) -> str:
    """Write faults as `parse_all` reads them."""
    return SEPARATOR.join(map(str, faults))


class _Reader:
    """A place in a text, and what is read from there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def fault(self) -> Fault:
        kind = by_id(self._name("a fault's id such as sse.truncate"))
        known = {parameter.name: parameter for parameter in kind.parameters()}
        values: dict[str, Value] = {}
        if self.took("(") and not self.took(")"):
            while True:
                name = self._parameter(kind, known, values)
                self._expect("=")
                values[name] = self._value(known[name])
                if not self.took(","):
                    break
            self._expect(")")
        return kind(**values)

    def took(self, mark: str) -> bool:
        self._skip_space()
        found = self._text.startswith(mark, self._at)
        self._at += len(mark) if found else 0
        return found

    def expect_end(self) -> None:
        self._skip_space()
        if self._at < len(self._text):
            raise self._error("the end, or `+` and another fault")

    def _parameter(self, kind: type[Fault], known: dict[str, Parameter], values: dict[str, Value]) -> str:
        self._skip_space()
        start = self._at
        name = self._name("a parameter's name")
        place = f"{self._text!r}, character {start + 1}: {kind.id}"
        if name in values:
            raise SpecError(f"{place} is given {name!r} twice")
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known) or 'none'}"
            raise SpecError(f"{place} has no parameter {name!r}; {hint}")
        return name

    def _name(self, wanted: str) -> str:
        self._skip_space()
        found = _NAME.match(self._text, self._at)
        if not found:
            raise self._error(wanted)
        self._at = found.end()
        return found.group()

    def _value(self, parameter: Parameter) -> Value:
        self._skip_space()
        if self._text.startswith('"', self._at):
            try:
                value, self._at = _STRING.raw_decode(self._text, self._at)
            except ValueError:
                raise self._error("a JSON string") from None
            return str(value)
        found = _BARE.match(self._text, self._at)
        if not found:
            raise self._error(f"a value for {parameter.name}")
        self._at = found.end()
        return _typed(found.group(), parameter.default)

    def _expect(self, mark: str) -> None:
        if not self.took(mark):
            raise self._error(f"`{mark}`")

    def _skip_space(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _error(self, wanted: str) -> SpecError:
        found = self._text[self._at : self._at + 12]
        return SpecError(
            f"{self._text!r}, character {self._at + 1}: wanted {wanted}, found {found!r}"
            if found
            else f"{self._text!r} stops where {wanted} is wanted"
        )


def _typed(text: str, default: Value) -> Value:
    """Read a bare word as the parameter's type; a word that does not fit stays text, for the fault to refuse."""
    if isinstance(default, str):
        return text
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
