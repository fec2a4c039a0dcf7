"""A baseline as a file that people review: TOML, one block an entry, sorted, so that a change is a small difference.

The one rule: what is written reads back the same, and what cannot be understood is refused, never skipped: an entry
that nobody reads would excuse what nobody knows of. Reasons belong into `reason`; comments are not kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Final

import tomli_w

from harness.core.run.baseline import Baseline, Entry
from harness.errors import UsageError
from reports.record import Level, RecordError, RunRecord

SCHEMA: Final = "edgeproof.baseline/1"
_HEAD: Final = """\
# Known failures, for: edgeproof run --baseline FILE
# `reason` and `expires` (a day, the last on which an entry is excused) are yours to add and are kept by
#     edgeproof baseline update RESULTS.JSON FILE
"""
_TEXTS: Final = ("case", "invariant", "shape", "level")
_DATES: Final = ("first_seen", "last_seen")
_KEYS: Final = (*_TEXTS, *_DATES, "expires", "reason")
_ANEW: Final = "write the file again with edgeproof baseline write --force, which loses its reasons and dates"
_FIX: Final = f"correct it by hand, or {_ANEW}"
_LEVELS: Final = {str(level): level for level in (Level.MUST, Level.SHOULD)}


def text_of(baseline: Baseline) -> str:
    """Return the text of a baseline file."""
    blocks = []
    for entry in baseline.entries:
        told = {key: getattr(entry, key) for key in _KEYS} | {"level": str(entry.level), "reason": entry.reason or None}
        blocks.append({key: value for key, value in told.items() if value is not None})
    return f"{_HEAD}\n" + "\n".join(
        (tomli_w.dumps({"schema": SCHEMA}), *("[[known]]\n" + tomli_w.dumps(block) for block in blocks))
    )


def parsed(text: str, name: str) -> Baseline:
    """Return the baseline in a file's text: a baseline file, or the `results.json` of an earlier run.

    Raises:
        UsageError: it is neither; the message names the file, the entry and the key.
    """
    if name.endswith(".json") or text.lstrip().startswith("{"):
        try:
            return Baseline.of(RunRecord.from_json(text))
        except RecordError as error:
            raise UsageError(f"{name}: {error}") from error
    try:
        data = tomllib.loads(text)
    except ValueError as error:  # among them that of a number with thousands of digits
        raise UsageError(f"{name} is not TOML: {error}", next_step=_FIX) from error
    except RecursionError:
        raise UsageError(f"{name} nests too deeply to be read", next_step=_FIX) from None
    schema = data.get("schema")
    if schema != SCHEMA:
        raise UsageError(
            f"{name} is not a baseline: its schema is {str(schema)[:80]!r}, not {SCHEMA!r}",
            next_step="edgeproof baseline write creates one from a results.json",
        )
    _require_known(name, "", data, ("schema", "known"))
    blocks = data.get("known", [])
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise UsageError(f"{name}: known is not a list of [[known]] blocks", next_step=_FIX)
    entries: dict[tuple[str, str, str], Entry] = {}
    for number, block in enumerate(blocks, start=1):
        entry = _entry(name, f"entry {number}: ", block)
        if entry.identity in entries:
            raise UsageError(
                f"{name}: entry {number}: an earlier entry has the same case, invariant and shape",
                next_step="remove one of the two",
            )
        entries[entry.identity] = entry
    return Baseline(entries=tuple(entries[identity] for identity in sorted(entries)))


def _entry(name: str, where: str, block: Mapping[str, Any]) -> Entry:
    _require_known(name, where, block, _KEYS)
    if lacking := [key for key in (*_TEXTS, *_DATES) if key not in block]:
        raise UsageError(f"{name}: {where}{lacking[0]} is missing", next_step=f"add it, or {_ANEW}")
    for key, value in block.items():
        is_day = isinstance(value, date) and not isinstance(value, datetime)
        if key in (*_DATES, "expires") and not is_day:
            raise UsageError(f"{name}: {where}{key} is not a date", next_step=f"write one, as in {key} = 2026-12-31")
        if key in (*_TEXTS, "reason") and not isinstance(value, str):
            raise UsageError(f"{name}: {where}{key} is not text", next_step="put it in quotes")
    if block["level"] not in _LEVELS:
        raise UsageError(
            f"{name}: {where}level is {block['level']!r}", next_step="write 'must' or 'should', as the rule has it"
        )
    return Entry(**{**block, "level": _LEVELS[block["level"]]})


def _require_known(name: str, where: str, block: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    if unknown := [key for key in block if key not in keys]:
        near = get_close_matches(unknown[0], keys, n=1, cutoff=0.5)
        raise UsageError(
            f"{name}: {where}there is no key called {unknown[0]!r}",
            next_step=f"did you mean {near[0]}?" if near else f"there are: {', '.join(keys)}",
        )
