"""A record on a terminal or in a CI log: failures first, the verdict last, where the eye ends up.

The one rule: text from a record is data. It is never read as markup, never acts on the terminal, and a command line
to copy is never broken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from textwrap import shorten
from typing import Final, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reports import measurements
from reports.record import UNSTEADY, CaseResult, RunRecord, Stability, Verdict, count
from reports.visible import as_prose, on_one_line

STYLES: Final = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.NON_STRICT: "yellow",
    Verdict.INFO: "cyan",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.HARNESS_ERROR: "bold magenta",
}
_COLUMNS: Final = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.NON_STRICT: "non-strict",
    Verdict.INFO: "info",
    Verdict.NOT_APPLICABLE: "n/a",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.HARNESS_ERROR: "error",
}
_TALLY: Final = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.NON_STRICT: "non-strict",
    Verdict.INFO: "info",
    Verdict.NOT_APPLICABLE: "not applicable",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.HARNESS_ERROR: "in harness error",
}
_INDENT: Final = 12
_NARROW: Final = 50
_WIDE: Final = 80
_MEASUREMENTS_AT_MOST: Final = 20
_ALIKE: Final = 3
"""More cases than this with one cause are told of together."""


def render(record: RunRecord, console: Console) -> None:
    """Print the record; without colour and control sequences when the console is no terminal."""
    by_verdict = {verdict: [case for case in record.cases if case.verdict is verdict] for verdict in Verdict}
    for case in by_verdict[Verdict.FAIL]:
        _in_full(case, console)
    for verdict in (Verdict.NON_STRICT, Verdict.INFO, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR):
        alike = _alike(by_verdict[verdict])
        together = {case.id for case in alike}
        for case in by_verdict[verdict]:
            if case.id not in together:
                _in_short(case, console)
        _by_cause(f"Not judged ({len(alike)})", verdict, alike, console)
    not_applicable = by_verdict[Verdict.NOT_APPLICABLE]
    _by_cause(f"Not applicable ({len(not_applicable)})", Verdict.NOT_APPLICABLE, not_applicable, console)
    _stability(record.stability, console)
    _measurements(record, console)
    if record.cases:
        console.print(_summary(record, console.width))
        console.print()
    _print(console, _last_line(record))


def _in_full(case: CaseResult, console: Console) -> None:
    _head(case, console)
    _field("promised", case.promised, console)
    _field("saw", case.saw, console)
    for finding in case.findings:
        _field("finding", f"{finding.invariant}: {finding.message}", console)
        for evidence in finding.evidence:
            _field("", on_one_line(evidence), console)
    _field("faults", "  ".join(case.faults), console)
    _field("source", case.reference, console)
    _command("replay", case.replay, console)
    _command("curl", case.curl, console)
    console.print()


def _in_short(case: CaseResult, console: Console) -> None:
    _head(case, console)
    _field("cause", case.cause, console)
    _field("saw", case.saw, console)
    for finding in case.findings:
        _field("finding", f"{finding.invariant}: {finding.message}", console)
    if case.verdict is not Verdict.INFO:
        _command("replay", case.replay, console)
    console.print()


def _alike(cases: list[CaseResult]) -> list[CaseResult]:
    """Return the cases that were not judged for a cause that several share, as in a run that was stopped."""
    causes = Counter(case.cause for case in cases if not case.saw and case.cause)
    return [case for case in cases if not case.saw and causes[case.cause] > _ALIKE]


def _by_cause(heading: str, verdict: Verdict, cases: list[CaseResult], console: Console) -> None:
    if not cases:
        return
    _print(console, Text(heading, STYLES[verdict]))
    by_cause: dict[str, list[str]] = {}
    for case in cases:
        by_cause.setdefault(case.cause or "no cause given", []).append(case.id)
    for cause, ids in by_cause.items():
        _wrapped(Text(f"{on_one_line(cause)}: {', '.join(map(on_one_line, ids))}"), console, indent=2)
    console.print()


def _stability(found: Stability, console: Console) -> None:
    if found.rounds == 1:
        return
    _print(console, Text(f"Stability over {found.rounds} rounds", "bold"))
    for differs, meaning in UNSTEADY.items():
        cases = [case for case in found.cases if case.differs == differs]
        if not cases and differs != "verdict":
            continue
        style = "bold red" if cases and differs == "verdict" else ""
        _print(console, Text(f"  {len(cases)} {meaning}", style))
        for case in cases[:_MEASUREMENTS_AT_MOST]:
            told = "  ".join(_COLUMNS[verdict] for verdict in case.verdicts)
            _wrapped(Text(f"{on_one_line(case.id)}  {told}"), console, indent=4)
        if (rest := len(cases) - _MEASUREMENTS_AT_MOST) > 0:
            _print(console, Text(f"    … {rest} more in results.json"))
    console.print()


def _measurements(record: RunRecord, console: Console) -> None:
    for name, found in measurements.sections(record).items():
        _print(console, Text(name.capitalize().replace("_", " "), "bold"))
        shown = [line for line in found.lines if _is_outer(line[0])][:_MEASUREMENTS_AT_MOST]
        width = min(max((cell_len(key) for key, _ in shown), default=0), console.width // 2)
        for key, value in shown:
            _wrapped(Text(f"{on_one_line(key):<{width}}  {on_one_line(value)}"), console, indent=2)
        if rest := len(found.lines) - len(shown):
            _print(console, Text(f"  … {rest} more in results.json"))
        for table in found.tables:
            if _is_outer(table.name):
                _table(table, console)
        console.print()


def _is_outer(name: str) -> bool:
    """Whether it stands far enough outside in its section to be shown where there is little room."""
    return name.count(".") <= 1


def _table(told: measurements.Table, console: Console) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for at, column in enumerate(told.columns):
        numbers = all(row[at].replace(".", "", 1).isdigit() for row in told.rows)
        side: Literal["left", "right"] = "right" if numbers else "left"
        table.add_column(Text(on_one_line(column)), justify=side, overflow="fold", no_wrap=numbers or at == 0)
    for row in told.rows[:_MEASUREMENTS_AT_MOST]:
        table.add_row(*(Text(on_one_line(shorten(cell, _WIDE, placeholder=" …"))) for cell in row))
    _print(console, Text(f"  {on_one_line(told.name)}", "dim"))
    console.print(Padding(table, (0, 0, 0, 2)))
    if (rest := len(told.rows) - _MEASUREMENTS_AT_MOST) > 0:
        _print(console, Text(f"  … {rest} more in results.json"))


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


def _last_line(record: RunRecord) -> Text:
    tally = ", ".join(f"{number} {_TALLY[verdict]}" for verdict, number in record.counts.items() if number)
    return Text.assemble(
        "Verdict ",
        (record.verdict.upper(), STYLES[record.verdict]),
        f" · {tally or 'nothing was judged'} in {record.duration_s:.1f} s · seed {record.seed}"
        f" · target {on_one_line(record.target.name)}",
    )


def _head(case: CaseResult, console: Console) -> None:
    word = case.verdict.upper()
    head = Text.assemble((word, STYLES[case.verdict]), "  ", (on_one_line(case.id), "bold"))
    gap = console.width - head.cell_len - len(case.level)
    _print(console, head.append(" " * max(gap, 2)).append(case.level, "dim"))


def _field(name: str, text: str, console: Console) -> None:
    if not text:
        return
    if console.width < _NARROW:
        _wrapped(Text(f"{name} ".lstrip(), "dim").append(as_prose(text), "default"), console, indent=2)
    else:
        _wrapped(Text(as_prose(text)), console, indent=_INDENT, label=f"  {name}")


def _command(name: str, text: str, console: Console) -> None:
    if text:
        lead = f"  {name}".ljust(_INDENT) if console.width >= _NARROW else f"  {name} "
        _print(console, Text(lead, "dim").append(on_one_line(text), "default"))


def _wrapped(text: Text, console: Console, *, indent: int, label: str = "") -> None:
    lead = Text(label.ljust(indent), "dim")
    for line in text.wrap(console, max(console.width - indent, 8), tab_size=4):
        line.rstrip()
        _print(console, Text.assemble(lead, line))
        lead = Text(" " * indent)


def _print(console: Console, line: Text) -> None:
    console.print(line, soft_wrap=True)
