"""`python -m harness.mutant_proxy --mutant ID`: the reference proxy with that defect, as a process of its own."""

import sys


def main() -> int:
    """The process: as `serving.main`, without rich, for the reason that the reference proxy gives."""
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type] # None: "not there" (Python reference, 5.3.1)
    from harness.mutant_proxy import serving

    return serving.main()


if __name__ == "__main__":
    sys.exit(main())
