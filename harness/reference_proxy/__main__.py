"""`python -m harness.reference_proxy`: the proxy as a process of its own."""

import sys


def main() -> int:
    """The process: as `serving.main`, without what a proxy does not need and others would draw in.

    httpx brings its command line along, and structlog its tracebacks in colour; both do without click and rich where
    there are none. Loading them takes 40 % of the time that the proxy takes to start.
    """
    for name in ("click", "rich"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type] # None: "not there" (Python reference, 5.3.1)
    from harness.reference_proxy import serving

    return serving.main()


if __name__ == "__main__":
    sys.exit(main())
