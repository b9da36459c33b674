"""Which medicines a sentence of guidance suggests, rather than warns of or names as already taken.

Knows wording. Does not know any case, nor what a medicine may do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.reading.formulary import ALLERGEN, Medicine, Named, named_in

# Before a medicine, in its clause: the sentence warns of it, or names it as what is already taken or has failed.
_NOT_SUGGESTED = re.compile(
    r"\b(?:avoid(?:ing|s)?|stop(?:ping|s)?|withh(?:old|eld)|discontinue|omit|instead of|rather than|never|contraindicat\w+|"
    r"do(?:es)? not(?: (?:give|use|combine|start|offer|prescribe|add|need|treat))?|don't|reverse|"
    r"allerg(?:y|ic) to|resistan\w+ to)\s+"
    r"(?:(?!give\b|use\b|offer\b|start\b|add\b|then\b|treat\b|but\b|take\b|plus\b|consider\b|prefer\b)[\w'/-]+[,\s]+){0,14}$|"
    r"\b(?:no|not|on|(?<!or )without|reduce|taking|caused by|due to|fail(?:s|ed|ure)?(?: of| on)?|"
    r"interact\w*(?: with)?|watch|warn of|"
    r"effects? of|induced by|worsened by|triggered by|exposure to|if|after|despite)\s+"
    r"(?:(?:oral|any|an?|the|regular|intravenous|further|long-term|existing)\s+)?$",
    re.I,
)
# A check or a warning "with" a medicine is about taking both: "reduce with clarithromycin", "not with nitrates".
_TOGETHER = re.compile(
    r"\b(?:avoid|not|never|reduce|caution|interact\w*|check|contraindicated|stop|adjust|except|unless)\b[^;.]*"
    r"\b(?:with|by|of|on|taking)\s+(?:(?:and|or|[\w-]+,)\s+)?(?:[\w-]+\s+){0,2}$",
    re.I,
)
_REFUSED_AFTER = re.compile(
    r"(?:\s*(?:,|/|and|or|with)\s*[\w-]+){0,3}\s*(?:\([^()]*\)\s*)?(?:"
    r"(?:is|are)\s+(?:\w+\s+)?(?:not|no|never|avoided|contraindicated|ineffective|harmful|unhelpful)\b|"
    r"(?:should|must|can|do|does|may|need)\s+(?:be\s+)?(?:not|never|avoided|stopped|cause|worsen|harm)\b|cautions?\b|"
    r"[- ](?:allerg\w+|hypersensitivity|resistan\w+|overdose|toxicity|withdrawal|levels?|induced|"
    r"intoleran\w+|unresponsive|specific)\b|"
    r"(?:has|have)\s+no\b|(?:is|are)\s+(?:teratogenic|unsuitable|reserved)\b|"
    r"(?:cause|worsen|mask|harm|raise|obscure|precipitate|prolong)s?\b)",
    re.I,
)
# On skin, eye or ear little is absorbed: only an allergy matters.
_TOPICAL_BEFORE = re.compile(r"\btopical\s+(?:[\w-]+\s+(?:or|and)\s+)?$", re.I)
_TOPICAL_AFTER = re.compile(
    r"\s+(?:\d[\d.]*%?\s+)?(?:eye |ear |otic |nasal )?(?:drops?|ointment|cream|gel|lotion|shampoo|mouthwash|wash|patch)\b",
    re.I,
)
_CLAUSE_END = re.compile(r"[;:.](?=\s)|\bbut\b", re.I)


def suggested_in(text: str) -> list[Named]:
    """Return the medicines a sentence suggests, in its order."""
    return [one for one in named_in(text) if _is_suggested(text, one) and ALLERGEN not in one.medicine.classes]


def different(named: Iterable[Named]) -> list[Medicine]:
    """Return each medicine once."""
    return list(dict.fromkeys(one.medicine for one in named))


def is_topical(text: str, named: Named) -> bool:
    """Return whether a medicine is put on skin, eye or ear."""
    return bool(_TOPICAL_AFTER.match(text, named.end) or _TOPICAL_BEFORE.search(text[: named.start]))


def _is_suggested(text: str, named: Named) -> bool:
    start = max((mark.end() for mark in _CLAUSE_END.finditer(text, 0, named.start)), default=0)
    before = text[start : named.start]
    warned = _NOT_SUGGESTED.search(before) or _TOGETHER.search(before)
    return not warned and not _REFUSED_AFTER.match(text, named.end)
