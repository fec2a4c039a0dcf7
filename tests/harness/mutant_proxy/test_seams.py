"""Every mutant replaces one seam that is there, and is started like the reference proxy."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from pkgutil import resolve_name

import pytest

from harness.mutant_proxy.seam import MAKERS, install
from harness.mutant_proxy.serving import MODULES, main
from harness.reference_proxy.http.app import Front
from scenarios.mutants import ALL, Mutant

IDS = [mutant.id for mutant in ALL]


def at(seam: str) -> object:
    return resolve_name(f"harness.reference_proxy.{seam}")


def test_every_mutant_is_made_somewhere_and_nothing_else_is() -> None:
    assert set(MAKERS) == set(IDS)
    assert {maker.__module__ for maker in MAKERS.values()} == {module.__name__ for module in MODULES}


@pytest.mark.parametrize("mutant", ALL, ids=IDS)
def test_what_is_put_at_a_seam_is_not_what_was_there(mutant: Mutant) -> None:
    original = at(mutant.seam)

    made = MAKERS[mutant.id](original)

    assert made is not original
    assert callable(made) == callable(original)


def test_a_seam_is_replaced_where_it_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.reference_proxy.http.relay._DONE", b"x\n\n")

    install("http.relay:_DONE", MAKERS["done-said-twice"])

    assert at("http.relay:_DONE") == b"x\n\nx\n\n"


def test_a_method_without_self_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "secret")
    monkeypatch.setattr(Front, "_headers", staticmethod(lambda record: {"id": record}))

    install("http.app:Front._headers", MAKERS["credentials-in-a-header"])

    made: Callable[[str], dict[str, str]] = inspect.getattr_static(Front, "_headers").__func__
    assert isinstance(inspect.getattr_static(Front, "_headers"), staticmethod)
    assert made("r1") == {"id": "r1", "X-Upstream-Auth": "Bearer secret"}


def test_a_seam_that_is_gone_is_an_error() -> None:
    with pytest.raises(AttributeError):
        install("http.relay:no_such_thing", lambda original: original)


def test_a_mutant_that_there_is_not_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--mutant", "never-opnes", "--port", "0"])

    assert code == 2
    assert "did you mean never-opens" in capsys.readouterr().err


def test_other_flags_are_the_reference_proxys() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness.mutant_proxy", "--mutant", "never-opens", "--port", "many"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, "port='many'" in done.stderr) == (2, True)
