"""`python -m harness.mutant_proxy --mutant ID`: the reference proxy with that defect, as a process of its own."""

import sys

from harness.reference_proxy.lean import lean


def main() -> int:
    """The process: as `serving.main`, without what the reference proxy does not need either."""
    with lean():
        from harness.mutant_proxy import serving

    return serving.main()


if __name__ == "__main__":
    sys.exit(main())
