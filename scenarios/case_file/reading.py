"""A kept case from its TOML text.

The one rule: a case that cannot be played as its text says is refused, with the step, the key and what would do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, get_args

from fault_injection.client import WORDS, Manner
from fault_injection.fault import ClientFault, Fault, InvalidFaultError
from fault_injection.registry import UnknownFaultError
from fault_injection.spec import SpecError, parse_all
from fault_injection.toml_table import TomlTable, read_table
from scenarios.case import Act, Identity, InvalidCaseError, Spelling, Step, Upstream
from scenarios.case_file.kept import PLAYS, KeptCase, found_case
from scenarios.deed import Deed, Doing
from scenarios.prompt import Prompt

_WORDS: Final = {
    "start": ("after", "with", "first-event"),
    "pause": ("none", "cache-ttl", "breaker-open", "half-cache-ttl", "most-of-cache-ttl", "half-minute", "moment"),
    "identity": get_args(Identity),
    "model": ("main", "second", "fallback"),
    "act": get_args(Act),
    "spelling": get_args(Spelling),
    "do": get_args(Doing),
}
_CASE_KEYS: Final = ("id", "seed", "invariant", "seen", "plays", "fresh", "step", "upstream")


class CaseFileError(ValueError):
    """A file is no case; the message names the place, the key, and what would do."""


def read_case(text: str) -> KeptCase:
    """Read a case.

    Raises:
        CaseFileError: naming the place, the key, and the nearest key that would do.
    """
    table = read_table(
        text,
        place="the case",
        error=CaseFileError,
        not_toml="this is not TOML",
        too_deep="this nests too deeply to be read",
    )
    table.refuse_unknown(_CASE_KEYS)
    steps = tuple(_step(item) for item in table.each("step"))
    rules = tuple(_rule(item) for item in table.each("upstream"))
    if not steps:
        raise table.refusal("step is missing; a case needs at least one [[step]]")
    try:
        case = found_case(table.get("id", str, "found.case"), steps, rules, fresh=table.get("fresh", bool, False))
    except InvalidCaseError as error:
        raise CaseFileError(str(error)) from None
    return KeptCase(
        case=case,
        seed=table.get("seed", int, 0),
        invariant=table.get("invariant", str, ""),
        seen=table.get("seen", str, ""),
        plays=max(1, table.get("plays", int, PLAYS)),
    )


def _step(table: TomlTable) -> Step:
    table.refuse_unknown([item.name for item in fields(Step)])
    values: dict[str, Any] = {}
    for item in fields(Step):
        if item.name not in table.values:
            continue
        match item.name:
            case "prompt":
                values["prompt"] = _prompt(table.inner("prompt"))
            case "manner":
                values["manner"] = _manner(table.inner("manner"))
            case "deed":
                values["deed"] = _deed(table.inner("deed"))
            case "faults":
                values["faults"] = _faults(table, table.get("faults", str, ""), ClientFault)
            case "turns":
                values["turns"] = tuple(_turn(table, turn) for turn in table.get("turns", list, []))
            case "parts":
                values["parts"] = tuple(_part(table, part) for part in table.get("parts", list, []))
            case "headers":
                values["headers"] = tuple(_pair(table, "headers", pair) for pair in table.get("headers", list, []))
            case "params":
                values["params"] = table.get("params", dict, {})
            case name:
                values[name] = _word(table, name, item.default)
    return Step(**values)


def _turn(table: TomlTable, turn: object) -> Any:  # noqa: ANN401 - a message
    return turn if isinstance(turn, dict) else _pair(table, "turns", turn)


def _part(table: TomlTable, part: object) -> Mapping[str, Any]:
    if not isinstance(part, dict):
        raise table.refusal(f"parts: {part!r} should be a table")
    return part


def _pair(table: TomlTable, name: str, pair: object) -> tuple[str, str]:
    match pair:
        case [str(first), str(second)]:
            return first, second
    raise table.refusal(f"{name}: {pair!r} should be two texts")


def _rule(table: TomlTable) -> Upstream:
    known = {item.name: item.default for item in fields(Upstream)}
    table.refuse_unknown(list(known))
    if "faults" not in table.values:
        raise table.refusal('faults is missing; name one, as in faults = "http.status"')
    values: dict[str, Any] = {"faults": _faults(table, table.get("faults", str, ""), Fault)}
    for name in table.values:
        if name == "question":
            values[name] = table.get(name, str, "") or None
        elif name in ("first", "nth", "after", "every"):
            values[name] = table.get(name, int, 0)
        elif name == "model":
            values[name] = _word(table, name, "")
        elif name != "faults":
            values[name] = table.get(name, type(known[name]), known[name])
    return Upstream(**values)


def _prompt(table: TomlTable) -> Prompt:
    known = {item.name: item.default for item in fields(Prompt)}
    table.refuse_unknown(list(known))
    return Prompt(**{name: table.get(name, type(known[name]), known[name]) for name in table.values})


def _manner(table: TomlTable) -> Manner:
    known = {item.name: item.default for item in fields(Manner)}
    table.refuse_unknown(list(known))
    return Manner(**{name: _word(table, name, known[name], WORDS) for name in table.values})  # type: ignore[arg-type]


def _deed(table: TomlTable) -> Deed:
    known = {item.name: "" if item.name == "do" else item.default for item in fields(Deed)}
    table.refuse_unknown(list(known))
    return Deed(**{"do": "", **{name: _word(table, name, known[name]) for name in table.values}})  # type: ignore[arg-type]


def _faults(table: TomlTable, text: str, kind: type[Fault]) -> tuple[Any, ...]:
    try:
        faults = tuple(parse_all(text))
    except (SpecError, UnknownFaultError, InvalidFaultError) as error:
        raise table.refusal(f"faults: {error}") from None
    for fault in faults:
        if not isinstance(fault, kind) or (kind is Fault and isinstance(fault, ClientFault)):
            other = "upstream's, under [[upstream]]" if kind is ClientFault else "a client's, in a [[step]]"
            raise table.refusal(f"faults: {fault.id} is {other}")
    return faults


def _word(
    table: TomlTable,
    name: str,
    default: object,
    words: Mapping[str, tuple[str, ...]] = _WORDS,
) -> object:
    value = table.get(name, type(default), default)
    if name in words and value not in words[name]:
        raise table.refusal(f"{name}={value!r} is unknown; known are {', '.join(filter(None, words[name]))}")
    return value
