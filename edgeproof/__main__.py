"""`edgeproof`, and `python -m edgeproof`: the command line, wherever it is started and whatever lies there."""

from __future__ import annotations

import sys
from importlib import import_module

from edgeproof.home import put_first


def main() -> None:
    """Run the command line in this process."""
    put_first()
    import_module("harness.__main__").main()  # by name: what imports this package must not depend on the rest


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the current folder, which may hold modules named like those that we use
    main()
