"""Which files of a Worker's project are its own code, as far as their names tell.

The one rule: whatever the Worker loads is its code unless others have written it. A file that it never loads is held
against it only when nothing says that it is there for something else.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

_CODE: Final = re.compile(r".+(?<!\.d)\.[cm]?[jt]sx?")
"""TypeScript and JavaScript; what ends in `.d.ts` declares and never runs."""
_FOR_SOMETHING_ELSE: Final = re.compile(r".+\.(test|spec|config|setup|stories|bench)\.\w+")
_FOLDERS_FOR_SOMETHING_ELSE: Final = frozenset(
    {"test", "tests", "__tests__", "__mocks__", "e2e", "dist", "build", "out", "coverage", "scripts"}
)


def is_foreign(folder: str) -> bool:
    """Whether what lies in a folder of that name is by others, or is made by a tool."""
    return folder == "node_modules" or folder.startswith(".")


def is_code(name: str) -> bool:
    """Whether a file of that name holds something that can run."""
    return _CODE.fullmatch(name) is not None


def counts_unloaded(path: PurePath) -> bool:
    """Whether a file counts although the Worker never loads it; `path` is seen from the folder of the project."""
    elsewhere = _FOLDERS_FOR_SOMETHING_ELSE.intersection(path.parts[:-1])
    return not elsewhere and _FOR_SOMETHING_ELSE.fullmatch(path.name) is None
