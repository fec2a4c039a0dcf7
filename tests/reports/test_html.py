"""The page as text: whole, self-contained, and deaf to what a target sends."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markupsafe import escape

from reports import html
from reports.invariants import GUIDES
from reports.problems import problems
from reports.record import Finding, Level, RunRecord, Shard, Verdict, WireRow
from tests.reports.sample import (
    HOSTILE,
    broken_record,
    case,
    cut_stream,
    large_record,
    laundered,
    record,
    unsteady_record,
)


class Page(HTMLParser):
    """What a browser would make of the tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(of: RunRecord) -> Page:
    return Page(html.render(of))


def test_every_case_has_its_section() -> None:
    ids = [each.get("id") for each in page(record()).all("section") if each.get("class", "") != "matrix"]

    for each in record().cases:
        assert each.id in ids


def test_every_link_leads_somewhere() -> None:
    parsed = page(record())
    ids = {attributes["id"] for _, attributes in parsed.tags if "id" in attributes}

    assert {str(each["href"])[1:] for each in parsed.all("a") if str(each["href"]).startswith("#")} <= ids


def test_ids_are_unique_even_when_case_ids_are_not() -> None:
    parsed = page(record([case("a.b"), case("a.b"), case("a b/c"), case("a-b-c")]))
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]

    assert len(ids) == len(set(ids))
    assert {"a.b", "a.b~2", "a-b-c", "a-b-c~2"} <= set(ids)


def test_the_page_asks_for_nothing() -> None:
    parsed = page(record())

    assert [each.get("href", "")[:5] for each in parsed.all("link")] == ["data:"]  # type: ignore[index]
    for tag in ("img", "iframe", "object", "embed", "video", "audio", "source", "base", "form"):
        assert parsed.all(tag) == []
    assert [each for each in parsed.all("script") if each] == []
    assert "url(" not in html.render(record())
    assert "@import" not in html.render(record())


def test_only_our_script_may_run() -> None:
    text = html.render(record())
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script is not None

    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()

    policy = page(record()).all("meta")[1]["content"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}';" in policy
    assert text.count("<script") == 1


def test_hostile_text_stays_text() -> None:
    text = html.render(record([case(HOSTILE, Verdict.FAIL, suite=HOSTILE, family=HOSTILE)], load={HOSTILE: HOSTILE}))
    parsed = Page(text)

    assert "<script>window" not in text
    assert parsed.all("img") == []
    assert not any(name.startswith("on") for _, attributes in parsed.tags for name in attributes)
    assert "{{ 7 * 7 }}" in text
    assert "\x1b" not in text


def test_a_reference_is_a_link_only_when_it_is_one() -> None:
    references = ("javascript:alert(1)", "https://example.org/a?b=1&c=2", 'https://example.org/"onclick="x')
    links = page(record([case(f"a.{n}", reference=each) for n, each in enumerate(references)])).all("a")

    outside = [each for each in links if not str(each["href"]).startswith("#")]

    assert [str(each["href"])[:19] for each in outside] == ["https://example.org"] * 2
    assert all("noreferrer" in str(each["rel"]) for each in outside)
    assert not any("onclick" in each for each in outside)


def test_failures_are_open_and_passes_closed() -> None:
    parsed = page(record())
    sections = {each["id"]: each for each in parsed.all("section") if "data-verdict" in each}
    opened = [each for each in parsed.all("details") if each.get("class") == "body"]

    for section, details in zip(sections.values(), opened, strict=True):
        assert ("open" in details) == (section["data-verdict"] in {"fail", "harness-error", "inconclusive"})


def test_of_the_cases_of_a_problem_the_clearest_is_open() -> None:
    again = laundered().model_copy(update={"id": "streaming.cut-elsewhere", "faults": ("a", "b", "c")})
    text = html.render(record([laundered(), again]))

    assert re.search(r'id="streaming.cut-before-done".*\n<details class="body" open>', text)
    assert re.search(r'id="streaming.cut-elsewhere".*\n<details class="body">', text)


def test_problems_come_before_cases_and_the_first_is_open() -> None:
    text = html.render(record())
    problems = re.findall(r'<details class="problem body (\S+)" id="\S+"( open)?>', text)

    assert text.index('id="problems"') < text.index('id="matrix"') < text.index('id="cases"')
    assert problems == [("v-fail", " open"), ("v-fail", ""), ("v-non-strict", ""), ("v-non-strict", "")]
    assert '<h2 id="problems">Problems <span>2 must, 2 should</span></h2>' in text


def test_a_problem_leads_to_every_case_that_shows_it() -> None:
    again = laundered().model_copy(update={"id": "streaming.cut-elsewhere", "faults": ("a", "b", "c")})
    text = html.render(record([laundered(), again]))
    problem = text[text.index('<details class="problem') : text.index("</details>")]

    assert "2 cases" in problem
    assert 'href="#streaming.cut-before-done"' in problem
    assert 'href="#streaming.cut-elsewhere"' in problem


def test_many_other_cases_are_folded() -> None:
    again = [laundered().model_copy(update={"id": f"streaming.cut-{n}", "faults": ("a",) * 4}) for n in "abcdefg"]
    text = html.render(record([laundered(), *again]))

    assert "<summary>Also in 7 other cases</summary>" in text
    assert "other cases</summary>" not in html.render(record([laundered(), *again[:6]]))


def test_causes_come_first_and_their_problems_lead_to_them() -> None:
    of = broken_record(2, causes=2)
    told = [problem.model_copy(update={"causes": ("cause-aa",)}) for problem in problems(of.cases)]

    text = html.render(of.model_copy(update={"problems": tuple(told)}))

    assert text.index('id="causes"') < text.index('id="problems"')
    assert 'id="cause-cause-aa"' in text
    assert 'href="#cause-cause-aa"' in text


def test_an_invariant_leads_to_what_it_promises_within_the_page() -> None:
    text = html.render(record([laundered()]))
    parsed = Page(text)

    assert {str(each.get("href")) for each in parsed.all("a") if each.get("class") == "promise"} == {
        "#invariant-no-laundering",
        "#invariant-break-visible",
    }
    assert [each["id"] for each in parsed.all("article")] == ["invariant-no-laundering", "invariant-break-visible"]
    assert str(escape(GUIDES["no-laundering"].promise)) in text


def test_an_invariant_that_nobody_has_written_about_leads_nowhere() -> None:
    found = Finding(invariant="no-such-rule", level=Level.MUST, message="x")

    assert "#invariant-" not in html.render(record([case("a.b", Verdict.FAIL, findings=(found,))]))


def test_line_ends_are_shown() -> None:
    assert r"data: [DONE]<i>\r\n\r\n</i>" in html.render(record())


def test_a_long_wire_log_is_cut() -> None:
    wire = cut_stream() * 10

    text = html.render(record([case("a.b", wire=wire), case("a.c", wire=wire[:121])]))

    assert "… 30 more rows in results.json" in text
    assert "… 1 more row in results.json" in text


def test_a_long_preview_is_cut() -> None:
    row = cut_stream()[0].model_copy(update={"preview": "y" * 5000})

    assert "y" * 160 + "<u>…</u>" in html.render(record([case("a.b", wire=(row,))]))
    assert "y" * 481 not in html.render(record([case("a.b", wire=(row,))]))


def test_empty_sections_are_left_out() -> None:
    text = html.render(record(load={}, leaks={}))

    assert "measured-load" not in text
    assert "measured-leaks" not in text
    assert "measured-coverage" in text


def test_a_large_run_stays_small() -> None:
    assert len(html.render(large_record(150, 40)).encode()) < 3_000_000


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ([Verdict.FAIL, Verdict.PASS], "my-proxy failed 1 of the 2 cases that judged it."),
        (
            [Verdict.FAIL, Verdict.INCONCLUSIVE],
            "my-proxy failed 1 of the 1 case that judged it; 1 case could not be judged.",
        ),
        (
            [Verdict.HARNESS_ERROR, Verdict.PASS],
            "The harness went wrong in 1 case; my-proxy is not to blame.",
        ),
        ([], "Nothing could be judged, so nothing is said about my-proxy."),
        ([Verdict.INCONCLUSIVE, Verdict.PASS], "1 case could not be judged; nothing that was judged failed."),
        ([Verdict.NON_STRICT] * 2, "my-proxy kept every MUST and missed a SHOULD in 2 cases."),
        ([Verdict.PASS, Verdict.NOT_APPLICABLE], "my-proxy passed the one case that judged it."),
        ([Verdict.PASS, Verdict.INFO], "my-proxy passed all 2 cases that judged it."),
    ],
    ids=["fail", "fail-in-part", "harness-error", "nothing", "inconclusive", "non-strict", "pass", "info"],
)
def test_the_verdict_is_said_in_a_sentence(verdicts: list[Verdict], told: str) -> None:
    of = record([case(f"a.{n}", verdict) for n, verdict in enumerate(verdicts)])

    assert html.headline(of) == told


def test_a_family_without_a_claim_says_so() -> None:
    text = html.render(record())

    assert '<span class="share">not claimed</span>' in text
    assert '<span class="share">4 of 6 pass</span>' in text


def test_a_part_of_a_run_says_which_part_it_is() -> None:
    assert "<dd>shard 2 of 4</dd>" in html.render(record(shard=Shard(numbers=(2,), of=4)))
    assert "<dt>Shard</dt>" not in html.render(record())


def test_the_commit_that_was_judged_is_told_and_whether_it_was_changed() -> None:
    clean = record().target.model_copy(update={"revision": "ab" * 20})
    dirty = clean.model_copy(update={"revision_dirty": True})

    told = [html.render(record().model_copy(update={"target": each})) for each in (record().target, clean, dirty)]

    assert ["<dt>Commit</dt>" in each for each in told] == [False, True, True]
    assert [">abababababab</code> with changes<" in each for each in told] == [False, False, True]


def test_a_run_of_nothing_is_a_page_all_the_same() -> None:
    text = html.render(record([]))

    assert "This run holds no case." in text
    assert "INCONCLUSIVE" in text


@cache
def structure(text: str) -> list[str]:
    """The tags of a page about one case that says `text` everywhere, without those that text may rightly add.

    Those are links, signs for what cannot be seen, folds in what is long, places where a name may be broken, and `pre`
    around a figure of several lines.
    """
    finding = Finding(invariant=text, level=Level.MUST, message=text, evidence=(text,))
    row = WireRow(at_s=0.1, lane="client", exchange=1, kind="fault", label=text, preview=text)
    texts = dict.fromkeys(("title", "suite", "family", "promised", "saw", "replay", "curl", "reference", "cause"), text)
    told = case(text, Verdict.FAIL, findings=(finding,), faults=(text,), wire=(row,), **texts)
    added = {"a", "i", "pre", "s", "u", "wbr"}
    return [tag for tag, _ in page(record([told], load={text: text})).tags if tag not in added]


@settings(max_examples=60)
@given(st.text(min_size=1) | st.text(st.sampled_from("<>/&'\"-! sciprt={}%"), min_size=1))
def test_no_text_changes_the_structure_of_the_page(text: str) -> None:
    assume(text not in GUIDES)  # whose text the page would add

    assert structure(text) == structure("x")


def test_rounds_that_differ_stand_with_both_wire_logs() -> None:
    text = html.render(unsteady_record())
    part = text[text.index('id="stability"') :]

    assert part.index("Round 1: pass") < part.index("Round 2: fail")
    assert part.count('<svg class="wire"') == 2
    assert "the harness was late" in part
    assert "<script>window.hacked" not in text
    assert 'id="stability"' not in html.render(record())
