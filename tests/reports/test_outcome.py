"""Every report says what the gates said."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from reports import html, junit, markdown
from reports.outcome import exit_code, verdict_line, word
from reports.record import Against, Breach, Gate, Level, RunRecord, Verdict
from tests.reports.sample import case, laundered, record

KNOWN = Breach(case="streaming.cut-before-done", invariant="no-laundering", reason="waits for upstream")
SOFT = case("a.soft", Verdict.NON_STRICT, level=Level.SHOULD)


def excused(**more: tuple[Breach, ...]) -> RunRecord:
    return record([laundered(), case("a.b")]).model_copy(
        update={"gate": Gate(baseline=Against(known=(KNOWN,), **more))}
    )


def test_an_old_record_is_held_to_its_must() -> None:
    assert (exit_code(record([SOFT])), exit_code(record([laundered()]))) == (0, 1)
    assert verdict_line(record([SOFT])) == "NON-STRICT · 1 non-strict"


def test_a_run_that_was_to_fail_on_a_should_fails() -> None:
    strict = record([SOFT]).model_copy(update={"gate": Gate(fail_on="should")})

    assert (exit_code(strict), word(strict)) == (1, "FAIL")
    assert ET.fromstring(junit.render(strict)).get("failures") == "1"  # noqa: S314 - our own text


def test_the_sentence_is_in_the_page_the_summary_and_junit() -> None:
    line = "PASS against the baseline: 1 known, 0 new, 0 fixed · 1 passed, 1 failed"

    assert verdict_line(excused()) == line
    assert f"**{line}**" in markdown.render(excused())
    assert markdown.render(excused()).startswith("## edgeproof: PASS for my-proxy")
    assert f'<p class="gate">{line}</p>' in html.render(excused())
    assert "<title>PASS · my-proxy" in html.render(excused())
    assert f'name="verdict" value="{line}"' in junit.render(excused())


def test_a_known_failure_is_skipped_in_junit_and_says_why() -> None:
    root = ET.fromstring(junit.render(excused()))  # noqa: S314 - our own text
    skipped = root.find(".//testcase[@name='streaming.cut-before-done']/skipped")

    assert (root.get("failures"), root.get("skipped")) == ("0", "1")
    assert skipped is not None
    assert skipped.get("message") == "known in the baseline: no-laundering (waits for upstream)"
    assert "replay" in str(skipped.text)


def test_what_is_new_or_expired_is_a_failure_in_junit() -> None:
    for kind in ("new", "expired"):
        root = ET.fromstring(junit.render(excused(**{kind: (KNOWN,)})))  # noqa: S314 - our own text

        assert (root.get("failures"), root.get("skipped")) == ("1", "0")


def test_what_is_new_expired_or_mended_has_a_line_in_every_report() -> None:
    told = excused(new=(Breach(case="n.n"),), expired=(Breach(case="e.e"),), mended=(Breach(case="m.m"),))

    for text in (markdown.render(told), html.render(told)):
        assert all(
            f"{each}" in text for each in ("n.n", "e.e", "m.m", "new</strong>" if "<html" in text else "**new**")
        )


def test_a_name_that_a_target_chose_is_no_markup() -> None:
    told = excused(new=(Breach(case="<script>x</script>", invariant="[bold]"),))

    assert "<script>x" not in html.render(told)
    assert "<script>x" not in markdown.render(told)
