"""Runs a job of a workflow on this machine, as far as this repository's own workflows and action go.

The one rule: shell steps are really run, each with the shell and the files that GitHub gives it; an action of somebody
else is written down with its inputs instead. Source: GitHub docs, workflow syntax, metadata syntax, contexts.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
_PATIENCE_S: Final = 550
"""More than a test of the usual kind may take: installing from the network is one of the steps."""
_EXPRESSION: Final = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_SHELLS: Final = {
    None: ("bash", "-e"),
    "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail"),
}

Node: TypeAlias = Mapping[str, Any]


def read(path: Path) -> dict[Any, Any]:
    """Return a YAML file."""
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """An action of somebody else, and what it was given."""

    uses: str
    given: dict[str, str]


@dataclass(slots=True, kw_only=True)
class Job:
    """A job in a folder of its own: `workspace` is the checkout, `temp` is `runner.temp`."""

    workspace: Path
    temp: Path
    log: str = ""
    summary: str = ""
    used: list[Used] = field(default_factory=list)
    has_failed: bool = False
    ended_with: dict[str, int] = field(default_factory=dict)
    """The exit codes of the shell steps, by name."""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The outcome and the outputs of each step that has an id."""

    def play(self, steps: Sequence[Node], context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run steps in their order, and return what is known of those with an id."""
        known: dict[str, Any] = {}
        for step in steps:
            here = {**(context or {}), "steps": known, "runner": {"temp": str(self.temp)}}
            if self.has_failed or not _is_met(str(step.get("if", "")), here):
                continue
            failed, outputs = self._step(step, here)
            if "id" in step:
                known[step["id"]] = {"outcome": "failure" if failed else "success", "outputs": outputs}
            if failed and not step.get("continue-on-error"):
                self.has_failed = True
        self.steps = known
        return known

    def _step(self, step: Node, context: Mapping[str, Any]) -> tuple[bool, dict[str, str]]:
        if "run" in step:
            return self._shell(step, context)
        given = {name: _filled(value, context) for name, value in step.get("with", {}).items()}
        if step["uses"] == "./":
            return self._composite(given)
        self.used.append(Used(uses=step["uses"], given=given))
        return False, {}

    def _composite(self, given: Mapping[str, str]) -> tuple[bool, dict[str, str]]:
        action = read(self.workspace / "action.yml")
        if unknown := sorted({*given} - {*action["inputs"]}):
            raise AssertionError(f"the action has no input {unknown[0]!r}")
        inputs = {name: given.get(name, str(each.get("default", ""))) for name, each in action["inputs"].items()}
        context = {"inputs": inputs, "github": {"action_path": str(self.workspace)}}
        known = self.play(action["runs"]["steps"], context)
        failed, self.has_failed = self.has_failed, False
        outputs = {
            name: _filled(each["value"], {**context, "steps": known}) for name, each in action["outputs"].items()
        }
        return failed, outputs

    def _shell(self, step: Node, context: Mapping[str, Any]) -> tuple[bool, dict[str, str]]:
        script, output, summary = (self.temp / name for name in ("script.sh", "output", "summary"))
        script.write_text(_filled(step["run"], context), encoding="utf-8")
        output.write_text("")
        summary.write_text("")
        env = {name: value for name, value in os.environ.items() if not name.startswith(("EDGEPROOF_", "GITHUB_"))}
        env |= {name: _filled(value, context) for name, value in step.get("env", {}).items()}
        env |= {"CI": "true", "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        env |= {"GITHUB_WORKSPACE": str(self.workspace), "RUNNER_TEMP": str(self.temp)}
        done = subprocess.run(
            [*_SHELLS[step.get("shell")], str(script)],
            cwd=self.workspace,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        self.log += done.stdout
        self.summary += summary.read_text(encoding="utf-8")
        self.ended_with[step.get("name", "")] = done.returncode
        lines = output.read_text(encoding="utf-8").splitlines()
        return done.returncode != 0, dict(_pair(line) for line in lines)


def commands(log: str) -> list[str]:
    """Return the lines of a log that GitHub takes for commands; none stands between a stop and its token."""
    found: list[str] = []
    token = ""
    for line in (each.lstrip() for each in log.splitlines()):
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith("::"):
            found.append(line)
    if token:
        raise AssertionError("commands were stopped, and never begun again")
    return found


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name, value


def _filled(value: object, context: Mapping[str, Any]) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return _EXPRESSION.sub(lambda found: _looked_up(found[1], context), text)


def _looked_up(path: str, context: Mapping[str, Any]) -> str:
    """Return what stands at a path of the contexts; as on GitHub, what a step has not set is empty."""
    root, *names = path.split(".")
    place: Any = context[root]
    for name in names:
        place = place.get(name, {}) if root == "steps" else place[name]
    return "" if place == {} else str(place)


def _is_met(condition: str, context: Mapping[str, Any]) -> bool:
    """Judge a condition of comparisons that all have to hold; an empty one does."""
    return all(_holds(part.strip(), context) for part in condition.split("&&") if part.strip())


def _holds(comparison: str, context: Mapping[str, Any]) -> bool:
    found = re.fullmatch(r"([\w.-]+) (==|!=) '([^']*)'", comparison)
    if found is None:
        raise AssertionError(f"this condition is not understood here: {comparison}")
    return (_looked_up(found[1], context) == found[3]) is (found[2] == "==")
