"""A plan of faults as a flag names it.

The one rule: a plan that cannot be used is refused with its file, its rule and what to do, before anything starts.
"""

from __future__ import annotations

from pathlib import Path

from fault_injection.fault import InvalidFaultError
from fault_injection.plan import Plan, PlanError
from fault_injection.plan_file import read_plan
from fault_injection.registry import UnknownFaultError
from fault_injection.spec import SpecError
from harness.errors import UsageError


def plan_from(path: Path) -> Plan:
    """Read a plan file.

    Raises:
        UsageError: when it is not there, or is no plan.
    """
    try:
        return read_plan(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"the plan {path} cannot be read", evidence=error.strerror or str(error), next_step="name a TOML file"
        ) from error
    except (PlanError, SpecError, UnknownFaultError, InvalidFaultError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be used as a plan", evidence=str(error), next_step="`edgeproof faults` lists the faults"
        ) from error
