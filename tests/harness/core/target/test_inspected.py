"""A target whose inspector can be opened is started with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.target.file import TargetFile
from harness.core.target.inspected import inspected
from harness.core.target.parser import parse
from tests.harness.core.target.test_parser import SMALL


def _target(*command: str) -> TargetFile:
    return replace(parse(SMALL, file="t.toml"), command=command or None)


@pytest.mark.parametrize("starts", [("workerd",), ("npx", "workerd"), ("/opt/node_modules/.bin/workerd",)])
def test_workerd_is_started_with_an_inspector_on_the_loopback(starts: tuple[str, ...]) -> None:
    found = inspected(_target(*starts, "serve", "config.capnp"))

    assert found.command == (*starts, "serve", "config.capnp", "--inspector-addr=127.0.0.1:0")


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("workerd",),
        ("workerd", "compile", "config.capnp"),
        ("node", "workerd.js", "serve"),
        ("workerd", "serve", "config.capnp", "--inspector-addr=localhost:9229"),
    ],
    ids=["attached", "bare", "compiles", "other-program", "has-one"],
)
def test_every_other_command_stays_as_it_is(command: tuple[str, ...]) -> None:
    target = _target(*command)

    assert inspected(target) is target
