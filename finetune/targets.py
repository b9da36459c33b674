"""What a good model would have answered to a request of the assistant, where the case's diagnosis is known.

Knows requests, the assessment made without a model, and the gold diagnosis. Never invents words: a target is a name among
the candidates, findings of the case, or a verbatim quote of the index.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence

from assistant.assessment import Assessment, Diagnosis
from finetune.listening import Asked

IsGold = Callable[[str], bool]


def targets(asked: Sequence[Asked], assessment: Assessment, is_gold: IsGold) -> list[tuple[Asked, str]]:
    """Return the requests that have a right answer, each with that answer; the others teach nothing and are left out."""
    choices = next((one.choices for one in asked if one.choices), ())
    pairs = [(one, _target(one, choices, assessment, is_gold)) for one in asked]
    return [(one, answer) for one, answer in pairs if answer]


def _target(one: Asked, choices: Sequence[str], assessment: Assessment, is_gold: IsGold) -> str:
    if one.prompt == "weigh":
        return next((name for name in one.choices if is_gold(name)), "")
    if one.prompt == "rank":
        return _order(choices, is_gold)
    if one.prompt == "pick" and is_gold(one.inputs["diagnosis"]):
        return _picks(one, assessment)
    return ""


def _order(choices: Sequence[str], is_gold: IsGold) -> str:
    """Return the numbers with the gold diagnosis first and the others as the evidence ordered them."""
    first = [number for number, name in enumerate(choices, 1) if is_gold(name)][:1]
    rest = [number for number in range(1, len(choices) + 1) if number not in first]
    return json.dumps({"ranking": first + rest}) if first else ""


def _picks(one: Asked, assessment: Assessment) -> str:
    """Return the findings that the fewest other diagnoses explain and, where asked for, the quote behind one of them."""
    name = one.inputs["diagnosis"]
    diagnosis = next((entry for entry in assessment.differential if entry.name == name), None)
    if diagnosis is None or one.schema is None:
        return ""
    fields = one.schema["properties"]
    listed = fields["findings"]
    explained = Counter(found.finding for entry in assessment.differential for found in entry.supporting)
    telling = sorted(listed["items"]["enum"], key=lambda finding: explained[finding])[: listed["maxItems"]]
    if "because" not in fields:
        return json.dumps({"findings": telling}, ensure_ascii=False)
    quotes = [_quote(diagnosis, finding) for finding in telling]
    limits = fields["because"]
    because = next(
        (
            quote
            for quote in quotes
            if limits["minLength"] <= len(quote) <= limits["maxLength"] and quote in one.inputs["sentences"]
        ),
        "",
    )
    return json.dumps({"findings": telling, "because": because}, ensure_ascii=False) if because else ""


def _quote(diagnosis: Diagnosis, finding: str) -> str:
    numbers = [found.citation for found in diagnosis.supporting if found.finding == finding]
    return next((citation.quote for citation in diagnosis.citations if citation.number in numbers), "")
