"""The signatures that come with the package are those of the proxies and cases that there are now."""

from __future__ import annotations

import pytest

from reports.causes.seen import Pair
from reports.causes.signatures import FILE, known, read
from scenarios.case import Step
from scenarios.index import BY_ID
from tests.signatures.kept import Kept, stale_ones
from tests.signatures.subjects import case_digests, gist, right_ones, said, wrong_ones

pytestmark = pytest.mark.usefixtures("unmeasured")


def test_no_signature_is_stale_or_missing_and_none_is_left_of_a_proxy_that_has_gone() -> None:
    kept = Kept.read()

    assert [subject.id for subject in stale_ones(kept)] == [], "run `make signatures`"
    assert set(kept.right) == set(right_ones())
    assert set(kept.wrong) == set(wrong_ones())


def test_the_signatures_know_the_cases_that_there_are() -> None:
    assert Kept.read().cases == case_digests(), "run `make signatures`"


def test_the_file_is_as_it_would_be_written() -> None:
    assert FILE.read_text(encoding="utf-8") == Kept.read().text()


def test_every_pair_is_of_a_case_and_most_proxies_show_some() -> None:
    found = known().signatures

    assert {each.case for signature in found for each in signature.pairs if not each.case.startswith("claims.")} <= {
        *BY_ID
    }
    assert {signature.id for signature in found if not signature.pairs} == set()


def test_what_right_proxies_show_is_in_no_signature_at_the_same_level() -> None:
    row = {"base": "right", "not_judged": [], "made_of": "", "must": {}, "should": {"no-loss": ["streaming.a"]}}
    wrong = {**row, "must": {"no-loss": ["streaming.b"]}, "should": {"no-loss": ["streaming.a"]}}

    found = read({"cases": {"streaming.a": "", "streaming.b": ""}, "right": {"right": row}, "wrong": {"w": wrong}})

    assert found.signatures[0].pairs == {Pair("streaming.b", "no-loss")}
    assert found.harmless == {Pair("streaming.a", "no-loss")}


def test_a_cases_digest_is_of_what_it_does_and_no_comment_counts_in_code() -> None:
    def one() -> int:
        """Say one."""
        # because
        return 1  # or so

    assert gist(one) == "def one() -> int:\n    return 1"
    assert said(Step(label="b")) == "Step(label='b')"
    assert said((Step(), Step(times=2))) == "(Step(), Step(times=2))"
    assert len(set(case_digests().values())) > len(BY_ID) / 2
