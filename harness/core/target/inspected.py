"""A target's command with V8's inspector opened, where the program can do so and cannot be told by its environment.

The one rule: the target does what it did; only somebody on this machine may ask what its heap holds.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import PurePath
from typing import Final

from harness.core.target.file import TargetFile

_OPTION: Final = "--inspector-addr"


def inspected(target: TargetFile) -> TargetFile:
    """Return the target with an inspector on a free port of the loopback, if its command starts workerd without one."""
    command = target.command or ()
    serves = any(PurePath(program).name == "workerd" and word == "serve" for program, word in pairwise(command))
    if not serves or any(word.startswith(_OPTION) for word in command):
        return target
    return replace(target, command=(*command, f"{_OPTION}=127.0.0.1:0"))
