"""`python -m fault_injection`: a README on standard input, the same with its catalogue made anew on standard output.

The one rule: this is the only module of the package that touches the outside, and all it touches are its two streams.
Write to another file first (`python -m fault_injection < README.md > new.md`): a shell empties its target at once.
"""

from __future__ import annotations

import sys

from fault_injection.catalogue import renewed


def main() -> None:
    """Renew a README from standard input to standard output."""
    sys.stdout.write(renewed(sys.stdin.read()))


if __name__ == "__main__":
    main()
