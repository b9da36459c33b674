"""What in a case speaks for caution with a treatment that guidance suggests.

Knows which rules of `assistant.caution_rules` a case meets. Does not know doses, nor whether a treatment is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from assistant.case import Case, Measurement
from assistant.caution_rules import Limit, Rule, load_rules
from assistant.gestation import gestation_weeks
from assistant.kidney_function import KidneyFunction, kidney_function
from assistant.liver_function import liver_function
from assistant.reading.analytes import analytes
from assistant.reading.formulary import Medicine, medicine
from assistant.reading.status import status_at
from assistant.suggested_medicines import different, is_topical, suggested_in
from index.document import Source
from index.sentences import sentence_spans

COVERAGE_NOTE = "Cautions cover common medicines only; check an up-to-date formulary before prescribing."
_KIDNEY, _FEEDING, _LIVER, _LIVER_CELLS = "kidney disease", "breast-feeding", "liver disease", "liver injury"
# Whoever is younger, or a man, is not the one who feeds.
_CHILDBEARING = 10.0
# A creatinine above its range alone speaks for a rate below about this, not for less.
_MODERATE = 45


def cautions(text: str, case: Case) -> tuple[str, ...]:
    """Return one line for each reason for caution with the medicines a sentence suggests, empty when none is known."""
    suggested = suggested_in(text)
    if not suggested:
        return ()
    absorbed = different(one for one in suggested if not is_topical(text, one))
    lines = [*_allergy_lines(different(suggested), case), *_rule_lines(absorbed, case)]
    return tuple(dict.fromkeys(lines))


def _allergy_lines(suggested: Sequence[Medicine], case: Case) -> Iterator[str]:
    rules = load_rules()
    for allergy in case.allergies:
        known = medicine(allergy.name) or Medicine(allergy.name, frozenset())
        reaction = f" ({allergy.detail})" if allergy.detail else ""
        reason = f"{allergy.name} allergy{reaction} in this case"
        for drug in suggested:
            shared = [kind for kind in rules.allergy_classes if kind in known.classes and kind in drug.classes]
            if drug.name == known.name:
                yield _line(reason, [drug], "the allergen itself", rules.allergy_source)
            elif shared:
                yield _line(reason, [drug], f"is {rules.allergy_classes[shared[0]]}", rules.allergy_source)
            for cross in rules.crosses if not shared else ():
                if cross.allergy in known.classes and drug.is_any_of(cross.drugs):
                    yield _line(reason, [drug], cross.say, cross.source)


def _rule_lines(suggested: Sequence[Medicine], case: Case) -> Iterator[str]:
    kidney = kidney_function(case)
    conditions = _conditions_of(case)
    taken = tuple(found for one in case.medications if (found := medicine(one.name)))
    for rule in load_rules().rules:
        if rule.taking:
            yield from _interaction_lines(rule, suggested, taken)
            continue
        drugs = [one for one in suggested if one.is_any_of(rule.drugs) and not one.is_any_of(rule.exceptions)]
        reason = _reason(rule, case, kidney, conditions) if drugs else ""
        if reason:
            yield _line(f"{reason} in this case", drugs, rule.say, rule.source)


def _interaction_lines(rule: Rule, suggested: Sequence[Medicine], taken: Sequence[Medicine]) -> Iterator[str]:
    for current in taken:
        drugs = [one for one in suggested if one != current and _interact(rule, one, current)]
        if drugs:
            yield _line(f"{current.name} taken in this case", drugs, rule.say, rule.source)


def _interact(rule: Rule, one: Medicine, other: Medicine) -> bool:
    if one.is_any_of(rule.exceptions) or other.is_any_of(rule.exceptions):
        return False
    forward = one.is_any_of(rule.drugs) and other.is_any_of(rule.taking)
    return forward or (other.is_any_of(rule.drugs) and one.is_any_of(rule.taking))


def _reason(rule: Rule, case: Case, kidney: KidneyFunction, conditions: Mapping[str, str]) -> str:
    """Return what of the case meets all that a rule asks for, "" where something is missing."""
    reasons: list[str] = []
    if rule.conditions:
        reasons.append(_condition_reason(rule, kidney, conditions))
    if rule.pregnant:
        reasons.append(_pregnancy_reason(rule, case))
    if rule.limit is not None:
        reasons.append(_measured(rule.limit, case.measurements))
    if rule.under is not None or rule.from_age is not None:
        reasons.append(_age_reason(rule, case.age_years))
    return " and ".join(reasons) if all(reasons) else ""


def _pregnancy_reason(rule: Rule, case: Case) -> str:
    if not case.pregnant:
        return ""
    weeks = gestation_weeks(case.narrative)
    if weeks is None:
        return "pregnancy"
    first, last = rule.weeks
    return f"pregnancy at {weeks:.0f} weeks" if first <= weeks < last else ""


def _condition_reason(rule: Rule, kidney: KidneyFunction, conditions: Mapping[str, str]) -> str:
    if rule.egfr_below is not None and _KIDNEY in rule.conditions:
        if kidney.egfr is not None:
            return kidney.wording if kidney.egfr < rule.egfr_below else ""
        if kidney.severe or (kidney.wording and rule.egfr_below >= _MODERATE):
            return kidney.wording
    return next((conditions[name] for name in rule.conditions if name in conditions), "")


def _age_reason(rule: Rule, age: float | None) -> str:
    if age is None or (rule.under is not None and age >= rule.under) or (rule.from_age or 0.0) > age:
        return ""
    if age >= 2:
        return f"age {age:.0f} years"
    return f"age {age * 12:.0f} months" if age >= 1 / 12 else f"age {age * 365.25:.0f} days"


def _measured(limit: Limit, measurements: Sequence[Measurement]) -> str:
    analyte = analytes()[limit.analyte]
    for one in measurements:
        if one.analyte != limit.analyte or one.flag == "unknown":
            continue
        unit = analyte.units.get(one.unit)
        value = unit.to_first(one.value) if unit else one.value
        if (value < limit.bound) if limit.below else (value > limit.bound):
            return f"{one.analyte} {one.value:g}"
    return ""


def _conditions_of(case: Case) -> dict[str, str]:
    """Return the conditions of a case, each with the words or values that show it."""
    met = {name: name for name in _conditions(case.narrative)}
    if case.sex == "male" or (case.age_years is not None and case.age_years < _CHILDBEARING):
        met.pop(_FEEDING, None)
    liver = liver_function(case)
    measured = {_LIVER: liver.failing, _LIVER_CELLS: liver.damaged}
    return {name: f"{name} by {said}" for name, said in measured.items() if said} | met


@lru_cache(maxsize=64)
def _conditions(narrative: str) -> frozenset[str]:
    """Return the conditions that a narrative states of the patient, now or in the past."""
    met: set[str] = set()
    for start, end in sentence_spans(narrative):
        sentence = narrative[start:end]
        for name, form in load_rules().conditions.items():
            if name not in met and any(
                status_at(sentence, found.start(), found.end()) in ("present", "past")
                for found in form.finditer(sentence)
            ):
                met.add(name)
    return frozenset(met)


def _line(reason: str, drugs: Sequence[Medicine], say: str, source: Source) -> str:
    names = ", ".join(drug.name for drug in drugs)
    year = f", {source.year}" if source.year else ""
    return f"{reason}: {names}: {say} ({source.issuer}: {source.title}{year})"
