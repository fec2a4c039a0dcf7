"""`python -m harness.reference_proxy`: the proxy as a process of its own."""

import sys

from harness.reference_proxy.lean import lean


def main() -> int:
    """The process: as `serving.main`, without what a proxy does not need."""
    with lean():
        from harness.reference_proxy import serving

    return serving.main()


if __name__ == "__main__":
    sys.exit(main())
