"""What is played for its signature: mutants, broken proxies, and a few right ones to compare them with.

The one rule: a subject's digest changes with the code that is wrong in it, and not with comments or texts.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any

from harness.core.target.file import TargetFile
from harness.drivers.selfcheck import mutated
from harness.mutant_proxy.seam import MAKERS
from harness.mutant_proxy.serving import MODULES
from harness.shell.target.targets import load
from scenarios.index import ALL as CASES
from scenarios.mutants import ALL as MUTANTS
from tests.signatures.unplayed import UNPLAYED
from tests.targets.defects import DEFECTS
from tests.targets.hard.__main__ import KINDS
from tests.targets.trial import HERE, right, wrong

_DIGITS = 8
_MAKING = MODULES
"""The modules that hold the makers of mutants; importing them has registered every one."""
_HARD = ("endless", "dies-often", "hangs-at-large")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One proxy to be played. `made_of` is a digest of its defect; `base` names the correct proxy it was made from."""

    id: str
    base: str
    target: TargetFile
    made_of: str


@cache
def right_ones() -> dict[str, Subject]:
    """Return the correct proxies by name: what they show is nobody's mistake."""
    kinds = [(f"right-{kind}", load(str(right(kind)))) for kind in ("pipe", "parser", "cache")]
    others = [("reference", load("reference")), ("plain-aiohttp", load(str(HERE / "plain" / "aiohttp.toml")))]
    return {
        name: Subject(id=name, base=name, target=target, made_of=digest(repr(target.capabilities)))
        for name, target in (*kinds, *others)
    }


@cache
def wrong_ones() -> dict[str, Subject]:
    """Return the mutants and broken proxies that are played, by their id, which begins with where they come from."""
    every = (*_mutants(), *_proxies(), *_hard())
    return {subject.id: subject for subject in every if subject.id not in UNPLAYED}


@cache
def case_digests() -> dict[str, str]:
    """Return a digest of every case, by id; what a case is called and why has no part in it."""
    return {case.id: digest(said(replace(case, promise="", reference=""))) for case in CASES}


def said(value: object) -> str:
    """Return a case, or a part of one, in words that stay the same when others get a field that it does not use."""
    if is_dataclass(value) and not isinstance(value, type):
        told = {each.name: getattr(value, each.name) for each in fields(value)}
        own = {each.name: said(told[each.name]) for each in fields(value) if told[each.name] != _default(each)}
        return f"{type(value).__name__}({', '.join(f'{name}={text}' for name, text in sorted(own.items()))})"
    if isinstance(value, tuple):
        return f"({', '.join(map(said, value))})"
    return repr(value)


def _mutants() -> Iterator[Subject]:
    clean = load("reference")
    for mutant in (each for each in MUTANTS if each.target == "reference"):  # a service shares no case with a proxy
        made_of = digest(mutant.seam, gist(MAKERS[mutant.id]))
        yield Subject(id=f"mutant:{mutant.id}", base="reference", target=mutated(clean, mutant), made_of=made_of)


def _proxies() -> Iterator[Subject]:
    for name, defect in DEFECTS.items():
        made_of = digest(*_gists(defect.target))
        yield Subject(id=f"proxy:{name}", base=f"right-{defect.base}", target=wrong(name), made_of=made_of)


def _hard() -> Iterator[Subject]:
    for name in _HARD:
        target = load(str(HERE / "hard" / f"{name}.toml"))
        yield Subject(id=f"hard:{name}", base="right-pipe", target=target, made_of=digest(*_gists(KINDS[name])))


def _default(told: Field[Any]) -> object:
    return told.default_factory() if told.default_factory is not MISSING else told.default


def _gists(kind: type) -> Iterator[str]:
    """Yield the code of a proxy's class, of what it is derived from, and of the classes that it is put together of."""
    met: list[type] = []
    waiting = [kind]
    while waiting:
        for each in inspect.getmro(waiting.pop()):
            if each.__module__.startswith("tests.targets") and each not in met:
                met.append(each)
                waiting.extend(value for value in vars(each).values() if isinstance(value, type))
    for each in sorted(met, key=lambda one: (one.__module__, one.__qualname__)):
        yield gist(each)


def gist(code: object) -> str:
    """Return the source of a class or a function without its comments, docstrings and blank lines."""
    source = textwrap.dedent(_source(code) if isinstance(code, type) else inspect.getsource(code))  # type: ignore[arg-type] # whatever has source
    told: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str()), lineno=first, end_lineno=int(last)):
                told.update(range(first, last + 1))
    lines = enumerate(source.splitlines(), start=1)
    return "\n".join(
        line.partition("  # ")[0] for at, line in lines if at not in told and line.strip() and line.strip()[0] != "#"
    )


@cache
def _source(kind: type) -> str:
    """Return the source of a class. `inspect` reads the whole module again for each."""
    lines, places = _classes(inspect.getsource(sys.modules[kind.__module__]))
    first, last = places[kind.__qualname__]
    return "".join(lines[first - 1 : last])


@cache
def _classes(source: str) -> tuple[list[str], dict[str, tuple[int, int]]]:
    """Return the lines of a module, and the first and the last one of every class by its qualified name."""
    places: dict[str, tuple[int, int]] = {}
    waiting: list[tuple[str, ast.AST]] = [("", ast.parse(source))]
    while waiting:
        within, node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            inside = within
            if isinstance(child, ast.ClassDef):
                first = min([child.lineno, *(each.lineno for each in child.decorator_list)])
                places[within + child.name] = first, child.end_lineno or child.lineno
                inside = f"{within}{child.name}."
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                inside = f"{within}{child.name}.<locals>."
            waiting.append((inside, child))
    return source.splitlines(keepends=True), places


def digest(*parts: object) -> str:
    """Return a short digest of some values by what they say of themselves."""
    return sha256("\0".join(map(str, parts)).encode()).hexdigest()[:_DIGITS]
