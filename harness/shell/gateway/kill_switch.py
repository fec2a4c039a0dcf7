"""The switch that turns every experiment off, whoever began it: a variable, or a file that anybody can make.

The one rule: it is looked at before a fault strikes, and at least every second besides; it never turns anything on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

VARIABLE: Final = "EDGEPROOF_CHAOS"
FILE: Final = "chaos.stop"
"""What the file is called, in the folder of the reports or of the gateway."""


def kill_switch(file: Path) -> Callable[[], str]:
    """Return what says why no fault may strike now, or nothing."""

    def why_not() -> str:
        if os.environ.get(VARIABLE, "").strip().lower() in ("off", "0", "false", "no"):
            return f"{VARIABLE} is {os.environ[VARIABLE].strip()}"
        return f"there is a file {file}" if file.exists() else ""

    return why_not
