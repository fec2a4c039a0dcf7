"""`edgeproof replay --hold`: the lines that it prints are run by a shell, and the case's faults strike them."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from fault_injection.families import http
from fault_injection.plan import Match, Plan, Rule
from harness.cli.replaying.hold import counts_first_calls
from tests.harness.cli.process import PATIENCE_S, edgeproof, wait_for_line

CUT = "endings.cut-between-events-by-fin"


def test_a_held_case_can_be_asked_by_the_lines_it_prints_until_ctrl_c(tmp_path: Path) -> None:
    with edgeproof("replay", CUT, "--seed", "7", "--hold", "--out", "out", cwd=tmp_path) as child:
        wait_for_line(child, "holding ")
        wait_for_line(child, "# ask")
        assert child.stdout is not None
        line = next(line for line in child.stdout if line.startswith("curl "))
        answers = [
            subprocess.run(
                ["/bin/sh", "-c", line], capture_output=True, text=True, timeout=PATIENCE_S, check=False
            ).stdout
            for _ in range(2)
        ]
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=PATIENCE_S)

    assert child.returncode == 0
    assert all("HTTP/1.1 200" in answer and "[DONE]" not in answer for answer in answers)
    assert err.count("  sse.truncate(after=4") >= 2
    assert err.endswith("stopped\n")
    assert (tmp_path / "out" / "logs" / "hold" / "target.log").exists()


@pytest.mark.parametrize(
    ("match", "counts"),
    [
        (Match(first=2), True),
        (Match(nth=1), True),
        (Match(nth=2), False),
        (Match(after=1), False),
        (Match(every=2), False),
        (Match(), False),
    ],
)
def test_faults_of_first_calls_alone_are_counted_anew(match: Match, counts: bool) -> None:
    assert counts_first_calls(Plan(rules=(Rule(faults=(http.Status(),), match=match),))) is counts
