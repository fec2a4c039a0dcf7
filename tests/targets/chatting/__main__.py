"""Starts one of them: `python -m tests.targets.chatting NAME --port N --upstream URL --folder PATH`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import ClassVar, Final

from tests.targets.chatting.service import Chatting
from tests.targets.serving import Settings, serve


class RepeatsAToken(Chatting):
    """Goes on with the event that the client has named, and not behind it."""

    resumes_behind: ClassVar[int] = 1


class SkipsAToken(Chatting):
    """Counts its events from 0 and those of its clients from 1."""

    resumes_behind: ClassVar[int] = -1


KINDS: Final[dict[str, type[Chatting]]] = {
    "right": Chatting,
    "repeats-a-token": RepeatsAToken,
    "skips-a-token": SkipsAToken,
}


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=KINDS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    serve(KINDS[arguments.name](Settings(port=arguments.port, upstream=arguments.upstream), arguments.folder))


if __name__ == "__main__":
    main()
