"""The socket on which a mock listens.

The one rule: a port that somebody listens on is refused, also where ours is to be shared among processes of our own.
"""

from __future__ import annotations

import socket
from typing import Final

SEND_BUFFER_BYTES: Final = 65_536
"""The system's send buffer, kept small so that a target that stops reading is felt soon."""


def url_of(host: str, port: int) -> str:
    """Return where it is, without a path: `http://127.0.0.1:N`."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def bound(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a socket that is bound and does not listen yet; of a `shared` port several may be bound and listen.

    Raises:
        OSError: the port is taken, or may not be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
