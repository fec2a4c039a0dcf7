"""A case as one small TOML file, in and out: what a failure that was found is kept as.

The one rule: `read_case(show_case(case)) == case` but for its prose, and a key that is not understood is refused,
never skipped: a misspelt fault would make the failure look mended.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Final, get_args

import tomli_w

from fault_injection.client import WORDS, Manner
from fault_injection.fault import ClientFault, Fault, InvalidFaultError
from fault_injection.registry import UnknownFaultError
from fault_injection.spec import SpecError, parse_all, show_all
from scenarios.case import Act, Case, Identity, InvalidCaseError, Spelling, Step, Upstream
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
_KINDS: Final = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}
_CASE_KEYS: Final = ("id", "seed", "invariant", "seen", "plays", "fresh", "step", "upstream")
PLAYS: Final = 6
"""How often a case that has always failed is played before it counts as mended."""


class CaseFileError(ValueError):
    """A file is no case; the message names the place, the key, and what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCase:
    """A case with what makes it play the same again, and what was seen when it was kept.

    `seed` is that of the run that found it; `invariant` is what it broke and `seen` how, in words. `plays` is how often
    it is played, until it fails, before it counts as mended: more often where it does not fail every time.
    """

    case: Case
    seed: int
    invariant: str = ""
    seen: str = ""
    plays: int = PLAYS


def show_case(kept: KeptCase) -> str:
    """Write a case, leaving out whatever has its default."""
    case = kept.case
    head = {"id": case.id, "seed": kept.seed, "invariant": kept.invariant, "seen": kept.seen}
    table: dict[str, Any] = {name: value for name, value in head.items() if value != ""}
    if kept.plays != PLAYS:
        table["plays"] = kept.plays
    if case.fresh:
        table["fresh"] = True
    table["step"] = [dict(_step_pairs(step)) for step in case.steps]
    if case.upstream:
        table["upstream"] = [dict(_rule_pairs(rule)) for rule in case.upstream]
    return tomli_w.dumps(table)


def read_case(text: str) -> KeptCase:
    """Read a case.

    Raises:
        CaseFileError: naming the place, the key, and the nearest key that would do.
    """
    try:
        table = tomllib.loads(text)
    except ValueError as error:  # among them that of a number with thousands of digits
        raise CaseFileError(f"this is not TOML: {error}") from None
    except RecursionError:
        raise CaseFileError("this nests too deeply to be read") from None
    _refuse_unknown("the case", table, _CASE_KEYS)
    steps = tuple(_step(f"step {at}", item) for at, item in _tables("step", table))
    rules = tuple(_rule(f"upstream {at}", item) for at, item in _tables("upstream", table))
    if not steps:
        raise CaseFileError("the case: step is missing; a case needs at least one [[step]]")
    try:
        name, fresh = _get("the case", table, "id", "found.case"), _get("the case", table, "fresh", False)
        case = found_case(name, steps, rules, fresh=fresh)
    except InvalidCaseError as error:
        raise CaseFileError(str(error)) from None
    return KeptCase(
        case=case,
        seed=_get("the case", table, "seed", 0),
        invariant=_get("the case", table, "invariant", ""),
        seen=_get("the case", table, "seen", ""),
        plays=max(1, _get("the case", table, "plays", PLAYS)),
    )


def found_case(case_id: str, steps: Sequence[Step], upstream: Sequence[Upstream] = (), *, fresh: bool = False) -> Case:
    """Return what was put together by a search as a case: it has no promise of its own, every invariant is its promise.

    Raises:
        InvalidCaseError: it contradicts itself.
    """
    return Case(
        id=case_id,
        promise="Whatever comes together, every invariant holds.",
        reference="edgeproof's own rule: every invariant",
        focus=("alive-after",),
        steps=tuple(steps),
        upstream=tuple(upstream),
        alone=True,
        fresh=fresh,
    )


def _step_pairs(step: Step) -> Iterator[tuple[str, Any]]:
    for item in fields(Step):
        value = getattr(step, item.name)
        match item.name:
            case "prompt" | "manner" | "deed":
                shown: Any = None if value is None else _changed(value)
            case "faults":
                shown = show_all(value)
            case "turns":
                shown = [list(turn) if isinstance(turn, tuple) else dict(turn) for turn in value]
            case "parts":
                shown = [_plain(part) for part in value]
            case "headers":
                shown = [list(pair) for pair in value]
            case "params":
                shown = _plain(value)
            case _:
                if value != item.default:
                    yield item.name, value
                continue
        if shown not in (None, [], {}, ""):
            yield item.name, shown


def _changed(whole: Prompt | Manner | Deed) -> dict[str, Any]:
    return {one.name: value for one in fields(whole) if (value := getattr(whole, one.name)) != one.default}


def _rule_pairs(rule: Upstream) -> Iterator[tuple[str, Any]]:
    yield "faults", show_all(rule.faults)
    for item in fields(Upstream)[1:]:
        value = getattr(rule, item.name)
        if item.name == "question" and value is None:
            yield "question", ""  # TOML has no null: no question stands for every one
        elif value != item.default:
            yield item.name, value


def _step(place: str, table: Mapping[str, Any]) -> Step:
    _refuse_unknown(place, table, [item.name for item in fields(Step)])
    values: dict[str, Any] = {}
    for item in fields(Step):
        if item.name not in table:
            continue
        match item.name:
            case "prompt":
                values["prompt"] = _prompt(f"{place}: prompt", _get(place, table, "prompt", {}))
            case "manner":
                values["manner"] = _manner(f"{place}: manner", _get(place, table, "manner", {}))
            case "deed":
                values["deed"] = _deed(f"{place}: deed", _get(place, table, "deed", {}))
            case "faults":
                values["faults"] = _faults(place, _get(place, table, "faults", ""), ClientFault)
            case "turns":
                values["turns"] = tuple(_turn(place, turn) for turn in _get(place, table, "turns", []))
            case "parts":
                values["parts"] = tuple(_part(place, part) for part in _get(place, table, "parts", []))
            case "headers":
                values["headers"] = tuple(_pair(place, "headers", pair) for pair in _get(place, table, "headers", []))
            case "params":
                values["params"] = _get(place, table, "params", {})
            case name:
                values[name] = _word(place, table, name, item.default)
    return Step(**values)


def _turn(place: str, turn: object) -> Any:  # noqa: ANN401 - a message
    return turn if isinstance(turn, dict) else _pair(place, "turns", turn)


def _part(place: str, part: object) -> Mapping[str, Any]:
    if not isinstance(part, dict):
        raise CaseFileError(f"{place}: parts: {part!r} should be a table")
    return part


def _pair(place: str, name: str, pair: object) -> tuple[str, str]:
    match pair:
        case [str(first), str(second)]:
            return first, second
    raise CaseFileError(f"{place}: {name}: {pair!r} should be two texts")


def _rule(place: str, table: Mapping[str, Any]) -> Upstream:
    known = {item.name: item.default for item in fields(Upstream)}
    _refuse_unknown(place, table, list(known))
    if "faults" not in table:
        raise CaseFileError(f'{place}: faults is missing; name one, as in faults = "http.status"')
    values: dict[str, Any] = {"faults": _faults(place, _get(place, table, "faults", ""), Fault)}
    for name in table:
        if name == "question":
            values[name] = _get(place, table, name, "") or None
        elif name in ("first", "nth", "after", "every"):
            values[name] = _get(place, table, name, 0)
        elif name == "model":
            values[name] = _word(place, table, name, "")
        elif name != "faults":
            values[name] = _get(place, table, name, known[name])
    return Upstream(**values)


def _prompt(place: str, table: Mapping[str, Any]) -> Prompt:
    known = {item.name: item.default for item in fields(Prompt)}
    _refuse_unknown(place, table, list(known))
    return Prompt(**{name: _get(place, table, name, known[name]) for name in table})


def _manner(place: str, table: Mapping[str, Any]) -> Manner:
    known = {item.name: item.default for item in fields(Manner)}
    _refuse_unknown(place, table, list(known))
    return Manner(**{name: _word(place, table, name, known[name], WORDS) for name in table})  # type: ignore[arg-type]


def _deed(place: str, table: Mapping[str, Any]) -> Deed:
    known = {item.name: "" if item.name == "do" else item.default for item in fields(Deed)}
    _refuse_unknown(place, table, list(known))
    return Deed(**{"do": "", **{name: _word(place, table, name, known[name]) for name in table}})  # type: ignore[arg-type]


def _faults(place: str, text: str, kind: type[Fault]) -> tuple[Any, ...]:
    try:
        faults = tuple(parse_all(text))
    except (SpecError, UnknownFaultError, InvalidFaultError) as error:
        raise CaseFileError(f"{place}: faults: {error}") from None
    for fault in faults:
        if not isinstance(fault, kind) or (kind is Fault and isinstance(fault, ClientFault)):
            other = "upstream's, under [[upstream]]" if kind is ClientFault else "a client's, in a [[step]]"
            raise CaseFileError(f"{place}: faults: {fault.id} is {other}")
    return faults


def _word(
    place: str,
    table: Mapping[str, Any],
    name: str,
    default: object,
    words: Mapping[str, tuple[str, ...]] = _WORDS,
) -> object:
    value = _get(place, table, name, default)
    if name in words and value not in words[name]:
        raise CaseFileError(f"{place}: {name}={value!r} is unknown; known are {', '.join(filter(None, words[name]))}")
    return value


def _get(place: str, table: Mapping[str, Any], name: str, default: Any) -> Any:  # noqa: ANN401 - of the default's type
    value = table.get(name, default)
    if type(value) is not type(default) and not (isinstance(default, float) and type(value) is int):
        raise CaseFileError(f"{place}: {name}={value!r} wants {_KINDS[type(default)]}")
    return value


def _tables(key: str, table: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise CaseFileError(f"the case: {key} wants tables, each under [[{key}]]")
    return list(enumerate(value, start=1))


def _refuse_unknown(place: str, table: Mapping[str, object], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise CaseFileError(f"{place}: {key!r} is unknown; {hint}")


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON as lists and dictionaries of TOML, whatever mappings it was made of."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items() if each is not None}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
