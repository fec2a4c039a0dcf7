"""Starts one of the proxies: `python -m tests.targets pipe --port N --upstream URL [--defect NAME]`."""

from __future__ import annotations

import argparse

from tests.targets.cache import CachingProxy
from tests.targets.defects import DEFECTS
from tests.targets.parser import ParsingProxy
from tests.targets.pipe import Pipe
from tests.targets.serving import Settings, Target, serve

RIGHT: dict[str, type[Target]] = {"pipe": Pipe, "parser": ParsingProxy, "cache": CachingProxy}


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=RIGHT)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--defect", choices=DEFECTS)
    arguments = parser.parse_args()
    kind = DEFECTS[arguments.defect].target if arguments.defect else RIGHT[arguments.kind]
    serve(kind(Settings(port=arguments.port, upstream=arguments.upstream)))


if __name__ == "__main__":
    main()
