"""The code of a target measured while it runs: coverage.py in its Python processes, V8's own counts in those of Node.

The one rule: a target needs no change and no preparation. It is told by its environment to write down what it runs,
once a second, so that a process which is killed is measured too; a target that is neither says so by writing nothing.

Which files count: those that the target file names as its source, run or not; where it names none, those of its folder
that the target loads. A folder may hold scripts that are none of the proxy's.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.core.target.coverage import FileCoverage, read_lcov
from harness.core.target.file import TargetFile
from harness.errors import HarnessError

AGENT: Final = Path(__file__).parent / "coverage_agent"
_NOT_OURS: Final = frozenset({".venv", "venv", "site-packages", "node_modules", ".git"})
_TESTS: Final = ("test", "tests")
_C8: Final = ("npx", "--yes", "c8@10")
_C8_PATIENCE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class TargetCoverage:
    """Measures one target in a run. What is written while it runs, and the reports after it, lie in `folder`."""

    target: TargetFile
    folder: Path

    @property
    def counts_loaded_files_alone(self) -> bool:
        """Whether a file counts only once the target has loaded it, because nobody has said what its source is."""
        return not self.target.source

    @property
    def env(self) -> Mapping[str, str]:
        """What the target's environment gets besides its own. An older measurement is forgotten.

        The variables that coverage.py itself heeds are emptied: whoever measures edgeproof does not measure its target.
        """
        import coverage  # a run that measures nothing starts sooner without it

        shutil.rmtree(self._raw, ignore_errors=True)
        (self._raw / "v8").mkdir(parents=True)
        told = {
            "library": str(Path(coverage.__file__).parent.parent),
            "data_file": str(self._raw / "python"),
            "include": [str(each / "*") for each in self._folders],
            "omit": self._omit,
            "packages": self._packages,
        }
        return {
            "PYTHONPATH": str(AGENT),
            "EDGEPROOF_COVERAGE": json.dumps(told),
            "COVERAGE_PROCESS_START": "",
            "COVERAGE_PROCESS_CONFIG": "",
            "NODE_V8_COVERAGE": str(self._raw / "v8"),
            "NODE_OPTIONS": f"--require {AGENT / 'hook.cjs'}",
        }

    async def collect(self) -> tuple[FileCoverage, ...]:
        """Write the reports into `folder` and return what was reached, of every file; empty when nothing was measured.

        Raises:
            HarnessError: there are measurements of Node but no c8 to read them.
        """
        return await asyncio.to_thread(self._collect)

    def _collect(self) -> tuple[FileCoverage, ...]:
        root = self._folders[0] if self._folders else Path.cwd()
        text = self._python() + self._node(root)
        if text:
            (self.folder / "coverage.lcov").write_text(text, encoding="utf-8")
        return read_lcov(text, root=str(root))

    def _python(self) -> str:
        """Write the reports of the Python processes, if there were any, and return their tracefile."""
        for part in self._raw.glob("python.*"):
            if not _is_sound(part):
                part.unlink()  # its process was killed as it wrote; what it had written before lies beside it
        if not any(self._raw.glob("python.*")):
            return ""
        import coverage

        tracefile = self._raw / "lcov.info"
        cover = coverage.Coverage(data_file=str(self._raw / "python"), config_file=False, branch=True, messages=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cover.combine([str(self._raw)], strict=False, keep=True)
            if not cover.get_data().measured_files():
                return ""  # its own code was never imported, or does not lie where the target file says
            cover.get_data().touch_files([str(file) for file in self._sources()])
            cover.lcov_report(outfile=str(tracefile), ignore_errors=True)
            cover.xml_report(outfile=str(self.folder / "coverage.xml"), ignore_errors=True)
            cover.json_report(outfile=str(self.folder / "coverage.json"), ignore_errors=True)
            cover.html_report(directory=str(self.folder / "html"), ignore_errors=True)
        return absolute(tracefile, Path.cwd())

    def _node(self, root: Path) -> str:
        """Let c8 write the reports of the Node processes, if there were any, and return their tracefile."""
        if not any((self._raw / "v8").glob("coverage-*.json")):
            return ""
        out = self.folder / "node"
        command = [*_C8, "report", "--temp-directory", str(self._raw / "v8"), "--reports-dir", str(out)]
        command += ["--src", str(root), "--exclude-after-remap"]
        command += [] if self.counts_loaded_files_alone else ["--all"]
        command += [word for name in ("lcovonly", "cobertura", "json", "html") for word in ("--reporter", name)]
        command += [word for name in ("node_modules", *_TESTS) for word in ("--exclude", f"**/{name}/**")]
        try:
            done = subprocess.run(  # noqa: S603 - our own words and paths, no shell
                command, cwd=root, capture_output=True, text=True, timeout=_C8_PATIENCE_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _unread(str(error)) from error
        if done.returncode:
            raise _unread(done.stderr.strip()[-500:])
        return absolute(out / "lcov.info", root)

    @property
    def _raw(self) -> Path:
        return self.folder.resolve() / "raw"

    @property
    def _named(self) -> tuple[str, ...]:
        """What the target file calls its source; its own folder when it does not say."""
        return self.target.source or ((".",) if self.target.here else ())

    @property
    def _folders(self) -> list[Path]:
        places = [(Path(self.target.here) / name).resolve() for name in self._named if self.target.here]
        return [place for place in places if place.is_dir()]

    @property
    def _packages(self) -> list[str]:
        here = Path(self.target.here)
        return [name for name in self._named if not (self.target.here and (here / name).is_dir())]

    @property
    def _omit(self) -> list[str]:
        if not self._folders:  # packages by their names, wherever they are installed
            return []
        tests = (str(folder / name / "*") for folder in self._folders for name in _TESTS)
        return [*(f"*/{name}/*" for name in _NOT_OURS), *tests]

    def _sources(self) -> Iterator[Path]:
        """Yield every Python file of the source folders that were named, also those that were never run."""
        for folder in () if self.counts_loaded_files_alone else self._folders:
            for file in folder.rglob("*.py"):
                parents = file.relative_to(folder).parts[:-1]
                if not (_NOT_OURS & {*parents} or (parents and parents[0] in _TESTS)):
                    yield file


def absolute(tracefile: Path, root: Path) -> str:
    """Return a tracefile's text with the names of its source files whole."""
    text = tracefile.read_text(encoding="utf-8")
    return re.sub(r"^SF:(.+)$", lambda found: f"SF:{root / found[1]}", text, flags=re.MULTILINE)


def _is_sound(part: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{part.as_uri()}?mode=ro", uri=True)) as database:
            return bool(database.execute("pragma quick_check").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def _unread(saw: str) -> HarnessError:
    return HarnessError(
        "the coverage of Node cannot be read without c8", evidence=saw, next_step="install it: npm install --global c8"
    )
