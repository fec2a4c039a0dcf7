"""`python -m harness`, the same as `edgeproof`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; Ctrl-C while its modules are still being loaded ends it without a word."""
    try:
        from harness.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
