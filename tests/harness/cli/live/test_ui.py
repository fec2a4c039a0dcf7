"""`edgeproof ui` and `run --web` as users call them, rightly and wrongly."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.error
from pathlib import Path

import pytest

from tests.harness.cli.conftest import Edgeproof, edgeproof
from tests.harness.cli.process import COMMAND, PATIENCE_S, descendants, wait_for_line
from tests.harness.cli.process import edgeproof as start
from tests.pages import text_of, text_with
from tests.reports.sample import record

__all__ = ["edgeproof"]

pytestmark = pytest.mark.usefixtures("untraced")


def url_in(line: str) -> str:
    return next(word for word in line.split() if word.startswith("http://"))


def interrupted(child: subprocess.Popen[str]) -> int:
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=PATIENCE_S)
    return child.returncode


def test_nothing_to_show_is_told_with_what_to_do(edgeproof: Edgeproof) -> None:
    outcome = edgeproof("ui")

    assert outcome.code == 2
    assert "there is nothing to show yet" in outcome.err
    assert "edgeproof ui my-proxy.toml" in outcome.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("no.json",), "no.json: cannot be read"),
        (("--web",), "edgeproof ui takes no --web"),
        (("--web-port=1",), "edgeproof ui takes no --web-port=1"),
        (("no-such.toml",), "no-such.toml"),
        (("--no-such-flag",), "No such option"),
        (("--port", "99999"), "65535"),
    ],
)
def test_a_mistake_is_one_message(edgeproof: Edgeproof, words: tuple[str, ...], told: str) -> None:
    outcome = edgeproof("ui", *words)

    assert outcome.code == 2
    assert told in outcome.err
    assert "Traceback" not in outcome.err


def test_earlier_results_outlive_an_interrupt_that_a_shells_background_has_them_ignore(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(record().to_json(), encoding="utf-8")
    deaf = ("sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND)

    with start("ui", "results.json", cwd=tmp_path, command=deaf) as child:
        line = wait_for_line(child, "http://")
        child.send_signal(signal.SIGINT)
        assert text_of(url_in(line))
        child.terminate()
        child.communicate(timeout=PATIENCE_S)

    assert f"until kill {child.pid};" in line
    assert child.returncode == 0


def test_earlier_results_are_shown_until_they_are_no_longer_wanted(tmp_path: Path) -> None:
    path = tmp_path / "edgeproof-report" / "results.json"
    path.parent.mkdir()
    path.write_text(record().to_json(), encoding="utf-8")

    with start("ui", cwd=tmp_path) as child:
        url = url_in(wait_for_line(child, "http://"))
        first = text_of(url)
        path.write_text(record([]).to_json(), encoding="utf-8")
        second = text_of(url)
        path.write_text("{}", encoding="utf-8")
        with pytest.raises(urllib.error.HTTPError) as refused:
            text_of(url)
        assert refused.value.code == 503
        refused.value.close()
        assert interrupted(child) == 0

    assert "streaming.cut-before-done" in first
    assert "This run holds no case." in second


def test_a_page_stays_after_its_run_until_it_is_interrupted(tmp_path: Path) -> None:
    with start("ui", "reference", "--case", "json.gzip", "--seed", "7", cwd=tmp_path) as child:
        url = url_in(wait_for_line(child, "live page"))
        wait_for_line(child, "the page stays")

        assert text_with(url, "PASS")
        assert "json.gzip" in text_of(f"{url}report")
        assert interrupted(child) == 0

    assert descendants_are_gone(url)


def test_an_interrupted_run_writes_its_report_and_takes_its_page_along(tmp_path: Path) -> None:
    with start("ui", "--case", "streaming.long-and-slow,json.gzip", "--seed", "7", cwd=tmp_path) as child:
        url = url_in(wait_for_line(child, "live page"))
        wait_for_line(child, "judging")
        assert descendants(child.pid)
        assert interrupted(child) == 3

    told = json.loads((tmp_path / "edgeproof-report" / "results.json").read_text(encoding="utf-8"))
    assert told["gate"]["stopped"] == "SIGINT"
    assert descendants_are_gone(url)


def descendants_are_gone(url: str) -> bool:
    """Whether nobody answers at an address any more."""
    with pytest.raises(urllib.error.URLError):
        text_of(url)
    return True
