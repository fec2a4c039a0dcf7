"""The live page: all of it for whoever opens it, and what each event changes on it for those who have it open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reports.live.curves import curves
from reports.live.events import CaseEvent, Event, LoadEvent, StartEvent
from reports.live.frames import Frame
from reports.live.state import RunState
from reports.overview import Told, counted, told
from reports.page import LOOKS, Entry, Log, assets, environment, guides
from reports.record import CaseResult


class LivePage:
    """A page about one run. `take` every event that follows its first."""

    def __init__(self, started: StartEvent) -> None:
        self.state = RunState(started)
        self._problems: tuple[Told, ...] = ()

    def take(self, event: Event) -> Iterator[Frame]:
        """Take an event and yield what changes; the head of the page changes with each."""
        is_new = self.state.take(event)
        match event:
            case CaseEvent(case=case):
                yield from self._case(case, is_new=is_new)
            case LoadEvent():
                yield Frame(name="load", key="load", data={"html": self._part("load", curves(self.state.samples))})
            case _:
                pass
        yield self._head()

    def page(self, *, last: str) -> str:
        """Return the whole page as it stands, in step with the frame that is called `last`."""
        groups: dict[str, list[Entry]] = {verdict: [] for verdict in LOOKS}
        for case in self.state.results.values():
            groups[case.verdict].append(self._entry(case))
        return (
            environment()
            .get_template("live.j2")
            .render(
                self._context(),
                started=self.state.started,
                state=self.state.head(problems=len(self._problems)),
                last=last,
                problems=self._problems,
                curves=curves(self.state.samples),
                suites=self.state.suites(),
                groups=groups,
                assets=assets("live"),
            )
        )

    def case(self, anchor: str) -> str | None:
        """Return what is inside the section of a judged case, wire log included; None when there is no such case."""
        found = self.state.named(anchor)
        return None if found is None else self._cases("inside", self._entry(found))

    def _case(self, case: CaseResult, *, is_new: bool) -> Iterator[Frame]:
        entry = self._entry(case)
        if case.findings or any(case.id in each.problem.cases for each in self._problems):
            self._problems = told(self.state.record())
            html = {
                "html": self._part("problem_list", self._problems),
                "guides": self._part("guide_list", self._guides()),
            }
            yield Frame(name="problems", key="problems", data=html)
        if is_new:
            html = {"html": self._part("families", self.state.suites())}
            yield Frame(name="families", key="families", data=html)
        yield Frame(
            name="case",
            key=f"case {case.id}",
            data={
                "anchor": entry.anchor,
                "id": case.id,
                "verdict": case.verdict,
                "cell": self._cases("cell", entry.anchor, case.id, case.verdict),
                "family": self.state.family(case.id).key,
                "share": self.state.family(case.id).share,
                "section": self._cases("case_section", entry, True),
            },
        )

    def _head(self) -> Frame:
        head = self.state.head(problems=len(self._problems))
        data = {name: getattr(head, name) for name in head.__slots__ if name != "counts"}
        more = {
            "counts": {str(verdict): number for verdict, number in head.counts.items()},
            "bar": self._part("bar", head),
        }
        return Frame(name="head", key="head", data={**data, **more})

    def _entry(self, case: CaseResult) -> Entry:
        return replace(Entry.of(case, self.state.anchors[case.id]), is_open=False)

    def _guides(self) -> dict[str, Any]:
        return dict(guides(each.case for each in self._problems))

    def _part(self, macro: str, *values: object) -> str:
        return self._macro("live_parts.j2", macro, values)

    def _cases(self, macro: str, *values: object) -> str:
        return self._macro("cases.j2", macro, values)

    def _macro(self, template: str, macro: str, values: tuple[object, ...]) -> str:
        module = environment().get_template(template).make_module(self._context())
        return str(getattr(module, macro)(*values)).strip()

    def _context(self) -> dict[str, Any]:
        return {
            "looks": LOOKS,
            "anchors": self.state.anchors,
            "guides": self._guides(),
            "counted": counted,
            "log": Log.of,
        }
