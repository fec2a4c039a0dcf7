"""What a claim means is held to what every target with such a claim does."""

from __future__ import annotations

import pytest

from fault_injection.reply import Reply
from harness.core.judging.meaning import is_usual_failure, retry_level
from harness.core.judging.upstream.view import UpstreamView
from harness.core.target.claims import Retry
from reports.record import Level
from tests.harness.core.histories import failure, upstream

PLAIN = Retry(max_attempts=2)
LISTED = Retry(max_attempts=2, statuses=frozenset({429, 520}))


def _call(status: int | None) -> UpstreamView:
    return UpstreamView(upstream(Reply(mute=True) if status is None else failure(status)))


@pytest.mark.parametrize(
    ("status", "plain", "listed"),
    [
        (None, Level.MUST, Level.MUST),
        (400, None, None),
        (429, Level.MUST, Level.MUST),
        (501, Level.SHOULD, None),
        (503, Level.MUST, None),
        (520, Level.SHOULD, Level.MUST),
    ],
)
def test_a_retry_weighs_as_the_claim_means(status: int | None, plain: Level | None, listed: Level | None) -> None:
    assert retry_level(PLAIN, _call(status)) is plain
    assert retry_level(LISTED, _call(status)) is listed


@pytest.mark.parametrize(
    ("status", "usual"), [(None, True), (500, True), (504, True), (429, False), (501, False), (522, False)]
)
def test_a_failure_is_usual_where_no_target_takes_it_for_an_answer(status: int | None, usual: bool) -> None:
    assert is_usual_failure(_call(status)) is usual
