"""What a run found, as data: the contract between whoever judges a target and whoever reads the judgement.

The one rule: the record on disk is the interface. Fields may be added; none is renamed, removed or given another
meaning without a new number in `SCHEMA`.
"""

from reports.record.case import CaseResult, Finding, WireRow
from reports.record.exchange import Body, Exchange
from reports.record.gate import Against, Breach, Gate
from reports.record.problem import Cause, Problem
from reports.record.run import SCHEMA, RecordError, RunRecord, Target, read
from reports.record.shard import Shard
from reports.record.stability import UNSTEADY, Round, Stability, Unsteady
from reports.record.verdict import Level, Verdict, count, overall, worst

__all__ = [
    "SCHEMA",
    "UNSTEADY",
    "Against",
    "Body",
    "Breach",
    "CaseResult",
    "Cause",
    "Exchange",
    "Finding",
    "Gate",
    "Level",
    "Problem",
    "RecordError",
    "Round",
    "RunRecord",
    "Shard",
    "Stability",
    "Target",
    "Unsteady",
    "Verdict",
    "WireRow",
    "count",
    "overall",
    "read",
    "worst",
]
