"""Danger signs present in a case, with why each matters, how urgent it is and where that is written.

Knows the rules. Does not know how a sign is seen in a case (`assistant.signs_present`), nor diagnoses, nor what to do
about a sign.
"""

from __future__ import annotations

from assistant.assessment import RedFlag
from assistant.case import Case
from assistant.red_flag_rules import Rule, Rules, load_rules
from assistant.signs_present import Seen, SignsPresent


def red_flags(case: Case, rules: Rules | None = None) -> tuple[RedFlag, ...]:
    """Return the danger signs of a case, the most urgent first."""
    rules = rules or load_rules()
    present = SignsPresent(case, rules.signs, rules.spelling)
    found = [(rule, _seen(rule, present)) for rule in rules.by_urgency() if rule.fits(case.age_years, case.sex)]
    return tuple(_flag(rule, rules, seen) for rule, seen in found if seen is not None)


def _seen(rule: Rule, present: SignsPresent) -> Seen | None:
    """Return where the first sign of a rule stands, None when the rule does not hold."""
    found: list[Seen] = []
    for line in rule.when:
        seen = next((one for name in line if (one := present.sign(name)) is not None), None)
        if seen is None:
            return None
        found.append(seen)
    return None if any(present.sign(name) is not None for name in rule.unless) else found[0]


def _flag(rule: Rule, rules: Rules, seen: Seen) -> RedFlag:
    source = rules.sources[rule.source]
    published = f"{source.issuer}: {source.title} ({source.year})"
    return RedFlag(
        sign=rule.sign,
        why=rule.why,
        source=published,
        source_url=source.url,
        case_span=seen.span,
        urgency=rule.urgency,
    )
