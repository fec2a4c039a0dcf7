"""Ports for targets: free ones, and each given to one target only.

A target binds its port a while after it was found free. Were another one given the same port meanwhile, by this run or
by one beside it, the two would be taken for one another, and one blamed for what the other does.

The one rule: a port that was given stays ours until it is given back or this process ends. That is written down as a
record lock on the byte of that number in one file of the user's, which the system takes back however the process ends
(POSIX `fcntl`).
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

_ONE_BYTE: Final = 1

_given: Final[set[int]] = set()
"""What this process has been given: a lock of its own would not keep it from taking a port twice."""


def free_port() -> int:
    """Return a loopback port that is free now, and that is given to nobody else until it is given back."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _given and _is_ours(port):
            _given.add(port)
            return port


def give_back(port: int) -> None:
    """Let others have a port again, once its target has ended: a long run starts more targets than there are ports."""
    _given.discard(port)
    fcntl.lockf(_register(), fcntl.LOCK_UN, _ONE_BYTE, port)


def _is_ours(port: int) -> bool:
    """Whether the port could be taken; other processes of the same user see it as taken from now on."""
    try:
        fcntl.lockf(_register(), fcntl.LOCK_EX | fcntl.LOCK_NB, _ONE_BYTE, port)
    except OSError:  # EACCES or EAGAIN, as the system likes
        return False
    return True


@cache
def _register() -> int:
    """Open the file of locks, for good: to close it anywhere in this process would give every lock back."""
    path = Path(tempfile.gettempdir()) / f"edgeproof-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
