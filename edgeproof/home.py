"""Where the packages of the command line live, and how a process of ours comes to import them.

The wheel keeps them in a folder of its own, so that names such as `reports` or `scenarios` stay free for the project
next to which it is installed. In the repository they lie beside this package.

The one rule: the folder is put on the path of our own processes only, never on that of a target.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_INSIDE: Final = _PACKAGE / "_site"

HOME: Final = str(_INSIDE if _INSIDE.is_dir() else _PACKAGE.parent)


def put_first() -> None:
    """Let this process find our packages before all others of their names; what `PYTHONPATH` adds comes last."""
    added = {os.path.abspath(each) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each}  # noqa: PTH100 - as site does
    rest = [each for each in sys.path if each != HOME]
    installed = [each for each in rest if os.path.abspath(each) not in added]  # noqa: PTH100 - see above
    sys.path[:] = [HOME, *installed, *(each for each in rest if each not in installed)]
