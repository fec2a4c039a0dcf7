"""The likely causes of real runs: one for one defect, the planted ones for several, and signatures that come again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reports.causes import explained
from reports.causes.mistakes import MADE_BY
from reports.causes.seen import seen
from reports.causes.signatures import known
from reports.record import RunRecord, Target, read
from scenarios.index import ALL
from scenarios.profiles import PROFILES
from tests.signatures.playing import SEED, played
from tests.signatures.subjects import wrong_ones
from tests.targets.several import DEFECTS, several
from tests.targets.trial import HERE

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

AGAIN = ("proxy:always-done", "proxy:short-key")
"""A few signatures that are made once more; each is of another kind."""
_ALIKE = 0.8
_EVERY = 20
"""Beside the cases that a signature holds, one in so many is played that it says nothing of."""


@pytest.mark.parametrize("name", AGAIN)
def test_a_signature_comes_again(name: str) -> None:
    (kept,) = [signature.pairs for signature in known().signatures if signature.id == name]
    shown = {pair.case for pair in kept}

    cases = [case for number, case in enumerate(ALL) if case.id in shown or number % _EVERY == 0]
    pairs = known().telling(seen(played(wrong_ones()[name].target, cases)))

    difference = {"gone": sorted(kept - pairs), "new": sorted(pairs - kept)}
    assert len(pairs & kept) / len(pairs | kept) >= _ALIKE, difference


def test_nginx_that_buffers_is_told_so_first(tmp_path: Path) -> None:
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("nginx is not installed here")
    target = HERE / "plain" / "nginx-buffering.toml"
    command = [sys.executable, "-m", "harness", "run", "--target", str(target), "--suite", "conformance"]

    subprocess.run([*command, "--seed", str(SEED), "--out", str(tmp_path)], capture_output=True, check=False)

    # It asks upstream in HTTP/1.0, where an answer that ends too early looks whole: true as well, and told second.
    first, *others = [cause.id for cause in read(tmp_path / "results.json").causes]
    assert first == "buffers-answers"
    assert set(others) <= {"hides-breaks"}


def test_five_planted_defects_are_named_and_at_most_one_besides() -> None:
    record = explained(
        RunRecord.of(
            edgeproof="0",
            seed=SEED,
            profile="ci",
            target=Target(name="several", url="http://127.0.0.1"),
            started_at="2026-01-01T00:00:00Z",
            duration_s=1.0,
            cases=played(several(), [case for case in ALL if PROFILES["ci"].includes(case)]),
        )
    )

    named = [cause.id for cause in record.causes]
    planted = {MADE_BY[f"proxy:{name}"].id for name in DEFECTS}
    assert planted <= set(named)
    assert len(named) <= len(planted) + 1
