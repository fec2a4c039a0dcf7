"""`pytest --edgeproof-target my-proxy.toml`: every conformance case as a test item.

All cases that pytest has selected are played by one `edgeproof run`, before the first test and with nothing beside it:
so a case gets the verdict that it gets on the command line, whatever else a test session does, and on however many
workers of xdist. The items then only tell what became of them:

    pass, info                      passed
    non-strict (a broken SHOULD)    passed with a warning; failed with --edgeproof-fail-on should
    fail (a broken MUST)            failed; xfailed where a baseline knows all that it broke
    not-applicable                  skipped, with the capability that the target does not claim
    inconclusive, harness-error     error: nothing was said about the target, and that is no pass
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tempfile
import threading
import time
import warnings
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from edgeproof.errors import EdgeproofError, EdgeproofWarning
from edgeproof.judging import judge
from edgeproof.processes import Ours
from edgeproof.result import Case, Result

MARK: Final = "edgeproof"
_FOLDER: Final = "edgeproof_folder"
_LOOK_EVERY_S: Final = 0.05


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, **rest: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**rest)
        self.case: Case | None = None
        self.cause = "it was not played"
        self.is_known = False
        self.add_marker(MARK)

    def setup(self) -> None:
        """Skip what does not apply; what could not be judged is an error, and no failure of the target."""
        case = self.case
        if case is None:
            pytest.fail(f"{self.name} could not be judged: {self.cause}", pytrace=False)
        if case.verdict == "not-applicable":
            pytest.skip(case.cause)
        if case.verdict in ("inconclusive", "harness-error"):
            pytest.fail(f"{case.verdict}: {case.cause}\n{case}", pytrace=False)
        self.user_properties += [("verdict", case.verdict), ("level", case.level), ("replay", case.replay)]

    def runtest(self) -> None:
        """Fail for a broken promise."""
        case = self.case
        if case is None or case.verdict in ("pass", "info"):
            return
        told = "; ".join(f"{each.invariant}: {each.message}" for each in case.findings[:1])
        if self.is_known:
            pytest.xfail(f"the baseline knows it: {told}")
        if case.verdict == "non-strict" and self.config.getoption("edgeproof_fail_on") == "must":
            warnings.warn(EdgeproofWarning(f"{case.id}: {told}"), stacklevel=1)
        else:
            pytest.fail(f"{told}\n{case}", pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say which case it is."""
        return self.path, None, self.name


class CaseFile(pytest.File):
    """A target file: as a file of tests it holds every case that the profile plays."""

    def collect(self) -> Iterator[CaseItem]:
        """Yield the cases; whether one applies to the target is found out when it is played."""
        profile = self.config.getoption("edgeproof_profile")
        with Ours("cases", "--json") as asked:
            listed = asked.rest()
            if asked.exit_code:
                raise self.CollectError(asked.said())
        for each in json.loads(listed):
            if profile in each["profiles"]:
                yield CaseItem.from_parent(self, name=each["id"])


class CasesPlugin:
    """What is registered where `--edgeproof-target` is given: in the one process, or in controller and workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        path, here = Path(config.getoption("edgeproof_target")), config.invocation_params.dir
        self._file = _plain(here / path)
        if not self._file.is_file():
            raise pytest.UsageError(f"--edgeproof-target: there is no file {path}; `edgeproof init {path}` writes one")
        try:
            self._options = tuple(shlex.split(config.getoption("edgeproof_options")))
        except ValueError as error:
            raise pytest.UsageError(f"--edgeproof-options: {error}; put all of them into one pair of quotes") from None
        config.option.edgeproof_target = str(self._file)  # workers may have another folder
        if not any(_plain(here / arg.partition("::")[0]) == self._file for arg in config.args):
            config.args.append(str(self._file))
        self._result: Result | None = None
        self._run: Ours | None = None
        self._thread: threading.Thread | None = None
        self._shared = ""

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> CaseFile | None:
        """Collect the target file."""
        return CaseFile.from_parent(parent, path=file_path) if file_path == self._file else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Have the cases played before any test; a worker waits until its controller has done so."""
        items = [item for item in session.items if isinstance(item, CaseItem)]
        if not items or session.config.option.collectonly:
            return
        if session.testsfailed and not session.config.option.continue_on_collection_errors:
            return
        shared = getattr(session.config, "workerinput", {}).get(_FOLDER)
        if shared is not None:
            _hand_out(items, _awaited(Path(shared)))
            return
        self._say(f"edgeproof plays {len(items)} cases on {self._file.name}")
        told = self._play([item.name for item in items])
        if self._result is None:
            raise pytest.UsageError(f"edgeproof: {told['error']}")
        _hand_out(items, told)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Say how long the case itself took."""
        report = yield
        if isinstance(item, CaseItem) and call.when == "call" and item.case is not None:
            report.duration = item.case.duration_s
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what is to be mended, each problem once."""
        if self._result is not None:
            terminalreporter.section("edgeproof", sep="-")
            terminalreporter.write_line(str(self._result))
            if self._result.report is not None:
                terminalreporter.write_line(f"report: {self._result.report / 'index.html'}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """End a run that goes on because the session was stopped; workers that wait for it then end as well."""
        if self._thread is not None:
            if self._run is not None and self._thread.is_alive():
                self._run.end()
            self._thread.join()

    def pytest_unconfigure(self) -> None:
        """Leave nothing behind."""
        if self._shared:
            shutil.rmtree(self._shared, ignore_errors=True)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - xdist may not be there
        """Tell a worker of xdist where the outcome will be."""
        self._shared = self._shared or tempfile.mkdtemp(prefix="edgeproof-pytest-")
        node.workerinput[_FOLDER] = self._shared

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        """Play what the workers have selected, which is the same in each, as soon as the first has."""
        root = self._config.rootpath
        chosen = [each.rpartition("::")[2] for each in ids if _plain(root / each.partition("::")[0]) == self._file]
        if self._thread is not None or not chosen:
            return
        self._say(f"edgeproof plays {len(chosen)} cases on {self._file.name}; the workers wait for that")
        self._thread = threading.Thread(target=self._play_for_workers, args=(chosen,), name="edgeproof-cases")
        self._thread.start()

    def _play_for_workers(self, chosen: list[str]) -> None:
        told: dict[str, Any] = {"error": "edgeproof broke off"}
        try:
            told = self._play(chosen)
        finally:  # whatever happens, the workers wait for this
            written = Path(self._shared) / "writing"
            written.write_text(json.dumps(told), encoding="utf-8")
            written.rename(Path(self._shared) / "outcome")

    def _play(self, chosen: list[str]) -> dict[str, Any]:
        """Return what `_hand_out` takes: the cases as the record has them, or an error."""
        option = self._config.getoption

        def on_start(run: Ours) -> None:
            self._run = run

        try:
            self._result = judge(
                self._file,
                cases=",".join(chosen),
                suites="conformance",
                profile=option("edgeproof_profile"),
                fail_on=option("edgeproof_fail_on"),
                out=option("edgeproof_report"),
                options=self._options,
                on_start=on_start,
            )
        except EdgeproofError as error:
            return {"error": str(error)}
        return {"cases": self._result.record["cases"], "known": sorted(_known(self._result))}

    def _say(self, what: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(what)


def _plain(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - without following links, as pytest does it


def _awaited(shared: Path) -> dict[str, Any]:
    controller = os.getppid()
    while not (shared / "outcome").exists():
        if not shared.is_dir():
            return {"error": "a worker on another machine cannot have cases; leave them to those on this one"}
        if os.getppid() != controller:
            return {"error": "pytest was ended while the cases were played"}
        time.sleep(_LOOK_EVERY_S)
    told: dict[str, Any] = json.loads((shared / "outcome").read_text(encoding="utf-8"))
    return told


def _hand_out(items: Iterable[CaseItem], told: dict[str, Any]) -> None:
    cases = {each["id"]: Case.of(each) for each in told.get("cases", ())}
    for item in items:
        item.case = cases.get(item.name)
        item.cause = told.get("error", item.cause)
        item.is_known = item.name in told.get("known", ())


def _known(result: Result) -> set[str]:
    """Return the cases of which a baseline, where the run was given one, knows all that they broke."""
    against = (result.record.get("gate") or {}).get("baseline")
    if against is None:
        return set()
    more = {each["case"] for each in (*against["new"], *against["expired"])}
    return {each["case"] for each in against["known"]} - more
