"""What a first run says of itself, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.beginning import first_run
from harness.cli.running.session import Session
from harness.shell.target.targets import load
from reports.record import Verdict
from tests.harness.cli.conftest import Edgeproof
from tests.reports.sample import case, record

pytestmark = pytest.mark.usefixtures("untraced")


def session(*suites: str, profile: str = "quick", whole: bool = False) -> Session:
    return Session(
        target_spec="my proxy.toml",
        target=load("reference"),
        suites=suites,
        cases=(),
        seed=7,
        profile=profile,
        jobs=None,
        out=Path("out"),
        whole=whole,
    )


@pytest.mark.parametrize(
    ("of", "told"),
    [
        (session("conformance", "properties"), "up to 4 minutes; --suite conformance takes about a minute"),
        (session("conformance", "properties", profile="ci"), "up to a minute"),
        (session("conformance"), ""),
        (session("properties", profile="soak"), ""),
        (session("leaks", whole=True), ""),
    ],
)
def test_a_long_run_says_how_long_it_may_take(of: Session, told: str) -> None:
    said = first_run.before(of)

    assert told in said
    assert bool(told) == bool(said)


def test_what_the_verdicts_mean_and_what_the_seed_is_for_is_said_afterwards() -> None:
    soft = record([case("a.b", Verdict.NON_STRICT), case("a.c", Verdict.INCONCLUSIVE)])

    told = first_run.after(session("conformance", "properties"), soft)

    assert told[0].startswith("NON-STRICT: ")
    assert told[1].startswith("INCONCLUSIVE: ")
    assert f"--seed {soft.seed} asks exactly the same again" in told[2]
    assert told[3].endswith(f"edgeproof run 'my proxy.toml' --suite conformance --seed {soft.seed}")
    assert len(first_run.after(session("conformance"), record([case("a.b")]))) == 1


def test_only_the_first_run_into_a_folder_says_it(edgeproof: Edgeproof) -> None:
    first, second = (edgeproof("run", "--case", "streaming.plain", "--seed", "3", "--out", "out") for _ in range(2))
    as_json = edgeproof("run", "--case", "streaming.plain", "--seed", "3", "--out", "other", "--json")

    assert "--seed 3 asks exactly the same again" in first.err
    assert "asks exactly" not in second.err + as_json.err
