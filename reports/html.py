"""A record as one self-contained page: no request leaves it, and it works from a file, on a phone and on paper.

The one rule: a record holds bytes a hostile target chose. Everything passes through autoescape, and the policy in the
page's head lets only the one script run whose hash it names.
"""

from __future__ import annotations

from reports import chaos, measurements, outcome
from reports.notes import gate_notes
from reports.overview import amount, counted, explains, told
from reports.page import LOOKS, Entry, Log, assets, entries, environment, guides, share
from reports.record import UNSTEADY, RunRecord, Verdict


def render(record: RunRecord) -> str:
    """Return the page."""
    problems = told(record)
    folded = {case.id for each in problems for case in each.others} - {each.case.id for each in problems}
    made = entries(record.cases, folded=folded)
    families: dict[tuple[str, str], list[Entry]] = {}
    for entry in made:
        families.setdefault((entry.case.suite, entry.case.family), []).append(entry)
    groups = [(verdict, [each for each in made if each.case.verdict is verdict]) for verdict in LOOKS]
    return (
        environment()
        .get_template("report.j2")
        .render(
            record=record,
            looks=LOOKS,
            headline=headline(record),
            word=outcome.word(record),
            shown_as=outcome.shown_as(record),
            gate_says=outcome.verdict_line(record) if outcome.tells_more(record) else "",
            gate_notes=list(gate_notes(record)),
            problems=problems,
            counted=counted,
            explains=explains,
            anchors={entry.case.id: entry.anchor for entry in reversed(made)},
            guides=guides(record.cases),
            share=share,
            claims=list(measurements.rows(record.target.capabilities)),
            sections=measurements.sections(record),
            chaos=chaos.draw(record.chaos),
            unsteady=UNSTEADY,
            log=Log.of,
            families=families,
            suites=list(dict.fromkeys(case.suite for case in record.cases)),
            groups=[(verdict, found) for verdict, found in groups if found],
            assets=assets(),
        )
    )


def headline(record: RunRecord) -> str:
    """Say in one sentence what the verdict means."""
    counts, name = record.counts, record.target.name
    judged = sum(number for verdict, number in counts.items() if verdict.judged)
    match record.verdict:
        case Verdict.FAIL:
            unjudged = counts[Verdict.INCONCLUSIVE]
            besides = f"; {amount(unjudged, 'case')} could not be judged" if unjudged else ""
            return f"{name} failed {counts[Verdict.FAIL]} of the {amount(judged, 'case')} that judged it{besides}."
        case Verdict.HARNESS_ERROR:
            return f"The harness went wrong in {amount(counts[record.verdict], 'case')}; {name} is not to blame."
        case Verdict.INCONCLUSIVE if not judged:
            return f"Nothing could be judged, so nothing is said about {name}."
        case Verdict.INCONCLUSIVE:
            return f"{amount(counts[record.verdict], 'case')} could not be judged; nothing that was judged failed."
        case Verdict.NON_STRICT:
            return f"{name} kept every MUST and missed a SHOULD in {amount(counts[record.verdict], 'case')}."
        case Verdict.INFO | Verdict.PASS | Verdict.NOT_APPLICABLE:
            return f"{name} passed {'the one case' if judged == 1 else f'all {judged} cases'} that judged it."
