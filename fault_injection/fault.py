"""What a fault is: a frozen value with an id, bounded parameters, a law, and `apply`.

There are four kinds, by what they rewrite: a reply before it is rendered, a wire script, the answer of a key-value
store, or the moves of a client. The one rule: a fault with impossible parameters cannot be built, and `apply` never
draws from anything but the turn it is given, so that the same turn gives the same deviation.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields
from enum import StrEnum
from random import Random
from typing import Any, ClassVar, TypeAlias

from fault_injection.client import ClientMoves
from fault_injection.kv_answer import KvAnswer
from fault_injection.reply import Reply
from fault_injection.wire import WireScript

Value: TypeAlias = bool | int | float | str


class InvalidFaultError(ValueError):
    """A fault was given impossible parameters; the message names the fault, the parameter and the value."""


class Law(StrEnum):
    """What a fault promises about the bytes it lets through.

    The bytes meant are a reply's body, a script's whole output, a store's value or a client's request body.
    """

    SAME_BYTES = "same bytes"
    """Every byte, in order; only their timing, their grouping, or what stands around them differs."""
    SAME_MEANING = "same meaning"
    """Other bytes that a correct reader understands as the very same answer."""
    PREFIX = "prefix"
    """The bytes up to some place, and none behind it; the whole is a prefix too."""
    OTHER_BYTES = "other bytes"
    """No promise."""


class Need(StrEnum):
    """What a fault cannot strike without; the text says why an exchange that lacks it was passed by."""

    BODY = "the answer has no body: it is to a HEAD, a 204 or a 304 (RFC 9110 §6.4.1)"
    CHUNKS = "the request is in HTTP/1.0, which has no chunked coding (RFC 9112 §6.1)"
    INTERIM = "the request is in HTTP/1.0, which has no interim answers (RFC 9110 §15.2)"
    END = "the body ends where the connection does, so nothing can follow its end (RFC 9112 §6.3)"
    KEPT = "the connection closes behind this answer anyway (RFC 9112 §9.3)"


@dataclass(frozen=True, slots=True)
class Turn:
    """The moment a fault strikes: its own dice, and which exchange of its rule this is (1 for the first).

    `unix_s` is the wall time, for the few faults that print a date; 0 when nobody said.
    """

    rng: Random
    nth: int = 1
    unix_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a parameter may be: its default, its unit, inclusive bounds for numbers or choices for words."""

    name: str
    default: Value
    doc: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def refusal(self, value: object) -> str | None:
        """Say what is wrong with a value, or None when it will do."""
        wanted = type(self.default)
        fits = isinstance(value, wanted) or (wanted is float and type(value) is int)
        if not fits or (wanted is not bool and isinstance(value, bool)):
            return f"wants a {_WORDS[wanted]}"
        if self.choices and value not in self.choices:
            return f"wants one of {', '.join(self.choices)}"
        if isinstance(value, (int, float)):
            if self.low is not None and not value >= self.low:
                return f"wants at least {self.low:g}{self._unit()}"
            if self.high is not None and not value <= self.high:
                return f"wants at most {self.high:g}{self._unit()}"
        return None

    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


_WORDS = {bool: "true or false", int: "whole number", float: "number", str: "word"}


def param(
    default: Value,
    doc: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:  # noqa: ANN401 - as dataclasses.field, it stands for a value of the field's own type
    """Declare a fault's parameter: a dataclass field that knows its unit and its bounds."""
    metadata = {"default": default, "doc": doc, "unit": unit, "low": low, "high": high, "choices": choices}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """The part all four kinds share. Subclass one of them, never this."""

    id: ClassVar[str]
    law: ClassVar[Law]
    needs: ClassVar[tuple[Need, ...]] = ()
    tell: ClassVar[str] = ""
    """Why the answer's head, or its first moment, already differs; empty: nothing gives the fault away beforehand."""
    looks_ahead: ClassVar[bool] = False
    """Whether what it does to the start of a stream depends on how the stream goes on, so that a gateway has to wait
    for the end of the answer; what it does to the end alone may."""

    def __post_init__(self) -> None:
        """Refuse impossible parameters.

        Raises:
            InvalidFaultError: naming the fault, the parameter, the value and what would do.
        """
        for parameter in self.parameters():
            value = getattr(self, parameter.name)
            refusal = parameter.refusal(value)
            if refusal:
                message = f"{self.id}: {parameter.name}={value!r} is impossible: it {refusal}"
                raise InvalidFaultError(message)

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Return what may be set on this fault, in the order of its definition."""
        return tuple(Parameter(name=item.name, **item.metadata) for item in fields(cls))

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the fault's own docstring: what happens, in one sentence."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def detail(cls) -> str:
        """Return the rest of the fault's own docstring as one line; empty where there is no more to say."""
        return " ".join(" ".join((cls.__doc__ or "").strip().splitlines()[1:]).split())

    def __str__(self) -> str:
        changed = [
            f"{item.name}={_print(getattr(self, item.name))}"
            for item in self.parameters()
            if getattr(self, item.name) != item.default
        ]
        return f"{self.id}({', '.join(changed)})" if changed else self.id


class ReplyFault(Fault):
    """A fault that needs the reply's structure: a status, a header, an event, a JSON field."""

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        """Return the reply with the deviation in it."""
        raise NotImplementedError


class WireFault(Fault):
    """A fault on bytes and time, whatever they mean."""

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        """Return the script with the deviation in it, well formed."""
        raise NotImplementedError


class KvFault(Fault):
    """A fault of a key-value store: in what it answers, or in what it keeps."""

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        """Return the answer with the deviation in it."""
        raise NotImplementedError


class ClientFault(Fault):
    """A fault of the client: it leaves, dawdles, or asks for what cannot be."""

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        """Return the client's moves with the deviation in them."""
        raise NotImplementedError


def _print(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not _BARE.fullmatch(value):
        return json.dumps(value)  # ASCII, whatever is in it: it fits a header, a shell and a TOML file
    return str(value)


_BARE = re.compile(r"[A-Za-z0-9_.:/@*-]+", re.ASCII)
