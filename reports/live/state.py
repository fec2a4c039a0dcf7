"""Where a run stands, folded from its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from reports.live.events import (
    CaseEvent,
    EndEvent,
    Event,
    LoadEvent,
    Planned,
    RoundEvent,
    SaidEvent,
    StartEvent,
    StoppingEvent,
    TargetEvent,
)
from reports.overview import amount
from reports.page.entry import anchor_of
from reports.page.families import share
from reports.page.look import LOOKS
from reports.record import CaseResult, RunRecord, Verdict

_SAMPLES_AT_MOST: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One case among the families; `verdict` is None while it has none."""

    id: str
    anchor: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of a suite, with every case of it that is known."""

    key: str
    name: str
    cells: tuple[Cell, ...]
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the head of the page says. `shown` is the verdict that colours it, or `running`."""

    title: str
    word: str
    glyph: str
    shown: str
    headline: str
    now: str
    done: int
    total: int
    left: int
    counts: dict[Verdict, int]
    at_s: float
    url: str
    over: bool


@dataclass(slots=True)
class RunState:
    """Everything that is known of a run; `take` its events in their order."""

    started: StartEvent
    results: dict[str, CaseResult] = field(default_factory=dict)
    samples: list[LoadEvent] = field(default_factory=list)
    finished: EndEvent | None = None
    at_s: float = 0.0
    url: str = ""
    """Where the target listens."""
    _places: dict[str, tuple[str, str]] = field(default_factory=dict)
    _anchors: dict[str, str] = field(default_factory=dict)
    _taken: dict[str, str] = field(default_factory=dict)
    _judged: int = 0
    _now: str = "starting"

    def __post_init__(self) -> None:
        """Know what is planned."""
        self.url = self.started.target.url
        for case in self.started.planned:
            self._place(case)

    def take(self, event: Event) -> bool:
        """Take an event; True when it tells of a case in a place that nobody knew of."""
        self.at_s = max(self.at_s, event.at_s)
        match event:
            case CaseEvent(case=case):
                is_new = case.id not in self._places
                self._judged += not is_new
                self._place(case)
                self.results[case.id] = case
                return is_new
            case SaidEvent(text=text):
                self._now = text
            case StoppingEvent(signal=name):
                self._now = f"{name}: ending the run"
            case LoadEvent():
                self.samples.append(event)
                if len(self.samples) > _SAMPLES_AT_MOST:
                    self.samples[:] = self.samples[::2]
            case TargetEvent(url=url):
                self.url = url
            case EndEvent():
                self.finished = event
                self._now = f"the run broke off: {event.error}" if event.error else "the run is over"
            case StartEvent() | RoundEvent():
                pass  # the first is known, and each round is said
        return False

    @property
    def anchors(self) -> dict[str, str]:
        """The id of every known case's element."""
        return self._anchors

    def named(self, anchor: str) -> CaseResult | None:
        """Return the judged case of an anchor."""
        return self.results.get(self._taken.get(anchor, ""))

    def record(self) -> RunRecord:
        """Return what is known as a record."""
        started = self.started
        return RunRecord.of(
            edgeproof=started.edgeproof,
            seed=started.seed,
            profile=started.profile,
            target=started.target,
            started_at=started.started_at,
            duration_s=self.at_s,
            cases=self.results.values(),
        )

    def head(self, *, problems: int) -> Head:
        """Return what the head of the page says."""
        counts = dict.fromkeys(LOOKS, 0)
        for case in self.results.values():
            counts[case.verdict] += 1
        total = len(self.started.planned) * self.started.rounds
        name, over = self.started.target.name, self.finished
        shown = over.shown_as if over else None
        word = over.word if over else "RUNNING"
        found = f"{amount(problems, 'problem')} so far" if not over else amount(problems, "problem")
        return Head(
            title=f"{word} · {name}" if over else f"{self._judged}/{total} · {name}",
            word=word,
            glyph=LOOKS[shown].glyph if shown else "▶",
            shown=str(shown or "running"),
            headline=over.says if over else f"{amount(len(self.results), 'case')} judged, {found}.",
            now=self._now,
            done=self._judged,
            total=total,
            left=max(0, total - self._judged),
            counts=counts,
            at_s=self.at_s,
            url=self.url,
            over=over is not None,
        )

    def suites(self) -> dict[str, tuple[Family, ...]]:
        """Return every family by its suite, in the order in which they are known."""
        members: dict[tuple[str, str], list[str]] = {}
        for case_id, place in self._places.items():
            members.setdefault(place, []).append(case_id)
        found: dict[str, list[Family]] = {}
        for (suite, name), ids in members.items():
            found.setdefault(suite, []).append(self._family(suite, name, ids))
        return {suite: tuple(families) for suite, families in found.items()}

    def family(self, case_id: str) -> Family:
        """Return the family of a case."""
        place = self._places[case_id]
        return self._family(*place, [each for each, other in self._places.items() if other == place])

    def _family(self, suite: str, name: str, ids: list[str]) -> Family:
        verdicts = {each: self.results[each].verdict for each in ids if each in self.results}
        cells = tuple(Cell(id=each, anchor=self._anchors[each], verdict=verdicts.get(each)) for each in ids)
        told = share(verdicts.values()) if verdicts else ""
        return Family(key=f"{suite}/{name}", name=name, cells=cells, share=told)

    def _place(self, case: Planned | CaseResult) -> None:
        self._places.setdefault(case.id, (case.suite, case.family))
        if case.id in self._anchors:
            return
        base, number = anchor_of(case.id), 1
        anchor = base
        while anchor in self._taken:
            number += 1
            anchor = f"{base}~{number}"
        self._anchors[case.id], self._taken[anchor] = anchor, case.id
