"""`python -m scenarios`: the catalogue of cases on standard output, as it stands in the README.

The one rule: this is the only module of the package that touches the outside, and all it touches is one stream.
"""

from __future__ import annotations

import sys

from scenarios.catalogue import catalogue


def main() -> None:
    """Print the catalogue."""
    sys.stdout.write(catalogue() + "\n")


if __name__ == "__main__":
    main()
