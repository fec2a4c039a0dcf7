"""The kill matrix as it is published: JSON for tools, Markdown for people, to the letter."""

from __future__ import annotations

import json

from harness.core.judging.invariants import ALL as INVARIANTS
from harness.core.judging.kill_matrix import KillMatrix, Trial
from reports.record import Level, Verdict
from scenarios.mutants import BY_ID
from tests.harness.core.judging.test_kill_matrix import CAUGHT, MUTANT, PASSED, result

OTHER = BY_ID["never-again"]
DOUBTFUL = result(("no-loss", Level.MUST), verdict=Verdict.INCONCLUSIVE, cause="é | late")
ONE_OF_EACH = KillMatrix(
    seed=7,
    duration_s=1.25,
    clean=(PASSED, DOUBTFUL),
    trials=(
        Trial(mutant=MUTANT, results=(CAUGHT,)),
        Trial(mutant=OTHER, results=(result(("no-loss", Level.MUST), ("one-terminal", Level.MUST)),)),
    ),
)


def test_the_json_tells_everything_about_each_trial() -> None:
    text = ONE_OF_EACH.to_json()

    assert json.loads(text) == {
        "schema": "edgeproof-kill-matrix/1",
        "seed": 7,
        "duration_s": 1.25,
        "mutants": 2,
        "killed": 1,
        "clean": {
            "cases": 2,
            "blamed": [{"case": "breaker.opens", "why": "no-loss: was | asked; é | late"}],
        },
        "trials": [
            {
                "id": "never-again",
                "defect": OTHER.defect,
                "area": OTHER.area,
                "seam": OTHER.seam,
                "invariant": OTHER.invariant,
                "killed": False,
                "blamed": {"no-loss": ["breaker.opens"], "one-terminal": ["breaker.opens"]},
                "survived_because": "breaker.opens: fail (no-loss, one-terminal)",
            },
            {
                "id": "never-opens",
                "defect": MUTANT.defect,
                "area": MUTANT.area,
                "seam": MUTANT.seam,
                "invariant": "breaker-opens",
                "killed": True,
                "blamed": {"breaker-opens": ["breaker.opens"], "no-loss": ["breaker.opens"]},
                "survived_because": "",
            },
        ],
    }
    assert text.startswith('{\n  "schema"')
    assert "é" in text


def test_the_markdown_is_four_tables_survivors_before_the_killed() -> None:
    text = ONE_OF_EACH.to_markdown()

    head, _, rows = text.partition("\n|---|---|---|---|\n")
    assert (
        head
        == f"""# Who checks the checker

{ONE_OF_EACH.summary()}. Seed 7.

## Blamed without a defect

| case | why |
|---|---|
| `breaker.opens` | no-loss: was \\| asked; é \\| late |

## Survivors

| mutant | should be caught by | seen instead |
|---|---|---|
| `never-again` | `{OTHER.invariant}` | breaker.opens: fail (no-loss, one-terminal) |

## Mutants

| mutant | area | the defect | killed by | also blamed by |
|---|---|---|---|---|
| `never-again` | {OTHER.area} | {OTHER.defect} | **survived** | `no-loss`, `one-terminal` |
| `never-opens` | {MUTANT.area} | {MUTANT.defect} | `breaker-opens` | `no-loss` |

## Invariants

| invariant | kills its own | blames others | of its own survive |"""
    )
    told = dict.fromkeys(INVARIANTS, (0, 0, 0)) | {
        "breaker-opens": (1, 0, 0),
        OTHER.invariant: (0, 0, 1),
        "no-loss": (0, 2, 0),
        "one-terminal": (0, 1, 0),
    }
    assert rows == "".join(f"| `{name}` | {own} | {others} | {left} |\n" for name, (own, others, left) in told.items())


def test_the_summary_counts_the_killed_only() -> None:
    assert ONE_OF_EACH.summary() == (
        "1 of 2 mutants killed by their own invariants in 1 s; "
        "the proxy without a defect was not passed in 1 of 2 cases"
    )


def test_a_verdict_without_words_stands_for_itself() -> None:
    silent = KillMatrix(seed=1, duration_s=1, clean=(result(verdict=Verdict.HARNESS_ERROR),), trials=())

    assert json.loads(silent.to_json())["clean"]["blamed"] == [{"case": "breaker.opens", "why": "harness-error"}]
