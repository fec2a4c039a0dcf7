"""Ports for targets: free ones, and each given to one target only.

A target binds its port a while after it was found free. Were somebody else on the port by then, a mock or a target of a
run beside this one, the two would be taken for one another, and one blamed for what the other does. So ports come from
below those that the system hands out by itself, to listeners without a wish and to every connection that is made.

The one rule: a port that was given stays ours until it is given back or this process ends. That is written down as a
record lock on the byte of that number in one file of the user's, which the system takes back however the process ends
(POSIX `fcntl`).
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Final

_ONE_BYTE: Final = 1
_FIRST: Final = 10_240
_USUAL_FIRST_OF_SYSTEM: Final = 32_768
_SYSTEMS_OWN: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")

_given: Final[set[int]] = set()
"""What this process has been given: a lock of its own would not keep it from taking a port twice."""
_turns: Final = count(os.getpid() * 37)
"""Where to look next: not where others look, nor where a target has just ended."""


def free_port() -> int:
    """Return a loopback port that is free now, and that is given to nobody else until it is given back."""
    port = next(port for port in _candidates() if port not in _given and _is_free(port) and _is_ours(port))
    _given.add(port)
    return port


def _candidates() -> Iterator[int]:
    """Yield each port below the system's own once, then for ever what the system offers."""
    ports = range(_FIRST, _first_of_system())
    for _ in ports:
        yield ports[next(_turns) % len(ports)]
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            offered: int = probe.getsockname()[1]
        yield offered


def _first_of_system() -> int:
    """The lowest of the ports that the system hands out by itself; where it does not say, the usual lowest."""
    try:
        return int(_SYSTEMS_OWN.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return _USUAL_FIRST_OF_SYSTEM


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


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
