"""The text of a wrangler file made into a `Wrangler`, or refused with everything that is wrong with it.

The one rule: each complaint names the line and the key as the file has them, and all of them are told at once.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

import json5

from harness.core.target import toml_lines
from harness.core.target.toml_lines import Key
from harness.core.target.worker import jsonc_lines
from harness.core.target.worker.keys import HARMLESS, LEFT_OUT, LISTS, OF_ITS_ENVIRONMENT
from harness.core.target.worker.wrangler import Binding, DurableObject, Wrangler
from harness.errors import UsageError

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_JSON_ERROR: Final = re.compile(r"<string>:(\d+) (.*?)(?: at column (\d+))?$", re.DOTALL)


@dataclass(slots=True, kw_only=True)
class _File:
    """A wrangler file while it is read."""

    data: dict[str, Any]
    line_of: Callable[[Key], int | None]
    own: frozenset[str] = frozenset()
    """The keys that the chosen environment has itself."""
    under: Key = ()
    """Where that environment stands; empty for the top of the file."""
    problems: list[str] = field(default_factory=list)

    def complain(self, key: Key, saying: str) -> None:
        """Take down what is wrong at a key."""
        line = self.line_of((*self.under, *key) if key[0] in self.own else key)
        self.problems.append(f"{f'line {line}: ' if line else ''}{'.'.join(key)}: {saying}")


def read(text: str, *, file: str, environment: str | None = None) -> Wrangler:
    """Return the Worker that a wrangler file describes, in one of its environments where that is named.

    Raises:
        UsageError: naming the file and, for each thing that is wrong or cannot be served, the line and the key.
    """
    is_toml = file.lower().endswith(".toml")
    whole = _loaded(text, file=file, is_toml=is_toml)
    lines = toml_lines.line_of if is_toml else jsonc_lines.line_of
    own = _environment(whole, environment, file=file)
    inherited = {name: value for name, value in whole.items() if environment is None or name not in OF_ITS_ENVIRONMENT}
    read_file = _File(
        data={**inherited, **own},
        line_of=lambda key: lines(text, key),
        own=frozenset(own),
        under=() if environment is None else ("env", environment),
    )
    left_out = tuple(_left_out(read_file))
    worker = Wrangler(
        name=_text(read_file, "name") or "worker",
        main=_text(read_file, "main", wanted="it is missing; name the Worker's entry file"),
        compatibility_date=_date(read_file),
        compatibility_flags=tuple(_texts(read_file, "compatibility_flags")),
        vars=_table(read_file, "vars"),
        bindings=(*_ai(read_file), *_kv(read_file), *_others(read_file)),
        migrations=dict(_migrations(read_file)),
        durable_objects=tuple(_durable_objects(read_file)),
        define={name: str(value) for name, value in _table(read_file, "define").items()},
        tsconfig=_text(read_file, "tsconfig"),
        left_out=left_out,
    )
    if read_file.problems:
        raise _refused(file, read_file.problems)
    return worker


def _loaded(text: str, *, file: str, is_toml: bool) -> dict[str, Any]:
    try:
        value = tomllib.loads(text) if is_toml else json5.loads(text)
    except ValueError as error:
        found = _JSON_ERROR.match(str(error))
        told = f"line {found[1]}: {found[2]}" if found else str(error)
        raise _refused(file, [told]) from error
    except RecursionError:
        raise _refused(file, ["it nests too deeply to be read"]) from None
    if not isinstance(value, dict):
        raise _refused(file, ["it should be an object"])
    return value


def _environment(whole: dict[str, Any], name: str | None, *, file: str) -> dict[str, Any]:
    """Return what a named environment says itself; nothing where none is named."""
    if name is None:
        return {}
    there = whole.get("env")
    known = there if isinstance(there, dict) else {}
    own = known.get(name)
    if isinstance(own, dict):
        return own
    raise UsageError(
        f"{file} has no environment {name!r}",
        evidence=f"it has {', '.join(known) or 'none'}",
        next_step="correct target.worker_env",
    )


def _left_out(file: _File) -> Iterator[str]:
    for name, value in file.data.items():
        if name in LEFT_OUT and value:
            yield f"{name}: {LEFT_OUT[name]}"
        elif name not in HARMLESS and name not in LEFT_OUT and value:
            file.complain((name,), "it cannot be served here yet")


def _ai(file: _File) -> Iterator[Binding]:
    table = _table(file, "ai")
    if table:
        name = table.get("binding")
        if _is_name(name):
            yield Binding(name=name, kind="ai")
        else:
            file.complain(("ai", "binding"), "it should be a name")


def _kv(file: _File) -> Iterator[Binding]:
    for at, item in enumerate(_list(file, "kv_namespaces")):
        name, given = item.get("binding"), item.get("id")
        if not _is_name(name):
            file.complain(("kv_namespaces", str(at), "binding"), "it should be a name")
            continue
        is_id = isinstance(given, str) and _HEX32.fullmatch(given)
        # A file that was never deployed has no id yet, or has words in its place.
        yield Binding(
            name=name, kind="kv", bound_to=str(given) if is_id else hashlib.sha256(name.encode()).hexdigest()[:32]
        )


def _others(file: _File) -> Iterator[Binding]:
    for path, kind, bound_to in LISTS:
        for at, item in enumerate(_list(file, *path)):
            name, told = item.get("binding"), item.get(bound_to)
            if _is_name(name):
                yield Binding(name=name, kind=kind, bound_to=told if isinstance(told, str) else name)
            else:
                file.complain((*path, str(at), "binding"), "it should be a name")


def _migrations(file: _File) -> Iterator[tuple[str, str]]:
    """Yield where the migrations of each database lie (Cloudflare docs: D1, migrations)."""
    flags = file.data.get("compatibility_flags")
    for at, item in enumerate(_list(file, "d1_databases")):
        told = item.get("migrations_dir", "migrations")
        if not isinstance(told, str):
            file.complain(("d1_databases", str(at), "migrations_dir"), "it should be a folder")
        elif isinstance(flags, list) and "d1_binding_jsrpc" in flags:
            file.complain(("d1_databases",), "it cannot be served here with the compatibility flag d1_binding_jsrpc")
        else:
            bound_to = item.get("database_id")
            yield bound_to if isinstance(bound_to, str) else str(item.get("binding")), told


def _durable_objects(file: _File) -> Iterator[DurableObject]:
    sqlite = {name for each in _list(file, "migrations") for name in each.get("new_sqlite_classes") or ()}
    table = _table(file, "durable_objects").get("bindings")
    for at, item in enumerate(table if isinstance(table, list) else ()):
        name, class_name = item.get("name"), item.get("class_name")
        where = ("durable_objects", "bindings", str(at))
        if not _is_name(name) or not _is_name(class_name):
            file.complain(where, "it should have a name and a class_name")
        elif item.get("script_name"):
            file.complain((*where, "script_name"), "a class of another Worker cannot be served here yet")
        else:
            yield DurableObject(name=name, class_name=class_name, sqlite=class_name in sqlite)


def _date(file: _File) -> str:
    value = file.data.get("compatibility_date")
    date = (
        value
        if isinstance(value, str)
        else value.isoformat()
        if value is not None and hasattr(value, "isoformat")
        else ""
    )
    if not _DATE.fullmatch(date):
        file.complain(("compatibility_date",), "it should be a day such as 2026-11-01" if value else "it is missing")
    return date


def _text(file: _File, name: str, *, wanted: str = "") -> str:
    value = file.data.get(name, "")
    if not isinstance(value, str) or (wanted and not value):
        file.complain((name,), wanted or "it should be a text")
        return ""
    return value


def _texts(file: _File, name: str) -> list[str]:
    value = file.data.get(name, [])
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    file.complain((name,), "it should be a list of texts")
    return []


def _table(file: _File, name: str) -> dict[str, Any]:
    value = file.data.get(name, {})
    if isinstance(value, dict):
        return value
    file.complain((name,), "it should be a table")
    return {}


def _list(file: _File, *path: str) -> list[dict[str, Any]]:
    *tables, name = path
    table = file.data
    for each in tables:
        table = _table(file, each)
    value = table.get(name, [])
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    file.complain(path, "it should be a list of tables")
    return []


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _refused(file: str, problems: list[str]) -> UsageError:
    return UsageError(
        f"{file} cannot be used as a Worker's configuration",
        evidence=problems[0] if len(problems) == 1 else "\n".join(f"  {each}" for each in problems),
        next_step="correct it, or choose an environment of it with target.worker_env",
    )
