"""A record on a terminal in full: every case that is no plain pass, every measurement, and the families in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from textwrap import shorten
from typing import Final, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports import measurements
from reports.record import UNSTEADY, CaseResult, RunRecord, Stability, Verdict, count
from reports.terminal.cases import in_full, in_short
from reports.terminal.lines import STYLES, Paper, show
from reports.visible import on_one_line

_COLUMNS: Final = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.NON_STRICT: "non-strict",
    Verdict.INFO: "info",
    Verdict.NOT_APPLICABLE: "n/a",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.HARNESS_ERROR: "error",
}
_WIDE: Final = 80
_MEASUREMENTS_AT_MOST: Final = 20
_ALIKE: Final = 3
"""More cases than this with one cause are told of together."""


def whole(record: RunRecord, console: Console, paper: Paper) -> None:
    """Print all there is room for; without colour and control sequences when the console is no terminal."""
    by_verdict = {verdict: [case for case in record.cases if case.verdict is verdict] for verdict in Verdict}
    for case in by_verdict[Verdict.FAIL]:
        show(console, in_full(case, paper))
    for verdict in (Verdict.NON_STRICT, Verdict.INFO, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR):
        alike = _alike(by_verdict[verdict])
        together = {case.id for case in alike}
        for case in by_verdict[verdict]:
            if case.id not in together:
                show(console, in_short(case, paper))
        _by_cause(f"Not judged ({len(alike)})", verdict, alike, console, paper)
    not_applicable = by_verdict[Verdict.NOT_APPLICABLE]
    _by_cause(f"Not applicable ({len(not_applicable)})", Verdict.NOT_APPLICABLE, not_applicable, console, paper)
    stability(record.stability, console, paper)
    measured(record, console, paper)
    if record.cases:
        console.print(_summary(record, console.width))
        console.print()


def _alike(cases: list[CaseResult]) -> list[CaseResult]:
    """Return the cases that were not judged for a cause that several share, as in a run that was stopped."""
    causes = Counter(case.cause for case in cases if not case.saw and case.cause)
    return [case for case in cases if not case.saw and causes[case.cause] > _ALIKE]


def _by_cause(heading: str, verdict: Verdict, cases: list[CaseResult], console: Console, paper: Paper) -> None:
    if not cases:
        return
    show(console, [Text(heading, STYLES[verdict])])
    by_cause: dict[str, list[str]] = {}
    for case in cases:
        by_cause.setdefault(case.cause or "no reason given", []).append(case.id)
    for cause, ids in by_cause.items():
        show(console, paper.wrapped(Text(f"{on_one_line(cause)}: {', '.join(map(on_one_line, ids))}"), indent=2))
    console.print()


def stability(found: Stability, console: Console, paper: Paper) -> None:
    """Print which cases did not come to the same in every round; nothing when there was but one round."""
    if found.rounds == 1:
        return
    show(console, [Text(f"Stability over {found.rounds} rounds", "bold")])
    for differs, meaning in UNSTEADY.items():
        cases = [case for case in found.cases if case.differs == differs]
        if not cases and differs != "verdict":
            continue
        style = "bold red" if cases and differs == "verdict" else ""
        show(console, [Text(f"  {len(cases)} {meaning}", style)])
        for case in cases[:_MEASUREMENTS_AT_MOST]:
            told = "  ".join(_COLUMNS[verdict] for verdict in case.verdicts)
            show(console, paper.wrapped(Text(f"{on_one_line(case.id)}  {told}"), indent=4))
        if (rest := len(cases) - _MEASUREMENTS_AT_MOST) > 0:
            show(console, [Text(f"    … {rest} more in results.json")])
    console.print()


def measured(
    record: RunRecord, console: Console, paper: Paper, *, names: Sequence[str] = measurements.SECTIONS
) -> None:
    """Print what was measured: of each section the outer values and tables."""
    for name, found in measurements.sections(record).items():
        if name not in names:
            continue
        show(console, [Text(name.capitalize().replace("_", " "), "bold")])
        shown = [line for line in found.lines if _is_outer(line[0])][:_MEASUREMENTS_AT_MOST]
        width = min(max((cell_len(key) for key, _ in shown), default=0), console.width // 2)
        for key, value in shown:
            show(console, paper.wrapped(Text(f"{on_one_line(key):<{width}}  {on_one_line(value)}"), indent=2))
        if rest := len(found.lines) - len(shown):
            show(console, [Text(f"  … {rest} more in results.json")])
        for table in found.tables:
            if _is_outer(table.name):
                _table(table, console)
        console.print()


def _is_outer(name: str) -> bool:
    """Whether it stands far enough outside in its section to be shown where there is little room."""
    return name.count(".") <= 1


def _table(told: measurements.Table, console: Console) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    headings = [on_one_line(column).replace("_", " ") for column in told.columns]
    widths = [max(map(cell_len, (heading, *cells))) + 2 for heading, *cells in zip(headings, *told.rows, strict=True)]
    between = " " if sum(widths) + 2 <= console.width else "\n"
    for at, heading in enumerate(headings):
        numbers = all(row[at].replace(".", "", 1).isdigit() for row in told.rows)
        side: Literal["left", "right"] = "right" if numbers else "left"
        told_as = Text(heading.replace(" ", between))
        table.add_column(told_as, justify=side, overflow="fold", no_wrap=numbers or at == 0)
    for row in told.rows[:_MEASUREMENTS_AT_MOST]:
        table.add_row(*(Text(on_one_line(shorten(cell, _WIDE, placeholder=" …"))) for cell in row))
    show(console, [Text(f"  {on_one_line(told.name)}", "dim")])
    console.print(Padding(table, (0, 0, 0, 2)))
    if (rest := len(told.rows) - _MEASUREMENTS_AT_MOST) > 0:
        show(console, [Text(f"  … {rest} more in results.json")])


def _summary(record: RunRecord, width: int) -> Table:
    wide = width >= _WIDE
    several = wide and len({case.suite for case in record.cases}) > 1
    groups: dict[str, list[Verdict]] = {}
    for case in record.cases:
        groups.setdefault(f"{case.suite}.{case.family}" if several else case.family, []).append(case.verdict)
    shown = [verdict for verdict in Verdict if record.counts[verdict] or wide]

    gap = 2 if wide else 1
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    headings = {verdict: _COLUMNS[verdict] if wide else _COLUMNS[verdict][:4] for verdict in shown}
    widths = {verdict: max(len(headings[verdict]), len(str(record.counts[verdict]))) for verdict in shown}
    rest = width - sum(widths.values()) - gap * len(widths)
    longest = max(cell_len(on_one_line(name)) for name in ("family", *groups))
    table.add_column("family", no_wrap=True, overflow="ellipsis", width=max(6, min(longest, rest)))
    for verdict, heading in headings.items():
        table.add_column(heading, justify="right", no_wrap=True, width=widths[verdict])
    for name, verdicts in groups.items():
        table.add_row(Text(on_one_line(name)), *_numbers(count(verdicts), shown))
    table.add_row(Text("total", "bold"), *_numbers(record.counts, shown))
    return table


def _numbers(counts: dict[Verdict, int], shown: Iterable[Verdict]) -> list[Text]:
    return [Text(str(counts[each]), STYLES[each]) if counts[each] else Text("·", "dim") for each in shown]
