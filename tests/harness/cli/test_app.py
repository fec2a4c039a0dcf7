"""A verb is found without loading all the others, and all of them are found."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_group

from harness.cli.app import VERBS, app

HEAVY = ("hypothesis", "jinja2", "aiohttp", "harness.shell.upstream", "harness.drivers")
"""What a run needs."""


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_registered_by_the_module_that_is_named_for_it(verb: str) -> None:
    assert verb in get_group(app([verb, "--help"])).commands


def test_a_line_that_names_no_verb_has_all_of_them() -> None:
    assert set(get_group(app(["--help"])).commands) == set(VERBS)


@pytest.mark.parametrize(
    "words", [["--version"], ["cases", "explain", "streaming.plain"], ["plan", "check", "brownout"]]
)
def test_what_asks_no_proxy_loads_nothing_that_does(words: list[str]) -> None:
    tell = f"import sys; sys.argv[1:] = {words!r}\ntry:\n    from harness.cli import main; main()\nfinally:\n"
    tell += f"    print('loaded', [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"

    done = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True)

    assert done.stderr.endswith("loaded []\n")
