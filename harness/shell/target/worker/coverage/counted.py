"""A Worker made ready to count what it runs of its own code, beside the same Worker as it is.

The one rule: as seen from outside, and through its bindings, it does what it did. Whatever is judged by the clock or by
what a process holds gets the Worker as it is.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.core.target.file import TargetFile
from harness.core.target.worker.config import COUNTING
from harness.core.target.worker.own_code import counts_unloaded, is_code, is_foreign
from harness.errors import TargetError, UsageError
from harness.shell.target.worker.bundle import bundle
from harness.shell.target.worker.ready import described, started_by
from harness.shell.target.worker.tools import ESBUILD, ISTANBUL, WORKERD, provide

_SCRIPT: Final = Path(__file__).parent / "esbuild.cjs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A Worker that counts. `maps` is JSON: where in each file is what can be counted, as Istanbul has it."""

    target: TargetFile
    root: Path
    """The folder of its wrangler file, from which its files are shown."""
    own: tuple[Path, ...]
    """The files that are its own, whether it loads them or not; its entry is one wherever it lies."""
    maps: bytes


def counted(target: TargetFile, *, say: Callable[[str], None]) -> Counted:
    """Return a Worker with its code instrumented; `say` is told what takes time and which files cannot be counted.

    Raises:
        UsageError: its files cannot be used, or do not compile, or `target.source` is not there.
        TargetError: a program is missing and cannot be installed.
    """
    file = target.worker or ""
    worker, folder = described(target, file)
    root = folder.resolve()
    sources = _sources(target)
    entry = (root / worker.main).resolve()
    own = tuple(sorted({entry, *(path for source in sources or [root] for path in _code_below(source))}))
    unloaded = sorted({path for source in sources or [entry.parent] for path in _unloaded_below(source, root)})
    workerd = provide(WORKERD, folder, say=say)
    with tempfile.TemporaryDirectory(prefix="edgeproof-counted-", ignore_cleanup_errors=True) as scratch:
        plan, maps, uncounted = (Path(scratch) / name for name in ("plan.json", "maps.json", "uncounted.json"))
        told = {
            "esbuild": str(_esbuild(folder, say=say)),
            "modules": str(modules_of_istanbul(folder, say=say)),
            "entrypoint": COUNTING,
            "own": [*map(str, own)],
            "unloaded": [*map(str, unloaded)],
            "maps": str(maps),
            "uncounted": str(uncounted),
        }
        plan.write_text(json.dumps(told), encoding="utf-8")
        built = bundle(worker, folder, file=file, say=say, instead=(node(), str(_SCRIPT), str(plan)))
        for path, why in json.loads(uncounted.read_bytes()).items():
            say(f"{path} is not counted: {why}")
        return Counted(
            target=started_by(workerd, target, worker, folder, built, counted=True),
            root=root,
            own=own,
            maps=maps.read_bytes(),
        )


def node() -> str:
    """Return the program that runs JavaScript outside of a Worker.

    Raises:
        TargetError: when there is none.
    """
    found = shutil.which("node")
    if found is None:
        raise TargetError(
            "the coverage of a Worker needs Node.js, which is not installed",
            next_step="install Node.js with npm, or omit --cov",
        )
    return found


def modules_of_istanbul(folder: Path, *, say: Callable[[str], None]) -> Path:
    """Return the `node_modules` that Istanbul's parts are in.

    Raises:
        TargetError: when they are not there and cannot be installed.
    """
    return provide(ISTANBUL, folder, say=say).parents[2]


def _sources(target: TargetFile) -> list[Path]:
    places = [(Path(target.here) / name).resolve() for name in target.source]
    for name, place in zip(target.source, places, strict=True):
        if not place.is_dir():
            raise UsageError(
                f"target.source names {name}, which is not a folder",
                evidence=f"there is no folder {place}",
                next_step="name folders of the Worker's code, relative to the target file, or omit target.source",
            )
    return places


def _code_below(folder: Path) -> Iterator[Path]:
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_foreign(name)]
        yield from (Path(path) / name for name in files if is_code(name))


def _unloaded_below(folder: Path, root: Path) -> Iterable[Path]:
    start = root if folder.is_relative_to(root) else folder
    return (path for path in _code_below(folder) if counts_unloaded(path.relative_to(start)))


def _esbuild(folder: Path, *, say: Callable[[str], None]) -> Path:
    """Return esbuild for use from JavaScript: that of the project, if it is all there, or else ours."""
    for tool in (ESBUILD, replace(ESBUILD, own=False)):
        found = _api(provide(tool, folder, say=say))
        if found is not None:
            return found
    raise TargetError(
        "the coverage of a Worker needs esbuild's own package, which is incomplete",
        next_step="remove the folder esbuild-* from edgeproof's cache (EDGEPROOF_CACHE); it is then installed again",
    )


def _api(binary: Path) -> Path | None:
    """Return what calls a binary of esbuild from JavaScript, of the very same version; pnpm keeps it elsewhere."""
    modules = binary.parents[3]
    version = _version(binary.parents[1])
    for package in (modules / "esbuild", modules.parent.parent / f"esbuild@{version}" / "node_modules" / "esbuild"):
        if (package / "lib" / "main.js").is_file() and _version(package) == version:
            return package / "lib" / "main.js"
    return None


def _version(package: Path) -> str:
    try:
        return str(json.loads((package / "package.json").read_bytes())["version"])
    except (OSError, ValueError, KeyError):
        return ""
