"""A Worker's code as workerd loads it: one module with all that it imports, and the files beside it.

The one rule: the code is bundled as wrangler does it, or taken as it is where there is nothing to bundle. It is done
once a run, and kept as data.
Source: Cloudflare docs, Workers, Bundling; `deployment-bundle/bundle.ts` in wrangler for the options of esbuild.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from harness.core.target.worker.config import Module, ModuleKind
from harness.core.target.worker.wrangler import Wrangler
from harness.errors import UsageError
from harness.shell.target.worker.tools import ESBUILD, provide

_PATIENCE_S: Final = 120.0
_ENTRY: Final = "worker"
_FOLDER: Final = "modules"
_KINDS: Final[dict[str, ModuleKind]] = {
    ".wasm": "wasm",
    ".bin": "data",
    ".txt": "text",
    ".html": "text",
    ".sql": "text",
}
"""What becomes a module of its own (wrangler's default rules)."""
_IMPORT: Final = re.compile(
    r"""
      ^\s* (?:import|export)\b (?: [^'"`;]*? \bfrom )? \s* ['"] (?P<from> [^'"\n]+ ) ['"]
    | \b (?:import|require) \s* \(
    """,
    re.MULTILINE | re.VERBOSE,
)
_OF_THE_RUNTIME: Final = ("cloudflare:", "node:")
_NODE_MODULES: Final = (
    "assert", "async_hooks", "buffer", "console", "crypto", "diagnostics_channel", "dns", "events", "fs", "http",
    "https", "module", "net", "os", "path", "process", "punycode", "querystring", "stream", "string_decoder", "timers",
    "tls", "url", "util", "zlib",
)  # fmt: skip
"""What workerd has of Node.js itself under the flag `nodejs_compat`."""
_SHOWN_LINES: Final = 6


class Bundle(NamedTuple):
    """The modules of a Worker, and what each of them holds, by its path beside the configuration."""

    modules: tuple[Module, ...]
    files: tuple[tuple[str, bytes], ...]


def bundle(
    worker: Wrangler, folder: Path, *, file: str, say: Callable[[str], None], instead: Sequence[str] = ()
) -> Bundle:
    """Return the bundle of a Worker whose wrangler file lies in `folder`.

    `instead` is called in esbuild's place, with the same words, also where there is nothing to bundle.

    Raises:
        UsageError: when its entry file is not there, or does not compile.
        TargetError: when there is no esbuild and none can be installed.
    """
    entry = folder / worker.main
    if not is_bundled(worker, folder, file=file) and not instead:
        return _of_files({f"{_ENTRY}.js": entry.read_bytes()})
    esbuild = instead or [str(provide(ESBUILD, folder, say=say))]
    with tempfile.TemporaryDirectory(prefix="edgeproof-bundle-", ignore_cleanup_errors=True) as out:
        _run([*esbuild, str(entry), f"--outdir={out}", *_options(worker, folder)], folder, what=worker.main)
        made = sorted(path for path in Path(out).iterdir() if path.is_file())
        return _of_files({path.name: path.read_bytes() for path in made})


def is_bundled(worker: Wrangler, folder: Path, *, file: str) -> bool:
    """Whether a Worker has to be bundled, which takes esbuild.

    Raises:
        UsageError: when its entry file is not there, or cannot be read.
    """
    entry = folder / worker.main
    if not entry.is_file():
        raise UsageError(
            f"{file} names {worker.main} as the Worker's entry, which does not exist",
            next_step="correct main, or build it",
        )
    try:
        text = entry.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(
            f"the Worker's entry {entry} cannot be read",
            evidence=error.strerror or str(error),
            next_step="make it readable, or correct main",
        ) from error
    return entry.suffix not in (".js", ".mjs") or _imports(text)


def _imports(text: str) -> bool:
    """Whether code imports anything that the runtime itself does not have; a doubtful one is bundled."""
    found = (match["from"] for match in _IMPORT.finditer(text))
    return any(name is None or not name.startswith(_OF_THE_RUNTIME) for name in found)


def _options(worker: Wrangler, folder: Path) -> list[str]:
    defined = {"process.env.NODE_ENV": '"production"', "navigator.userAgent": '"Cloudflare-Workers"', **worker.define}
    native = any(flag.startswith("nodejs_compat") for flag in worker.compatibility_flags)
    return [
        "--bundle",
        "--format=esm",
        "--target=es2024",
        "--keep-names",
        f"--entry-names={_ENTRY}",
        "--asset-names=[name]-[hash]",
        "--conditions=workerd,worker,browser",
        *(f"--loader:{suffix}=copy" for suffix in _KINDS),
        *(f"--loader:{suffix}=jsx" for suffix in (".js", ".mjs", ".cjs")),
        *(f"--external:{start}*" for start in _OF_THE_RUNTIME),
        *(f"--define:{name}={value}" for name, value in defined.items()),
        *(f"--alias:{name}=node:{name}" for name in _NODE_MODULES if native),
        *([f"--tsconfig={folder / worker.tsconfig}"] if worker.tsconfig else []),
        "--log-level=error",
        "--color=false",
    ]


def _run(command: list[str], folder: Path, *, what: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"{what} could not be bundled within {_PATIENCE_S:g} s", next_step="bundle it by hand"
        ) from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()][:_SHOWN_LINES]
        raise UsageError(f"{what} does not compile", evidence="\n".join(lines), next_step="correct it; nothing was run")


def _of_files(files: dict[str, bytes]) -> Bundle:
    """Return a bundle of files; the entry is the first module, because that is what workerd runs."""
    names = sorted(files, key=lambda name: (name != f"{_ENTRY}.js", name))
    paths = {name: f"{_FOLDER}/{name}" for name in names}
    return Bundle(
        modules=tuple(
            Module(name=name, kind=_KINDS.get(Path(name).suffix, "esModule"), path=paths[name]) for name in names
        ),
        files=tuple((paths[name], files[name]) for name in names),
    )
