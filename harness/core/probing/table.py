"""What was found as the tables of a target file, ready to paste, each line with what it rests on.

The one rule: what is written here can be read by the parser of target files; what no key can say is a comment.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Final

from harness.core.probing.claims import saw
from harness.core.probing.facts import Fact, State, Value
from harness.core.probing.outcome import Outcome

_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "retry": ("retry.max_attempts", "retry.statuses"),
    "circuit_breaker": ("circuit_breaker.failures", "circuit_breaker.open_s"),
    "cache": ("cache.ttl_s", "cache.streams", "cache.header", "cache.per_identity"),
    "rate_limit": ("rate_limit.per_minute",),
}
"""The inline tables of [capabilities]; the first key of each is the one without which there is none."""
_LIMITS: Final = (
    "max_request_bytes",
    "max_messages",
    "max_depth",
    "first_byte_timeout_s",
    "upstream_idle_timeout_s",
    "deadline_s",
)
_PLAIN: Final = ("streaming", "fallback_model")
_COLUMN: Final = 56
_UP_S: Final = 0.5


def toml(outcome: Outcome) -> str:
    """Return `[capabilities]` and `[limits]` as text, newline at the end included."""
    facts = {fact.key: fact for fact in outcome.facts}
    return "\n".join([*_capabilities(facts), "", *_limits(facts)]) + "\n"


def _capabilities(facts: Mapping[str, Fact]) -> Iterator[str]:
    yield "[capabilities]"
    for name in ("streaming", *_TABLES, "fallback_model"):
        if name in _PLAIN:
            fact = facts.get(name)
            if fact is not None:
                yield _line(f"{name} = {_toml(fact.value)}" if _is_found(fact) else f"# {name}", saw_of(fact))
            continue
        yield from _table(name, facts)


def _table(name: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    keys = _TABLES[name]
    first = facts.get(keys[0])
    if first is None:
        return
    whole = [key for key in keys if key in facts and _is_found(facts[key])]
    needed = keys[:2] if name == "circuit_breaker" else keys[:1]
    inside = ", ".join(f"{key.partition('.')[2]} = {_toml(facts[key].value)}" for key in whole)
    if all(key in whole for key in needed):
        yield _line(f"{name} = {{ {inside} }}", first.how)
    else:
        yield _line(f"# {name}", f"{keys[0].partition('.')[2]}: {saw(first)}" if _is_found(first) else saw(first))
    if first.state is State.ABSENT:
        return
    own = [fact for key, fact in facts.items() if key.startswith(f"{name}.") and key != keys[0]]
    for fact in own:
        yield f"#   {fact.key.partition('.')[2]}: {saw(fact)}"


def _limits(facts: Mapping[str, Fact]) -> Iterator[str]:
    yield "[limits]"
    for key in _LIMITS:
        fact = facts.get(key)
        if fact is None:
            continue
        value = fact.value
        if key == "deadline_s" and isinstance(value, int | float):
            value = math.ceil(value / _UP_S) * _UP_S
        yield _line(f"{key} = {_toml(value)}" if _is_found(fact) else f"# {key}", saw_of(fact))
    for key in ("exchange_behind_silence_s", "json_total_s", "stream_total_s", "at_once", "retry_after_kept"):
        if key in facts:
            yield f"#   {key}: {saw(facts[key])}"
    if "fallback_sticky" in facts:
        yield f"#   fallback_sticky: {saw(facts['fallback_sticky'])}"


def saw_of(fact: Fact) -> str:
    """Say what a line rests on; the value itself stands in the line."""
    return fact.how if _is_found(fact) else saw(fact)


def _is_found(fact: Fact) -> bool:
    return fact.state is State.FOUND


def _line(left: str, right: str) -> str:
    return f"{left:<{_COLUMN}} # {right}"


def _toml(value: Value | None) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6g}" if "." in f"{value:.6g}" or "e" in f"{value:.6g}" else f"{value:.1f}"
        case tuple():
            return "[" + ", ".join(map(_each, value)) + "]"
        case _:
            return _each(value)


def _each(value: object) -> str:
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)
