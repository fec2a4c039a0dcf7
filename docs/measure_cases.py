"""Note how long each case takes: `python docs/measure_cases.py RESULTS.JSON...`, from runs at the reference proxy.

The one rule: the median of several runs is noted, so that one busy moment moves no case from one shard to another.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median

from reports.record import read
from scenarios.expected import FILE
from scenarios.index import BY_ID

_LEAST_S = 0.05


def main(paths: list[str]) -> int:
    """Write the file; what no run has judged keeps the time it had."""
    took_s: dict[str, list[float]] = {}
    for path in paths:
        for case in read(path).cases:
            if case.id in BY_ID and case.verdict.judged:
                took_s.setdefault(case.id, []).append(case.duration_s)
    file = Path(str(FILE))
    before = json.loads(file.read_text(encoding="utf-8"))
    kept = {name: each_s for name, each_s in before.items() if name in BY_ID}
    now = {name: round(max(median(each), _LEAST_S), 2) for name, each in took_s.items()}
    file.write_text(json.dumps(dict(sorted({**kept, **now}.items())), indent=1) + "\n", encoding="utf-8")
    print(f"{len(now)} cases noted, {sum(now.values()):.0f} s in all; now run `make docs`")
    return 0 if now else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
