"""`python -m harness`, the same as `edgeproof`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; Ctrl-C while its modules are still being loaded ends it without a word."""
    # httpx would draw in its own command line, and take a tenth of the time until this one is there.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # None: "not there" (Python reference, 5.3.1)
    try:
        from harness.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
