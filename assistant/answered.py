"""Which findings a case has answered already, or cannot have: nobody should be asked for these.

Knows the case. Does not know which finding would tell most.
"""

from __future__ import annotations

from assistant.case import Case, Finding
from assistant.evidence import IsA
from assistant.one_age import fits_age
from assistant.one_sex import fits_sex
from assistant.question_kinds import can_be_asked
from assistant.reading.analytes import analytes
from assistant.words import content_stems


def is_open(finding: Finding, case: Case, is_a: IsA) -> bool:
    """Say whether a finding can be asked for: the case leaves it open, and such a patient can have it."""
    return (
        can_be_asked(finding.label)
        and fits_sex(finding, case.sex, is_a)
        and fits_age(finding, case.age_years)
        and finding.label not in case.not_known
        and not _was_measured(finding, case)
        and not _was_mentioned(finding, case)
        and not any(_answers(mine, finding, is_a) for mine in case.findings)
    )


def _answers(mine: Finding, asked: Finding, is_a: IsA) -> bool:
    """Say whether what the case states settles what is asked, whatever its status.

    A kind of what is asked is stated, or what is asked is a kind of something that is denied. Pain that is there leaves the
    kind of pain open.
    """
    if mine.label == asked.label or content_stems(asked.label) <= content_stems(mine.label):
        return True
    if mine.status == "absent" and content_stems(mine.label) <= content_stems(asked.label):
        return True
    if not (mine.hpo and asked.hpo):
        return False
    return is_a(mine.hpo, asked.hpo) or (mine.status == "absent" and is_a(asked.hpo, mine.hpo))


def _was_measured(asked: Finding, case: Case) -> bool:
    """Say whether a value of the case tells: a normal temperature answers for fever."""
    known = analytes()
    named = {name for one in case.measurements if one.analyte in known for name in known[one.analyte].findings.values()}
    return asked.label in named


def _was_mentioned(asked: Finding, case: Case) -> bool:
    """Say whether pregnancy, an exposure, a medicine or an allergy of the case is what is asked."""
    if asked.label == "pregnancy" and case.pregnant is not None:
        return True
    wanted = content_stems(asked.label)
    mentioned = (*case.exposures, *case.medications, *case.allergies)
    return any(wanted <= content_stems(f"{one.name} {one.detail}") for one in mentioned)
