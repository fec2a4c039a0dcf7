"""Build the documentation as a site that works offline: `python docs/build_site.py [FOLDER]`, or `make docs-site`.

It fails on whatever Sphinx warns of, on dead links and anchors, and on everything that has an id and no place.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from reference_pages.places import missing
from site_building.dead_links import Page, problems
from site_building.gathering import ROOT, gathered
from site_building.links import DeadLinkError

CONFIGURATION: Final = ROOT / "docs/site_building/sphinx"


def main(arguments: list[str]) -> int:
    """Build the site; the exit code is 1 when anything is wrong with it."""
    site = Path(arguments[0]) if arguments else ROOT / "build/docs-site"
    source = site.with_name(f"{site.name}-source")
    try:
        _lay_out(source)
    except DeadLinkError as error:
        print(error, file=sys.stderr)
        return 1
    shutil.rmtree(site, ignore_errors=True)
    quiet = ("-q", "-W", "--keep-going", "-j", "auto", "-E", "-d", str(source / ".doctrees"))
    command = [sys.executable, "-m", "sphinx", *quiet, "-c", str(CONFIGURATION), str(source), str(site)]
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - our own interpreter
        return 1
    (site / ".buildinfo").unlink(missing_ok=True)
    pages = {str(path.relative_to(site)): path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    others = frozenset(str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()) - pages.keys()
    anchors = {f"{address.removesuffix('.html')}.md": Page(text).ids for address, text in pages.items()}
    wrong = [*problems(pages, others), *missing(anchors)]
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(pages)} pages: {site / 'index.html'}")
    return 1 if wrong else 0


def _lay_out(source: Path) -> None:
    shutil.rmtree(source, ignore_errors=True)
    found = gathered()
    for address, text in found.pages.items():
        file = source / address
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for address, path in found.files.items():
        (source / address).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, source / address)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
