"""What a run is to do, decided before it starts.

The one rule: it is data; nothing here starts, waits or writes.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fault_injection.plan import Plan
from harness.core.load.objectives import Objective
from harness.core.load.report import ALONE, Generators
from harness.core.run.gate import HELD_TO_ITS_MUST, HeldTo
from harness.core.target.file import TargetFile
from harness.core.target.placeholders import names_in
from harness.shell.playing.kept_files import called
from harness.shell.target.worker.coverage.counted import Counted
from reports.record import Shard
from scenarios.case import Case
from scenarios.case_file import KeptCase
from scenarios.leaks import SCENARIOS, LeakScenario
from scenarios.load import OVERHEAD, RIGHT, ChatLoad, LoadProfile, chat_case
from scenarios.profiles import AS_ASKED, PROFILES, Profile
from scenarios.searching.properties import SEARCHES
from scenarios.searching.sweep import GOLDEN

REGRESSIONS: Final = "regressions"
"""The folder, in that of the reports, where failures are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakPlan:
    """Which leak scenarios are played and how long: the profile's rounds, and requests in a round, when None."""

    scenarios: tuple[LeakScenario, ...] = SCENARIOS
    rounds: int | None = None
    requests: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPlan:
    """A load of a chat service: on each of these databases in turn, or for none on the one that the target has."""

    load: ChatLoad
    databases: tuple[str, ...] = ()

    @property
    def cases(self) -> tuple[Case, ...]:
        """What is judged, one for each database."""
        return tuple(chat_case(database) for database in self.databases or ("",))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """How much load is put on, by whom and under which faults; the run's profile says how much when `profile` is None.

    `again` are the words of the command line that ask for it, `plan` are the faults. With `chat` it is a load of a chat
    service, and nothing else of the plan counts.
    """

    profile: LoadProfile | None = None
    again: tuple[str, ...] = ()
    objectives: tuple[Objective, ...] | None = None
    plan: Plan | None = None
    overhead: bool = False
    generators: Generators = ALONE
    chat: ChatPlan | None = None

    @property
    def cases(self) -> tuple[Case, ...]:
        """What is judged."""
        return self.chat.cases if self.chat else (*((OVERHEAD,) if self.overhead else ()), RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPlan:
    """Where the live page of a run is; port 0 is a free one. One that `stays` does so behind the run's end."""

    port: int = 0
    stays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is to be run. `target_spec` and `target_options` are the target as the user named it, `jobs` the most lanes,
    `out` the folder of the reports. `cases` are those of the conformance suite. `cov` measures the target's own code,
    held against `cov_fail_under` percent when that is given, as are the pairs met by faults against
    `resilience_fail_under`."""

    target_spec: str
    target_options: tuple[str, ...] = ()
    target: TargetFile
    suites: tuple[str, ...] = ("conformance",)
    cases: tuple[Case, ...]
    seed: int
    profile: str
    jobs: int | None
    out: Path
    leaks: LeakPlan = LeakPlan()
    kept: tuple[tuple[Path, KeptCase], ...] = ()
    """Failures of earlier runs that the property suite plays again, with their files."""
    explores: bool = True
    """Whether the property suite looks for new failures too."""
    load: LoadPlan = LoadPlan()
    whole: bool = False
    """Whether it takes as long as it takes, because the user has said what and how much."""
    repeat: int = 1
    """How many rounds are played, each on targets started afresh, all with the same seed."""
    upstream_port: int = 0
    for_longer: int = 0
    """How many cases the profile leaves to a longer one."""
    shard: Shard | None = None
    """Which part of the run this is, where several machines share it; suites and cases are those of the part."""
    held_to: HeldTo = HELD_TO_ITS_MUST
    """What may fail the run, and what is known to be broken."""
    cov: bool = False
    cov_fail_under: float | None = None
    counted: Counted | None = None
    """The target as it counts what it runs, where that is a Worker and its code is measured."""
    resilience_fail_under: float | None = None
    formats: tuple[str, ...] = ()
    """In which forms the record is written besides the usual ones."""
    events: str | None = None
    """The file of the events, `-` for standard output; None: none are written."""
    web: WebPlan | None = None
    """The live page; None for none."""

    @property
    def amount(self) -> Profile:
        """How much the run's profile does, and how long it takes at the most."""
        return AS_ASKED if self.whole else PROFILES[self.profile]

    @property
    def planned(self) -> tuple[tuple[str, Case], ...]:
        """Every case that is to be judged, with its suite, in the order of the record."""
        of_suite = {
            "conformance": self.cases,
            "properties": (
                *(replace(kept.case, id=called(path, kept)) for path, kept in self.kept),
                *((golden.whole for golden in GOLDEN) if self.explores else ()),
                *(SEARCHES if self.explores else ()),
            ),
            "leaks": tuple(each.case for each in self.leaks.scenarios),
            "load": self.load.cases,
        }
        return tuple((suite, case) for suite in self.suites for case in of_suite[suite])

    def logs(self, number: int) -> Path:
        """Where the logs of a round lie, in a folder for each suite and there for each lane; rounds count from 1."""
        return self.out / "logs" / f"round-{number}" if self.repeat > 1 else self.out / "logs"

    def lanes(self, most: int) -> int:
        """How many targets run at once where a suite could use `most`.

        What has but one port, on either side, runs once.
        """
        if self.target.command is None or "port" not in names_in(self.target.url) or self.upstream_port:
            return 1
        return min(self.jobs or PROFILES[self.profile].lanes, most)

    @property
    def load_again(self) -> str:
        """The command that puts the same load on again."""
        words = [*(self.load.again or ("run", "--suite", "load", "--profile", self.profile))]
        words += ["--seed", str(self.seed)]
        words += [] if self.target_spec == "reference" else ["--target", self.target_spec]
        return shlex.join(["edgeproof", *words, *self.target_options])
