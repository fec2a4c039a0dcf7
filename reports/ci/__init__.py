"""A record in the forms that other people's tools read: code scanning, annotations, HAR, tables, badges, variables.

The one rule: every form follows from the record alone and is written whole, also where there is nothing to tell, so
that a step of CI which expects the file finds one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from reports.ci import badge, env, github, har, load_csv, sarif
from reports.record import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One form of a record: the name of its file in a report folder, what it is for, and what makes it."""

    file: str
    about: str
    render: Callable[[RunRecord], str]


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "sarif": Format(file="results.sarif", about="SARIF 2.1.0, for code scanning", render=sarif.render),
        "annotations": Format(
            file="annotations.txt", about="workflow commands of GitHub Actions", render=github.render
        ),
        "har": Format(file="failures.har", about="HAR 1.2 of the failing exchanges", render=har.render),
        "csv": Format(file="load.csv", about="a load over time", render=load_csv.render),
        "badge": Format(file="badge.json", about="an endpoint badge of shields.io", render=badge.render),
        "env": Format(file="outcome.env", about="verdict, problems and coverage as variables", render=env.render),
    }
)
"""Every form by the name that users give it."""

__all__ = ["FORMATS", "Format"]
