"""What the many parts of one sweep come to: one line in the record.

The one rule: the smallest cut that fails is told with its evidence, and how many others fail as well; a part that was
not judged leaves the sweep in doubt, never the target in blame.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.record import CaseResult, Verdict, worst
from scenarios.searching.sweep import Golden


def sweep_result(
    golden: Golden, parts: Sequence[CaseResult], *, suite: str, replay: str, swept: int | None = None
) -> CaseResult:
    """Return the result of a golden stream whose parts, at least one, have been judged.

    `replay` repeats all of it; `swept` is how many cuts were made, all of them when None.
    """
    verdict = worst(part.verdict for part in parts)
    decisive = [part for part in parts if part.verdict is verdict]
    first = decisive[0]
    passed = verdict is Verdict.PASS
    whole = golden.whole
    cuts = f"{golden.length_bytes if swept is None else swept} ways to cut the stream"
    among = f"{len(decisive)} of {len(parts)} parts of {cuts}"
    return first.model_copy(
        update={
            "id": whole.id,
            "title": whole.promise,
            "suite": suite,
            "family": whole.family,
            "promised": whole.promise,
            "duration_s": round(sum(part.duration_s for part in parts), 3),
            "saw": f"{cuts}, and the same was read each time" if passed else f"{among}; first {first.saw}".strip(),
            "replay": replay if passed else first.replay,
            "curl": "" if passed else first.curl,
            "wire": () if passed else first.wire,
        }
    )
