from __future__ import annotations

from harness.core.observed.history import UpstreamEnd
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.record import Record
from harness.shell.upstream.told import Told


def opened(journal: Journal, path: str) -> Record:
    record = journal.open(connection=1, method="POST", path=path, arrived_s=1.0)
    journal.describe(record, surface="ai.chat")
    return record


def test_each_request_is_told_once_as_it_ends() -> None:
    journal, said = Journal(), list[str]()
    before = opened(journal, "/before")
    told = Told(journal, said.append)

    first, second = opened(journal, "/first"), opened(journal, "/second")
    journal.close(second, end=UpstreamEnd.KEPT, whole=True, at_s=2.0)
    journal.close(first, end=UpstreamEnd.KEPT, whole=True, at_s=3.0)
    journal.close(before, end=UpstreamEnd.KEPT, whole=True, at_s=4.0)
    third = opened(journal, "/third")
    told.finish()
    journal.close(third, end=UpstreamEnd.KEPT, whole=True, at_s=5.0)

    assert [each.split()[1] for each in said] == ["/second", "/first", "/third"]
    assert said[-1].endswith("still running")
