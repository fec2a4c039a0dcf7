"""Target files found: those that come with edgeproof by name, all others by path.

The one rule: a name without a slash and without `.toml` means a target that comes with edgeproof, never a file.
"""

from __future__ import annotations

import os
from dataclasses import replace
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Final

from harness.core.observed.redact import shown_url
from harness.core.target.file import TargetFile
from harness.core.target.parser import parse
from harness.errors import UsageError
from harness.shell.own_path import with_own_path

_BUILTIN: Final = files("harness.shell.target") / "builtin"


def builtin_names() -> tuple[str, ...]:
    """Return the names of the targets that come with edgeproof."""
    return tuple(sorted(each.name.removesuffix(".toml") for each in _BUILTIN.iterdir() if each.name.endswith(".toml")))


def template() -> str:
    """Return the text of a new target file, every key explained."""
    return (files("harness.core.target") / "template.toml").read_text(encoding="utf-8")


def load(name_or_path: str) -> TargetFile:
    """Return the target of that name, or the one that the file describes.

    Raises:
        UsageError: when there is none (with the nearest there is), or when the file cannot be used.
    """
    if name_or_path in builtin_names():
        text = (_BUILTIN / f"{name_or_path}.toml").read_text(encoding="utf-8")
        target = parse(text, file=f"the built-in target {name_or_path}")
        modules = with_own_path(os.environ)["PYTHONPATH"].replace("{", "{{").replace("}", "}}")
        return replace(target, env={**target.env, "PYTHONPATH": modules})
    path = Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"there is no target {shown_url(name_or_path)!r}", next_step=_nearest(path)) from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read", evidence=error.strerror or str(error), next_step="name a target file"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", evidence=str(error), next_step="name a target file") from error
    return replace(parse(text, file=str(path), here=str(path.resolve().parent)), file=in_repository(path))


def in_repository(path: Path) -> str:
    """Return where a file lies seen from the root of its repository, or else from the current folder, or in full."""
    whole = path.resolve()
    root = next((folder for folder in whole.parents if (folder / ".git").exists()), Path.cwd().resolve())
    return (whole.relative_to(root) if whole.is_relative_to(root) else whole).as_posix()


def _nearest(path: Path) -> str:
    folder = path.parent
    there = sorted(str(each) for each in folder.glob("*.toml")) if folder.is_dir() else []
    known = {name: name for name in builtin_names()} | {Path(each).stem: each for each in there}
    name = path.stem if path.suffix == ".toml" else path.name
    if near := get_close_matches(name, known, n=1, cutoff=0.75):
        return f"did you mean {known[near[0]]}?"
    names = ", ".join(builtin_names())
    return f"give a file, or one of the targets that come with edgeproof: {names}; `edgeproof init` writes a new file"
