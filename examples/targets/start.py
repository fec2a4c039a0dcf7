"""Starts a proxy that reads a configuration file: `start.py TEMPLATE FOLDER PROGRAM [WORD ...]`.

The template's `@PORT@`, `@UPSTREAM@`, `@HOST@` (the upstream's host and port), `@ACCOUNT@`, `@TOKEN@`, `@FOLDER@`,
`@CONFIG@` and `@LEAGUE@` (where `league.py` installs) are filled in, and the same names in the program and its words.
The file goes into FOLDER, and this becomes the program. Programs are looked for in `$EDGEPROOF_CACHE/league` (or the
user's cache), on PATH, and in /usr/sbin.

The one rule: it is not there any more when a request comes.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path


def league_folder() -> Path:
    """Return where `league.py` installs what does not come with the system."""
    cache = os.environ.get("EDGEPROOF_CACHE")
    base = Path(cache) if cache else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgeproof"
    return base / "league"


def find(program: str) -> str | None:
    """Return the path of a program or of a script, or None when it is nowhere."""
    own = [str(each) for pattern in ("*/bin", "*/node_modules/.bin") for each in sorted(league_folder().glob(pattern))]
    return shutil.which(program, path=os.pathsep.join([*own, os.environ.get("PATH", ""), "/usr/sbin"]))


def main(template: str, folder: str, program: str, *words: str) -> None:
    """Write the configuration and become the program."""
    config = Path(folder) / Path(template).name
    upstream = os.environ["UPSTREAM"]
    values = {
        "PORT": os.environ["PORT"],
        "UPSTREAM": upstream,
        "HOST": upstream.partition("://")[2],
        "ACCOUNT": os.environ["CLOUDFLARE_ACCOUNT_ID"],
        "TOKEN": os.environ["CLOUDFLARE_API_TOKEN"],
        "FOLDER": folder,
        "CONFIG": str(config),
        "LEAGUE": str(league_folder()),
    }

    def filled(text: str) -> str:
        return re.sub("@([A-Z]+)@", lambda found: values[found[1]], text)

    config.write_text(filled(Path(template).read_text(encoding="utf-8")), encoding="utf-8")
    config.chmod(0o600)  # the token is in it
    path = find(filled(program))
    if path is None:
        sys.exit(f"there is no {program} here; README.md beside the target files says how to install it")
    os.execv(path, [path, *map(filled, words)])  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    main(*sys.argv[1:])
