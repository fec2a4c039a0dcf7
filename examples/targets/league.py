"""`make league`: installs what is missing, judges every proxy, and puts the records on one page.

The one rule: a proxy that cannot be installed or judged is told and left out; the others are judged all the same.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.run.gate import BROKEN, HELD, INCONCLUSIVE
from products import PRODUCTS, NotInstalledError, Product
from reports.outcome import verdict_line
from reports.record import RunRecord, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the command line asks for."""

    products: Sequence[Product]
    profile: str
    case: str
    seed: int
    out: Path


def say(words: str) -> None:
    """Tell of progress."""
    print(words, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge them, one after the other; 0 when there is a page, 3 when nobody could be judged."""
    choice = _choice(arguments)
    judged: list[Path] = []
    for product in choice.products:
        try:
            product.install(say=say)
            judged.append(_judged(product, choice))
        except (NotInstalledError, subprocess.TimeoutExpired) as error:
            say(f"LEFT OUT {product.name}: {error}")
    if not judged:
        say("nobody could be judged")
        return INCONCLUSIVE
    page = choice.out / "league.html"
    command = [sys.executable, "-m", "harness", "league", *map(str, judged), "--out", str(page)]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own words


def _choice(arguments: Sequence[str] | None) -> Choice:
    parser = argparse.ArgumentParser(prog="league.py", description="Judge proxies that people use, on one page.")
    parser.add_argument("--only", default=",".join(PRODUCTS), help="some of them, with commas (%(default)s)")
    parser.add_argument("--profile", default="ci", help="how much is played of each (%(default)s)")
    parser.add_argument("--case", default="*", help="only these cases, as in 'streaming.*' (all)")
    parser.add_argument("--seed", type=int, default=7, help="decides every draw (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("edgeproof-league"), help="folder for the page (%(default)s)")
    chosen = parser.parse_args(arguments)
    names = [name.strip() for name in chosen.only.split(",") if name.strip()]
    unknown = [name for name in names if name not in PRODUCTS]
    if unknown or not names:
        parser.error(f"there is no {', '.join(unknown) or 'such proxy'}; there are: {', '.join(PRODUCTS)}")
    return Choice(
        products=[PRODUCTS[name] for name in names],
        profile=chosen.profile,
        case=chosen.case,
        seed=chosen.seed,
        out=chosen.out,
    )


def _judged(product: Product, choice: Choice) -> Path:
    """Run it, note its version in the record, and return where that lies.

    Raises:
        NotInstalledError: it does not come up, or is not set up as its file says.
    """
    out, started_s = choice.out / product.name, time.monotonic()
    version = product.version()
    say(f"judging {product.name} {version}")
    command = [sys.executable, "-m", "harness", "run", "--target", str(product.target), "--suite", "conformance"]
    command += ["--profile", choice.profile, "--case", choice.case, "--seed", str(choice.seed), "--out", str(out)]
    command += ["--jobs", str(product.jobs)] if product.jobs else []
    results = out / "results.json"
    results.unlink(missing_ok=True)
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode not in (HELD, BROKEN, INCONCLUSIVE) or not results.is_file():
        raise NotInstalledError(" | ".join(done.stderr.strip().splitlines()[-3:]))
    record = read(results)
    if not any(case.verdict.judged for case in record.cases):
        raise NotInstalledError("nothing was judged: " + " | ".join(done.stderr.strip().splitlines()[-3:]))
    results.write_text(_with_version(record, version).to_json(), encoding="utf-8")
    say(f"{product.name}: {verdict_line(record)} ({time.monotonic() - started_s:.0f} s)")
    return results


def _with_version(record: RunRecord, version: str) -> RunRecord:
    return record.model_copy(update={"target": record.target.model_copy(update={"version": version})})


if __name__ == "__main__":
    sys.exit(main())
