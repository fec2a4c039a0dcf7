"""The module path of our own child processes.

The one rule: it is for processes that run our code alone. A target that a user wrote never gets it: our packages have
names that it may use itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

HOME: Final = str(Path(__file__).parents[2])
"""The folder of our packages."""


def with_own_path(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which Python finds our packages before all others of their names.

    Start Python with `-P` as well, unless its folder is a scratch one: `-m` puts the current folder in front of this.
    """
    path = os.pathsep.join(filter(None, (HOME, inherited.get("PYTHONPATH"))))
    return {**inherited, "PYTHONPATH": path}
