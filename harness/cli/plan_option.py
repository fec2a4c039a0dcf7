"""A plan of faults as a flag names it.

The one rule: a plan that cannot be used is refused with its file, its rule and what to do, before anything starts.
"""

from __future__ import annotations

from pathlib import Path

from fault_injection.fault import InvalidFaultError
from fault_injection.plan import Plan, PlanError
from fault_injection.plan_file import read_plan
from fault_injection.plans.presets import PRESETS
from fault_injection.registry import UnknownFaultError
from fault_injection.spec import SpecError
from harness.errors import UsageError


def plan_from(path: Path) -> Plan:
    """Read a plan file; the name of a preset stands for its plan where no file is called so.

    Raises:
        UsageError: when it is not there, or is no plan.
    """
    return plan_in(text_of(path), source=path)


def text_of(path: Path) -> str:
    """Return the text of a plan file, or of the preset of that name where no file is called so.

    Raises:
        UsageError: when there is neither.
    """
    if str(path) in PRESETS and not path.exists():
        return PRESETS[str(path)]
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the plan {path} cannot be read",
            evidence=error.strerror or str(error),
            next_step=f"name a TOML file, or a preset: {', '.join(PRESETS)}",
        ) from error
    except UnicodeDecodeError as error:
        raise _unusable(path, error) from error


def plan_in(text: str, *, source: Path) -> Plan:
    """Read the text of a plan.

    Raises:
        UsageError: it is none.
    """
    try:
        return read_plan(text)
    except (PlanError, SpecError, UnknownFaultError, InvalidFaultError) as error:
        raise _unusable(source, error) from error


def _unusable(path: Path, error: Exception) -> UsageError:
    return UsageError(
        f"{path} cannot be used as a plan", evidence=str(error), next_step="`edgeproof faults` lists the faults"
    )
