"""How much of an answer this system may hold for a process that does not read on or cannot write on.

The one rule: it is the system's own limit, never a guess; where it cannot be read, nothing is claimed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path("/proc/sys/net/ipv4")


@cache
def socket_buffers_bytes(folder: Path = _FOLDER) -> int:
    """Return the most that the receive buffer of one TCP connection and the send buffer of another grow to together.

    0 where the system does not tell (tcp(7): tcp_rmem, tcp_wmem; the third number is the limit).
    """
    try:
        return sum(int((folder / name).read_text(encoding="ascii").split()[2]) for name in ("tcp_rmem", "tcp_wmem"))
    except (OSError, ValueError, IndexError):
        return 0
